"""Each list of the inbox is read by an index in its order on PostgreSQL, however many conversations there are."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NamedTuple

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.core.clock import utc_now
from bot.db.engine import create_engine
from bot.inbox import service as inbox
from bot.inbox.notes.queries import mention_beside
from bot.inbox.service import ConversationFilter, ConversationList, Sort
from tests.support.plans import analyze

pytestmark = pytest.mark.own_database

ME = "u00000000000000000000001"
_FILL = (
    (
        "INSERT INTO users (id, email, name, role, created_at, updated_at)"
        " SELECT 'u' || lpad(n::text, 23, '0'), n || '@example.com', 'Agent', 'EDITOR', now(), now()"
        " FROM generate_series(1, 10) n"
    ),
    (
        "INSERT INTO contacts (id, phone, seq, responder, waiting_since, created_at, updated_at)"
        " SELECT 'c' || lpad(n::text, 24, '0'), '+55119' || lpad(n::text, 8, '0'), 0,"
        " CASE WHEN n % 3 = 0 THEN 'human' ELSE 'bot' END, CASE WHEN n % 12 = 0 THEN now() - n * interval '1 s' END,"
        " now(), now() FROM generate_series(1, 6000) n"
    ),
    (
        "INSERT INTO inbox_conversations"
        " (contact_id, status, last_at, opened_at, resolved_at, assignee_id, created_at, updated_at)"
        " SELECT id, CASE responder WHEN 'human' THEN 'open' ELSE 'resolved' END, now() - n * interval '1 s', now(),"
        " CASE responder WHEN 'bot' THEN now() END,"
        " CASE WHEN n % 2 = 0 THEN 'u' || lpad((1 + n / 20 % 10)::text, 23, '0') END, now(), now()"
        " FROM (SELECT *, substr(id, 2)::int AS n FROM contacts) AS numbered"
    ),
    (
        "INSERT INTO notes (id, contact_id, content, type, created_at, updated_at)"
        " SELECT 'n' || substr(id, 2), id, '@all', 'PUBLIC', now(), now() FROM contacts"
    ),
    (
        "INSERT INTO note_mentions (note_id, user_id, contact_id, created_at)"
        " SELECT id, 'u' || lpad((1 + substr(id, 2)::int % 10)::text, 23, '0'), contact_id, created_at FROM notes"
    ),
)


class Run(NamedTuple):
    """A statement, and the plan that it is run by."""

    statement: str
    plan: str


@pytest.fixture
async def engine(postgres_url: str) -> AsyncIterator[AsyncEngine]:
    """Thousands of conversations, the planner's statistics up to date, and its maps of what all may see."""
    made = create_engine(postgres_url)
    async with made.begin() as connection:
        for statement in _FILL:
            await connection.execute(text(statement))
    async with made.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("VACUUM"))
        await analyze(connection)
    yield made
    await made.dispose()


async def runs_of(engine: AsyncEngine, ask: Callable[[AsyncConnection], Awaitable[object]]) -> list[Run]:
    """What is run for something that is asked."""
    given: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        given.append((statement, parameters))

    async with engine.connect() as connection:
        event.listen(engine.sync_engine, "before_cursor_execute", note)
        await ask(connection)
        event.remove(engine.sync_engine, "before_cursor_execute", note)
        found = []
        for statement, parameters in given:
            rows = await connection.exec_driver_sql(f"EXPLAIN {statement}", tuple(parameters))
            found.append(Run(statement, "\n".join(row[0] for row in rows)))
    return found


async def listed(engine: AsyncEngine, wanted: ConversationFilter) -> list[Run]:
    """What is run for the first page of a list."""
    return await runs_of(engine, lambda asks: inbox.list_conversations(asks, wanted, ME, utc_now(), 51))


async def test_a_page_is_read_in_its_order(engine: AsyncEngine) -> None:
    lists = [each for each in ConversationList if each is not ConversationList.MENTIONED]
    for wanted in (ConversationFilter(list_, sort=sort) for list_ in lists for sort in Sort):
        runs = await listed(engine, wanted)

        # Who waits is few, and the page of those is sorted by nothing else.
        if not wanted.by_waiting and wanted.list is not ConversationList.WAITING:
            assert "Sort" not in runs[0].plan, (wanted, runs[0])
        assert [run for run in runs if "Seq Scan on contacts" in run.plan or "Seq Scan on inbox_conv" in run.plan] == []


async def test_mentions_and_all_counts_are_read_by_indexes_alone(engine: AsyncEngine) -> None:
    mentioned, *_rest = await listed(engine, ConversationFilter(ConversationList.MENTIONED))
    (counts,) = await runs_of(engine, lambda asks: inbox.count_lists(asks, ME))

    assert "using ix_note_mentions_user_id_contact_id_created_at" in mentioned.plan
    assert counts.plan.count("Index Only Scan") >= len(ConversationList)
    for plan in (mentioned.plan, counts.plan):
        assert "Seq Scan" not in plan, plan
        assert "Heap Scan" not in plan, plan
        assert "Index Scan" not in plan, plan


async def test_what_wants_somebody_is_one_statement_by_indexes(engine: AsyncEngine) -> None:
    (run,) = await runs_of(engine, lambda asks: inbox.wanting(asks, ME, utc_now()))

    for index in ("ix_inbox_conversations_assignee_id", "uq_messages_contact_id_seq", "ix_note_mentions_user_id"):
        assert index in run.plan, run.plan
    assert [line for line in run.plan.splitlines() if "Seq Scan on" in line] == [], run.plan


async def test_mentions_go_with_their_notes_by_indexes_where_two_are_merged(engine: AsyncEngine) -> None:
    kept, merged = (f"c{number:024}" for number in (1, 2))
    (run,) = await runs_of(engine, lambda asks: mention_beside(asks, merged, kept, [kept, merged]))

    assert "pk_note_mentions" in run.plan, run.plan
    assert [line for line in run.plan.splitlines() if "Seq Scan on" in line] == [], run.plan
