"""What a test leaves in the database that it shares with others is gone before the next."""

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.db.engine import create_engine
from bot.models import metadata
from tests.support import rows
from tests.support.emptied import Emptied
from tests.support.postgres import Databases


@pytest.fixture
def emptied(databases: Databases) -> Iterator[Emptied]:
    """One that no other test shares."""
    made = Emptied(databases)
    yield made
    made.close()


async def _leave_rows(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await rows.add_account(connection)
        person = await rows.add_person(connection)
        await rows.add_consent(connection, person, opted_in=False)
        await rows.add_inbound(connection, person)
    await engine.dispose()


async def _left(engine: AsyncEngine) -> dict[str, int]:
    async with engine.connect() as connection:
        counts = {name: await connection.scalar(text(f"SELECT count(*) FROM {name}")) for name in metadata.tables}
    await engine.dispose()
    return {name: count for name, count in counts.items() if count}


def test_rows_are_gone_but_for_what_migrations_wrote(emptied: Emptied) -> None:
    engine = create_engine(emptied.url())
    asyncio.run(_leave_rows(engine))
    assert asyncio.run(_left(engine)).keys() > {"contacts", "messages"}

    emptied.empty()

    assert asyncio.run(_left(create_engine(emptied.url()))) == {"oldest_served": 1}


def test_a_transaction_left_open_ends_and_holds_up_nobody(emptied: Emptied) -> None:
    engine = create_engine(emptied.url())
    with asyncio.Runner() as runner:
        connection = runner.run(engine.connect().start())
        runner.run(rows.add_person(connection))

        emptied.empty()

        with pytest.raises(DBAPIError):
            runner.run(connection.commit())
        runner.run(connection.invalidate())
        runner.run(engine.dispose())
    assert "contacts" not in asyncio.run(_left(create_engine(emptied.url())))


def test_a_changed_schema_is_told_and_not_handed_on(emptied: Emptied) -> None:
    async def change(engine: AsyncEngine) -> None:
        async with engine.begin() as connection:
            await connection.execute(text("ALTER TABLE contacts ADD COLUMN height integer"))
        await engine.dispose()

    before = emptied.url()
    asyncio.run(change(create_engine(before)))

    with pytest.raises(AssertionError, match="mark the test with own_database"):
        emptied.empty()

    assert emptied.url() != before


def test_a_server_that_seems_to_restart_is_connected_to_again(emptied: Emptied) -> None:
    async def end_all(engine: AsyncEngine) -> None:
        async with engine.begin() as connection:
            await connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND pid <> pg_backend_pid()"
                )
            )
        await engine.dispose()

    engine = create_engine(emptied.url())
    asyncio.run(_leave_rows(engine))
    asyncio.run(end_all(engine))

    emptied.empty()

    assert asyncio.run(_left(create_engine(emptied.url()))) == {"oldest_served": 1}
