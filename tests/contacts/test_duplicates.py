"""Contacts who may be one person: found by a daily job in slices, and not again once somebody dismissed it."""

from datetime import UTC, datetime, timedelta
from time import process_time

import pytest
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts.merging.duplicates.likeness import Known, compared, keys_of
from bot.contacts.merging.duplicates.suggesting import SLICES, dismiss_suggestion, suggestions
from bot.contacts.models import Contact
from bot.core.actors import Actor
from bot.db.engine import create_engine
from tests.support.likely import crowd, look
from tests.support.tables import for_each

NOON = datetime(2030, 5, 1, 12, tzinfo=UTC)
ALIKE: tuple[tuple[Known, Known, list[str]], ...] = (
    (Known("a", "Ana Souza"), Known("b", "souza,  ANA"), ["name"]),
    (Known("a", "José da Silva"), Known("b", "Jose da Silva"), ["name"]),
    (Known("a", "", frozenset({"+5511987654321"})), Known("b", "", frozenset({"+551187654321"})), ["phone"]),
    (
        Known("a", "", emails=frozenset({"a.na+x@gmail.com"})),
        Known("b", "", emails=frozenset({"ana@GMAIL.com"})),
        ["email"],
    ),
    (Known("a", "Ana"), Known("b", "Ana"), []),
    (Known("a", "Ana Souza"), Known("b", "Ana Soares"), []),
    (Known("a", "Ana", emails=frozenset({"a.na@x.org"})), Known("b", "Ana", emails=frozenset({"ana@x.org"})), []),
    (Known("a", ""), Known("b", ""), []),
)


@for_each(("one", "other", "reasons"), ALIKE)
def test_who_is_alike_shares_a_key_and_is_told_in_what(one: Known, other: Known, reasons: list[str]) -> None:
    score, found = compared(one, other)

    assert list(found) == reasons
    assert (score > 0.5) == bool(reasons)
    assert not reasons or not set(keys_of(one)).isdisjoint(keys_of(other))


async def test_what_somebody_dismissed_is_not_suggested_again_nor_who_is_merged_or_not_alike_any_more(
    engine: AsyncEngine,
) -> None:
    async with engine.begin() as connection:
        names = ["Ana Souza", "Souza Ana", "Rui Lima", "Rui Limah", "Eva Costa", "Eva Costa", "Zoe Zen"]
        rows = [{"id": f"c{number}", "name": name} for number, name in enumerate(names)]
        await connection.execute(insert(Contact), rows)
        await look(connection, NOON)
        found = {(each.first.id, each.second.id): each for each in await suggestions(connection, 10)}
        assert set(found) == {("c0", "c1"), ("c2", "c3"), ("c4", "c5")}
        paged = await suggestions(connection, 1)
        assert len(paged + await suggestions(connection, 10, paged[0].place)) == 3

        assert await dismiss_suggestion(connection, found["c0", "c1"].id, Actor("bia"), NOON)
        assert not await dismiss_suggestion(connection, found["c0", "c1"].id, Actor("bia"), NOON)
        await connection.execute(update(Contact).where(Contact.id == "c3").values(name="Somebody Else"))
        await connection.execute(update(Contact).where(Contact.id == "c5").values(merged_into="c4"))
        await look(connection, NOON + timedelta(days=1))

        assert await suggestions(connection, 10) == []


@pytest.mark.slow
async def test_four_times_as_many_take_little_more_than_four_times_as_long(postgres_url: str) -> None:
    took = []
    for many in (5_000, 20_000):
        engine = create_engine(postgres_url)
        async with engine.begin() as connection:
            await crowd(connection, many)
            before = process_time()
            assert await look(connection, NOON) == SLICES
            took.append(process_time() - before)
            assert await suggestions(connection, 1) == []
            await connection.rollback()
        await engine.dispose()

    few, many_took = took
    assert many_took < 60 / 5, "so a hundred thousand are looked through within a minute"
    assert many_took < 8 * few, "and five times as many take five times as long"
