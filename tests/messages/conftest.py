"""An outbox on a real database, with a provider on loopback."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.channels import service as channels
from bot.channels.service import SIMULATOR, Accounts
from bot.messages.outbox import loop
from bot.settings import Settings
from tests.support import rows
from tests.support.loopback import LOOPBACK, serving
from tests.support.office import ACCOUNT, Office


@pytest.fixture
async def office(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    """Everything in its place; no outbox is running yet."""
    monkeypatch.setattr(channels, "PROVIDERS", {"loopback": LOOPBACK})
    # What comes due is not waited for longer than it takes to tell it.
    monkeypatch.setattr(loop, "POLL_SECONDS", 0.05)
    async with serving() as server:
        settings = Settings.read({"LOOPBACK_API_URL": server.url, "LOOPBACK_TOKEN": "secret"})
        office = Office(engine, Accounts(settings), server)
        async with engine.begin() as connection:
            await rows.add_account(connection, ACCOUNT)
            await rows.add_account(connection, SIMULATOR)
        yield office
        await office.close()
