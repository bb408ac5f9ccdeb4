"""Loops beside the requests: should one end, whoever asks after the process's health is told."""

import asyncio
import os
import signal
import socket

import pytest
from structlog.testing import capture_logs

from bot.app.background import Background
from bot.app.health import BACKGROUND
from bot.app.serve import serve, work
from bot.app.supervisor import PARENT_VARIABLE
from bot.channels.service import Accounts
from bot.conversations.intake import Intake
from bot.conversations.sweeper import Sweeper
from bot.core.errors import BotError
from bot.db.clock import SharedClock
from bot.flows.service import Catalogue
from bot.jobs.service import Jobs
from bot.messages.media.fetcher import Fetcher
from bot.messages.service import Outbox
from bot.settings import Settings
from tests.support.served import serving

LOOPS = [
    (Intake, "run", "intake"),
    (Sweeper, "run", "sweeper"),
    (Outbox, "run", "outbox"),
    (Jobs, "run", "jobs"),
    (Fetcher, "run", "media fetcher"),
    (Catalogue, "keep_fresh", "catalogue follower"),
    (Accounts, "keep_fresh", "accounts follower"),
    (SharedClock, "keep_right", "clock"),
]


async def _raise(*_: object) -> None:
    raise ZeroDivisionError


async def _return(*_: object) -> None:
    return


async def _for_ever() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("owner", "method", "name", "end"), [*((*each, _raise) for each in LOOPS), (Outbox, "run", "outbox", _return)]
)
async def test_health_fails_when_a_loop_has_ended(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, owner: type, method: str, name: str, end: object
) -> None:
    monkeypatch.setattr(owner, method, end)
    with capture_logs() as logs:
        async with serving(sqlite_url) as bot:
            await bot.client.server.app[BACKGROUND].until_lost()  # type: ignore[attr-defined]  # it runs our application
            answers = [await bot.ask("GET", f"/health/{path}") for path in ("live", "ready")]

    assert [each.status for each in answers] == [503, 503]
    assert all(f"background work ended: {name}" in each.text for each in answers)
    assert [each["name"] for each in logs if each["event"] == "background work ended"] == [name]


async def test_a_loop_that_was_told_to_end_is_not_lost() -> None:
    background = Background()
    cut_off, returned = background.start("endless", _for_ever()), background.start("short", _return())

    background.let_end()
    cut_off.cancel()
    await asyncio.wait([cut_off, returned])

    assert background.lost == []


async def test_a_worker_ends_when_one_of_its_loops_has(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Outbox, "run", _raise)

    with pytest.raises(BotError, match="background work ended: outbox"):
        await work(Settings.read({"DATABASE_URL": sqlite_url}))


async def test_a_worker_that_is_told_to_stop_ends_well(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def stop_us(*_: object) -> None:
        signal.raise_signal(signal.SIGTERM)
        await asyncio.Event().wait()

    monkeypatch.setattr(SharedClock, "keep_right", stop_us)

    await work(Settings.read({"DATABASE_URL": sqlite_url}))


async def test_one_of_several_serving_processes_gives_way_to_another(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Outbox, "run", _raise)
    watched, ours = os.pipe()
    monkeypatch.setenv(PARENT_VARIABLE, str(watched))
    settings = Settings.read({"DATABASE_URL": sqlite_url})

    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(SystemExit) as ended:
        await serve(settings, listener, "")

    assert ended.value.code not in {0, 1, 2, 3}
    asyncio.get_running_loop().remove_reader(watched)
    os.close(watched)
    os.close(ours)
