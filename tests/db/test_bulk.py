"""Many rows in one statement mean the same on both databases."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.ids import new_id
from bot.db.bulk import BulkInsert, BulkUpdate, among, together
from bot.jobs.models import ScheduledJob

NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)

COLUMNS = ("id", "type", "key", "payload", "scheduled_at", "status", "created_at", "updated_at")
INSERT = BulkInsert(ScheduledJob, COLUMNS, keys=("type", "key"), returning=("key",))
UPSERT = BulkInsert(ScheduledJob, COLUMNS, keys=("type", "key"), set_=("payload",), returning=("key",))
UPDATE = BulkUpdate(ScheduledJob, "id", ("payload", "attempts", "updated_at"))
FINISH = BulkUpdate(
    ScheduledJob, "id", ("status", "updated_at"), as_of=("attempts",), where="scheduled_jobs.status = 'pending'"
)


def job(key: str, payload: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "id": new_id(),
        "type": "daily",
        "key": key,
        "payload": payload,
        "scheduled_at": NOW,
        "status": "pending",
        "created_at": NOW,
        "updated_at": NOW,
        "not_a_column": "passed over",
    }


async def stored(engine: AsyncEngine) -> dict[str, Any]:
    async with engine.begin() as connection:
        return {row.key: row for row in await connection.execute(select(ScheduledJob.__table__))}


async def test_rows_come_back_as_they_were_given(engine: AsyncEngine) -> None:
    payload = {"text": 'quotes " and \\ and {braces}, and "NULL"', "big": 10**30, "list": [1, None, "ü"], "none": None}

    async with engine.begin() as connection:
        await INSERT.execute(connection, [job("one", payload), job("two")])

    rows = await stored(engine)
    assert rows["one"].payload == payload
    assert rows["one"].scheduled_at == NOW
    assert rows["one"].attempts == 0
    assert rows["two"].payload is None


async def test_a_row_whose_key_is_taken_is_passed_over_or_sets_what_it_may(engine: AsyncEngine) -> None:
    first = job("one", {"is": "first"})
    async with engine.begin() as connection:
        await INSERT.execute(connection, [first])

        new = await INSERT.execute(connection, [job("one", {"is": "second"}), job("two")])
        assert [row.key for row in new] == ["two"]

        await UPSERT.execute(connection, [job("one", {"is": "third"})])

    rows = await stored(engine)
    assert rows["one"].payload == {"is": "third"}
    assert rows["one"].id == first["id"]


async def test_each_row_of_an_update_gets_its_own_values(engine: AsyncEngine) -> None:
    jobs = [job("one"), job("two"), job("three")]
    async with engine.begin() as connection:
        await INSERT.execute(connection, jobs)

        await UPDATE.execute(
            connection,
            [
                {"id": each["id"], "payload": {"n": n}, "attempts": n, "updated_at": NOW}
                for n, each in enumerate(jobs[:2])
            ],
        )

    rows = await stored(engine)
    assert [(rows[key].payload, rows[key].attempts) for key in ("one", "two", "three")] == [
        ({"n": 0}, 0),
        ({"n": 1}, 1),
        (None, 0),
    ]


async def test_an_update_leaves_rows_alone_that_are_no_longer_as_it_knows_them(engine: AsyncEngine) -> None:
    known, taken_over, done = job("known"), job("taken over"), {**job("done"), "status": "done"}
    async with engine.begin() as connection:
        await INSERT.execute(connection, [known, taken_over, done])

        finished = {"status": "failed", "updated_at": NOW}
        attempts = ((known, 0), (taken_over, 1), (done, 0))
        await FINISH.execute(connection, [{"id": each["id"], "attempts": n, **finished} for each, n in attempts])

    rows = await stored(engine)
    assert {key: row.status for key, row in rows.items()} == {
        "known": "failed",
        "taken over": "pending",
        "done": "done",
    }


async def test_statements_together_pass_over_those_without_rows_and_give_what_the_last_gives(
    engine: AsyncEngine,
) -> None:
    old = job("old")
    async with engine.begin() as connection:
        await INSERT.execute(connection, [old])
        changed = {"id": old["id"], "payload": {"is": "changed"}, "attempts": 1, "updated_at": NOW}

        assert [row.key for row in await together(connection, (UPDATE, [changed]), (INSERT, [job("new")]))] == ["new"]
        assert await together(connection, (INSERT, [job("newer")]), (UPDATE, [])) == ()
        assert await together(connection, (UPDATE, []), (INSERT, [])) == ()

    rows = await stored(engine)
    assert set(rows) == {"old", "new", "newer"}
    assert rows["old"].payload == {"is": "changed"}


async def test_what_is_too_long_for_its_column_is_refused_and_never_cut(engine: AsyncEngine) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite knows no lengths")

    with pytest.raises(DBAPIError, match="too long"):
        async with engine.begin() as connection:
            await INSERT.execute(connection, [job("k" * 256)])


async def test_rows_are_found_by_lists_of_any_length(engine: AsyncEngine) -> None:
    statement = select(ScheduledJob.key).where(among(engine.dialect.name, ScheduledJob.key, "keys"))
    async with engine.begin() as connection:
        await INSERT.execute(connection, [job(f"{number}") for number in range(5)])

        found = [
            set((await connection.execute(statement, {"keys": keys})).scalars())
            for keys in ([], ["3"], ["1", "4", "x"])
        ]

    assert found == [set(), {"3"}, {"1", "4"}]
