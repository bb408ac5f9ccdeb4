"""Lanes and fences together: whatever is queued, claimed, taken over and handed back, and in whatever order."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Row, delete, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.channels.models import Account
from bot.contacts import service as contacts
from bot.contacts.models import Contact, ContactAddress
from bot.conversations import service
from bot.conversations.models import FlowInstance
from bot.core.purposes import Lane
from bot.db.engine import create_engine
from bot.messages.models import UNCLAIMED, Message
from bot.messages.outbox.claimed import Claimed
from bot.messages.outbox.claims import Batch, claim
from bot.messages.outbox.window import closed_for
from tests.support import rows
from tests.support.rows import Person

NOON = datetime(2030, 5, 1, 12, tzinfo=UTC)
LEASE = timedelta(seconds=30)
WAIT = timedelta(seconds=30)
ACCOUNTS = ("twilio:1", "twilio:2")
PEOPLE = 2
Fate = Literal["sent", "refused", "unknown", "killed"]


class Queue(NamedTuple):
    """Messages are queued to a person; replies are a turn's where nobody has the conversation, else people's words."""

    person: int
    account: int
    lane: Lane
    how_many: int


class TakeOver(NamedTuple):
    """Somebody takes a person's conversation over."""

    person: int


class HandBack(NamedTuple):
    """They hand it back."""

    person: int


class Claim(NamedTuple):
    """A process claims so many at most."""

    limit: int


class End(NamedTuple):
    """This comes of the attempt that is under way longest."""

    fate: Fate


class Wait(NamedTuple):
    """Time passes."""

    seconds: float


Step = Queue | TakeOver | HandBack | Claim | End | Wait
PERSON = st.integers(0, PEOPLE - 1)
FATES = ("sent", "sent", "refused", "unknown", "killed")
CLAIM, END = st.builds(Claim, st.integers(1, 5)), st.builds(End, st.sampled_from(FATES))
STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.one_of(
        st.builds(Queue, PERSON, st.integers(0, 1), st.sampled_from(Lane), st.integers(1, 2)),
        st.builds(Queue, PERSON, st.integers(0, 1), st.just(Lane.REPLY), st.integers(1, 2)),
        st.builds(TakeOver, PERSON),
        st.builds(HandBack, PERSON),
        *(CLAIM, CLAIM, END, END, END),
        st.builds(Wait, st.sampled_from((0.3, 1.0, 31.0, 31.0))),
    ),
    min_size=30,
    max_size=50,
)


@dataclass(slots=True)
class World:
    """The database, and what the model remembers beside it.

    Attributes:
        epochs: of each person, as the takeovers that have committed left them.
        humans: whose conversation somebody has.
        under_way: attempts that are neither over nor forgotten by their process.
    """

    engine: AsyncEngine
    people: Sequence[Person]
    now: datetime = NOON
    epochs: Counter[str] = field(default_factory=Counter)
    humans: set[str] = field(default_factory=set)
    under_way: list[Claimed] = field(default_factory=list)

    async def take(self, step: Step) -> None:
        """Do one step."""
        match step:
            case Queue(number, account, lane, how_many):
                person = self.people[number]
                by_turn = lane is Lane.REPLY and person.id not in self.humans
                values: dict[str, Any] = {
                    "account": ACCOUNTS[account],
                    "channel": "sms",
                    "lane": lane,
                    "created_at": self.now,
                }
                epoch = self.epochs[person.id] if by_turn else None
                async with self.engine.begin() as connection:
                    for _ in range(how_many):
                        await rows.add_outbound(connection, person, epoch=epoch, **values)
            case TakeOver(number):
                async with self.engine.begin() as connection:
                    await service.take_over(connection, {self.people[number].id: None}, self.now)
                self.epochs[self.people[number].id] += 1
                self.humans.add(self.people[number].id)
            case HandBack(number):
                async with self.engine.begin() as connection:
                    await service.hand_back(connection, [self.people[number].id], self.now)
                self.humans.discard(self.people[number].id)
            case Claim(limit):
                await self._claim(limit)
            case End(fate):
                if self.under_way:
                    await self._end(self.under_way.pop(0), fate)
            case Wait(seconds):
                self.now += timedelta(seconds=seconds)

    async def _claim(self, limit: int) -> None:
        before = await self._queued()
        async with self.engine.begin() as connection:
            batch = await claim(connection, "one", limit, lease=LEASE, now=self.now)
        claimed = [before[each.message.id] for each in batch.claimed]
        for message in claimed:
            assert message.epoch is None or message.epoch == self.epochs[message.contact_id]
            assert not [each for each in before.values() if _is_before(each, message)]
            assert message.lane == Lane.REPLY or message.attempt_started_at is None
        self._no_reply_waits(batch, before, claimed)
        self.under_way += batch.claimed

    def _no_reply_waits(self, batch: Batch, before: dict[str, Row[Any]], claimed: list[Row[Any]]) -> None:
        """Where notices or bulk were claimed, no reply of their account was left that could have been."""
        done = {message.id for message in claimed} | {id_ for ids in batch.failed.values() for id_ in ids}
        replies = [each for each in before.values() if each.lane == Lane.REPLY]
        left = {
            each.account
            for each in replies
            if each.id not in done and self._is_free(each) and not [one for one in replies if _is_before(one, each)]
        }
        assert not left & {message.account for message in claimed if message.lane != Lane.REPLY}

    def _is_free(self, message: Row[Any]) -> bool:
        due = message.next_attempt_at is None or message.next_attempt_at <= self.now
        return due and (message.claimed_until is None or message.claimed_until <= self.now)

    async def _end(self, claimed: Claimed, fate: Fate) -> None:
        """Write what came of an attempt, unless its claim was lost meanwhile."""
        values: dict[str, Any] = {"claimed_by": None, "claimed_until": None}
        match fate:
            case "sent":
                values |= {**UNCLAIMED, "status": "sent"}
            case "refused":
                values |= {**UNCLAIMED, "next_attempt_at": self.now}
            case "unknown" | "killed":
                values |= {"next_attempt_at": self.now + WAIT}
        if fate != "killed":
            async with self.engine.begin() as connection:
                ours = (
                    Message.id == claimed.message.id,
                    Message.attempts == claimed.attempt,
                    Message.status == "queued",
                )
                await connection.execute(update(Message).where(*ours).values(values))

    async def _queued(self) -> dict[str, Row[Any]]:
        async with self.engine.connect() as connection:
            found = await connection.execute(select(Message.__table__).where(Message.status == "queued"))
            return {row.id: row for row in found}


def _is_before(one: Row[Any], other: Row[Any]) -> bool:
    return (one.contact_id, one.lane) == (other.contact_id, other.lane) and one.seq < other.seq


@pytest.mark.slow
@given(steps=STEPS, rate=st.sampled_from((None, 1.0, 4.0)))
@settings(max_examples=settings().max_examples // 5, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_nothing_of_an_older_epoch_is_claimed_order_holds_by_lane_and_no_reply_waits_behind_bulk(
    engine: AsyncEngine, steps: list[Step], rate: float | None
) -> None:
    async with engine.begin() as connection:
        for model in (Message, FlowInstance, ContactAddress, Contact, Account):
            await connection.execute(delete(model))
        for account in ACCOUNTS:
            await rows.add_account(connection, account, rate=rate)
        people = [await rows.add_person(connection, f"+551199999000{number}") for number in range(PEOPLE)]
    world = World(engine, people)

    for step in steps:
        await world.take(step)


async def test_a_takeover_that_commits_while_a_claim_is_under_way_is_heeded(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = create_engine(postgres_url)
    async with engine.begin() as connection:
        await rows.add_account(connection, ACCOUNTS[0])
        person = await rows.add_person(connection)
        tried = await rows.add_outbound(connection, person, account=ACCOUNTS[0], channel="sms", epoch=0, attempts=1)

    async def taken_over_meanwhile(*arguments: Any) -> set[str]:
        async with engine.begin() as other:
            await other.execute(update(Contact).values(epoch=1))
        return await closed_for(*arguments)

    monkeypatch.setattr("bot.messages.outbox.claims.closed_for", taken_over_meanwhile)
    async with engine.begin() as connection:
        batch = await claim(connection, "one", 1, lease=LEASE)

    assert batch.failed == {"taken_over": [tried]}
    await engine.dispose()


async def test_what_was_tried_waits_while_somebody_may_be_taking_its_contact_over(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    async with engine.begin() as connection:
        await rows.add_account(connection, ACCOUNTS[0])
        person = await rows.add_person(connection)
        tried = await rows.add_outbound(connection, person, account=ACCOUNTS[0], channel="sms", epoch=0, attempts=1)
        other = await rows.add_person(connection, "+5511999990001")
        await rows.add_outbound(connection, other, account=ACCOUNTS[0], channel="sms", epoch=0, attempts=1)

    async with engine.begin() as holder:
        await contacts.lock(holder, [person.id])
        async with engine.begin() as connection:
            beside = await claim(connection, "one", 2, lease=LEASE)
    async with engine.begin() as connection:
        afterwards = await claim(connection, "one", 2, lease=LEASE)

    assert [each.message.to.value for each in beside.claimed] == [other.address]
    assert [each.message.id for each in afterwards.claimed] == [tried]
    await engine.dispose()
