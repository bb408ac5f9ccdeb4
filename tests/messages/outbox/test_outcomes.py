"""What a provider's answer, or the lack of one, makes of a message."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port
from prometheus_client import REGISTRY
from sqlalchemy import select
from structlog.testing import capture_logs

from bot.channels.service import Accounts
from bot.contacts.models import Consent
from bot.core.backoff import CAP_SECONDS, backoff
from bot.core.clock import utc_now
from bot.core.messages import Status, StatusUpdate
from bot.messages.outbox import loop as outbox
from bot.messages.outbox import outcomes, sending
from bot.messages.outbox.claims import claim
from bot.messages.statuses import apply
from bot.providers.base import Sent
from bot.settings import Settings
from tests.support import rows
from tests.support.loopback import Answer, resets, says, status, takes_as, waits_for
from tests.support.office import ACCOUNT, Office


async def hangs(_request: web.Request) -> web.StreamResponse:
    """Longer than the outbox waits for an answer."""
    await asyncio.sleep(1)
    return web.Response()


@pytest.fixture
def short_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """An outbox that does not wait long for an answer."""
    monkeypatch.setattr(sending, "TIMEOUT_SECONDS", 0.2)


def unknown_sends() -> float:
    return REGISTRY.get_sample_value("recado_sends_unknown_total", {"provider": "loopback"}) or 0.0


@pytest.mark.parametrize("code", [429, 500, 503])
async def test_a_passing_fault_is_tried_again_after_a_backoff(
    office: Office, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "jitter", lambda: 0.1)
    message = await office.queue(await office.person())
    office.server.answers.append(status(code))

    office.start()

    row = await office.becomes(message, status="sent")
    assert (row["attempts"], row["sends_unknown"], row["error"]) == (2, 0, None)


async def test_retry_after_is_honoured(office: Office) -> None:
    message = await office.queue(await office.person())
    office.server.answers.append(status(429, Retry_After="60"))

    office.start()

    row = await office.becomes(message, error="http_429", claimed_by=None)
    assert row["status"] == "queued"
    assert timedelta(seconds=58) < row["next_attempt_at"] - utc_now() <= timedelta(seconds=61)


async def test_a_retry_never_outlasts_the_messages_expiry(office: Office) -> None:
    expiry = utc_now() + timedelta(seconds=0.5)
    person = await office.person()
    message, follower = await office.queue(person, expires_at=expiry), await office.queue(person)
    office.server.answers.append(status(429, Retry_After="3600"))

    office.start()

    assert (await office.becomes(message, status="failed"))["error"] == "expired"
    await office.becomes(follower, status="sent")


async def test_a_permanent_refusal_fails_the_message_and_lets_the_next_one_go(office: Office) -> None:
    person = await office.person()
    refused, following = await office.queue(person), await office.queue(person)
    office.server.answers.append(status(400))

    office.start()

    row = await office.becomes(refused, status="failed")
    assert (row["error"], row["error_reason"], row["attempts"]) == ("http_400", "Refused.", 1)
    await office.becomes(following, status="sent")


async def test_a_redirect_is_not_followed(office: Office) -> None:
    message = await office.queue(await office.person())
    office.server.answers.append(status(307, Location=f"{office.server.url}/elsewhere"))

    office.start()

    assert (await office.becomes(message, status="failed"))["error"] == "http_307"


async def test_a_refusal_because_the_person_opted_out_is_remembered(office: Office) -> None:
    person = await office.person()
    refused, unsent = await office.queue(person), await office.queue(person)
    office.server.answers.append(status(451))

    office.start()

    await office.becomes(refused, status="failed", error="http_451")
    await office.becomes(unsent, status="failed", error="opted_out")
    async with office.engine.connect() as connection:
        consent = (await connection.execute(select(Consent.opted_in, Consent.reason))).one()
    assert tuple(consent) == (False, "provider")
    assert len(office.server.received) == 1


async def test_what_only_the_owner_can_mend_keeps_the_queue_and_is_told_once_with_the_setting(office: Office) -> None:
    first = await office.queue(await office.person())
    second = await office.queue(await office.person("+5511999990001"))
    office.server.answers.extend([status(402)] * 2)

    with capture_logs() as logs:
        office.start()
        for message in (first, second):
            await office.becomes(message, status="sent")

    told = [entry for entry in logs if entry["log_level"] == "error"]
    assert [entry["settings"] for entry in told] == [["LOOPBACK_TOKEN"]]
    assert "secret" not in str(logs)


async def test_the_queue_of_an_account_that_the_settings_no_longer_have_waits(office: Office) -> None:
    async with office.engine.begin() as connection:
        await rows.add_account(connection, "loopback:gone")
    message = await office.queue(await office.person(), account="loopback:gone")

    office.start()

    row = await office.becomes(message, error="account_not_configured", claimed_by=None)
    assert (row["status"], row["attempt_started_at"]) == ("queued", None)


async def test_a_setting_that_is_missing_keeps_the_queue(office: Office) -> None:
    office.accounts = Accounts(Settings.read({"LOOPBACK_API_URL": office.server.url}))
    message = await office.queue(await office.person())

    office.start()

    row = await office.becomes(message, error="not_configured", claimed_by=None)
    assert "LOOPBACK_TOKEN" in row["error_reason"]


async def test_a_token_that_no_header_can_carry_keeps_the_queue_and_the_outbox_alive(office: Office) -> None:
    mended = office.accounts
    office.accounts = Accounts(
        Settings.read({"LOOPBACK_API_URL": office.server.url, "LOOPBACK_TOKEN": "two\nlines"}),
    )
    message = await office.queue(await office.person())
    outbox = office.start()

    row = await office.becomes(message, error="not_writable", claimed_by=None)
    assert (row["status"], row["attempt_started_at"]) == ("queued", None)

    assert not office.running[outbox].done()
    await outbox.stop(1)

    office.accounts = mended
    await rows.set_columns(office.engine, message, next_attempt_at=None)
    office.start("two")
    await office.becomes(message, status="sent")


async def test_a_server_that_is_not_there_was_certainly_not_reached(office: Office) -> None:
    office.accounts = Accounts(
        Settings.read({"LOOPBACK_API_URL": f"http://127.0.0.1:{unused_port()}", "LOOPBACK_TOKEN": "secret"})
    )
    message = await office.queue(await office.person())

    office.start()

    row = await office.becomes(message, error="no_connection", claimed_by=None)
    assert (row["status"], row["sends_unknown"], row["attempt_started_at"]) == ("queued", 0, None)


@pytest.mark.usefixtures("short_timeout")
@pytest.mark.parametrize("answer", [resets, hangs, says(b"<html>"), says(b'{"id": "' + b"x" * 100_000 + b'"}')])
async def test_an_answer_that_never_came_is_waited_for_then_the_message_goes_again_once_and_is_counted(
    office: Office, answer: Answer
) -> None:
    before = unknown_sends()
    message = await office.queue(await office.person())
    office.server.answers.append(answer)

    office.start(wait=60)

    row = await office.becomes(message, claimed_by=None, attempts=1)
    assert (row["status"], row["sends_unknown"]) == ("queued", 0)
    assert row["next_attempt_at"] - row["attempt_started_at"] == timedelta(seconds=60)
    await office.looks_again()
    assert len(office.server.received) == 1

    await rows.set_columns(office.engine, message, next_attempt_at=utc_now())
    row = await office.becomes(message, status="sent")
    assert (row["attempts"], row["sends_unknown"], len(office.server.received)) == (2, 1, 2)
    assert unknown_sends() == before + 1


async def test_a_status_during_the_wait_prevents_the_second_sending(office: Office) -> None:
    message = await office.queue(await office.person())
    office.server.answers.append(resets)
    office.start(wait=60)
    await office.becomes(message, claimed_by=None, attempts=1)

    report = StatusUpdate(ACCOUNT, "wamid.1", Status.SENT, message_id=message)
    async with office.engine.begin() as connection:
        await apply(connection, [report], utc_now())
    await rows.set_columns(office.engine, message, next_attempt_at=None)
    await office.looks_again()

    row = await rows.columns(office.engine, message)
    assert (row["status"], row["provider_message_id"], row["sends_unknown"]) == ("sent", "wamid.1", 0)
    assert len(office.server.received) == 1


async def test_a_status_that_overtakes_the_answer_stands(office: Office) -> None:
    answer = asyncio.Event()
    message = await office.queue(await office.person())
    office.server.answers.append(waits_for(answer))
    delivering = office.start()
    await office.becomes(message, attempts=1)

    report = StatusUpdate(ACCOUNT, "at-last", Status.DELIVERED, message_id=message)
    async with office.engine.begin() as connection:
        await apply(connection, [report], utc_now())
    answer.set()
    await delivering.stop(grace=5)

    row = await rows.columns(office.engine, message)
    assert (row["status"], row["provider_message_id"]) == ("delivered", "at-last")


async def test_a_message_sent_under_an_id_given_before_is_not_sent_again(office: Office) -> None:
    first = await office.queue(await office.person())
    second = await office.queue(await office.person("+5511999990001"))
    office.server.answers.extend([takes_as("same"), takes_as("same")])

    office.start()

    taken = [await office.becomes(message, status="sent") for message in (first, second)]
    assert sorted(row["provider_message_id"] or "" for row in taken) == ["", "same"]


async def test_a_message_without_expiry_is_given_up_after_many_attempts(office: Office) -> None:
    message = await office.queue(await office.person(), attempts=outcomes.MAX_ATTEMPTS - 1)
    office.server.answers.append(status(500))

    office.start()

    assert (await office.becomes(message, status="failed"))["error"] == "http_500"


@pytest.mark.parametrize(
    "meanwhile",
    [
        {"claimed_by": "heir", "claimed_until": utc_now() + timedelta(minutes=1), "attempts": 2},
        {"attempts": 2},
        {"status": "delivered", "provider_message_id": "wamid.1"},
    ],
    ids=["another process took over", "it was claimed once more", "a status said more"],
)
async def test_an_answer_that_comes_after_the_claim_was_lost_changes_nothing(
    office: Office, meanwhile: dict[str, Any]
) -> None:
    message = await office.queue(await office.person())
    async with office.engine.begin() as connection:
        batch = await claim(connection, "one", 1, lease=timedelta(minutes=1))
    await rows.set_columns(office.engine, message, **meanwhile)

    async with office.engine.begin() as connection:
        late = outcomes.Attempt(batch.claimed[0], Sent("wamid.late"))
        await outcomes.record(connection, [late], wait=timedelta(minutes=1))

    row = await rows.columns(office.engine, message)
    assert {name: row[name] for name in meanwhile} == meanwhile
    assert row["provider_message_id"] != "wamid.late"


@pytest.mark.parametrize(
    ("attempt", "longest"), [(1, 2.0), (2, 4.0), (5, 32.0), (9, CAP_SECONDS), (10_000, CAP_SECONDS)]
)
def test_a_backoff_doubles_up_to_its_cap_with_full_jitter(attempt: int, longest: float) -> None:
    assert backoff(attempt, 0.0) == 0.0
    assert backoff(attempt, 0.5) == longest / 2


def test_a_lease_outlasts_any_request_and_the_wait_for_a_status() -> None:
    assert outbox.LEASE_SECONDS > sending.TIMEOUT_SECONDS
    assert outbox.LEASE_SECONDS >= outbox.WAIT_SECONDS
