"""Delivering: who gets what, in which order, how fast, and what happens at the end."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.models import Account
from bot.channels.service import SIMULATOR
from bot.core.clock import utc_now
from bot.core.messages import Status, StatusUpdate
from bot.core.purposes import Lane
from bot.messages.backlog.depth import outbox_depth
from bot.messages.outbox import claims
from bot.messages.outbox import loop as outbox
from bot.messages.outbox.sending import TIMEOUT_SECONDS
from bot.messages.statuses import apply
from tests.support import rows
from tests.support.loopback import takes_as, waits_for
from tests.support.office import ACCOUNT, Office
from tests.support.waiting import eventually


async def test_a_queued_message_is_sent_with_its_words_its_recipient_and_our_callback_url(office: Office) -> None:
    message = await office.queue(await office.person(), "Oi!")
    office.server.answers.append(takes_as("wamid.1"))

    office.start(public_url="https://bot.example.com")

    row = await office.becomes(message, status="sent")
    assert office.server.received == [
        {
            "id": message,
            "to": "+5511999990000",
            "text": "Oi!",
            "callback": "https://bot.example.com/webhooks/loopback",
            "authorization": "Bearer secret",
        }
    ]
    assert (row["provider_message_id"], row["attempts"], row["sends_unknown"]) == ("wamid.1", 1, 0)
    assert (row["claimed_by"], row["attempt_started_at"], row["error"]) == (None, None, None)


async def test_a_wake_up_is_answered_without_waiting_for_the_next_poll(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "POLL_SECONDS", 3600.0)
    first = await office.queue(await office.person())
    delivering = office.start()
    await office.becomes(first, status="sent")
    message = await office.queue(await office.person("+5511999990001"))

    delivering.wake()

    await office.becomes(message, status="sent")


async def test_each_contact_hears_everything_once_and_in_order_however_many_workers_send(office: Office) -> None:
    people = [await office.person(f"+55119999{number:05}") for number in range(8)]
    messages = [await office.queue(person, str(number)) for number in range(6) for person in people]

    for owner in ("one", "two", "three"):
        office.start(owner)
    for message in messages:
        await office.becomes(message, status="sent")

    for person in people:
        heard = [each["text"] for each in office.server.received if each["to"] == person.address]
        assert heard == [str(number) for number in range(6)]


async def test_two_outboxes_share_the_rate_of_their_account(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async with office.engine.begin() as connection:
        await connection.execute(update(Account).where(Account.id == ACCOUNT).values(rate=5.0))
    messages = [await office.queue(await office.person(f"+55119999{number:05}")) for number in range(8)]
    now, claim = utc_now() + timedelta(seconds=1), claims.claim
    claimed: list[str] = []
    in_vain: set[str] = set()

    async def claim_now(connection: AsyncConnection, owner: str, limit: int, **options: Any) -> claims.Batch:
        moment = now
        batch = await claim(connection, owner, limit, now=moment, **options)
        claimed.extend(each.message.id for each in batch.claimed)
        if batch.claimed:
            in_vain.clear()
        elif moment == now:
            in_vain.add(owner)
        return batch

    async def both_looked_in_vain() -> bool:
        return in_vain == {"one", "two"}

    monkeypatch.setattr(claims, "claim", claim_now)
    outboxes = [office.start("one"), office.start("two")]
    # A second's worth at once, then as the tokens come.
    for passed, taken in ((0.0, 5), (0.25, 6), (0.4, 8)):
        now += timedelta(seconds=passed)
        in_vain.clear()
        for each in outboxes:
            each.wake()
        await eventually(both_looked_in_vain)
        assert len(claimed) == taken

    for message in messages:
        await office.becomes(message, status="sent")


async def test_the_simulator_delivers_without_a_request(office: Office) -> None:
    message = await office.queue(await office.person(), account=SIMULATOR)

    office.start()

    row = await office.becomes(message, status="delivered")
    assert row["claimed_by"] is None
    assert office.server.received == []


async def test_stopping_finishes_what_is_in_flight_and_leaves_the_rest_queued(office: Office) -> None:
    person, answer = await office.person(), asyncio.Event()
    in_flight, later = await office.queue(person), await office.queue(person)
    office.server.answers.append(waits_for(answer))
    delivering = office.start()
    await office.becomes(in_flight, attempts=1)

    stopping = asyncio.create_task(delivering.stop(grace=10))
    await asyncio.sleep(0)  # it has begun
    answer.set()
    await stopping

    assert await rows.column(office.engine, in_flight, "status") == "sent"
    row = await rows.columns(office.engine, later)
    assert (row["status"], row["attempts"], row["claimed_by"]) == ("queued", 0, None)
    assert len(office.server.received) == 1


async def test_a_message_that_waits_for_a_slot_until_its_claim_is_nearly_over_goes_back_and_out_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "SLOTS", 0)
    monkeypatch.setattr(outbox, "OWN_SLOTS", 1)
    answer = asyncio.Event()
    office.server.answers.append(waits_for(answer))
    slow = await office.queue(await office.person())
    delivering = office.start()
    await office.becomes(slow, attempts=1)
    with monkeypatch.context() as short:
        short.setattr(outbox, "LEASE_SECONDS", TIMEOUT_SECONDS)
        held_up = await office.queue(await office.person("+5511999990001"))
        delivering.wake()
        await office.becomes(held_up, attempts=1)

    answer.set()

    await office.becomes(slow, status="sent")
    row = await office.becomes(held_up, status="sent")
    assert (row["attempts"], row["sends_unknown"], row["error"]) == (2, 0, None)
    assert [each["id"] for each in office.server.received] == [slow, held_up]


async def test_what_outlasts_the_grace_is_cut_off_as_an_attempt_of_unknown_outcome(office: Office) -> None:
    answer = asyncio.Event()
    message = await office.queue(await office.person())
    office.server.answers.append(waits_for(answer))
    delivering = office.start()
    await office.becomes(message, attempts=1)

    await delivering.stop(grace=0.05)
    answer.set()

    row = await rows.columns(office.engine, message)
    assert row["status"] == "queued"
    assert row["attempt_started_at"] is not None
    assert row["claimed_by"] == "one"


async def test_a_status_that_came_before_the_answer_is_applied_with_it(office: Office) -> None:
    message = await office.queue(await office.person())
    async with office.engine.begin() as connection:
        await apply(connection, [StatusUpdate(ACCOUNT, "wamid.1", Status.READ)], utc_now())
    office.server.answers.append(takes_as("wamid.1"))

    office.start()

    row = await office.becomes(message, status="read")
    assert row["provider_message_id"] == "wamid.1"


async def test_an_early_status_that_cannot_be_applied_holds_up_no_message(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise KeyError

    monkeypatch.setattr("bot.messages.statuses.tend_kept", fail)
    monkeypatch.setattr("bot.messages.outbox.loop._TEND_SECONDS", 0.0)
    monkeypatch.setattr("bot.messages.outbox.loop.backoff", lambda *_: 60.0)
    office.start()
    message = await office.queue(await office.person())

    await office.becomes(message, status="sent")


async def test_a_database_outage_is_waited_for(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    message = await office.queue(await office.person())
    faults = [OperationalError("SELECT", {}, ConnectionError()), ConnectionRefusedError()]
    claim = claims.claim

    async def away(connection: AsyncConnection, owner: str, limit: int, **options: timedelta) -> claims.Batch:
        if faults:
            raise faults.pop()
        return await claim(connection, owner, limit, **options)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(claims, "claim", away)
    monkeypatch.setattr(outbox, "jitter", lambda: 0.0)
    office.start()

    await office.becomes(message, status="sent")


async def test_the_depth_tells_what_waits(office: Office) -> None:
    person = await office.person()
    await office.queue(person, created_at=utc_now() - timedelta(seconds=90))
    await office.queue(person, scheduled_at=utc_now() + timedelta(hours=1))
    await office.queue(person, status="sent")
    await office.queue(person, lane=Lane.BULK)
    async with office.engine.begin() as connection:
        await rows.add_inbound(connection, person, account=ACCOUNT, turn_state="pending")
        await rows.add_inbound(connection, person, account=ACCOUNT, turn_state="parked")
        await rows.add_inbound(connection, person, account=ACCOUNT)

    async with office.engine.connect() as connection:
        depth = await outbox_depth(connection)

    queue = depth.accounts[ACCOUNT].lanes[Lane.REPLY]
    assert (queue.due, depth.pending, depth.parked) == (1, 1, 1)
    assert 90 <= queue.oldest_age_seconds < 100
    assert {lane: each.due for lane, each in depth.accounts[ACCOUNT].lanes.items()} == {
        Lane.REPLY: 1,
        Lane.NOTICE: 0,
        Lane.BULK: 1,
    }
