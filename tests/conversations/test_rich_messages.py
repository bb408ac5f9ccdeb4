"""Buttons, files, places and approved templates: from the bundle to what a provider gets, and the answers to them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.channels.service import Accounts
from bot.conversations.service import send_by_hand
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.errors import BotError
from bot.core.messages import (
    Choice,
    EmailHeaders,
    InboundMessage,
    Location,
    Media,
    MediaKind,
    MessageKind,
    OutboundMessage,
)
from bot.messages.models import Message
from bot.messages.outbox.claims import claim
from bot.messages.outbox.loop import Outbox
from bot.settings import Settings
from tests.support.bot import Bot, message, running_bot
from tests.support.people import BY
from tests.support.standins import standing_in
from tests.support.waiting import eventually

BUNDLE = """
bundle: florist
templates:
  hello:
    content: What can we do for you?
    buttons: [Bouquets, {label: Where are you?, id: where}]
  bouquets:
    content: Which one?
    list: {button: See bouquets, rows: [{label: Spring, id: spring, description: Tulips}, {label: Autumn, id: autumn}]}
  chosen:
    content: "{{ bouquet }}, a fine choice."
    media: {type: image, url: "https://florist.example/{{ bouquet.id }}.jpg"}
    subject: Your {{ bouquet }} bouquet
    html: "<p>{{ bouquet }}, a fine choice, {{ contact.name }}.</p>"
    whatsapp: {template: chosen, parameters: ["{{ bouquet }}"]}
  where:
    location: {latitude: 52.3731, longitude: 4.8922, name: The Florist}
triggers:
  - {type: equals, pattern: hi, template: hello}
  - {type: equals, pattern: bouquets, flow: order}
  - {type: equals, pattern: where, template: where}
flows:
  order:
    steps:
      - {key: bouquet, type: collect_input, template: bouquets, save_as: bouquet, free: true}
      - {key: bye, type: end, template: chosen}
"""
ANA = "+5511999990001"


@pytest.fixture
async def bot(engine: AsyncEngine) -> AsyncIterator[Bot]:
    async with running_bot(engine, BUNDLE) as made:
        yield made


async def sent(bot: Bot) -> list[OutboundMessage]:
    """All that may be sent now, one contact's messages one after the other."""
    found = []
    async with bot.engine.begin() as connection:
        while batch := (await claim(connection, "a", 10, lease=timedelta(seconds=30))).claimed:
            found += [each.message for each in batch]
            unclaimed = {"claimed_by": None, "claimed_until": None}
            await connection.execute(
                update(Message).where(Message.claimed_by == "a").values(status="sent", **unclaimed)
            )
    return found


def pressed(answer: str, label: str) -> InboundMessage:
    return message(answer, label=label, kind=MessageKind.BUTTON)


async def test_what_a_template_brings_reaches_the_provider(bot: Bot) -> None:
    await bot.hears(message("hi"), pressed("Bouquets", "Bouquets"), pressed("spring", "Spring"), message("where"))

    hello, bouquets, chosen, where = await sent(bot)

    assert hello.choices == (Choice("Bouquets", "Bouquets"), Choice("where", "Where are you?"))
    assert bouquets.choices == (Choice("spring", "Spring", "Tulips"), Choice("autumn", "Autumn"))
    assert bouquets.choices_label == "See bouquets"
    assert chosen.text == "Spring, a fine choice."
    assert chosen.media == Media(MediaKind.IMAGE, "https://florist.example/spring.jpg")
    assert (chosen.html, chosen.template, chosen.is_reply) == ("", None, True)
    assert (where.text, where.location) == ("", Location(52.3731, 4.8922, "The Florist"))


async def test_on_sms_a_number_is_the_choice_it_stood_for(bot: Bot) -> None:
    for text in ("hi", "2.", "hi", "1\ufe0f\u20e3", "2"):
        await bot.hears(message(text, channel=Channel.SMS))

    assert await bot.says() == [
        "What can we do for you?",
        "",
        "What can we do for you?",
        "Which one?",
        "Autumn, a fine choice.",
    ]


async def test_a_number_stands_for_nothing_once_something_else_was_said(bot: Bot) -> None:
    for text in ("hi", "where", "1"):
        await bot.hears(message(text))

    assert await bot.says() == ["What can we do for you?", ""]


async def test_in_one_post_a_number_follows_what_was_offered_just_before(bot: Bot) -> None:
    await bot.hears(message("where"))
    await bot.hears(message("hi"), message("2"))

    assert await bot.says() == ["", "What can we do for you?", ""]


async def test_a_number_whose_turn_comes_later_stands_for_the_same(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    await bot.hears(message("hi"))
    monkeypatch.setattr("bot.conversations.intake.PENDING_ABOVE", -1)
    await bot.hears(message("2"))
    await bot.sweeper.sweep()

    assert await bot.says() == ["What can we do for you?", ""]


async def test_a_mail_has_its_own_subject_in_the_same_thread_and_html_without_markup_of_others(bot: Bot) -> None:
    def mail(text: str, number: int) -> InboundMessage:
        return message(
            text,
            channel=Channel.EMAIL,
            addresses=(Address(AddressKind.EMAIL, "ana@example.com"),),
            name="<Ana>",
            email=EmailHeaders(subject="Flowers", message_id=f"<{number}@example.com>"),
        )

    await bot.hears(mail("bouquets", 1), mail("<b>autumn", 2))
    bouquets, chosen = await sent(bot)

    assert bouquets.email is not None
    assert chosen.email is not None
    assert (bouquets.email.subject, chosen.email.subject) == ("Re: Flowers", "Your <b>autumn bouquet")
    assert chosen.email.in_reply_to == "<2@example.com>"
    assert chosen.html == "<p>&lt;b&gt;autumn, a fine choice, &lt;Ana&gt;.</p>"


async def by_hand(bot: Bot) -> None:
    [contact_id] = {row.contact_id for row in await bot.rows()}
    async with bot.engine.begin() as connection:
        await send_by_hand(connection, bot.catalogue, contact_id, "Are you still there?", BY, bot.clock())


async def test_by_hand_one_writes_within_the_window_only(bot: Bot) -> None:
    await bot.hears(message("hi"))
    bot.clock.advance(hours=23)
    await by_hand(bot)
    assert (await bot.says())[-1] == "Are you still there?"

    bot.clock.advance(hours=2)
    with pytest.raises(BotError) as refused:
        await by_hand(bot)

    assert str(refused.value) == (
        "this contact has not written for too long: only an approved template may be sent. "
        "Wait until they write, or reach them elsewhere."
    )


async def test_where_no_window_closes_one_writes_at_any_time(bot: Bot) -> None:
    await bot.hears(message("hi", channel=Channel.SMS))
    bot.clock.advance(days=30)
    await by_hand(bot)

    assert (await bot.says())[-1] == "Are you still there?"


async def test_what_leaves_for_whatsapp_is_what_the_template_brings(bot: Bot) -> None:
    await bot.hears(message("hi"))
    async with standing_in() as providers:
        accounts = Accounts(Settings.read({**providers.settings(), "WHATSAPP_PHONE_NUMBER_ID": "1000"}))
        outbox = Outbox(bot.engine, accounts, owner="one")
        running = asyncio.create_task(outbox.run())

        async def left() -> bool:
            return bool(providers.sends("whatsapp"))

        await eventually(left)
        await outbox.stop(1)
        await running

    [hello] = providers.sends("whatsapp")
    buttons = hello.payload["interactive"]["action"]["buttons"]
    assert [each["reply"] for each in buttons] == [
        {"id": "Bouquets", "title": "Bouquets"},
        {"id": "where", "title": "Where are you?"},
    ]
