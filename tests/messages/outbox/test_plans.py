"""The hot queries use their indexes on PostgreSQL, on tables full of what they must not read."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import ClauseElement, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversations.queries import last_bodies_statement
from bot.core.clock import utc_now
from bot.core.purposes import Lane
from bot.db.engine import create_engine
from bot.jobs.models import ScheduledJob
from bot.jobs.queries import due_job
from bot.messages import queries as messages
from bot.messages.backlog import queries as backlog
from bot.messages.kept import queries as kept
from bot.messages.kept.models import WebhookEvent
from bot.messages.models import Message
from bot.messages.outbox import queries as due
from tests.support import plans, rows
from tests.support.emptied import Emptied
from tests.support.postgres import Databases

PEOPLE = 200
EACH = 25


@pytest.fixture(scope="module")
def filled(databases: Databases) -> Iterator[str]:
    """A database with 5,000 messages sent, 400 queued, 5,000 scheduled for tomorrow, 20 inbound ones pending."""
    own = Emptied(databases)
    asyncio.run(_fill(own.url()))
    yield own.url()
    own.close()


@pytest.fixture
async def connection(filled: str) -> AsyncIterator[AsyncConnection]:
    """A connection to what is `filled`, which only reads."""
    engine = create_engine(filled)
    async with engine.connect() as connection:
        yield connection
    await engine.dispose()


async def _fill(url: str) -> None:
    engine = create_engine(url)
    async with engine.begin() as connection:
        await rows.add_account(connection)
        person = await rows.add_person(connection)
        await rows.add_outbound(connection, person, status="sent", provider_message_id="wamid.0.0")
        await connection.execute(_MORE_PEOPLE, {"people": PEOPLE})
        for status, first, last in (("sent", 2, EACH), ("queued", EACH + 1, EACH + 2), ("later", EACH + 3, 2 * EACH)):
            await connection.execute(_MORE_MESSAGES, {"status": status, "first": first, "last": last})
        await connection.execute(_MORE_INBOUND)
        await connection.execute(
            insert(WebhookEvent),
            [
                {
                    "provider": "whatsapp",
                    "kind": "unknown" if number else "status",
                    "account": rows.ACCOUNT,
                    "provider_message_id": f"wamid.{number}",
                    "detail": None,
                    "received_at": utc_now(),
                }
                for number in range(2000)
            ],
        )
        await connection.execute(
            insert(ScheduledJob),
            [
                {
                    "type": "retention",
                    "key": str(number),
                    "scheduled_at": utc_now() - timedelta(minutes=number),
                    "status": "done" if number else "pending",
                }
                for number in range(3000)
            ],
        )
        await plans.analyze(connection)
    await engine.dispose()


_MORE_PEOPLE = text(
    """
    WITH people AS (
        INSERT INTO contacts (id, seq, created_at, updated_at)
        SELECT 'cperson' || n, 0, now(), now() FROM generate_series(1, :people) AS n RETURNING id
    )
    INSERT INTO contact_addresses (id, contact_id, kind, value, created_at, updated_at)
    SELECT id, id, 'phone', id, now(), now() FROM people
    """
)
_MORE_MESSAGES = text(
    """
    INSERT INTO messages (id, contact_id, account, channel, address_id, address, address_kind, direction, status, seq,
                          content, provider_message_id, scheduled_at, created_at, updated_at)
    SELECT c.id || '.' || n, c.id, 'whatsapp:1000', 'whatsapp', c.id, c.id, 'phone', 'outbound',
           CASE :status WHEN 'sent' THEN 'sent' ELSE 'queued' END, n, 'hello',
           CASE :status WHEN 'sent' THEN c.id || '.' || n END,
           CASE :status WHEN 'later' THEN now() + interval '1 day' END,
           now() - interval '1 minute', now()
    FROM contacts c, generate_series(CAST(:first AS int), CAST(:last AS int)) AS n WHERE c.id LIKE 'cperson%'
    """
)
_MORE_INBOUND = text(
    """
    INSERT INTO messages (id, contact_id, account, channel, address_id, address, address_kind, direction, status, seq,
                          turn_state, content, provider_message_id, created_at, updated_at)
    SELECT c.id || '.in', c.id, 'whatsapp:1000', 'whatsapp', c.id, c.id, 'phone', 'inbound', 'delivered', 1,
           CASE WHEN c.id LIKE '%7' THEN 'pending' ELSE 'done' END, 'hi', c.id || '.in', now(), now()
    FROM contacts c WHERE c.id LIKE 'cperson%'
    """
)


def _claimable() -> ClauseElement:
    return due.CLAIMABLE.params(account=rows.ACCOUNT, lane=Lane.REPLY, now=utc_now(), room=32)


async def test_claiming_reads_the_due_messages_in_order_and_nothing_else(connection: AsyncConnection) -> None:
    plan = await plans.explain(connection, _claimable())

    assert "ix_messages_lane_due" in plan
    assert "ix_messages_lane_contact" in plan
    assert "Seq Scan on messages" not in plan


@pytest.mark.own_database
async def test_a_plan_made_while_nothing_was_queued_looks_for_what_blocks_a_message_by_its_contact(
    postgres_url: str,
) -> None:
    engine = create_engine(postgres_url)
    async with engine.begin() as connection:
        await plans.analyze(connection)

        plan = await plans.explain(connection, _claimable())

    assert "ix_messages_lane_due on messages " in plan
    assert "ix_messages_lane_contact on messages messages_1" in plan
    await engine.dispose()


async def test_looking_for_accounts_with_work_probes_the_index_of_due_messages(connection: AsyncConnection) -> None:
    plan = await plans.explain(connection, due.accounts_with_work("postgresql").params(now=utc_now()))

    assert "ix_messages_lane_due" in plan
    assert "Seq Scan on messages" not in plan


async def test_what_failed_is_found_by_its_error(connection: AsyncConnection) -> None:
    newest = (
        select(Message.content)
        .where(messages.failed_by("outcome_unknown"))
        .order_by(Message.created_at.desc())
        .limit(50)
    )

    plan = await plans.explain(connection, newest)

    assert "ix_messages_failed" in plan
    assert "Seq Scan on messages" not in plan


async def test_measuring_the_depth_reads_the_partial_indexes(connection: AsyncConnection) -> None:
    queues = await plans.explain(connection, backlog.lanes(utc_now()))
    turns = await plans.explain(connection, backlog.turns())

    assert "ix_messages_lane_due" in queues
    assert "ix_messages_pending" in turns
    assert "ix_messages_parked" in turns
    assert "Seq Scan on messages" not in queues + turns


async def test_reports_find_their_messages_by_the_providers_ids(connection: AsyncConnection) -> None:
    ids = [f"cperson{number}.3" for number in range(1, 9)]

    statement = messages.by_provider_ids("postgresql").params(accounts=[rows.ACCOUNT], ids=ids)
    plan = await plans.explain(connection, statement)

    assert "uq_messages_outbound_provider_id" in plan
    assert "Seq Scan" not in plan


@pytest.mark.parametrize("of_all", [False, True])
async def test_early_statuses_are_found_by_their_index(connection: AsyncConnection, *, of_all: bool) -> None:
    statement = kept.ripe("postgresql", of_all=of_all)

    plan = await plans.explain(connection, statement if of_all else statement.params(ids=["wamid.0"]))

    assert "ix_webhook_events_early_status" in plan
    assert "uq_messages_outbound_provider_id" in plan
    assert "Seq Scan" not in plan


async def test_due_jobs_are_found_by_their_index(connection: AsyncConnection) -> None:
    plan = await plans.explain(connection, due_job(["retention"], utc_now()))

    assert "ix_scheduled_jobs_due" in plan
    assert "Seq Scan" not in plan


async def test_when_people_last_wrote_is_looked_up_by_the_person(connection: AsyncConnection) -> None:
    parameters = {
        "account": rows.ACCOUNT,
        "channel": "whatsapp",
        "contacts": ["cperson1", "cperson2"],
        "since": utc_now() - timedelta(days=1),
    }

    plan = await plans.explain(connection, due.last_heard("postgresql").params(parameters))

    assert "((contact_id)::text = (contacts.id)::text)" in plan
    assert "uq_messages_inbound_provider_id" not in plan
    assert "Seq Scan" not in plan


async def test_what_was_last_offered_is_looked_up_by_the_person(connection: AsyncConnection) -> None:
    plan = await plans.explain(connection, last_bodies_statement("postgresql").params(ids=["cperson1", "cperson2"]))

    assert "uq_messages_contact_id_seq" in plan
    assert "Seq Scan" not in plan
