"""Which queued messages may be sent now."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.channels.models import Account
from bot.core.addresses import Channel
from bot.core.clock import utc_now
from bot.core.consents import ConsentReason
from bot.core.purposes import ConsentPurpose
from bot.db.engine import create_engine
from bot.messages.models import Message
from bot.messages.outbox.claims import Batch, claim
from bot.messages.outbox.verdicts import MOST_RESENDS
from tests.support import rows
from tests.support.consents import set_consent

LEASE = timedelta(seconds=30)


async def claim_as(engine: AsyncEngine, owner: str, limit: int = 10, now: datetime | None = None) -> Batch:
    async with engine.begin() as connection:
        return await claim(connection, owner, limit, lease=LEASE, now=now)


def ids(batch: Batch) -> list[str]:
    return [each.message.id for each in batch.claimed]


async def test_a_contacts_second_message_waits_until_the_first_is_sent(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await rows.add_account(connection)
        person = await rows.add_person(connection)
        first = await rows.add_outbound(connection, person, "one")
        second = await rows.add_outbound(connection, person, "two")

    assert ids(await claim_as(engine, "a")) == [first]
    assert ids(await claim_as(engine, "b")) == []

    await rows.set_columns(engine, first, status="sent", claimed_by=None, claimed_until=None)
    assert ids(await claim_as(engine, "b")) == [second]


async def test_a_worker_that_claims_at_the_same_moment_gets_other_contacts_messages(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    async with engine.begin() as connection:
        await rows.add_account(connection)
        person, other = await rows.add_person(connection), await rows.add_person(connection, "+5511999990001")
        first = await rows.add_outbound(connection, person, "one")
        await rows.add_outbound(connection, person, "two")
        others = await rows.add_outbound(connection, other, "three")

    async with engine.begin() as one:
        assert ids(await claim(one, "a", 1, lease=LEASE)) == [first]
        second = asyncio.create_task(claim_as(engine, "b"))
        await asyncio.sleep(0.1)
        assert not second.done()

    assert ids(await second) == [others]
    await engine.dispose()


async def test_a_message_whose_status_is_being_written_is_passed_over_with_all_that_follow_it(
    postgres_url: str,
) -> None:
    engine = create_engine(postgres_url)
    async with engine.begin() as connection:
        await rows.add_account(connection)
        person, other = await rows.add_person(connection), await rows.add_person(connection, "+5511999990001")
        first = await rows.add_outbound(connection, person, "one")
        await rows.add_outbound(connection, person, "two")
        others = await rows.add_outbound(connection, other, "three")

    async with engine.begin() as callback:
        await callback.execute(update(Message).where(Message.id == first).values(status="sent"))
        assert ids(await claim_as(engine, "a")) == [others]

    await engine.dispose()


async def test_a_message_that_backs_off_holds_up_its_followers(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await rows.add_account(connection)
        person = await rows.add_person(connection)
        await rows.add_outbound(connection, person, next_attempt_at=utc_now() + timedelta(minutes=1))
        await rows.add_outbound(connection, person)

    assert ids(await claim_as(engine, "a")) == []


async def test_a_message_scheduled_for_later_holds_up_nobody(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await rows.add_account(connection)
        person = await rows.add_person(connection)
        await rows.add_outbound(connection, person, scheduled_at=utc_now() + timedelta(minutes=1))
        at_once = await rows.add_outbound(connection, person)

    assert ids(await claim_as(engine, "a")) == [at_once]


async def test_a_scheduled_message_is_due_at_its_moment(engine: AsyncEngine) -> None:
    at = datetime(2030, 5, 1, 12, tzinfo=UTC)
    async with engine.begin() as connection:
        await rows.add_account(connection)
        message = await rows.add_outbound(connection, await rows.add_person(connection), scheduled_at=at)

    assert ids(await claim_as(engine, "a", now=at - timedelta(seconds=1))) == []
    assert ids(await claim_as(engine, "a", now=at)) == [message]


async def test_a_paused_account_sends_nothing_and_keeps_its_queue(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await rows.add_account(connection, paused=True)
        message = await rows.add_outbound(
            connection, await rows.add_person(connection), expires_at=utc_now() - timedelta(seconds=1)
        )

    batch = await claim_as(engine, "a")

    assert (batch.claimed, batch.failed) == ([], {})
    assert await rows.column(engine, message, "status") == "queued"


async def test_what_a_paused_account_keeps_holds_up_the_contacts_other_account_only_until_it_is_stale(
    engine: AsyncEngine,
) -> None:
    expiry = utc_now() + timedelta(minutes=15)
    async with engine.begin() as connection:
        await rows.add_account(connection, paused=True)
        await rows.add_account(connection, "twilio:+15550001")
        person = await rows.add_person(connection)
        await rows.add_outbound(connection, person, "on the paused one", expires_at=expiry)
        other = await rows.add_outbound(connection, person, "by SMS", account="twilio:+15550001", channel="sms")

    assert ids(await claim_as(engine, "a", now=expiry - timedelta(seconds=1))) == []
    assert ids(await claim_as(engine, "a", now=expiry)) == [other]


async def test_a_message_that_goes_stale_while_it_is_being_sent_still_holds_up_its_followers(
    engine: AsyncEngine,
) -> None:
    expiry = utc_now() + timedelta(minutes=15)
    async with engine.begin() as connection:
        await rows.add_account(connection)
        await rows.add_account(connection, "twilio:+15550001")
        person = await rows.add_person(connection)
        first = await rows.add_outbound(connection, person, "one", expires_at=expiry)
        await rows.add_outbound(connection, person, "two")
        await rows.add_outbound(connection, person, "three", account="twilio:+15550001", channel="sms")

    assert ids(await claim_as(engine, "a", now=expiry - timedelta(seconds=1))) == [first]
    assert ids(await claim_as(engine, "b", now=expiry + timedelta(seconds=1))) == []


async def test_a_stale_message_fails_as_expired_and_frees_its_followers(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await rows.add_account(connection)
        person = await rows.add_person(connection)
        stale = await rows.add_outbound(connection, person, expires_at=utc_now() - timedelta(seconds=1))
        fresh = await rows.add_outbound(connection, person, expires_at=utc_now() + timedelta(minutes=15))

    assert (await claim_as(engine, "a")).failed == {"expired": [stale]}
    assert ids(await claim_as(engine, "a")) == [fresh]
    assert (await rows.columns(engine, stale))["error"] == "expired"


async def test_consent_withdrawn_after_queueing_is_heeded(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await rows.add_account(connection)
        person = await rows.add_person(connection)
        refused = await rows.add_outbound(connection, person, "news")
        confirmation = await rows.add_outbound(connection, person, "you are out", despite_opt_out=True)
        await rows.add_consent(connection, person, opted_in=False)

    assert (await claim_as(engine, "a")).failed == {"opted_out": [refused]}
    assert ids(await claim_as(engine, "a")) == [confirmation]
    assert (await rows.columns(engine, refused))["status"] == "failed"


@pytest.mark.parametrize(
    ("of_all", "of_marketing", "outcome"),
    [
        (None, None, "no_consent"),
        (True, None, "no_consent"),
        (None, True, ""),
        (None, False, "opted_out"),
        (True, True, ""),
        (False, None, "opted_out"),
        (False, True, "opted_out"),
    ],
)
async def test_marketing_goes_to_those_who_agreed_to_it_and_refused_neither(
    engine: AsyncEngine, of_all: bool | None, of_marketing: bool | None, outcome: str
) -> None:
    async with engine.begin() as connection:
        await rows.add_account(connection)
        person = await rows.add_person(connection)
        for purpose, opted_in in ((ConsentPurpose.ALL, of_all), (ConsentPurpose.MARKETING, of_marketing)):
            if opted_in is not None:
                # What is given without a time after a refusal without one holds.
                args = (person.address_id, Channel.WHATSAPP, opted_in, ConsentReason.WORD, utc_now())
                await set_consent(connection, *args, purpose=purpose)
        campaign = await rows.add_outbound(connection, person, "20 % off", purpose="marketing", lane="bulk")

    batch = await claim_as(engine, "a")
    assert batch.failed == ({outcome: [campaign]} if outcome else {})
    assert ids(batch) == ([] if outcome else [campaign])


@pytest.mark.parametrize("purpose", ["service", "notice"])
async def test_what_is_no_marketing_goes_to_who_refused_marketing_alone(engine: AsyncEngine, purpose: str) -> None:
    async with engine.begin() as connection:
        await rows.add_account(connection)
        person = await rows.add_person(connection)
        args = (person.address_id, Channel.WHATSAPP, False, ConsentReason.MARKETING, utc_now())
        await set_consent(connection, *args, purpose=ConsentPurpose.MARKETING)
        message = await rows.add_outbound(connection, person, purpose=purpose)

    assert ids(await claim_as(engine, "a")) == [message]


async def test_a_claim_that_expired_is_taken_over_and_counted(engine: AsyncEngine) -> None:
    began = datetime(2030, 5, 1, 12, tzinfo=UTC)
    async with engine.begin() as connection:
        await rows.add_account(connection)
        message = await rows.add_outbound(connection, await rows.add_person(connection))
    assert ids(await claim_as(engine, "dead", now=began)) == [message]

    assert ids(await claim_as(engine, "heir", now=began + timedelta(seconds=29))) == []
    (again,) = (await claim_as(engine, "heir", now=began + timedelta(seconds=30))).claimed

    assert (again.message.id, again.again, again.attempt) == (message, True, 2)
    row = await rows.columns(engine, message)
    assert (row["sends_unknown"], row["claimed_by"]) == (1, "heir")


async def test_a_message_of_which_nobody_ever_says_what_became_is_not_sent_for_ever(engine: AsyncEngine) -> None:
    began = utc_now()
    async with engine.begin() as connection:
        await rows.add_account(connection)
        message = await rows.add_outbound(connection, await rows.add_person(connection))

    for attempt in range(1 + MOST_RESENDS):
        assert ids(await claim_as(engine, "a", now=began + attempt * LEASE + timedelta(seconds=1))) == [message]
    after = began + timedelta(hours=1)
    assert (await claim_as(engine, "a", now=after)).failed == {"outcome_unknown": [message]}

    row = await rows.columns(engine, message)
    assert (row["status"], row["sends_unknown"]) == ("failed", MOST_RESENDS)


async def test_a_claim_that_holds_longer_lets_others_go_first(engine: AsyncEngine) -> None:
    began = datetime(2030, 5, 1, 12, tzinfo=UTC)
    async with engine.begin() as connection:
        await rows.add_account(connection)
        message = await rows.add_outbound(connection, await rows.add_person(connection), created_at=began)
        await claim(connection, "a", 1, lease=timedelta(seconds=60), now=began)
        other = await rows.add_outbound(connection, await rows.add_person(connection, "+5511999990001"))

    assert ids(await claim_as(engine, "b", now=began + timedelta(seconds=59))) == [other]
    assert ids(await claim_as(engine, "b", now=began + timedelta(seconds=60))) == [message]


async def test_a_token_bucket_is_debited_and_refilled_at_the_accounts_rate(engine: AsyncEngine) -> None:
    start = datetime(2030, 5, 1, 12, tzinfo=UTC)
    async with engine.begin() as connection:
        await rows.add_account(connection, rate=2.0)
        for number in range(5):
            await rows.add_outbound(connection, await rows.add_person(connection, f"+55119999{number:05}"))

    assert len((await claim_as(engine, "a", now=start)).claimed) == 2
    assert len((await claim_as(engine, "b", now=start)).claimed) == 0
    assert len((await claim_as(engine, "b", now=start + timedelta(seconds=0.5))).claimed) == 1
    assert len((await claim_as(engine, "a", now=start + timedelta(minutes=1))).claimed) == 2


async def test_a_claim_that_read_the_clock_before_another_took_the_tokens_earns_no_time_twice(
    engine: AsyncEngine,
) -> None:
    start = datetime(2030, 5, 1, 12, tzinfo=UTC)
    async with engine.begin() as connection:
        await rows.add_account(connection, rate=2.0)
        for number in range(10):
            await rows.add_outbound(connection, await rows.add_person(connection, f"+55119999{number:05}"))

    assert len((await claim_as(engine, "a", limit=1, now=start + timedelta(seconds=1))).claimed) == 1
    # It waited for the account's lock, which the one above held.
    assert len((await claim_as(engine, "b", limit=1, now=start)).claimed) == 1
    assert len((await claim_as(engine, "a", now=start + timedelta(seconds=1))).claimed) == 0


async def test_an_account_slower_than_one_a_second_still_sends(engine: AsyncEngine) -> None:
    start = datetime(2030, 5, 1, 12, tzinfo=UTC)
    async with engine.begin() as connection:
        await rows.add_account(connection, rate=0.1)
        for number in range(4):
            await rows.add_outbound(connection, await rows.add_person(connection, f"+55119999{number:05}"))

    assert len((await claim_as(engine, "a", now=start)).claimed) == 2
    assert len((await claim_as(engine, "a", now=start + timedelta(seconds=9.9))).claimed) == 0
    assert len((await claim_as(engine, "a", now=start + timedelta(seconds=10))).claimed) == 1


async def test_messages_that_must_not_be_sent_cost_no_token(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await rows.add_account(connection, rate=1.0)
        await rows.add_outbound(
            connection, await rows.add_person(connection), expires_at=utc_now() - timedelta(seconds=1)
        )

    await claim_as(engine, "a")

    async with engine.connect() as connection:
        assert (await connection.execute(select(Account.tokens_at))).scalar_one() is None


async def test_a_long_queue_of_one_account_leaves_room_for_the_others(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        for account in ("twilio:+1", "whatsapp:1"):
            await rows.add_account(connection, account)
        for number in range(6):
            person = await rows.add_person(connection, f"+55119999{number:05}")
            await rows.add_outbound(connection, person, account="twilio:+1")
        await rows.add_outbound(connection, await rows.add_person(connection, "+551188880000"), account="whatsapp:1")

    batch = await claim_as(engine, "a", limit=4)

    taken = [each.message.account for each in batch.claimed]
    assert sorted(taken) == ["twilio:+1", "twilio:+1", "whatsapp:1"]


async def test_the_claim_carries_what_the_provider_is_to_send(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await rows.add_account(connection)
        body = {
            "choices": [{"id": "1", "label": "Margherita"}],
            "choices_label": "Choose",
            "email": {"subject": "Re: order", "in_reply_to": "<a@b>", "references": ["<a@b>"]},
        }
        await rows.add_outbound(connection, await rows.add_person(connection), "Which?", body=body)

    (claimed,) = (await claim_as(engine, "a")).claimed

    assert claimed.message.text == "Which?"
    assert claimed.message.to.value == "+5511999990000"
    assert [choice.label for choice in claimed.message.choices] == ["Margherita"]
    assert claimed.message.email is not None
    assert claimed.message.email.references == ("<a@b>",)


@pytest.mark.parametrize("status", ["sent", "failed", "delivered", "read"])
async def test_only_queued_messages_are_claimed(engine: AsyncEngine, status: str) -> None:
    async with engine.begin() as connection:
        await rows.add_account(connection)
        await rows.add_outbound(connection, await rows.add_person(connection), status=status)

    assert ids(await claim_as(engine, "a")) == []


async def test_a_row_that_cannot_be_read_fails_alone(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await rows.add_account(connection)
        broken = await rows.add_outbound(connection, await rows.add_person(connection), body={"choices": [{}]})
        sound = await rows.add_outbound(connection, await rows.add_person(connection, "+5511999990001"))

    batch = await claim_as(engine, "a")

    assert (ids(batch), batch.failed) == ([sound], {"malformed": [broken]})
