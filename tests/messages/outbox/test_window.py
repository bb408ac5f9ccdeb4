"""The customer window: who has not written for too long gets an approved template or nothing."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.channels.service import SIMULATOR, Accounts
from bot.core.clock import utc_now
from bot.core.messages import ApprovedTemplate, Choice, Location, Media, MediaKind
from bot.messages.outbox.claims import Batch, claim
from bot.messages.outbox.loop import Outbox
from bot.settings import Settings
from tests.support import rows
from tests.support.rows import ACCOUNT, Person
from tests.support.standins import Behaviour, standing_in
from tests.support.waiting import eventually

LEASE = timedelta(seconds=30)
APPROVED = {
    "template": {
        "name": "order_ready",
        "language": "pt_BR",
        "parameters": [["", "Ana"]],
        "header": {"type": "image", "url": "https://pizza.example/a.jpg"},
        "buttons": ["yes"],
    }
}
TEMPLATE = ApprovedTemplate(
    "order_ready", "pt_BR", (("", "Ana"),), Media(MediaKind.IMAGE, "https://pizza.example/a.jpg"), ("yes",)
)


async def someone(
    engine: AsyncEngine, *, hours_ago: float | None, account: str = ACCOUNT, other: str = "", **inbound: Any
) -> Person:
    """A person who last wrote to `account` (or `other`) so long ago, or never."""
    async with engine.begin() as connection:
        for each in filter(None, (account, other)):
            await rows.add_account(connection, each)
        person = await rows.add_person(connection)
        if hours_ago is not None:
            at = utc_now() - timedelta(hours=hours_ago)
            await rows.add_inbound(connection, person, account=other or account, created_at=at, **inbound)
    return person


async def claimed(engine: AsyncEngine, person: Person, **columns: Any) -> Batch:
    """What comes of a message to that person."""
    async with engine.begin() as connection:
        await rows.add_outbound(connection, person, "Ready!", heard=False, **columns)
        return await claim(connection, "a", 10, lease=LEASE)


async def test_within_the_window_words_go(engine: AsyncEngine) -> None:
    batch = await claimed(engine, await someone(engine, hours_ago=23), body=APPROVED)
    [ready] = batch.claimed
    assert (ready.message.text, ready.message.template) == ("Ready!", None)
    assert ready.instead is not None
    assert ready.instead.template == TEMPLATE


@pytest.mark.parametrize("hours_ago", [25, None])
async def test_outside_of_it_the_approved_template_goes(engine: AsyncEngine, hours_ago: float | None) -> None:
    batch = await claimed(engine, await someone(engine, hours_ago=hours_ago), body=APPROVED)
    [ready] = batch.claimed
    assert ready.message.template == TEMPLATE
    assert ready.instead is None


@pytest.mark.parametrize("body", [None, {"choices": [], "choices_label": ""}, "text"])
async def test_without_one_the_message_fails_at_once_with_a_plain_reason(engine: AsyncEngine, body: Any) -> None:
    person = await someone(engine, hours_ago=25)
    batch = await claimed(engine, person, body=body)

    assert batch.claimed == []
    [failed] = batch.failed["window_closed"]
    row = await rows.columns(engine, failed)
    assert (row["status"], row["error"], row["claimed_by"]) == ("failed", "window_closed", None)
    assert row["error_reason"] == (
        "The person has not written for too long: only an approved template may be sent, and it has none."
    )


async def test_words_to_another_account_of_ours_open_no_window(engine: AsyncEngine) -> None:
    batch = await claimed(engine, await someone(engine, hours_ago=1, other="whatsapp:2000"))
    assert list(batch.failed) == ["window_closed"]


async def test_words_on_another_channel_open_no_window(engine: AsyncEngine) -> None:
    batch = await claimed(engine, await someone(engine, hours_ago=1, channel="sms"))
    assert list(batch.failed) == ["window_closed"]


async def test_a_reply_is_sent_without_looking(engine: AsyncEngine) -> None:
    person = await someone(engine, hours_ago=None)
    async with engine.begin() as connection:
        asked = await rows.add_inbound(connection, person, created_at=utc_now() - timedelta(hours=30))
    [reply] = (await claimed(engine, person, reply_to_id=asked)).claimed
    assert reply.message.is_reply is True


@pytest.mark.parametrize("account", ["twilio:+1555", SIMULATOR])
async def test_where_nothing_limits_it_words_go_at_any_time(engine: AsyncEngine, account: str) -> None:
    person = await someone(engine, hours_ago=None, account=account)
    channel = "whatsapp" if account == SIMULATOR else "sms"
    [ready] = (await claimed(engine, person, account=account, channel=channel, body=APPROVED)).claimed
    assert (ready.message.template, ready.instead, ready.message.is_reply) == (None, None, False)


async def test_a_claim_carries_all_that_goes_along_with_the_words(engine: AsyncEngine) -> None:
    person = await someone(engine, hours_ago=1)
    body = {
        "choices": [{"id": "s", "label": "Small", "description": "for one"}, {"id": "l", "label": "Large"}],
        "choices_label": "See",
        "media": [{"type": "document", "url": "https://pizza.example/menu.pdf", "filename": "menu.pdf"}],
        "location": {"latitude": -23.5, "longitude": -46.6, "name": "Pizzaria"},
        "html": "<p>Ready!</p>",
        "email": {"subject": "Your order"},
    }
    [ready] = (await claimed(engine, person, body=body)).claimed
    message = ready.message
    assert message.choices == (Choice("s", "Small", "for one"), Choice("l", "Large"))
    assert message.choices_label == "See"
    assert message.media == Media(MediaKind.DOCUMENT, "https://pizza.example/menu.pdf", "menu.pdf")
    assert message.location == Location(-23.5, -46.6, "Pizzaria")
    assert message.html == "<p>Ready!</p>"
    assert message.email is not None
    assert message.email.subject == "Your order"


async def test_when_the_provider_knows_better_the_template_goes_at_once_and_once(engine: AsyncEngine) -> None:
    async with standing_in() as providers:
        accounts = Accounts(Settings.read(providers.settings()))
        account = next(each.id for each in accounts if each.provider.name == "whatsapp")
        async with engine.begin() as connection:
            await accounts.store(connection)
            person = await rows.add_person(connection)
            await rows.add_inbound(connection, person, account=account)
            both = await rows.add_outbound(connection, person, "Ready!", account=account, body=APPROVED)
            alone = await rows.add_outbound(connection, person, "Still there?", account=account)
        closed = Behaviour.refuse(400, 131047)
        providers.next("whatsapp", closed, Behaviour.refuse(400, 132001), closed)
        outbox = Outbox(engine, accounts, owner="one")
        running = asyncio.create_task(outbox.run())

        async def settled() -> bool:
            return bool(await rows.column(engine, alone, "status") == "failed")

        await eventually(settled)
        await outbox.stop(1)
        await running

    assert [each.payload["type"] for each in providers.recorded] == ["text", "template", "text"]
    assert (await rows.column(engine, both, "error"), await rows.column(engine, alone, "error")) == ("132001", "131047")
