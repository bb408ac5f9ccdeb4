"""Messages that are sent at the same moment: they share a transaction, and each is done, or refused, as if alone."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from bot.contacts.models import Contact
from bot.db.engine import reading
from bot.messages.models import Message
from tests.support.programs import Program, Served, Told


async def heard(served: Served, count: int) -> list[str]:
    return [await served.hears("oi", f"+55119999900{number:02}") for number in range(count)]


async def said(served: Served) -> list[str]:
    async with reading(served.doors.people.engine) as connection:
        found = await connection.scalars(select(Message.content).where(Message.origin.like("api:%")))
        return sorted(found)


def burst(program: Program, contacts: list[str], *, keyed: bool = True) -> list[Any]:
    return [
        program.post(
            "/messages",
            {"contact_id": contact, "text": f"order {number:02}"},
            headers={"Idempotency-Key": f"order {number}"} if keyed else None,
        )
        for number, contact in enumerate(contacts)
    ]


async def test_many_at_once_cost_few_commits_and_each_is_done_once(served: Served, shop: Program) -> None:
    contacts, commits = await heard(served, 20), list[object]()
    # That a token is used is noted once a minute.
    await shop.get("/contacts")
    event.listen(served.doors.people.engine.sync_engine, "commit", commits.append)

    first: list[Told] = await asyncio.gather(*burst(shop, contacts))

    assert {each.status for each in first} == {201}
    assert len(commits) < 10
    assert await said(served) == [f"order {number:02}" for number in range(20)]
    again: list[Told] = await asyncio.gather(*burst(shop, contacts))
    assert [each.body for each in again] == [each.body for each in first]
    assert {each.headers["Idempotency-Replayed"] for each in again} == {"true"}
    lines = (await shop.get("/audit?action=message.send")).body["data"]
    assert sorted(each["resource_id"] for each in lines) == sorted(contacts)


async def test_what_is_refused_costs_those_beside_it_nothing_and_keeps_no_key(served: Served, shop: Program) -> None:
    (ana,) = await heard(served, 1)
    contacts = [ana, "cm" + "0" * 23, ana, "cm" + "1" * 23]

    told = await asyncio.gather(*burst(shop, contacts))

    assert [each.status for each in told] == [201, 422, 201, 422]
    assert {told[1].body["code"], told[3].body["code"]} == {"no_contact"}
    assert await said(served) == ["order 00", "order 02"]
    right = {"contact_id": ana, "text": "order 01"}
    assert (await shop.post("/messages", right, headers={"Idempotency-Key": "order 1"})).status == 201


async def test_one_key_that_comes_twice_at_once_sends_once(served: Served, shop: Program) -> None:
    (ana,) = await heard(served, 1)
    key, body = {"Idempotency-Key": "order 7"}, {"contact_id": ana, "text": "order 7"}

    told = await asyncio.gather(*(shop.post("/messages", body, headers=key) for _ in range(10)))
    other = await shop.post("/messages", {**body, "text": "order 8"}, headers=key)

    assert {(each.status, each.body["id"]) for each in told} == {(201, told[0].body["id"])}
    assert (other.status, other.problem) == (422, "key_reused")
    assert await said(served) == ["order 7"]


async def test_whose_conversation_somebody_else_holds_waits_alone(served: Served, shop: Program) -> None:
    contacts = await heard(served, 6)
    engine = served.doors.people.engine
    if engine.dialect.name == "sqlite":
        return

    async with engine.begin() as connection:
        await connection.execute(select(Contact.id).where(Contact.id == contacts[3]).with_for_update())
        told = await asyncio.gather(*burst(shop, contacts, keyed=False))

    assert [each.status for each in told] == [201, 201, 201, 503, 201, 201]
    assert (await shop.post("/messages", {"contact_id": contacts[3], "text": "order 03"})).status == 201


async def test_what_is_lost_on_the_way_back_is_not_sent_once_more(
    served: Served, shop: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    contacts, lost = await heard(served, 6), list[object]()
    await shop.get("/contacts")
    dialect = served.doors.people.engine.dialect
    usual = dialect.do_commit

    def lose(connection: Any) -> None:
        usual(connection)
        if len(lost) < 2:
            lost.append(connection)
            raise OperationalError("COMMIT", {}, ConnectionResetError())

    monkeypatch.setattr(dialect, "do_commit", lose)

    told = await asyncio.gather(*burst(shop, contacts[:3], keyed=False), *burst(shop, contacts[3:]))

    assert [each.status for each in told] == [503, 503, 503, 201, 201, 201]
    assert [each.problem for each in told[:3]] == ["unavailable"] * 3
    assert {each.headers.get("Retry-After") for each in told[:3]} == {"5"}
    assert await said(served) == sorted([f"order {number:02}" for number in range(3)] * 2)
