"""The files that lie beside a bundle are kept when it is published."""

from collections.abc import Mapping

from bot.flows.bundled import BundledFile
from bot.messages.media.store import Store, cannot_store


async def keep_files(store: Store, files: Mapping[str, BundledFile]) -> None:
    """Put the files of a bundle into the store, before it is published; raises BotError where it does not take one."""
    try:
        for file in files.values():
            await store.put(file.content, file.content_type)
    except OSError as error:
        raise cannot_store(error) from error
