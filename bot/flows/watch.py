"""The folder of bundles beside an embedded database: loaded into an empty one, published as its files change."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from watchfiles import Change, awatch

from bot.core.clock import utc_now
from bot.core.errors import BotError
from bot.db.engine import reading
from bot.flows import queries
from bot.flows.bundled import keep_files
from bot.flows.check import Checked, Source, check
from bot.flows.faults import Fault
from bot.flows.files import is_bundle, read_folder
from bot.flows.publish import CheckedBundle, Published, publish
from bot.messages.media_store import Store

_PUBLISHER = "flows folder"
_STILL_SECONDS = 0.05
_MOST_LOOKS = 40

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a file of the folder.

    Attributes:
        file: its path.
        published: None when it has faults; then the last good version goes on serving.
        faults: all of them, sorted.
    """

    file: str
    published: Published | None
    faults: tuple[Fault, ...] = ()


Report = Callable[[Loaded], None]


def log_loaded(loaded: Loaded) -> None:
    """Tell the log."""
    for fault in loaded.faults:
        log.warning("bundle at fault", fault=fault.sentence())
    if loaded.published is not None and loaded.published.changed:
        log.info("bundle published", bundle=loaded.published.name, version=loaded.published.version)


async def load_initial(engine: AsyncEngine, folder: Path, store: Store, report: Report = log_loaded) -> None:
    """Publish the sound bundles of `folder`, unless something is published already."""
    async with reading(engine) as connection:
        if await queries.published_ids(connection):
            return
    sources = await asyncio.to_thread(read_folder, folder)
    await _publish(engine, sources, {source.file for source in sources}, store, report)


async def watch_folder(engine: AsyncEngine, folder: Path, store: Store, report: Report = log_loaded) -> None:
    """Publish each bundle of `folder` when its file changes, for ever.

    A file that is deleted stays published; one with faults is reported and changes nothing.
    """
    async for changes in awatch(folder, watch_filter=_is_written, recursive=False, step=50, debounce=400):
        names = {Path(path).name for _, path in changes}
        sources = await _settled(folder)
        changed = {source.file for source in sources if Path(source.file).name in names}
        try:
            await _publish(engine, sources, changed, store, report)
        except (SQLAlchemyError, BotError) as error:
            log.warning("bundles cannot be published", files=sorted(changed), error=repr(error))


def _is_written(change: Change, path: str) -> bool:
    return change != Change.deleted and is_bundle(Path(path))


async def _settled(folder: Path) -> list[Source]:
    """The folder's bundles once nobody is in the middle of writing them."""
    before = await asyncio.to_thread(read_folder, folder)
    for _ in range(_MOST_LOOKS):
        await asyncio.sleep(_STILL_SECONDS)
        sources = await asyncio.to_thread(read_folder, folder)
        if sources == before:
            break
        before = sources
    return before


async def _publish(engine: AsyncEngine, sources: list[Source], files: set[str], store: Store, report: Report) -> None:
    """Check all files together, since they serve together; publish and report those named in `files`."""
    checked: Checked = await asyncio.to_thread(check, sources)
    sound: list[CheckedBundle] = [bundle for bundle in checked.bundles if bundle.file in files]
    published: list[Published] = []
    if sound:
        for bundle in sound:
            await keep_files(store, bundle.files)
        async with engine.begin() as connection:
            published = await publish(connection, sound, by=_PUBLISHER, now=utc_now())
    for bundle, each in zip(sound, published, strict=True):
        report(Loaded(bundle.file, each))
    for file in sorted(files - {bundle.file for bundle in sound}):
        report(Loaded(file, None, tuple(fault for fault in checked.faults if fault.file == file)))
