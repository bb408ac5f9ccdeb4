"""What somebody beside the bot's turns asks to be sent: queued or refused, each request by itself."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.channels.models import Account
from bot.contacts.models import Contact, ContactAddress
from bot.conversations.service import (
    REASONS,
    Code,
    FromTemplate,
    Outcome,
    Queued,
    Refused,
    SendRequest,
    Words,
    cancel,
    queue,
    queue_where_free,
    take_over,
)
from bot.core.addresses import AddressKind, Channel
from bot.core.email import to_body
from bot.core.messages import Choice, EmailHeaders
from bot.core.purposes import Purpose
from bot.messages.models import Message, MessageKey
from bot.messages.outbox.claims import claim
from tests.support import rows
from tests.support.bot import Bot, message, running_bot

ANA, RUI = "+5511999990001", "+5511999990002"
BUNDLE = """
bundle: clinic
locale: en
templates:
  hello: {content: Hello.}
  reminder:
    content: "Dear {{ contact.name }}, see you at {{ time }} with {{ doctor }}."
    variables: {doctor: one of us, contact.name: patient}
    locales: {pt: {content: "{{ contact.name }}, até as {{ time }} com {{ doctor }}."}}
  approved:
    content: "See you at {{ time }}."
    whatsapp: {template: visit, parameters: ["{{ time }}"]}
triggers:
  - {type: equals, pattern: hi, template: hello}
"""


@pytest.fixture
async def bot(engine: AsyncEngine) -> AsyncIterator[Bot]:
    async with running_bot(engine, BUNDLE) as made:
        yield made


async def knows(bot: Bot, phone: str = ANA, **fields: Any) -> str:
    """The bot has heard of somebody; gives their id."""
    await bot.hears(message("thanks", phone=phone, **fields))
    async with bot.engine.connect() as connection:
        return str((await connection.execute(select(Contact.id).where(Contact.phone == phone))).scalar_one())


async def asks(bot: Bot, *requests: SendRequest) -> list[Outcome]:
    async with bot.engine.begin() as connection:
        return await queue(connection, bot.catalogue.definitions, requests, bot.clock.now)


async def change(bot: Bot, contact_id: str, **columns: Any) -> None:
    async with bot.engine.begin() as connection:
        await connection.execute(update(Contact).where(Contact.id == contact_id).values(**columns))


def words(contact_id: str, text: str = "Your glasses are here.", **fields: Any) -> SendRequest:
    return SendRequest(contact_id=contact_id, say=Words(text), **fields)


def says(template: str) -> SendRequest:
    return SendRequest(contact_id="ANA", say=FromTemplate(template))


async def test_words_go_where_the_contact_last_wrote_in_their_order(bot: Bot) -> None:
    ana = await knows(bot)

    outcomes = await asks(bot, words(ana, origin="inbox:7"), words(ana, "Come by."))

    first, second = await bot.rows(direction="outbound")
    assert outcomes == [Queued((first.id,)), Queued((second.id,))]
    assert (first.content, first.account, first.address, first.origin) == (
        "Your glasses are here.",
        "whatsapp:1000",
        ANA,
        "inbox:7",
    )
    assert (first.seq, second.seq) == (2, 3)
    assert (first.purpose, first.lane, first.expires_at) == ("service", "reply", bot.clock.now + timedelta(days=1))
    async with bot.engine.connect() as connection:
        assert (await connection.execute(select(Contact.seq))).scalar_one() == 3


async def test_choices_go_along(bot: Bot) -> None:
    ana = await knows(bot)
    say = Words("Will you come?", (Choice("yes", "Yes"), Choice("no", "No")))

    await asks(bot, SendRequest(contact_id=ana, say=say))

    (row,) = await bot.rows(direction="outbound")
    assert [each["id"] for each in row.body["choices"]] == ["yes", "no"]  # type: ignore[index]
    assert row.body["choices_label"] == "Choose"  # type: ignore[index]


async def test_a_template_speaks_the_contacts_language_with_its_defaults(bot: Bot) -> None:
    ana = await knows(bot, name="Ana")
    rui = await knows(bot, RUI)
    await change(bot, rui, locale="pt-BR", name="Rui")
    await change(bot, ana, locale="en-US")
    say = FromTemplate("clinic/reminder", {"time": "9:30"})

    await asks(bot, *(SendRequest(contact_id=each, say=say, purpose=Purpose.NOTICE) for each in (ana, rui)))

    assert await bot.says(ANA) == ["Dear Ana, see you at 9:30 with one of us."]
    assert await bot.says(RUI) == ["Rui, até as 9:30 com one of us."]
    assert [row.lane for row in await bot.rows(direction="outbound")] == ["notice", "notice"]


async def test_it_waits_for_its_moment_and_is_stale_after_another(bot: Bot) -> None:
    ana = await knows(bot)
    later = bot.clock.now + timedelta(hours=2)

    await asks(bot, words(ana, not_before=later, not_after=later + timedelta(hours=1)))

    (row,) = await bot.rows(direction="outbound")
    assert (row.scheduled_at, row.expires_at) == (later, later + timedelta(hours=1))
    assert await claimed(bot) == []
    bot.clock.advance(hours=2)
    assert await claimed(bot) == ["Your glasses are here."]


async def claimed(bot: Bot) -> list[str]:
    async with bot.engine.begin() as connection:
        batch = await claim(connection, "one", 10, lease=timedelta(seconds=30), now=bot.clock.now)
    return [each.message.text for each in batch.claimed]


async def test_one_key_sends_once_whoever_asks_again(bot: Bot) -> None:
    ana = await knows(bot)
    (first,) = await asks(bot, words(ana, key="visit-1"))
    assert isinstance(first, Queued)

    again = await asks(bot, words(ana, key="visit-1"), words(ana, key="visit-2"), words(ana, key="visit-2"))

    assert again[0] == Refused(Code.REPEATED, first.message_id)
    assert isinstance(again[1], Queued)
    assert again[2] == Refused(Code.REPEATED, again[1].message_id)
    assert len(await bot.says()) == 2


async def test_one_key_asked_for_at_the_same_moment_for_two_people_sends_once(bot: Bot) -> None:
    if bot.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer")
    ana, rui = await knows(bot), await knows(bot, RUI)
    both = asyncio.Barrier(2)

    async def ask(contact_id: str) -> Outcome:
        async with bot.engine.begin() as connection:
            await connection.execute(select(func.now()))
            await both.wait()
            (outcome,) = await queue(
                connection, bot.catalogue.definitions, [words(contact_id, key="one")], bot.clock.now
            )
            return outcome

    outcomes = await asyncio.gather(ask(ana), ask(rui))

    (row,) = await bot.rows(direction="outbound")
    assert sorted(map(type, outcomes), key=str) == [Queued, Refused]
    assert {row.id} == {each.message_id if isinstance(each, Queued) else each.detail for each in outcomes}


REFUSALS = (
    (words("c" * 25), Refused(Code.NO_CONTACT)),
    (words("ANA", account="twilio:+15005550006"), Refused(Code.NO_ACCOUNT, "twilio:+15005550006")),
    (words("ANA", channels=(Channel.EMAIL,)), Refused(Code.NO_ACCOUNT, "email")),
    (words("ANA", channels=(Channel.TELEGRAM, Channel.EMAIL)), Refused(Code.NO_ACCOUNT, "telegram")),
    (words("ANA", not_after=datetime(2020, 1, 1, tzinfo=UTC)), Refused(Code.EXPIRED)),
    (words("ANA", not_before=datetime(2020, 1, 1, tzinfo=UTC)), Refused(Code.EXPIRED)),
    (words("ANA", "  \n"), Refused(Code.NO_WORDS)),
    (words("ANA", purpose=Purpose.MARKETING), Refused(Code.NO_CONSENT)),
    (
        SendRequest(contact_id="ANA", say=FromTemplate("clinic/goodbye")),
        Refused(Code.NO_TEMPLATE, "clinic/goodbye"),
    ),
    (SendRequest(contact_id="ANA", say=FromTemplate("clinic/reminder")), Refused(Code.MISSING_VARIABLE, "time")),
    (words("ANA", "x" * 410_000), Refused(Code.TOO_LONG, "whatsapp")),
)


async def test_what_cannot_be_sent_is_refused_with_a_code_and_the_rest_goes(bot: Bot) -> None:
    ana = await knows(bot)
    bad = [replace(each, contact_id=ana) if each.contact_id == "ANA" else each for each, _ in REFUSALS]

    outcomes = await asks(bot, words(ana, "before"), *bad, words(ana, "after"))

    assert outcomes[1:-1] == [refused for _, refused in REFUSALS]
    assert await bot.says() == ["before", "after"]


async def test_what_no_database_keeps_is_taken_out_and_the_rest_goes(bot: Bot) -> None:
    ana = await knows(bot)
    say = FromTemplate("clinic/approved", {"time": "9\x00:30\ud800"})
    choices = (Choice("y\x00", "Yes\ud800"),)

    outcomes = await asks(
        bot,
        words(ana, "a\x00b\ud800c", origin="inbox:7\x00" + "7" * 300, key="one\x00"),
        words(ana, "\x00"),
        words(f"{ana[:-1]}\x00"),
        SendRequest(contact_id=ana, say=say),
        SendRequest(contact_id=ana, say=Words("well?", choices)),
    )

    assert outcomes[1:3] == [Refused(Code.NO_WORDS), Refused(Code.NO_CONTACT)]
    assert await bot.says() == ["abc", "See you at 9:30.", "well?"]
    first, _, last = await bot.rows(direction="outbound")
    assert first.origin is not None
    assert (first.origin[:9], len(first.origin)) == ("inbox:777", 255)
    assert last.body is not None
    assert (last.body["choices"][0]["id"], last.body["choices"][0]["label"]) == ("y", "Yes")


async def test_a_key_that_no_database_holds_is_refused_alone(bot: Bot) -> None:
    ana = await knows(bot)

    outcomes = await asks(bot, words(ana, "one", key="é" * 256), words(ana, "two", key="é" * 255))

    assert outcomes[0] == Refused(Code.KEY_TOO_LONG, "255")
    assert REASONS[Code.KEY_TOO_LONG].format(detail="255") == "a key has at most 255 characters"
    assert await bot.says() == ["two"]
    (again,) = await asks(bot, words(ana, "three", key="é" * 255))
    assert isinstance(again, Refused)
    assert again.code is Code.REPEATED


async def test_a_channel_that_is_asked_for_is_taken_though_its_account_was_last_used_on_another(bot: Bot) -> None:
    ana = await knows(bot)
    async with bot.engine.begin() as connection:
        account = await rows.add_account(connection, "twilio:+15005550006")
        person = (await connection.execute(select(ContactAddress.id).where(ContactAddress.contact_id == ana))).scalar()
        for channel in ("sms", "whatsapp"):
            written = rows.Person(ana, str(person), AddressKind.PHONE, ANA)
            await rows.add_inbound(connection, written, account=account, channel=channel)

    await asks(bot, words(ana, channels=(Channel.SMS, Channel.WHATSAPP)))

    (row,) = await bot.rows(direction="outbound")
    assert (row.account, row.channel) == ("twilio:+15005550006", "sms")


async def test_whoever_has_opted_out_is_not_written_to(bot: Bot) -> None:
    ana = await knows(bot)
    await bot.hears(message("STOP"))

    assert await asks(bot, words(ana), words(ana, purpose=Purpose.NOTICE)) == [Refused(Code.OPTED_OUT)] * 2


async def test_marketing_goes_to_those_alone_who_agreed_to_it(bot: Bot) -> None:
    ana, rui = await knows(bot), await knows(bot, RUI)
    await bot.hears(message("START PROMO"), message("STOP PROMO", phone=RUI))

    outcomes = await asks(bot, *(words(each, purpose=Purpose.MARKETING) for each in (ana, rui)), words(rui))

    assert isinstance(outcomes[0], Queued)
    assert outcomes[1] == Refused(Code.OPTED_OUT)
    assert isinstance(outcomes[2], Queued)
    (queued,) = await bot.rows(purpose="marketing")
    assert (queued.contact_id, queued.lane) == (ana, "bulk")


async def test_a_paused_account_is_refused_and_another_channel_goes_on(bot: Bot) -> None:
    ana = await knows(bot)
    async with bot.engine.begin() as connection:
        await connection.execute(update(Account).where(Account.id == "whatsapp:1000").values(paused=True))
        await rows.add_account(connection, "twilio:+15005550006")

    outcomes = await asks(bot, words(ana), words(ana, channels=(Channel.WHATSAPP, Channel.SMS)))

    assert outcomes[0] == Refused(Code.ACCOUNT_PAUSED, "whatsapp:1000")
    (row,) = await bot.rows(direction="outbound")
    assert (row.account, row.channel, row.address) == ("twilio:+15005550006", "sms", ANA)


async def test_outside_the_window_only_an_approved_template_goes(bot: Bot) -> None:
    ana = await knows(bot)
    bot.clock.advance(hours=25)
    approved = SendRequest(contact_id=ana, say=FromTemplate("clinic/approved", {"time": "9:30"}))

    assert (await asks(bot, words(ana)))[0] == Refused(Code.WINDOW_CLOSED)
    (queued,) = await asks(bot, approved)
    assert isinstance(queued, Queued)


async def test_the_bot_is_silent_where_a_person_has_the_conversation_but_notices_go(bot: Bot) -> None:
    ana = await knows(bot)
    async with bot.engine.begin() as connection:
        await take_over(connection, {ana: bot.clock.now + timedelta(hours=1)}, bot.clock.now)

    outcomes = await asks(bot, words(ana), words(ana, by_person=True), words(ana, purpose=Purpose.NOTICE))

    assert outcomes[0] == Refused(Code.TAKEN_OVER)
    assert all(isinstance(each, Queued) for each in outcomes[1:])
    bot.clock.advance(hours=1)
    assert isinstance((await asks(bot, words(ana)))[0], Queued)


async def test_a_takeover_ends_what_a_system_had_queued_for_the_bot_but_no_notice(bot: Bot) -> None:
    ana = await knows(bot)
    await asks(
        bot, words(ana, "receipt"), words(ana, "visit", purpose=Purpose.NOTICE), words(ana, "mine", by_person=True)
    )
    async with bot.engine.begin() as connection:
        await take_over(connection, {ana: None}, bot.clock.now)

    assert [(row.content, row.error) for row in await bot.rows(direction="outbound")] == [
        ("receipt", "taken_over"),
        ("visit", None),
        ("mine", None),
    ]


async def test_a_mail_goes_on_in_its_thread(bot: Bot) -> None:
    mail = EmailHeaders(subject="Glasses", message_id="<1@example.com>")
    async with bot.engine.begin() as connection:
        account = await rows.add_account(connection, "mailgun:clinic.example")
        ana = await rows.add_person(connection, "ana@example.com", AddressKind.EMAIL)
        await rows.add_inbound(
            connection,
            ana,
            account=account,
            channel="email",
            body={"email": to_body(mail)},
            thread_id="<1@example.com>",
        )

    await asks(bot, words(ana.id, channels=(Channel.EMAIL,)))

    (row,) = await bot.rows(direction="outbound")
    assert row.body["email"]["subject"] == "Re: Glasses"  # type: ignore[index]
    assert row.body["email"]["in_reply_to"] == "<1@example.com>"  # type: ignore[index]
    assert row.thread_id == "<1@example.com>"


async def test_what_nobody_has_begun_to_send_can_be_taken_back(bot: Bot) -> None:
    ana = await knows(bot)
    gone, kept = await asks(bot, words(ana, "gone"), words(ana, "kept", not_before=bot.clock.now + timedelta(days=1)))
    assert isinstance(gone, Queued)
    assert isinstance(kept, Queued)
    assert await claimed(bot) == ["gone"]

    async with bot.engine.begin() as connection:
        ids = [gone.message_id, kept.message_id, "c" * 25]
        assert await cancel(connection, ids, bot.clock.now) == (kept.message_id,)
        assert await cancel(connection, ids, bot.clock.now) == ()

    assert [(row.status, row.error) for row in await bot.rows(direction="outbound")] == [
        ("queued", None),
        ("failed", "cancelled"),
    ]


async def test_a_contact_that_somebody_holds_delays_only_itself(bot: Bot) -> None:
    if bot.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer")
    ana, rui = await knows(bot), await knows(bot, RUI)
    async with bot.engine.begin() as holder, bot.engine.begin() as connection:
        await holder.execute(select(Contact.id).where(Contact.id == ana).with_for_update())
        outcomes = await queue_where_free(
            connection, bot.catalogue.definitions, [words(ana), words(rui)], bot.clock.now
        )

    assert outcomes[0] is None
    assert isinstance(outcomes[1], Queued)
    assert (await bot.says(ANA), await bot.says(RUI)) == ([], ["Your glasses are here."])


async def test_more_than_a_transaction_should_hold_is_refused_whole(bot: Bot) -> None:
    ana = await knows(bot)
    with pytest.raises(ValueError, match="501 requests"):
        await asks(bot, *[words(ana)] * 501)


async def test_keys_of_messages_that_are_gone_are_gone(bot: Bot) -> None:
    ana = await knows(bot)
    await asks(bot, words(ana, key="visit"))
    async with bot.engine.begin() as connection:
        await connection.execute(delete(Message).where(Message.direction == "outbound"))
        assert (await connection.execute(select(func.count()).select_from(MessageKey))).scalar_one() == 0
