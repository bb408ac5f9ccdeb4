"""The files that lie beside a bundle are kept when it is published."""

from collections.abc import Mapping

from bot.core.errors import Blame, BotError
from bot.core.i18n import N_
from bot.flows.bundled import BundledFile
from bot.messages.media.store import Store


async def keep_files(store: Store, files: Mapping[str, BundledFile]) -> None:
    """Put the files of a bundle into the store, before it is published; raises BotError where it does not take one."""
    try:
        for file in files.values():
            await store.put(file.content, file.content_type)
    except OSError as error:
        raise BotError(
            N_("a file cannot be stored: {reason}"),
            mend=N_("Look at the folder that BOT_MEDIA_DIR names."),
            blame=Blame.SURROUNDINGS,
            reason=error.strerror or type(error).__name__,
        ) from error
