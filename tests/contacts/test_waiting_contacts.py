"""Who waits for a person is found by an index on PostgreSQL, however many do not."""

from typing import Any

import pytest
from sqlalchemy import event, text

from bot.contacts.service import ContactFilter, list_contacts, waiting_contacts
from bot.db.engine import create_engine
from tests.support.plans import analyze

_FILL = (
    "INSERT INTO contacts (id, phone, seq, responder, waiting_since, created_at, updated_at)"
    " SELECT 'c' || lpad(n::text, 24, '0'), '+55119' || lpad(n::text, 8, '0'), 0,"
    " CASE WHEN n % 100 = 0 THEN 'human' ELSE 'bot' END,"
    " CASE WHEN n % 100 = 0 THEN now() - n * interval '1 s' END, now(), now() FROM generate_series(1, 6000) n"
)


@pytest.mark.own_database
async def test_who_waits_is_found_by_an_index(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    async with engine.begin() as connection:
        await connection.execute(text(_FILL))
        await analyze(connection)
    given: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if "waiting_since IS NOT NULL" in statement:
            given.append((statement, parameters))

    async with engine.connect() as connection:
        event.listen(engine.sync_engine, "before_cursor_execute", note)
        waiting = await waiting_contacts(connection, 50)
        listed = await list_contacts(connection, ContactFilter(waiting=True, responders=["human"]), 50)
        event.remove(engine.sync_engine, "before_cursor_execute", note)
        plans = []
        for statement, parameters in given:
            rows = await connection.exec_driver_sql(f"EXPLAIN {statement}", tuple(parameters))
            plans.append("\n".join(row[0] for row in rows))
    await engine.dispose()

    assert [each.phone for each in waiting[:2]] == ["+5511900006000", "+5511900005900"]
    assert len(listed.contacts) == len(waiting) == 50
    assert len(plans) == 2
    for plan in plans:
        assert "ix_contacts_waiting" in plan, plan
        assert "Seq Scan" not in plan, plan
    assert "Sort" not in plans[0], plans[0]
