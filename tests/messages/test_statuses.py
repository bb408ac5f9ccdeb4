"""What providers report of messages we sent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts.models import Consent, Contact
from bot.core.clock import utc_now
from bot.core.consents import ConsentReason
from bot.core.messages import Status, StatusUpdate
from bot.messages.kept import early_statuses as kept
from bot.messages.kept.models import WebhookEvent
from bot.messages.statuses import apply, apply_kept, tend_kept
from tests.support import rows

NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
async def message(engine: AsyncEngine) -> str:
    """A message that the provider has taken as `wamid.1`."""
    return await seed(engine, status="sent", provider_message_id="wamid.1")


async def seed(engine: AsyncEngine, **columns: Any) -> str:
    async with engine.begin() as connection:
        await rows.add_account(connection)
        return await rows.add_outbound(connection, await rows.add_person(connection), **columns)


async def report(engine: AsyncEngine, *updates: StatusUpdate) -> None:
    async with engine.begin() as connection:
        await apply(connection, updates, NOW)


def says(status: Status, provider_message_id: str = "wamid.1", **rest: Any) -> StatusUpdate:
    return StatusUpdate(rest.pop("account", rows.ACCOUNT), provider_message_id, status, **rest)


async def kept_statuses(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        statement = select(func.count()).select_from(WebhookEvent).where(WebhookEvent.applied_at.is_(None))
        return (await connection.execute(statement)).scalar_one()


@pytest.mark.parametrize(
    ("reported", "settled"),
    [
        ([Status.DELIVERED, Status.SENT], "delivered"),
        ([Status.READ, Status.DELIVERED], "read"),
        ([Status.DELIVERED, Status.FAILED], "delivered"),
        ([Status.FAILED, Status.DELIVERED], "delivered"),
        ([Status.FAILED, Status.SENT], "failed"),
        ([Status.READ], "read"),
        ([Status.QUEUED], "sent"),
    ],
)
async def test_a_status_only_rises(engine: AsyncEngine, message: str, reported: list[Status], settled: str) -> None:
    for status in reported:
        await report(engine, says(status))

    assert await rows.column(engine, message, "status") == settled


async def test_reports_out_of_order_in_one_batch_settle_on_the_highest(engine: AsyncEngine, message: str) -> None:
    await report(engine, says(Status.READ), says(Status.SENT), says(Status.DELIVERED))

    assert await rows.column(engine, message, "status") == "read"


async def test_a_failure_is_told_with_code_and_reason_until_the_message_arrives_after_all(
    engine: AsyncEngine, message: str
) -> None:
    await report(engine, says(Status.FAILED, code="131026", reason="The number is not on WhatsApp."))
    row = await rows.columns(engine, message)
    assert (row["error"], row["error_reason"]) == ("131026", "The number is not on WhatsApp.")

    await report(engine, says(Status.DELIVERED))
    row = await rows.columns(engine, message)
    assert (row["status"], row["error"], row["error_reason"]) == ("delivered", None, None)


async def test_a_report_that_echoes_our_id_settles_an_attempt_of_unknown_outcome(engine: AsyncEngine) -> None:
    message = await seed(
        engine, attempts=1, attempt_started_at=utc_now(), next_attempt_at=utc_now() + timedelta(seconds=30)
    )

    await report(engine, says(Status.QUEUED, "wamid.9", message_id=message))

    row = await rows.columns(engine, message)
    assert (row["status"], row["provider_message_id"]) == ("sent", "wamid.9")
    assert (row["attempt_started_at"], row["next_attempt_at"]) == (None, None)


async def test_a_report_during_an_attempt_releases_its_claim(engine: AsyncEngine) -> None:
    message = await seed(engine, attempts=1, claimed_by="a", claimed_until=utc_now(), attempt_started_at=utc_now())

    await report(engine, says(Status.DELIVERED, "wamid.9", message_id=message))

    row = await rows.columns(engine, message)
    assert (row["status"], row["claimed_by"], row["claimed_until"]) == ("delivered", None, None)


async def test_what_is_told_of_a_copy_says_nothing_of_the_person(engine: AsyncEngine) -> None:
    body = {"email": {"bcc": ["boss@example.org"]}}
    columns = {"status": "sent", "provider_message_id": "wamid.1", "address": "ana@example.net", "channel": "email"}
    copied = await seed(engine, **columns, body=body)

    dead = says(Status.FAILED, opt_out=ConsentReason.BOUNCE, recipient="boss@example.org")
    await report(engine, dead, replace(dead, recipient=""))
    assert await rows.column(engine, copied, "status") == "sent"

    await report(engine, replace(dead, recipient="Ana@example.net"))
    assert await rows.column(engine, copied, "status") == "failed"


async def test_our_id_counts_only_for_the_account_that_sent_the_message(engine: AsyncEngine, message: str) -> None:
    await report(engine, says(Status.READ, "wamid.other", message_id=message, account="whatsapp:2000"))

    assert await rows.column(engine, message, "status") == "sent"
    assert await kept_statuses(engine) == 1


async def test_the_id_of_a_second_sending_does_not_replace_the_first(engine: AsyncEngine, message: str) -> None:
    await report(engine, says(Status.DELIVERED, "wamid.2", message_id=message))

    row = await rows.columns(engine, message)
    assert (row["status"], row["provider_message_id"]) == ("delivered", "wamid.1")


async def test_an_id_that_belongs_to_another_message_is_not_given_twice(engine: AsyncEngine, message: str) -> None:
    async with engine.begin() as connection:
        person = await rows.add_person(connection, "+5511999990001")
        other = await rows.add_outbound(connection, person)

    await report(engine, says(Status.DELIVERED, "wamid.1", message_id=other))

    assert await rows.column(engine, message, "provider_message_id") == "wamid.1"
    row = await rows.columns(engine, other)
    assert (row["status"], row["provider_message_id"]) == ("delivered", None)


async def test_a_report_before_its_message_is_kept_once_and_applied_when_the_id_appears(engine: AsyncEngine) -> None:
    message = await seed(engine)
    await report(engine, says(Status.SENT), says(Status.DELIVERED))
    await report(engine, says(Status.DELIVERED))
    assert await kept_statuses(engine) == 2

    await rows.set_columns(engine, message, status="sent", provider_message_id="wamid.1")
    async with engine.begin() as connection:
        assert await apply_kept(connection, NOW) == 2

    assert await rows.column(engine, message, "status") == "delivered"
    assert await kept_statuses(engine) == 0


async def test_queued_says_nothing_of_a_message_that_is_not_known(engine: AsyncEngine) -> None:
    await seed(engine)

    await report(engine, says(Status.QUEUED))

    assert await kept_statuses(engine) == 0


async def test_statuses_of_messages_that_others_send_are_bounded_and_forgotten(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await seed(engine)
    monkeypatch.setattr(kept, "MOST_STATUSES", 3)

    await report(engine, *(says(Status.SENT, f"theirs.{number}") for number in range(5)))
    assert await kept_statuses(engine) == 3

    async with engine.begin() as connection:
        await tend_kept(connection, NOW + timedelta(days=2))
    assert await kept_statuses(engine) == 0


async def test_an_opt_out_told_by_the_provider_is_heeded(engine: AsyncEngine, message: str) -> None:
    await report(engine, says(Status.FAILED, code="21610", opt_out=ConsentReason.PROVIDER))

    async with engine.connect() as connection:
        consent = (await connection.execute(select(Consent.opted_in, Consent.reason, Consent.channel))).one()
        opt_in = (await connection.execute(select(Contact.opt_in))).scalar_one()
    assert tuple(consent) == (False, "provider", "whatsapp")
    assert opt_in is False
    assert await rows.column(engine, message, "status") == "failed"


async def test_an_id_or_reason_longer_than_its_column_breaks_nothing(engine: AsyncEngine, message: str) -> None:
    await report(engine, says(Status.SENT, "x" * 600), says(Status.FAILED, code="c" * 100, reason="r" * 2000))

    assert await rows.column(engine, message, "error") == "c" * 64
