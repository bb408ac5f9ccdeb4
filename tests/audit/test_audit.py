"""Lines of the audit: what they tell, in whose transaction, and how they are found again."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from pydantic import SecretStr
from sqlalchemy import QueuePool, event
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.audit.rules import MAX_TEXT, kept
from bot.audit.service import (
    AuditFilter,
    AuditLine,
    all_lines,
    count_lines,
    difference,
    lines,
    lines_about_user,
    record,
)
from bot.core.actors import SYSTEM, Actor
from bot.db.engine import reading
from bot.users.service import Role, add_user

ANA = Actor("Ana (terminal)")
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


async def found(engine: AsyncEngine, **wanted: object) -> list[AuditLine]:
    pages = all_lines(partial(reading, engine), AuditFilter(**wanted))  # type: ignore[arg-type]  # as each test means it
    return [each async for page in pages for each in page]


def test_only_what_changed_is_told_with_both_sides() -> None:
    assert difference({"role": "VIEWER", "name": "Ana"}, {"role": "ADMIN", "name": "Ana", "locale": "en"}) == {
        "before": {"role": "VIEWER"},
        "after": {"role": "ADMIN", "locale": "en"},
    }
    assert difference({"a": 1}, {"a": 1}) == {}
    assert difference({"a": 1}, {}) == {"before": {"a": 1}}


def test_a_detail_is_cut_and_cleaned_and_refuses_what_json_has_no_word_for() -> None:
    told = kept(
        {"text": "a\x00" + "b" * 9999, "at": NOW, "tags": {"b", "a"}, "in": [{"x": None}], "n": 1.5, "on": True}
    )

    assert told is not None
    assert told.pop("text") == "a" + "b" * (MAX_TEXT - 2) + "…"
    assert told == {"at": NOW.isoformat(), "tags": ["a", "b"], "in": [{"x": None}], "n": 1.5, "on": True}
    assert kept({}) is None
    for each in (SecretStr("hush"), b"bytes", object()):
        with pytest.raises(TypeError, match=type(each).__name__):
            kept({"password": each})


async def test_a_line_is_written_with_the_change_or_not_at_all(engine: AsyncEngine) -> None:
    async with engine.connect() as connection, connection.begin() as transaction:
        await record(connection, ANA, "account.pause", "account", "whatsapp:1000")
        await transaction.rollback()
    assert await found(engine) == []

    async with engine.begin() as connection:
        await record(connection, ANA, "account.pause", "account", "whatsapp:1000", {"after": {"paused": True}}, at=NOW)

    (line,) = await found(engine)
    assert (line.actor, line.action, line.resource, line.resource_id, line.detail, line.created_at) == (
        "Ana (terminal)",
        "account.pause",
        "account",
        "whatsapp:1000",
        {"after": {"paused": True}},
        NOW,
    )


async def test_names_that_people_chose_are_made_fit_to_be_kept(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await record(connection, Actor("A\x00na\ud800" + "x" * 300, address="f" * 99), "x.y", "x", "1")

    (line,) = await found(engine)
    assert line.actor == "Ana" + "x" * 251 + "…"
    assert len(line.address) == 64


async def test_what_a_user_did_and_what_was_done_to_them_is_told_together_newest_first(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        bia = (await add_user(connection, "bia@example.com", Role.VIEWER, ANA, NOW)).id
        by_bia = Actor("Bia", bia)
        for number, (by, resource, id_) in enumerate(
            [
                (by_bia, "job", "1"),
                (ANA, "user", bia),
                (ANA, "contact", bia),
                (by_bia, "user", bia),
                (ANA, "user", "rui"),
            ]
        ):
            await record(connection, by, f"x.{number}", resource, id_, at=NOW + timedelta(minutes=1 + number))

    async with reading(engine) as connection:
        told = [[each.action for each in await lines_about_user(connection, bia, most)] for most in (9, 2)]
    assert told == [["x.3", "x.1", "x.0", "user.add"], ["x.3", "x.1"]]


async def test_all_lines_are_given_some_at_a_time_and_no_connection_waits_for_who_takes_them(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.audit.service._PAGE", 2)
    async with engine.begin() as connection:
        for number in range(5):
            await record(connection, SYSTEM, "job.retry", "job", str(number), at=NOW + timedelta(minutes=number))

    pages, pool = [], engine.pool
    assert isinstance(pool, QueuePool)
    async for page in all_lines(partial(reading, engine), AuditFilter()):
        pages.append([each.resource_id for each in page])
        assert pool.checkedout() == 0
    assert pages == [["4", "3"], ["2", "1"], ["0"]]


async def test_lines_are_narrowed_and_paged_newest_first_also_within_one_moment(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        for number in range(7):
            at = NOW + timedelta(minutes=number // 3)
            await record(connection, SYSTEM, "job.retry" if number % 2 else "job.cancel", "job", str(number), at=at)

    async with reading(engine) as connection:
        pages, after = [], None
        while page := await lines(connection, AuditFilter(), 2, after):
            pages.append([each.resource_id for each in page])
            after = (page[-1].created_at, page[-1].id)
    assert pages == [["6", "5"], ["4", "3"], ["2", "1"], ["0"]]

    async with reading(engine) as connection:
        assert await count_lines(connection, AuditFilter(actions=["job.retry"])) == 3
    assert [each.resource_id for each in await found(engine, actions=["job.retry"])] == ["5", "3", "1"]
    assert [each.resource_id for each in await found(engine, resources=["job"], resource_id="4")] == ["4"]
    between = {"since": NOW + timedelta(minutes=1), "until": NOW + timedelta(minutes=2)}
    assert [each.resource_id for each in await found(engine, **between)] == ["5", "4", "3"]
    assert await found(engine, user_id="nobody") == []


async def test_words_find_who_did_it_and_what_it_was_done_to_once_each(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        for number, (name, on) in enumerate(
            [("Ana_1", "x1"), ("ANA 2", "x2"), ("Bia", "x1"), ("Bia", "ana"), ("x1", "x1")]
        ):
            await record(connection, Actor(name), "a.b", "thing", on, at=NOW + timedelta(seconds=number))
        found = {}
        for words in ("ana", "a_1", "x1", "%", "nobody"):
            shown = await lines(connection, AuditFilter(words=words), 9, None)
            found[words] = [(line.actor, line.resource_id) for line in shown]
        counts = [await count_lines(connection, AuditFilter(words=words)) for words in found]

    assert found["ana"] == [("Bia", "ana"), ("ANA 2", "x2"), ("Ana_1", "x1")]
    assert found["a_1"] == [("Ana_1", "x1")]
    assert found["x1"] == [("x1", "x1"), ("Bia", "x1"), ("Ana_1", "x1")]
    assert found["%"] == found["nobody"] == []
    assert counts == [3, 1, 3, 0, 0]


async def test_many_names_are_found_as_one_and_many_lines_are_counted_no_further(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.audit.queries._MOST_SIDES", 2)
    monkeypatch.setattr("bot.audit.queries.MOST_COUNTED", 4)
    async with engine.begin() as connection:
        for number in range(9):
            await record(connection, Actor(f"Ana {number}"), "a.b", "thing", "x", at=NOW + timedelta(seconds=number))
        wanted = AuditFilter(words="ana")
        shown = await lines(connection, wanted, 3, None)
        further = await lines(connection, wanted, 3, (shown[-1].created_at, shown[-1].id))
        counted = await count_lines(connection, wanted)

    assert [line.actor for line in (*shown, *further)] == [f"Ana {number}" for number in (8, 7, 6, 5, 4, 3)]
    assert counted == 5


async def test_no_search_reads_the_whole_log(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        statements: list[str] = []
        event.listen(engine.sync_engine, "before_cursor_execute", lambda *of: statements.append(of[2]))
        await lines(connection, AuditFilter(words="nobody"), 9, None)
        asked = [each for each in statements if "audit_logs" in each]

    assert asked
    assert not [each for each in asked if " OR " in each or "lower(audit_logs" in each]
