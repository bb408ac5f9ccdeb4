"""Replies leave before notices, and those before bulk: in claims, in tokens, and among the slots of a process."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.channels.models import Account
from bot.contacts.models import Contact
from bot.core.clock import utc_now
from bot.core.messages import Status, StatusUpdate
from bot.core.purposes import Lane
from bot.messages.outbox import loop as outbox
from bot.messages.outbox.claims import Batch, claim
from bot.messages.outbox.places import Places
from bot.messages.statuses import apply
from tests.support import rows
from tests.support.loopback import resets, status, takes_as, waits_for
from tests.support.office import ACCOUNT, Office

NOON = datetime(2030, 5, 1, 12, tzinfo=UTC)
LEASE = timedelta(seconds=30)


async def claim_at(engine: AsyncEngine, now: datetime, limit: int = 100) -> Batch:
    async with engine.begin() as connection:
        return await claim(connection, "one", limit, lease=LEASE, now=now)


async def queue(connection: AsyncConnection, number: int, lane: Lane, **columns: Any) -> str:
    """A message to a person of their own."""
    person = await rows.add_person(connection, f"+55119999{number:05}")
    return await rows.add_outbound(connection, person, lane=lane, **columns)


def ids(batch: Batch) -> list[str]:
    return [each.message.id for each in batch.claimed]


async def test_a_reply_waits_for_no_older_message_of_its_contact_in_another_lane(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await rows.add_account(connection)
        person = await rows.add_person(connection)
        bulk = [await rows.add_outbound(connection, person, lane=Lane.BULK) for _ in range(3)]
        notice = await rows.add_outbound(connection, person, lane=Lane.NOTICE)
        reply = await rows.add_outbound(connection, person)

    assert ids(await claim_at(engine, NOON)) == [reply, notice, bulk[0]]


async def test_within_its_lane_a_contacts_order_holds(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await rows.add_account(connection)
        person = await rows.add_person(connection)
        first, second = [await rows.add_outbound(connection, person, lane=Lane.BULK) for _ in range(2)]

    assert ids(await claim_at(engine, NOON)) == [first]
    assert ids(await claim_at(engine, NOON)) == []
    await rows.set_columns(engine, first, status="sent", claimed_by=None, claimed_until=None)
    assert ids(await claim_at(engine, NOON)) == [second]


async def test_replies_of_all_accounts_are_claimed_before_older_bulk_of_any(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        for account in ("whatsapp:1", "whatsapp:2"):
            await rows.add_account(connection, account)
        for number in range(8):
            await queue(connection, number, Lane.BULK, account="whatsapp:1", created_at=NOON - timedelta(hours=1))
        replies = [await queue(connection, 10 + number, Lane.REPLY, account="whatsapp:2") for number in range(4)]

    assert ids(await claim_at(engine, NOON + timedelta(hours=1), limit=4)) == replies


async def test_bulk_waits_for_the_next_round_while_an_account_has_more_replies_than_this_one_holds(
    engine: AsyncEngine,
) -> None:
    async with engine.begin() as connection:
        for account in ("whatsapp:1", "whatsapp:2"):
            await rows.add_account(connection, account)
        for number in range(5):
            await queue(connection, number, Lane.REPLY, account="whatsapp:1", created_at=NOON)
        await queue(connection, 10, Lane.REPLY, account="whatsapp:2", created_at=NOON)
        await queue(connection, 11, Lane.BULK, account="whatsapp:2", created_at=NOON)

    batch = await claim_at(engine, NOON + timedelta(hours=1), limit=4)

    assert [each.lane for each in batch.claimed] == [Lane.REPLY] * 3
    assert batch.more


@pytest.mark.parametrize(("rate", "bulk", "kept"), [(8.0, 6, 2), (1.0, 1, 1), (0.1, 1, 1)])
async def test_bulk_leaves_a_quarter_of_the_bucket_and_at_least_one_token_to_the_replies_that_come(
    engine: AsyncEngine, rate: float, bulk: int, kept: int
) -> None:
    async with engine.begin() as connection:
        await rows.add_account(connection, rate=rate)
        for number in range(bulk + 2):
            await queue(connection, number, Lane.BULK)
    assert len((await claim_at(engine, NOON)).claimed) == bulk

    async with engine.begin() as connection:
        for number in range(20, 22 + kept):
            await queue(connection, number, Lane.REPLY)

    assert [each.lane for each in (await claim_at(engine, NOON)).claimed] == [Lane.REPLY] * kept


async def test_notices_may_take_what_bulk_leaves(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await rows.add_account(connection, rate=4.0)
        for number in range(6):
            await queue(connection, number, Lane.NOTICE)

    assert len((await claim_at(engine, NOON)).claimed) == 4


@pytest.mark.parametrize("lane", [Lane.NOTICE, Lane.BULK])
async def test_a_notice_or_bulk_of_a_process_that_was_killed_is_never_tried_again(
    engine: AsyncEngine, lane: Lane
) -> None:
    async with engine.begin() as connection:
        await rows.add_account(connection)
        message = await queue(connection, 1, lane)
    assert ids(await claim_at(engine, NOON)) == [message]

    assert (await claim_at(engine, NOON + LEASE - timedelta(seconds=1))).failed == {}
    assert (await claim_at(engine, NOON + LEASE)).failed == {"outcome_unknown": [message]}

    row = await rows.columns(engine, message)
    assert (row["status"], row["attempts"], row["claimed_by"], row["attempt_started_at"]) == ("failed", 1, None, None)


async def test_that_an_outcome_is_unknown_weighs_more_than_that_it_went_stale_meanwhile(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await rows.add_account(connection)
        message = await queue(connection, 1, Lane.BULK, expires_at=NOON + timedelta(seconds=10))
    await claim_at(engine, NOON)

    assert (await claim_at(engine, NOON + LEASE)).failed == {"outcome_unknown": [message]}


def given_up(error: str) -> float:
    return REGISTRY.get_sample_value("recado_outbox_given_up_total", {"error": error}) or 0.0


async def test_a_notice_whose_answer_never_came_waits_for_a_status_then_fails_and_is_counted(office: Office) -> None:
    before = given_up("outcome_unknown")
    message = await office.queue(await office.person(), lane=Lane.NOTICE)
    office.server.answers.append(resets)
    office.start(wait=60)

    row = await office.becomes(message, claimed_by=None, attempts=1)
    assert row["status"] == "queued"
    assert row["next_attempt_at"] - row["attempt_started_at"] == timedelta(seconds=60)
    await rows.set_columns(office.engine, message, next_attempt_at=utc_now())

    row = await office.becomes(message, status="failed")
    assert (row["error"], row["attempts"], len(office.server.received)) == ("outcome_unknown", 1, 1)
    # It is counted after the commit.
    await office.looks_again()
    assert given_up("outcome_unknown") == before + 1


async def test_a_status_that_comes_later_still_says_that_it_went_out(office: Office) -> None:
    message = await office.queue(await office.person(), lane=Lane.BULK)
    office.server.answers.append(resets)
    office.start(wait=0)
    await office.becomes(message, error="outcome_unknown")

    async with office.engine.begin() as connection:
        report = StatusUpdate(ACCOUNT, "wamid.1", Status.DELIVERED, message_id=message)
        await apply(connection, [report], utc_now())

    row = await rows.columns(office.engine, message)
    assert (row["status"], row["error"]) == ("delivered", None)


async def test_bulk_that_was_certainly_not_sent_is_tried_again(office: Office) -> None:
    message = await office.queue(await office.person(), lane=Lane.BULK)
    office.server.answers.extend([status(503, Retry_After="0"), takes_as("wamid.1")])

    office.start()

    assert (await office.becomes(message, status="sent"))["attempts"] == 2


async def take_over(engine: AsyncEngine, message: str) -> None:
    """Raise the epoch of the message's contact, as a takeover does."""
    contact_id = await rows.column(engine, message, "contact_id")
    async with engine.begin() as connection:
        await connection.execute(update(Contact).where(Contact.id == contact_id).values(epoch=Contact.epoch + 1))


@pytest.mark.parametrize("meanwhile", ["refused", "lease ended"])
async def test_what_was_claimed_before_a_takeover_is_not_tried_again_after_it(
    engine: AsyncEngine, meanwhile: str
) -> None:
    async with engine.begin() as connection:
        await rows.add_account(connection)
        message = await queue(connection, 1, Lane.REPLY, epoch=0)
    assert ids(await claim_at(engine, NOON)) == [message]
    await take_over(engine, message)
    if meanwhile == "refused":
        await rows.set_columns(engine, message, claimed_by=None, claimed_until=None, attempt_started_at=None)

    assert (await claim_at(engine, NOON + LEASE)).failed == {"taken_over": [message]}
    assert (await rows.columns(engine, message))["error"] == "taken_over"


@pytest.mark.parametrize("epoch", [None, 1])
async def test_what_no_takeover_takes_back_is_tried_again(engine: AsyncEngine, epoch: int | None) -> None:
    async with engine.begin() as connection:
        await rows.add_account(connection)
        message = await queue(connection, 1, Lane.REPLY, epoch=epoch)
    await claim_at(engine, NOON)
    await take_over(engine, message)

    assert ids(await claim_at(engine, NOON + LEASE)) == [message]


def test_notices_and_bulk_leave_a_quarter_of_the_places_to_replies() -> None:
    places = Places(32, 4)
    accounts = [f"account:{number}" for number in range(20)]

    for account in accounts:
        for lane in (Lane.NOTICE, Lane.BULK):
            places.take(account, lane, places.room(account, lane))

    assert [places.room(account, Lane.BULK) for account in accounts] == [0] * 20
    assert places.held <= 24 + 20 * 3
    assert all(places.room(account, Lane.REPLY) > 1 for account in accounts)


def test_places_that_are_given_back_are_free_again() -> None:
    places = Places(32, 4)
    room = places.room("one", Lane.BULK)
    places.take("one", Lane.BULK, room)
    taken = places.copy()

    places.give("one", Lane.BULK, room)

    assert (places.room("one", Lane.BULK), taken.room("one", Lane.BULK)) == (room, 0)


async def _more_bulk_than_slots(office: Office) -> list[str]:
    """To people of their own; 21 of them are sent at a time, and an outbox claims as many as it finds at once."""
    async with office.engine.begin() as connection:
        return [await queue(connection, number, Lane.BULK, account=ACCOUNT) for number in range(30)]


async def test_a_reply_is_sent_at_once_though_bulk_fills_its_slots_and_more_of_it_waits_for_one(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "POLL_SECONDS", 3600.0)
    monkeypatch.setattr(outbox, "LINGER_SECONDS", 3600.0)
    answer = asyncio.Event()
    bulk = await _more_bulk_than_slots(office)
    office.server.answers.extend([waits_for(answer)] * 21)
    delivering = office.start()
    await office.becomes(bulk[-1], attempts=1)
    reply = await office.queue(await office.person())

    delivering.wake()

    await office.becomes(reply, attempts=1)
    await office.receives(22)
    assert office.server.received[-1]["id"] == reply
    answer.set()


async def test_a_process_that_stops_gives_back_the_bulk_that_waits_for_a_slot(office: Office) -> None:
    answer = asyncio.Event()
    bulk = await _more_bulk_than_slots(office)
    office.server.answers.extend([waits_for(answer)] * 21)
    delivering = office.start()
    await office.becomes(bulk[-1], attempts=1)
    await office.receives(21)

    stopping = asyncio.create_task(delivering.stop(grace=10))
    for message in bulk[21:]:
        await office.becomes(message, claimed_by=None, attempt_started_at=None, error="stopped", status="queued")
    answer.set()
    await stopping

    assert [await rows.column(office.engine, message, "status") for message in bulk[:21]] == ["sent"] * 21
    assert len(office.server.received) == 21


async def test_the_rate_that_bulk_uses_up_leaves_a_token_for_the_reply_that_comes(office: Office) -> None:
    async with office.engine.begin() as connection:
        await connection.execute(update(Account).where(Account.id == ACCOUNT).values(rate=0.001))
    bulk = [await office.queue(await office.person(f"+55119999{n:05}"), lane=Lane.BULK) for n in range(3)]
    delivering = office.start()
    await office.becomes(bulk[0], status="sent")
    reply = await office.queue(await office.person())

    delivering.wake()

    await office.becomes(reply, status="sent")
    assert [each["id"] for each in office.server.received] == [bulk[0], reply]
