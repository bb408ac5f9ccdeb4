"""What `app` names is heard through every engine that the program opens."""

import pytest

from bot.app import resources
from bot.app.resources import Role, open_resources
from bot.cli import database
from bot.core.events import HandedBack
from bot.listeners.service import Listener, hears, tell
from bot.settings import Settings
from tests.support.news import NOON, Clumsy, Ears

BACK = HandedBack(contact_id="c1", reason="resumed", user_id="", at=NOON)


async def test_a_process_hears_and_tells_again(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clumsy = Clumsy(times=1)
    monkeypatch.setattr(resources, "LISTENERS", {HandedBack: [Listener("clumsy", clumsy)]})
    async with open_resources(Settings.read({"DATABASE_URL": sqlite_url}), Role.CHAT) as opened:
        for engine in (opened.intake.engine, opened.sweeper.engine):
            async with engine.connect() as connection:
                assert hears(connection, HandedBack)
        async with opened.engine.begin() as connection:
            await tell(connection, [BACK], NOON)
        await opened.jobs.run_next()

    assert clumsy.heard == [BACK]


async def test_a_command_hears(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "LISTENERS", {HandedBack: [Listener("ears", Ears())]})
    async with database.opened(Settings.read({"DATABASE_URL": sqlite_url})) as engine, engine.connect() as connection:
        assert hears(connection, HandedBack)
