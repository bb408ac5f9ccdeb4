"""Files that people of ours give to a page: judged by their bytes, and put into the store."""

import asyncio

from bot.core.errors import Blame, BotError
from bot.core.i18n import N_
from bot.core.text import MAX_NAME, clean
from bot.messages.media.attached import StoredFile
from bot.messages.media.files import judge
from bot.messages.media.models import MediaState
from bot.messages.media.store import Store, cannot_store
from bot.messages.media.types import bare_name


async def store_file(store: Store, content: bytes, name: str, told: str, limit: int) -> StoredFile:
    """Put a file into the store, under a name that no system minds.

    Raises BotError where it is empty, too large, or of no kind that is kept, and where the store does not take it.

    Args:
        store: where it goes.
        content: all of it.
        name: as whoever gives it calls it; hostile.
        told: the type that came with it; hostile.
        limit: the most bytes.
    """
    told = clean(told, MAX_NAME)[0]
    found = await asyncio.to_thread(judge, content, {"mime_type": told}, limit)
    if found.state is not MediaState.STORED:
        raise _refusal(content, limit)
    try:
        await store.put(content, found.content_type)
    except OSError as error:
        raise cannot_store(error) from error
    filename = bare_name(clean(name, MAX_NAME)[0], found.content_type)
    return StoredFile(found.sha256, found.content_type, filename, found.size)


def _refusal(content: bytes, limit: int) -> BotError:
    if len(content) > limit:
        said, mend = N_("it is larger than {mebibytes} MiB"), N_("Make it smaller, or send a link to it.")
        return BotError(said, mend=mend, blame=Blame.USAGE, mebibytes=str(limit // (1024 * 1024)))
    if not content:
        return BotError(N_("it is empty"), mend=N_("Choose another one."), blame=Blame.USAGE)
    mend = N_("Send pictures, sound, film, PDF, office documents or text.")
    return BotError(N_("it is of a kind that is not sent"), mend=mend, blame=Blame.USAGE)
