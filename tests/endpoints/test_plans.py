"""What tells endpoints uses its indexes on PostgreSQL, however much was told and however much waits."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import ClauseElement, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.clock import utc_now
from bot.db.engine import create_engine
from bot.endpoints.delivery import queries as due
from bot.endpoints.service import DeliveryFilter
from bot.endpoints.shown.queries import listed
from tests.support import plans
from tests.support.endpoints import add_row

PEOPLE, TOLD, WAITING = 300, 60, 20

_FILL = (
    """
    INSERT INTO contacts (id, seq, created_at, updated_at)
    SELECT 'cperson' || n, 0, now(), now() FROM generate_series(1, :people) AS n
    """,
    """
    INSERT INTO endpoint_events (id, type, contact_id, payload, created_at)
    SELECT 'evt_' || c.id || '.' || n, 'contact.updated', c.id, '{}', now()
    FROM contacts c, generate_series(1, CAST(:told AS int) + CAST(:waiting AS int)) AS n
    """,
    """
    INSERT INTO endpoint_deliveries
        (id, event_id, endpoint_id, contact_id, status, due_at, ended_at, created_at, updated_at)
    SELECT substr(md5(e.id), 1, 25), e.id, :endpoint, e.contact_id,
           CASE WHEN n <= :told THEN 'delivered' ELSE 'pending' END, now() + interval '1 hour',
           CASE WHEN n <= :told THEN now() END, now(), now()
    FROM endpoint_events e, CAST(split_part(e.id, '.', 2) AS int) AS n
    """,
    "UPDATE endpoint_deliveries SET due_at = now() WHERE status = 'pending' AND number % 100 = 0",
)


@pytest.fixture
async def connection(postgres_url: str) -> AsyncIterator[AsyncConnection]:
    """A connection to a database with 18,000 events told and 6,000 waiting, few of which are due."""
    engine = create_engine(postgres_url)
    endpoint = await add_row(engine, id="cendpoint")
    given = {"people": PEOPLE, "told": TOLD, "waiting": WAITING, "endpoint": endpoint}
    async with engine.begin() as filling:
        for each in _FILL:
            await filling.execute(text(each), {name: value for name, value in given.items() if f":{name}" in each})
        await plans.analyze(filling)
    async with engine.connect() as connection:
        yield connection
    await engine.dispose()


@pytest.mark.own_database
async def test_no_statement_reads_what_was_told_or_waits(connection: AsyncConnection) -> None:
    now, people = utc_now(), [f"cperson{number}" for number in range(1, 30)]
    statements: dict[str, ClauseElement] = {
        "ix_endpoint_deliveries_due_by_number": due.WITH_WORK.params(now=now),
        "ix_endpoint_deliveries_due_by_number on": due.DUE.params(endpoint="cendpoint", now=now, most=200),
        "ix_endpoint_deliveries_in_order": due.first_of("postgresql").params(endpoint="cendpoint", contacts=people),
        "pk_endpoint_deliveries": due.BEHIND.params(numbers=[1, 2, 3]),
    }
    for index, statement in statements.items():
        plan = await plans.explain(connection, statement)
        assert (index in plan, "Seq Scan on endpoint_deliveries" in plan) == (True, False), plan

    statement = listed("cendpoint", DeliveryFilter(statuses=["failed"]), 51, 9000)
    plan = await plans.explain(connection, statement)
    assert "Seq Scan" not in plan, plan


@pytest.mark.own_database
async def test_what_is_due_at_one_moment_is_not_sorted_each_time(connection: AsyncConnection) -> None:
    # As whoever enables an endpoint again lets it be.
    await connection.execute(text("UPDATE endpoint_deliveries SET due_at = now() WHERE status = 'pending'"))
    await plans.analyze(connection)

    plan = await plans.explain(connection, due.DUE.params(endpoint="cendpoint", now=utc_now(), most=200))

    assert "Sort" not in plan, plan
