"""The folder of bundles beside an embedded database: loaded into an empty one, published as its files change."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from watchfiles import Change, awatch

from bot.core.actors import Actor
from bot.core.clock import utc_now
from bot.core.errors import BotError
from bot.db.engine import reading
from bot.engine.actions import NO_SPECS, Specs
from bot.flows import queries
from bot.flows.bundled import CheckedBundle
from bot.flows.checks.check import Checked, Source, check
from bot.flows.faults import Fault
from bot.flows.files import read_folder
from bot.flows.folder import is_bundle
from bot.flows.keep_files import keep_files
from bot.flows.publish import Published, archive, publish
from bot.messages.media.store import Store

DEMOS = frozenset({"pizzaria", "clinic"})
"""The bundles that come with Recado, to be looked at and replaced."""
_PUBLISHER = Actor("flows folder")
_STILL_SECONDS = 0.05
_MOST_LOOKS = 40

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a file of the folder, or of a bundle whose file left it.

    Attributes:
        file: its path; empty when it is not there any more.
        published: None when it has faults; then the last good version goes on serving.
        faults: all of them, sorted.
        archived: the name of the bundle that was taken out of service.
    """

    file: str
    published: Published | None
    faults: tuple[Fault, ...] = ()
    archived: str = ""


Report = Callable[[Loaded], None]
Choose = Callable[[Sequence[str], Sequence[str]], Collection[str]]
"""Given the bundles of one's own and the demos beside them, those that are to go live."""


def log_loaded(loaded: Loaded) -> None:
    """Tell the log."""
    for fault in loaded.faults:
        log.warning("bundle at fault", fault=fault.sentence())
    if loaded.published is not None and loaded.published.changed:
        log.info("bundle published", bundle=loaded.published.name, version=loaded.published.version)
    if loaded.archived:
        log.info("bundle archived", bundle=loaded.archived, reason="no file of the folder has it any more")


def ones_own(own: Sequence[str], _demos: Sequence[str]) -> Collection[str]:
    """Who brings bundles of their own does not want the demos to answer too."""
    return own


async def load_initial(
    engine: AsyncEngine,
    folder: Path,
    store: Store,
    report: Report = log_loaded,
    choose: Choose = ones_own,
    specs: Specs = NO_SPECS,
) -> None:
    """Publish the sound bundles of `folder`, unless something is published already.

    Where bundles of one's own lie beside the demos, `choose` says which go live. What was published from the folder
    before, and left it while nobody watched, is archived.
    """
    sources = await asyncio.to_thread(read_folder, folder)
    async with reading(engine) as connection:
        live = await queries.published_by(connection)
    if live:
        if await asyncio.to_thread(folder.is_dir):
            await _archive_departed(engine, await asyncio.to_thread(check, sources, specs), report)
        return
    checked = await asyncio.to_thread(check, sources, specs)
    names = [name for name in checked.names.values() if name is not None]
    own, demos = [each for each in names if each not in DEMOS], [each for each in names if each in DEMOS]
    wanted = set(choose(own, demos)) if own and demos else set(names)
    files = {file for file, name in checked.names.items() if name is None or name in wanted}
    await _publish(engine, checked, files, store, report)
    for name in sorted({*names} - wanted):
        log.info("demo not loaded", bundle=name, reason="there are bundles of your own")


async def watch_folder(
    engine: AsyncEngine, folder: Path, store: Store, report: Report = log_loaded, specs: Specs = NO_SPECS
) -> None:
    """Publish each bundle of `folder` when its file changes, and archive it when its file leaves, for ever.

    A file with faults is reported and changes nothing. Bundles that were published otherwise stay.
    """
    async for changes in awatch(folder, watch_filter=_is_bundles, recursive=False, step=50, debounce=400):
        names = {Path(path).name for _, path in changes}
        sources = await _settled(folder)
        changed = {source.file for source in sources if Path(source.file).name in names}
        try:
            checked = await asyncio.to_thread(check, sources, specs)
            await _publish(engine, checked, changed, store, report)
            await _archive_departed(engine, checked, report)
        except (SQLAlchemyError, BotError) as error:
            log.warning("bundles cannot be published", files=sorted(changed), error=repr(error))


def _is_bundles(_change: Change, path: str) -> bool:
    return is_bundle(Path(path))


async def _archive_departed(engine: AsyncEngine, checked: Checked, report: Report) -> None:
    """Archive what was published from the folder and is named by no file there any more.

    While a file is at fault that may be its next version under another name, nothing is.
    """
    async with reading(engine) as connection:
        live = await queries.published_by(connection)
    at_fault = {fault.file for fault in checked.faults}
    if any(checked.names.get(file) not in live for file in at_fault):
        return
    departed = [name for name, by in live.items() if by == _PUBLISHER.name and name not in checked.names.values()]
    if departed:
        async with engine.begin() as connection:
            for name in departed:
                await archive(connection, name, by=_PUBLISHER, now=utc_now())
    for name in departed:
        report(Loaded("", None, archived=name))


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


async def _publish(engine: AsyncEngine, checked: Checked, files: set[str], store: Store, report: Report) -> None:
    """Publish and report those named in `files` of all that were checked together, since they serve together."""
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
