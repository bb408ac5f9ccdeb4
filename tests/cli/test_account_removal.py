"""Removing an account whose messages are being sent."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.channels.models import Account
from bot.cli.account_work import remove_account
from bot.db.engine import create_engine
from bot.messages.models import Message
from bot.settings import Settings
from tests.support import rows


@pytest.fixture
async def engine(postgres_url: str) -> AsyncIterator[AsyncEngine]:
    made = create_engine(postgres_url)
    yield made
    await made.dispose()


async def test_removing_an_account_by_force_never_waits_crosswise_for_a_round_of_the_outbox(
    engine: AsyncEngine, postgres_url: str
) -> None:
    async with engine.begin() as connection:
        account = await rows.add_account(connection)
        message = await rows.add_outbound(connection, await rows.add_person(connection))
    reaches_the_messages = asyncio.Event()

    def watch(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("UPDATE messages"):
            reaches_the_messages.set()

    async with engine.begin() as outbox:
        # It records an outcome, and then locks the account for its next claim.
        await outbox.execute(select(Message.id).where(Message.id == message).with_for_update())
        event.listen(Engine, "before_cursor_execute", watch)
        try:
            settings = Settings.read({"DATABASE_URL": postgres_url})
            removing = asyncio.create_task(remove_account(settings, account, force=True))
            await reaches_the_messages.wait()
        finally:
            event.remove(Engine, "before_cursor_execute", watch)
        await outbox.execute(select(Account.id).where(Account.id == account).with_for_update(nowait=True))

    assert await removing == 1
    assert await rows.column(engine, message, "error") == "account_removed"
