"""An account that is paused, resumed, and slowed down by its provider's complaints."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.channels.models import Account
from bot.channels.rules import SLOWEST, recovered
from bot.channels.service import pause, resume, slow_down
from bot.core.actors import SYSTEM
from bot.core.clock import utc_now
from tests.support.tables import for_each

ID = "whatsapp:1000"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
async def database(engine: AsyncEngine) -> AsyncEngine:
    """A database with one account."""
    values = {"id": ID, "provider": "whatsapp", "rate": 80.0, "created_at": utc_now(), "updated_at": utc_now()}
    async with engine.begin() as connection:
        await connection.execute(insert(Account).values(values))
    return engine


async def _row(engine: AsyncEngine) -> tuple[bool, str | None, float, datetime | None]:
    statement = select(Account.paused, Account.paused_reason, Account.slowed, Account.slowed_at)
    async with engine.connect() as connection:
        return (await connection.execute(statement)).one()


async def test_a_paused_account_keeps_its_first_reason_until_it_is_resumed(database: AsyncEngine) -> None:
    async with database.begin() as connection:
        assert await pause(connection, ID, "The access token has expired.", SYSTEM)
        assert not await pause(connection, ID, "Another reason.", SYSTEM)
    assert (await _row(database))[:2] == (True, "The access token has expired.")

    async with database.begin() as connection:
        assert await resume(connection, ID, SYSTEM)
        assert not await resume(connection, ID, SYSTEM)
    assert (await _row(database))[:2] == (False, None)


async def test_an_account_that_does_not_exist_is_neither_paused_nor_slowed(database: AsyncEngine) -> None:
    async with database.begin() as connection:
        assert not await pause(connection, "whatsapp:2000", "Why not.", SYSTEM)
        assert not await slow_down(connection, "whatsapp:2000", NOON)


async def test_complaints_of_the_speed_halve_it_once_a_second_down_to_a_floor(database: AsyncEngine) -> None:
    async with database.begin() as connection:
        assert await slow_down(connection, ID, NOON)
        assert not await slow_down(connection, ID, NOON + timedelta(seconds=0.9))
    assert (await _row(database))[2:] == (0.5, NOON)

    now = NOON
    for _ in range(10):
        now += timedelta(seconds=1)
        async with database.begin() as connection:
            assert await slow_down(connection, ID, now)
    assert (await _row(database))[2:] == (SLOWEST, now)


async def test_a_new_complaint_counts_from_the_speed_that_had_grown_back(database: AsyncEngine) -> None:
    async with database.begin() as connection:
        await slow_down(connection, ID, NOON)
        await slow_down(connection, ID, NOON + timedelta(seconds=1))
        await slow_down(connection, ID, NOON + timedelta(hours=1))
    assert (await _row(database))[2:] == (0.5, NOON + timedelta(hours=1))


@for_each(
    ("slowed", "since", "part"),
    [
        (1.0, None, 1.0),
        (1.0, 0, 1.0),
        (0.25, None, 1.0),
        (0.25, 0, 0.25),
        (0.25, -5, 0.25),
        (0.25, 60, 0.5),
        (0.25, 120, 1.0),
        (0.25, 1_000_000_000, 1.0),
        (SLOWEST, 360, 1.0),
    ],
)
def test_the_part_of_the_rate_doubles_every_minute(slowed: float, since: float | None, part: float) -> None:
    slowed_at = None if since is None else NOON - timedelta(seconds=since)
    assert recovered(slowed, slowed_at, NOON) == pytest.approx(part)
