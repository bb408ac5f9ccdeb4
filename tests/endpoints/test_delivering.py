"""Telling endpoints: at least once, in order for each contact, and whatever they answer."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.audit.models import AuditLog
from bot.core.actors import SYSTEM
from bot.core.shares import Shares
from bot.endpoints.delivery import claims, loop, sending
from bot.endpoints.models import EndpointDelivery
from bot.endpoints.rules import WAITS
from bot.endpoints.service import (
    DeliveryFilter,
    deliveries,
    disable_endpoint,
    enable_endpoint,
    resend,
    resend_failed,
    roll_secret,
)
from tests.support.endpoints import (
    BY,
    Deliverers,
    Program,
    a_program,
    add,
    add_row,
    attempts_of,
    deliveries_of,
    hangs,
    row_of,
    says,
    terms,
)
from tests.support.rows import add_person
from tests.support.waiting import eventually


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "POLL_SECONDS", 0.02)


@pytest.fixture
async def program() -> AsyncIterator[Program]:
    async with a_program() as made:
        yield made


@pytest.fixture
async def other() -> AsyncIterator[Program]:
    async with a_program() as made:
        yield made


@pytest.fixture
async def work(engine: AsyncEngine, program: Program, other: Program) -> AsyncIterator[Deliverers]:
    made = Deliverers(engine, terms(program.origin, other.origin))
    yield made
    await made.close()


async def people(engine: AsyncEngine, count: int) -> list[str]:
    async with engine.begin() as connection:
        return [(await add_person(connection, f"+55119999{number:05}")).id for number in range(count)]


async def becomes(engine: AsyncEngine, endpoint: str, *statuses: str, attempts: int = 0) -> list[dict[str, Any]]:
    """Wait until that is how its deliveries are, of which so many have been attempted; gives their columns."""
    found: list[dict[str, Any]] = []

    async def as_wanted() -> bool:
        found[:] = await deliveries_of(engine, endpoint)
        made = len(await attempts_of(engine, endpoint))
        return [each["status"] for each in found] == list(statuses) and made >= attempts

    await eventually(as_wanted)
    return found


async def test_what_happened_arrives_signed_and_what_came_of_it_is_kept(
    engine: AsyncEngine, program: Program, work: Deliverers
) -> None:
    endpoint = await add(engine, program)
    program.answers.append(says(200, "thank \0 you" + "!" * 2000))
    [ana] = await people(engine, 1)
    await work.happens(endpoint, ana)

    work.start()

    [row] = await becomes(engine, endpoint, "delivered")
    # The program has verified it by Standard Webhooks' own library.
    assert [each["id"] for each in program.told] == [row["event_id"]]
    assert (row["attempts"], row["claimed_by"], row["ended_at"]) == (1, None, work.clock())
    [attempt] = await attempts_of(engine, endpoint)
    assert (attempt["status"], attempt["error"], attempt["attempt"]) == (200, None, 1)
    assert attempt["answer"].startswith("thank \ufffd you!")
    assert len(attempt["answer"]) == 1024
    assert (await row_of(engine, endpoint))["last_success_at"] == work.clock()


async def test_each_contact_is_told_of_once_and_in_order_however_many_processes_tell(
    engine: AsyncEngine, program: Program, work: Deliverers
) -> None:
    endpoint = await add(engine, program)
    contacts = await people(engine, 6)
    for _ in range(5):
        await work.happens(endpoint, *contacts)
    wanted = {
        each: [row["event_id"] for row in await deliveries_of(engine, endpoint) if row["contact_id"] == each]
        for each in contacts
    }

    for owner in ("one", "two", "three"):
        work.start(owner)
    await becomes(engine, endpoint, *["delivered"] * 30)

    assert {each: program.ids(each) for each in contacts} == wanted
    assert len(program.told) == 30


async def test_what_fails_holds_up_its_contact_alone_and_is_told_again_by_the_same_id(
    engine: AsyncEngine, program: Program, work: Deliverers
) -> None:
    endpoint = await add(engine, program)
    ana, rui = await people(engine, 2)
    program.answers.append(says(500, "oops"))
    await work.happens(endpoint, ana, ana, ana, rui)

    work.start()
    first, second, third, _other = await becomes(engine, endpoint, "pending", "pending", "pending", "delivered")
    assert len(program.ids(ana)) == 1
    # What waits behind it is not looked at before it may be tried again.
    await eventually(lambda: _all_due_at(engine, endpoint, first["due_at"], second["number"], third["number"]))
    assert (await row_of(engine, endpoint))["failing_since"] is None

    work.clock.advance(seconds=7)
    await becomes(engine, endpoint, *["delivered"] * 4)
    assert program.ids(ana) == [each["event_id"] for each in (first, second, third)]
    assert [each["error"] for each in await attempts_of(engine, endpoint)] == ["status", None, None, None, None]


async def _all_due_at(engine: AsyncEngine, endpoint: str, at: Any, *numbers: int) -> bool:
    return all(each["due_at"] == at for each in await deliveries_of(engine, endpoint) if each["number"] in numbers)


async def test_one_contact_of_whom_much_waits_keeps_nobody_else_waiting(
    engine: AsyncEngine, program: Program, work: Deliverers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "LOOKED_AT", 5)
    endpoint = await add(engine, program)
    ana, rui = await people(engine, 2)
    go_on = asyncio.Event()
    program.answers.append(hangs(go_on))
    await work.happens(endpoint, *[ana] * 20, rui)

    work.start()
    await becomes(engine, endpoint, *["pending"] * 20, "delivered")
    go_on.set()

    await becomes(engine, endpoint, *["delivered"] * 21)
    assert program.ids(ana) == [each["event_id"] for each in (await deliveries_of(engine, endpoint))[:20]]


async def test_one_that_hangs_stops_no_other_and_what_it_answers_late_does_not_count(
    engine: AsyncEngine, program: Program, other: Program, work: Deliverers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TIMEOUT_SECONDS", 0.3)
    endpoint, quick = await add(engine, program), await add(engine, other)
    # More than one process has places for.
    contacts = await people(engine, 40)
    late = asyncio.Event()
    program.answers.extend([hangs(late)] * 40)
    await work.happens(endpoint, *contacts)
    await work.happens(quick, *contacts)

    work.start()
    await becomes(engine, quick, *["delivered"] * 40)
    await becomes(engine, endpoint, *["pending"] * 40, attempts=40)
    late.set()

    assert {each["error"] for each in await attempts_of(engine, endpoint)} == {"timeout"}
    program.answers.clear()
    work.clock.advance(seconds=7)
    await becomes(engine, endpoint, *["delivered"] * 40)
    assert all(program.told.count(each) == 2 for each in program.told)


async def test_an_answer_that_is_none_of_2xx_is_a_failure_and_leads_nowhere(
    engine: AsyncEngine, program: Program, other: Program, work: Deliverers
) -> None:
    endpoint = await add(engine, program)
    contacts = await people(engine, 3)
    program.answers.extend([says(302, Location=other.url), says(404), says(429)])
    await work.happens(endpoint, *contacts)

    work.start()
    await becomes(engine, endpoint, *["pending"] * 3, attempts=3)

    made = await attempts_of(engine, endpoint)
    assert sorted((each["status"], each["error"]) for each in made) == [
        (302, "redirect"),
        (404, "status"),
        (429, "status"),
    ]
    assert other.told == []
    assert (await row_of(engine, endpoint))["failing_since"] == work.clock()


async def test_one_that_says_how_long_to_wait_is_left_alone_for_as_long_and_never_tried_sooner(
    engine: AsyncEngine, program: Program, work: Deliverers
) -> None:
    endpoint = await add(engine, program)
    contacts = await people(engine, 3)
    program.answers.extend(says(503, **{"Retry-After": each}) for each in ("3600", "1", "90000000"))
    await work.happens(endpoint, *contacts)

    work.start()
    await becomes(engine, endpoint, *["pending"] * 3, attempts=3)

    waits = sorted((each["due_at"] - work.clock()).total_seconds() for each in await deliveries_of(engine, endpoint))
    assert all(least <= wait <= 1.2 * least for least, wait in zip((5, 3600, 7 * 3600), waits, strict=True)), waits


async def test_what_cannot_be_signed_or_is_no_answer_is_a_failure_too(
    engine: AsyncEngine, program: Program, work: Deliverers
) -> None:
    sealed, endpoint = await add_row(engine, url=program.url), await add(engine, program)
    [ana] = await people(engine, 1)
    await work.happens(sealed, ana)
    await work.happens(endpoint, ana)

    async def breaks_off(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    program.answers.append(breaks_off)
    work.start()
    await becomes(engine, sealed, "pending", attempts=1)
    await becomes(engine, endpoint, "pending", attempts=1)

    assert [each["error"] for each in await attempts_of(engine, sealed)] == ["sealed"]
    assert [each["error"] for each in await attempts_of(engine, endpoint)] == ["broken_answer"]
    assert len(program.told) == 1


async def test_private_addresses_are_refused_as_they_are_spelled_and_as_they_are_looked_up(
    engine: AsyncEngine, program: Program, work: Deliverers
) -> None:
    port = program.origin.port
    secret = terms().sealer.seal
    found: dict[str, str] = {}
    [ana] = await people(engine, 1)
    for url in (
        f"http://localhost:{port}/hook",
        f"https://127.0.0.1:{port}/hook",
        f"https://[::ffff:127.0.0.1]:{port}/hook",
        f"https://localhost:{port}/hook",
    ):
        endpoint = await add_row(
            engine, url=url, id=f"e{len(found)}", secret=secret(f"e{len(found)}", "whsec_" + "A" * 44)
        )
        await work.happens(endpoint, ana)
        found[url] = endpoint

    work.start()
    errors = []
    for endpoint in found.values():
        await becomes(engine, endpoint, "pending", attempts=1)
        errors += [each["error"] for each in await attempts_of(engine, endpoint)]

    assert errors == ["no_https", "private_address", "private_address", "private_address"]
    assert program.told == []


async def test_an_endpoint_that_is_gone_is_disabled_at_once(
    engine: AsyncEngine, program: Program, work: Deliverers
) -> None:
    endpoint = await add(engine, program)
    [ana] = await people(engine, 1)
    program.answers.append(says(410))
    await work.happens(endpoint, ana, ana)

    work.start()
    await becomes(engine, endpoint, "pending", "pending", attempts=1)

    row = await row_of(engine, endpoint)
    assert (row["status"], row["disabled_reason"]) == ("disabled", "gone")
    assert len(program.told) == 1


async def test_one_that_fails_for_a_day_is_disabled_and_what_waits_is_told_when_it_is_back(
    engine: AsyncEngine, program: Program, work: Deliverers
) -> None:
    endpoint = await add(engine, program)
    [ana] = await people(engine, 1)
    program.answers.extend([says(500)] * 10)
    await work.happens(endpoint, ana, ana)
    began = work.clock()

    work.start()
    for made, wait in enumerate([*WAITS, timedelta()], start=1):
        status = "pending" if made <= len(WAITS) else "failed"
        await becomes(engine, endpoint, status, "pending", attempts=made)
        work.clock.advance(seconds=1.2 * wait.total_seconds() + 1)

    row = await row_of(engine, endpoint)
    assert (row["status"], row["disabled_reason"], row["failing_since"]) == ("disabled", "failing", began)
    async with engine.connect() as connection:
        [line] = (await connection.execute(select(AuditLog).where(AuditLog.action == "endpoint.disable"))).all()
    assert (line.actor, line.resource_id, line.detail["reason"]) == (SYSTEM.name, endpoint, "failing")
    assert len(program.told) == 10

    async with engine.begin() as connection:
        assert await enable_endpoint(connection, endpoint, BY, work.clock())
    await becomes(engine, endpoint, "failed", "delivered")
    async with engine.begin() as connection:
        assert await resend_failed(connection, endpoint, BY, work.clock()) == 1
        assert await resend_failed(connection, endpoint, BY, work.clock()) == 0
    given_up, _second, resent = await becomes(engine, endpoint, "failed", "delivered", "delivered")
    assert resent["event_id"] == given_up["event_id"] == program.told[-1]["id"]
    row = await row_of(engine, endpoint)
    assert (row["status"], row["disabled_reason"], row["failing_since"]) == ("enabled", None, None)


async def test_whoever_enables_one_changes_a_row_for_each_contact_however_much_waits(
    engine: AsyncEngine, program: Program, work: Deliverers
) -> None:
    endpoint = await add(engine, program)
    ana, bea = await people(engine, 2)
    later = work.clock() + timedelta(hours=7)
    await work.happens(endpoint, *[ana, bea] * 20)
    first = [each["number"] for each in (await deliveries_of(engine, endpoint))[:2]]
    async with engine.begin() as connection:
        assert await disable_endpoint(connection, endpoint, BY, work.clock())
        await connection.execute(update(EndpointDelivery).values(due_at=later))
        await connection.execute(update(EndpointDelivery).where(EndpointDelivery.number.in_(first)).values(tries=3))

    async with engine.begin() as connection:
        assert await enable_endpoint(connection, endpoint, BY, work.clock())

    rows = await deliveries_of(engine, endpoint)
    assert [each["number"] for each in rows if each["due_at"] != later] == first
    assert {each["tries"] for each in rows} == {0}
    work.start()
    await becomes(engine, endpoint, *["delivered"] * 40)
    assert [each["id"] for each in program.told if each["data"]["test"]["asked_by"] == ana] == [
        each["event_id"] for each in rows if each["contact_id"] == ana
    ]


async def test_what_arrived_is_told_again_when_somebody_says_so(
    engine: AsyncEngine, program: Program, work: Deliverers
) -> None:
    endpoint = await add(engine, program)
    [ana] = await people(engine, 1)
    [delivery] = await work.happens(endpoint, ana)
    work.start()
    await becomes(engine, endpoint, "delivered")

    async with engine.begin() as connection:
        again = await resend(connection, delivery, BY, work.clock())

    await becomes(engine, endpoint, "delivered", "delivered")
    assert program.told[0] == program.told[1]
    async with engine.connect() as connection:
        shown = await deliveries(connection, endpoint, DeliveryFilter(statuses=["delivered"]), 10, None)
    assert [(each.id, each.last and each.last.status) for each in shown] == [(again, 204), (delivery, 204)]


async def test_a_secret_that_is_replaced_signs_for_a_day_longer(
    engine: AsyncEngine, program: Program, work: Deliverers
) -> None:
    endpoint = await add(engine, program)
    [ana] = await people(engine, 1)
    async with engine.begin() as connection:
        fresh = await roll_secret(connection, terms(), endpoint, BY, work.clock())
    work.start()

    # Both verify.
    await work.happens(endpoint, ana)
    await becomes(engine, endpoint, "delivered")
    old, program.secret = program.secret, fresh
    await work.happens(endpoint, ana)
    await becomes(engine, endpoint, *["delivered"] * 2)

    work.clock.advance(hours=25)
    await work.happens(endpoint, ana)
    await becomes(engine, endpoint, *["delivered"] * 3)
    program.secret = old
    await work.happens(endpoint, ana)
    # The program cannot verify it, and so answers 500.
    await becomes(engine, endpoint, *["delivered"] * 3, "pending", attempts=4)
    program.secret = fresh


async def test_a_claim_whose_process_died_is_taken_over(
    engine: AsyncEngine, program: Program, work: Deliverers
) -> None:
    endpoint = await add(engine, program)
    [ana] = await people(engine, 1)
    await work.happens(endpoint, ana, ana)
    async with engine.begin() as connection:
        lease = timedelta(seconds=loop.LEASE_SECONDS)
        shares = Shares(loop.SLOTS, loop.OWN_SLOTS)
        [lost] = await claims.claim(connection, "dead", shares, terms().sealer, lease=lease, now=work.clock())

    work.start()
    work.clock.advance(seconds=loop.LEASE_SECONDS + 1)

    first, _second = await becomes(engine, endpoint, "delivered", "delivered")
    assert (first["number"], first["attempts"]) == (lost.number, 2)
