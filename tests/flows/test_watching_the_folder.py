"""On an embedded database the folder of bundles is loaded once and then watched."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from bot.db.engine import create_engine
from bot.flows.service import Listed, listing
from bot.flows.watching import Loaded, load_initial, watch_folder
from bot.messages.media.store import FolderStore
from tests.support.bundles import published

GOOD = "bundle: {name}\nwelcome: t\ntemplates: {{t: {{content: {text}}}}}\n"


@pytest.fixture
async def engine(sqlite_url: str) -> AsyncIterator[AsyncEngine]:
    made = create_engine(sqlite_url)
    yield made
    await made.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "flows"
    made.mkdir()
    return made


def store_of(folder: Path) -> FolderStore:
    """Where the files of the folder's bundles are kept."""
    return FolderStore(folder.parent / "media")


@asynccontextmanager
async def watching(engine: AsyncEngine, folder: Path) -> AsyncIterator[list[Loaded]]:
    reports: list[Loaded] = []
    task = asyncio.create_task(watch_folder(engine, folder, store_of(folder), reports.append))
    # The watch is on once a first change is noticed.
    await asyncio.sleep(0.3)
    yield reports
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def until(condition: Callable[[], bool], seconds: float = 8) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def bundles(engine: AsyncEngine) -> list[Listed]:
    async with engine.connect() as connection:
        return await listing(connection)


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


async def test_an_empty_database_gets_the_sound_bundles_of_the_folder(engine: AsyncEngine, folder: Path) -> None:
    write(folder / "good.yaml", GOOD.format(name="good", text="Oi"))
    write(folder / "bad.yml", "bundle: bad\nlocal: pt\nfallback: y\n")
    write(folder / ".hidden.yaml", "bundle: hidden\n")
    write(folder / "notes.txt", "not ours")
    reports: list[Loaded] = []

    await load_initial(engine, folder, store_of(folder), reports.append)

    assert [each.name for each in await bundles(engine)] == ["good"]
    good, bad = reports
    assert good.published is not None
    assert [fault.code for fault in bad.faults] == ["S01", "R01"]


async def test_a_database_with_something_published_is_left_alone(engine: AsyncEngine, folder: Path) -> None:
    await published(engine, "bundle: mine")
    write(folder / "good.yaml", GOOD.format(name="good", text="Oi"))

    await load_initial(engine, folder, store_of(folder))

    assert [each.name for each in await bundles(engine)] == ["mine"]


async def test_a_folder_that_is_not_there_loads_nothing(engine: AsyncEngine, folder: Path) -> None:
    await load_initial(engine, folder / "nowhere", store_of(folder))

    assert await bundles(engine) == []


async def test_a_file_goes_live_when_it_is_saved(engine: AsyncEngine, folder: Path) -> None:
    path = folder / "a.yaml"
    write(path, GOOD.format(name="a", text="Oi"))
    await load_initial(engine, folder, store_of(folder))

    async with watching(engine, folder) as reports:
        write(path, GOOD.format(name="a", text="Olá"))
        await until(lambda: len(reports) == 1)

        # Many editors write a new file and rename it over the old one.
        write(folder / "a.yaml.tmp", GOOD.format(name="a", text="Ei"))
        (folder / "a.yaml.tmp").replace(path)
        await until(lambda: len(reports) == 2)

    assert [each.published and each.published.version for each in reports] == [2, 3]


async def test_a_faulty_file_leaves_the_last_good_version(engine: AsyncEngine, folder: Path) -> None:
    path = folder / "a.yaml"
    write(path, GOOD.format(name="a", text="Oi"))
    await load_initial(engine, folder, store_of(folder))

    async with watching(engine, folder) as reports:
        write(path, "bundle: a\nlocal: pt\nfallback: *x y\n")
        await until(lambda: len(reports) == 1)
        assert [fault.code for fault in reports[0].faults] == ["S01", "Y03"]
        write(folder / "b.yaml", GOOD.format(name="b", text="Oi"))
        await until(lambda: len(reports) == 2)

    assert [(each.name, each.version, each.status) for each in await bundles(engine)] == [
        ("a", 1, "published"),
        ("b", 1, "published"),
    ]


async def test_a_file_written_in_pieces_is_published_whole(engine: AsyncEngine, folder: Path) -> None:
    whole = GOOD.format(name="a", text="Oi") + "# the end\n" * 50

    async with watching(engine, folder) as reports:
        with (folder / "a.yaml").open("w", encoding="utf-8") as file:
            for piece in range(0, len(whole), 60):
                file.write(whole[piece : piece + 60])
                file.flush()
                await asyncio.sleep(0.01)
        await until(lambda: bool(reports))

    assert [each.published and each.published.version for each in reports] == [1]
    async with engine.connect() as connection:
        (listed,) = await listing(connection)
    assert listed.version == 1


async def test_a_database_that_fails_is_told_and_the_next_save_goes_live(
    engine: AsyncEngine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_arguments: object, **_named: object) -> None:
        refused.append(True)
        raise OperationalError("INSERT", None, Exception("disk full"))

    refused: list[bool] = []
    path = folder / "a.yaml"
    async with watching(engine, folder) as reports:
        with monkeypatch.context() as patch:
            patch.setattr("bot.flows.watching.publish", refuse)
            write(path, GOOD.format(name="a", text="Oi"))
            await until(lambda: bool(refused))
        write(path, GOOD.format(name="a", text="Olá"))
        await until(lambda: bool(reports))

    assert [each.published and each.published.version for each in reports] == [1]


async def test_the_log_is_told_when_nobody_else_listens(engine: AsyncEngine, folder: Path) -> None:
    write(folder / "bad.yaml", "bundle: bad\nlocal: pt\n")
    write(folder / "good.yaml", GOOD.format(name="good", text="Oi"))

    with capture_logs() as logs:
        await load_initial(engine, folder, store_of(folder))

    assert [(each["event"], each.get("fault") or each.get("bundle")) for each in logs] == [
        ("bundle published", "good"),
        ("bundle at fault", f"{folder / 'bad.yaml'}:2:1 S01 local is not known here. Did you mean locale?"),
    ]


async def test_a_copy_with_the_same_name_is_not_published_and_says_which_file_has_it_too(
    engine: AsyncEngine, folder: Path
) -> None:
    write(folder / "a.yaml", GOOD.format(name="twice", text="Oi"))
    write(folder / "b.yaml", GOOD.format(name="twice", text="Hi"))
    reports: list[Loaded] = []

    await load_initial(engine, folder, store_of(folder), reports.append)

    assert await bundles(engine) == []
    told = [
        [(fault.code, Path(fault.file).name, Path(str(fault.values["other"])).name) for fault in each.faults]
        for each in reports
    ]
    assert told == [[("R04", "a.yaml", "b.yaml")], [("R04", "b.yaml", "a.yaml")]]
