"""A full disk and a wrong clock are told as what they are, by whoever meets them."""

import asyncio
import errno
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from bot.app.health import DISKS
from bot.channels.service import Accounts
from bot.cli import checks
from bot.core.clock import utc_now
from bot.db.clock import SharedClock, ahead_of_database
from bot.db.engine import create_engine
from bot.db.full_disk import FullDisk
from bot.messages.media import claims as media_claims
from bot.messages.media.claims import ClaimedFile
from bot.messages.media.download import FULL, Later
from bot.messages.media.fetcher import Fetcher
from bot.messages.media.files import FileVerdict
from bot.messages.media.models import MediaState
from bot.messages.media.store import FolderStore
from bot.messages.outbox import claims
from bot.messages.outbox.loop import Outbox
from bot.settings import Settings
from bot.web.keys import CLOCK
from tests.support.served import serving
from tests.support.waiting import eventually

FULL_DATABASE = OperationalError("INSERT", {}, Exception("database or disk is full"))
FULL_FOLDER = OSError(errno.ENOSPC, "No space left on device")


async def _fail(*_: object, **__: object) -> None:
    raise FULL_DATABASE


def _accounts() -> Accounts:
    return Accounts(Settings.read({}))


async def test_D14_the_outbox_tells_a_full_disk(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    outbox = Outbox(engine, _accounts(), owner="one")

    async def is_full() -> bool:
        return bool(outbox.disk)

    async def has_room() -> bool:
        return not outbox.disk

    with monkeypatch.context() as broken, capture_logs() as logs:
        broken.setattr(claims, "claim", _fail)
        running = asyncio.create_task(outbox.run())
        await eventually(is_full)
    assert ("error", "the database's disk is full, so nothing is sent") in [
        (each["log_level"], each["event"]) for each in logs
    ]

    outbox.wake()
    await eventually(has_room)
    await outbox.stop(0.1)
    await running


async def test_D14_the_fetcher_tells_a_full_disk_of_the_database(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fetcher = Fetcher(engine, _accounts(), FolderStore(tmp_path), limit=10_000)

    async def is_full() -> bool:
        return bool(fetcher.disk)

    monkeypatch.setattr(media_claims, "claim", _fail)
    with capture_logs() as logs:
        running = asyncio.create_task(fetcher.run())
        await eventually(is_full)
        fetcher.stop()
        await running
    assert [(each["log_level"], each["event"]) for each in logs] == [("error", "the database's disk is full")]


async def test_D14_the_fetcher_tells_a_full_disk_of_the_files(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store = FolderStore(tmp_path)
    fetcher = Fetcher(engine, _accounts(), store, limit=10_000)
    results: list[FileVerdict | Later] = [
        Later(FULL),
        Later("The provider answered 500."),
        FileVerdict(MediaState.STORED),
    ]
    seen: list[bool] = []

    async def download(_claimed: ClaimedFile) -> FileVerdict | Later:
        return results.pop(0)

    async def record(_claimed: ClaimedFile, _result: FileVerdict | Later) -> None:
        seen.append(bool(fetcher.disk))

    monkeypatch.setattr(fetcher, "_download", download)
    monkeypatch.setattr(fetcher, "_record", record)
    claimed = ClaimedFile("f1", "whatsapp:1", {}, 1)
    with capture_logs() as logs:
        for _ in range(3):
            fetcher._fetching.take(claimed.account)
            await fetcher._fetch(claimed)
    assert seen == [True, True, False]
    assert [each["event"] for each in logs] == ["the files' disk is full"]


def test_D14_a_disk_of_which_nothing_more_is_heard_counts_as_full_for_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 1000.0
    monkeypatch.setattr("bot.db.full_disk.time.monotonic", lambda: moment)
    disk = FullDisk()
    assert not disk
    assert disk.heed(FULL_FOLDER)
    moment += 59
    assert disk
    moment += 1
    assert not disk
    disk.tell()
    assert not disk.heed(OSError(errno.ECONNREFUSED, "refused"))
    assert not disk


@pytest.mark.parametrize("writer", [0, 1, 2], ids=["intake", "outbox", "fetcher"])
async def test_D14_whoever_meets_a_full_disk_makes_the_server_unready(sqlite_url: str, writer: int) -> None:
    async with serving(sqlite_url) as bot:
        disk = bot.client.server.app[DISKS][writer]  # type: ignore[attr-defined]  # it runs our application
        disk.tell()
        answer = await bot.ask("GET", "/health/ready")
        assert (answer.status, "a disk is full" in answer.text) == (503, True)
        disk.written()
        assert (await bot.ask("GET", "/health/ready")).status == 200


async def test_D14_the_metrics_show_how_far_the_clocks_are_apart(sqlite_url: str) -> None:
    async with serving(sqlite_url) as bot:
        clock = bot.client.server.app[CLOCK]  # type: ignore[attr-defined]  # it runs our application
        assert isinstance(clock, SharedClock)
        clock.measured = timedelta(seconds=-3)
        assert await bot.metric("recado_clock_ahead_seconds") == -3


@pytest.mark.parametrize(
    ("hours", "told"),
    [(2, "This computer's clock is 7200 s before the database's."), (-1, "is 3600 s behind the database's."), (0, "")],
)
async def test_D14_doctor_tells_clocks_that_differ(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, hours: int, told: str
) -> None:
    engine = create_engine(postgres_url)

    async def ahead(of: AsyncEngine) -> timedelta:
        return await ahead_of_database(of, lambda: utc_now() + timedelta(hours=hours))

    monkeypatch.setattr("bot.cli.checks.ahead_of_database", ahead)
    found = [each for each in await checks.examine(Settings.read({}), engine, []) if each.subject == "Clock"]
    await engine.dispose()
    assert [told in each.message and bool(each.mend) for each in found] == ([True] if told else [])


async def test_D14_on_sqlite_there_is_one_clock(engine: AsyncEngine) -> None:
    found = await checks.examine(Settings.read({}), engine, [])
    assert "Clock" not in {each.subject for each in found}
