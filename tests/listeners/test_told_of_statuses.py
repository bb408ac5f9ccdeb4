"""What systems hear of how far messages have come."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.consents import ConsentReason
from bot.core.events import ConsentChanged, StatusChanged
from bot.core.messages import Status, StatusUpdate
from bot.core.purposes import Purpose
from bot.messages.backlog.queues import give_up
from bot.messages.outbox import outcomes
from bot.messages.outbox.claimed import Claimed
from bot.messages.outbox.claims import claim
from bot.messages.outbox.outcomes import Attempt
from bot.messages.statuses import apply, tend_kept
from bot.providers.base import Outcome, Refused, Sent, Unknown
from tests.support import rows
from tests.support.news import Ears

NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
def heard(engine: AsyncEngine, ears: Ears) -> AsyncEngine:
    return ears.on(engine)


async def seed(engine: AsyncEngine, *given: dict[str, Any]) -> list[str]:
    """Messages, each to somebody else."""
    async with engine.begin() as connection:
        await rows.add_account(connection)
        people = [await rows.add_person(connection, f"+55119999900{number:02}") for number in range(len(given))]
        return [
            await rows.add_outbound(connection, person, **columns)
            for person, columns in zip(people, given, strict=True)
        ]


def says(status: Status, provider_message_id: str = "wamid.1", **rest: Any) -> StatusUpdate:
    return StatusUpdate(rows.ACCOUNT, provider_message_id, status, **rest)


async def report(engine: AsyncEngine, *updates: StatusUpdate) -> None:
    async with engine.begin() as connection:
        await apply(connection, updates, NOW)


async def claimed(engine: AsyncEngine) -> list[Claimed]:
    async with engine.begin() as connection:
        return (await claim(connection, "one", 10, lease=timedelta(seconds=30))).claimed


async def ends(engine: AsyncEngine, attempts: Sequence[Claimed], outcome: Outcome) -> None:
    async with engine.begin() as connection:
        await outcomes.record(connection, [Attempt(each, outcome) for each in attempts], wait=timedelta(seconds=30))


def steps(ears: Ears) -> list[tuple[Status, Status, str]]:
    return [(each.before, each.after, each.error) for each in ears.heard(StatusChanged)]


async def test_a_report_that_raises_is_told_with_all_that_a_campaign_asks_of_it(heard: AsyncEngine, ears: Ears) -> None:
    campaign = {"origin": "campaign:c1", "purpose": "marketing"}
    [message] = await seed(heard, {"status": "sent", "provider_message_id": "wamid.1", **campaign})
    read_at = NOW - timedelta(seconds=5)
    await report(heard, says(Status.DELIVERED), says(Status.READ, at=read_at))

    row = await rows.columns(heard, message)
    assert ears.batches == [
        [
            StatusChanged(
                contact_id=row["contact_id"],
                message_id=message,
                account=rows.ACCOUNT,
                channel=row["channel"],
                address_id=row["address_id"],
                origin="campaign:c1",
                purpose=Purpose.MARKETING,
                before=Status.SENT,
                after=Status.READ,
                error="",
                reported_at=read_at,
                at=NOW,
            )
        ]
    ]


async def test_a_report_that_says_nothing_new_is_not_told(heard: AsyncEngine, ears: Ears) -> None:
    await seed(heard, {"status": "read", "provider_message_id": "wamid.1"}, {"status": "sent"})
    await report(heard, says(Status.DELIVERED), says(Status.READ), says(Status.SENT, "unknown"))

    assert ears.batches == []


async def test_the_reports_of_one_post_are_told_together(heard: AsyncEngine, ears: Ears) -> None:
    names = [f"wamid.{number}" for number in range(3)]
    await seed(heard, *({"status": "sent", "provider_message_id": name} for name in names))
    await report(heard, *(says(Status.DELIVERED, name) for name in names))

    [batch] = ears.batches
    assert len(batch) == 3


async def test_a_failure_is_told_with_its_code_and_an_opt_out_with_it(heard: AsyncEngine, ears: Ears) -> None:
    await seed(heard, {"status": "sent", "provider_message_id": "wamid.1"})
    await report(heard, says(Status.FAILED, code="131050", opt_out=ConsentReason.PROVIDER))

    assert steps(ears) == [(Status.SENT, Status.FAILED, "131050")]
    assert [(each.opted_in, each.detail) for each in ears.heard(ConsentChanged)] == [(False, "131050")]


async def test_what_a_provider_took_or_refused_is_told_and_what_is_tried_again_is_not(
    heard: AsyncEngine, ears: Ears
) -> None:
    await seed(heard, {}, {}, {}, {})
    one, two, three, four = await claimed(heard)
    assert ears.batches == [], "a claim says nothing yet"

    await ends(heard, [one], Sent("wamid.1"))
    await ends(heard, [two], Refused("131026", "Not on WhatsApp."))
    await ends(heard, [three], Refused("429", "Too fast.", retryable=True))
    await ends(heard, [four], Unknown("It hung up."))

    assert steps(ears) == [(Status.QUEUED, Status.SENT, ""), (Status.QUEUED, Status.FAILED, "131026")]
    assert [each.message_id for each in ears.heard(StatusChanged)] == [one.message.id, two.message.id]


async def test_an_outcome_that_comes_after_its_status_is_not_told_again(heard: AsyncEngine, ears: Ears) -> None:
    await seed(heard, {})
    [attempt] = await claimed(heard)
    await report(heard, says(Status.DELIVERED, message_id=attempt.message.id))
    await ends(heard, [attempt], Sent("wamid.1"))

    assert steps(ears) == [(Status.QUEUED, Status.DELIVERED, "")]


async def test_a_status_that_came_before_its_message_is_told_after_what_it_follows(
    heard: AsyncEngine, ears: Ears
) -> None:
    await seed(heard, {})
    [attempt] = await claimed(heard)
    await report(heard, says(Status.DELIVERED))
    await ends(heard, [attempt], Sent("wamid.1"))
    async with heard.begin() as connection:
        await tend_kept(connection, NOW)

    assert steps(ears) == [(Status.QUEUED, Status.SENT, ""), (Status.SENT, Status.DELIVERED, "")]


async def test_what_is_found_stale_when_it_is_claimed_is_told_as_failed(heard: AsyncEngine, ears: Ears) -> None:
    [stale, _fresh] = await seed(heard, {"expires_at": NOW - timedelta(days=3650)}, {})
    assert len(await claimed(heard)) == 1

    assert [(each.message_id, each.error) for each in ears.heard(StatusChanged)] == [(stale, "expired")]


async def test_what_is_given_up_with_its_account_is_told(heard: AsyncEngine, ears: Ears) -> None:
    await seed(heard, {}, {}, {"status": "sent"})
    async with heard.begin() as connection:
        assert await give_up(connection, rows.ACCOUNT, error="account_removed", reason="It is gone.", now=NOW) == 2

    assert steps(ears) == [(Status.QUEUED, Status.FAILED, "account_removed")] * 2
    assert len(ears.batches) == 1
