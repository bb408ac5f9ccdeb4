"""Contacts are locked many at a time, and those that somebody else holds are told from those that are gone."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event, insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.contacts import queries
from bot.contacts import service as contacts
from bot.contacts.models import Contact, ContactAddress
from bot.conversations.service import merge, undo_merge
from bot.core.actors import SYSTEM
from bot.core.addresses import Address, AddressKind
from bot.db.engine import create_engine
from tests.support.rows import add_person

NOW = datetime(2026, 11, 30, 15, tzinfo=UTC)


class Counted(list[Any]):
    """Rows that count how often they are gone through."""

    times = 0

    def __iter__(self) -> Iterator[Any]:
        self.times += 1
        return super().__iter__()


async def test_many_contacts_are_locked_by_two_statements_whose_rows_are_gone_through_once(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = 10_000
    people = [f"c{number:05}" for number in range(many)]
    addresses = [
        {"contact_id": each, "kind": kind, "value": f"{each}@{kind}.example"}
        for each in people
        for kind in ("email", "simulator")
    ]
    statements: list[str] = []
    gone_through: list[Counted] = []
    real = queries.addresses_of_contacts

    async def counting(connection: AsyncConnection, ids: Any) -> Sequence[Any]:
        gone_through.append(Counted(await real(connection, ids)))
        return gone_through[-1]

    monkeypatch.setattr(queries, "addresses_of_contacts", counting)
    async with engine.begin() as connection:
        await connection.execute(insert(Contact), [{"id": each} for each in people])
        await connection.execute(insert(ContactAddress), addresses)
        event.listen(engine.sync_engine, "before_cursor_execute", lambda *given: statements.append(given[2]))

        locked = await contacts.lock(connection, people)

        assert len(statements) == 2
    assert [each.times for each in gone_through] == [1]
    assert len(locked) == many
    assert all(locked[each].email == f"{each}@email.example" for each in people)
    assert all(len(each.address_ids) == 2 for each in locked.values())


async def test_what_is_gone_is_neither_locked_nor_held(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        ana = await add_person(connection)
    async with engine.begin() as connection:
        locked, held = await contacts.try_lock(connection, [ana.id, "gone"])

    assert (set(locked), held) == ({ana.id}, frozenset())
    assert locked[ana.id].address_ids == {Address(AddressKind.PHONE, ana.address): ana.address_id}


async def test_those_that_somebody_else_holds_are_named_and_the_rest_is_locked(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    async with engine.begin() as connection:
        ana = await add_person(connection)
        rui = await add_person(connection, "+5511999990002")
    async with engine.begin() as holder, engine.begin() as connection:
        await contacts.lock(holder, [ana.id])

        locked, held = await contacts.try_lock(connection, [ana.id, rui.id, "gone"])

        assert (set(locked), held) == ({rui.id}, frozenset({ana.id}))
        # What it locked is held indeed.
        assert (await contacts.try_lock(holder, [rui.id]))[1] == {rui.id}
    await engine.dispose()


async def test_who_is_two_again_while_they_are_waited_for_is_locked_themselves(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    async with engine.begin() as connection:
        ana = await add_person(connection)
        rui = await add_person(connection, "+5511999990002")
        done = await merge(connection, ana.id, rui.id, SYSTEM, NOW)

    async with engine.begin() as undoing, engine.begin() as connection:
        await undo_merge(undoing, done.id, SYSTEM, NOW)
        waiting = asyncio.create_task(contacts.lock(connection, [rui.id, "gone"]))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        await undoing.commit()
        locked = await waiting

        assert {asked: found.id for asked, found in locked.items()} == {rui.id: rui.id}
        assert locked[rui.id].address_ids == {Address(AddressKind.PHONE, rui.address): rui.address_id}
    await engine.dispose()
