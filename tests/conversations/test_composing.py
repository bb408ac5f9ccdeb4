"""What people write to contacts by hand: once, with a moment to take it back, and not past each other."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.audit.service import AuditFilter, lines
from bot.channels.models import Account
from bot.channels.service import Accounts
from bot.contacts.models import Contact
from bot.conversations.job_services import JobServices
from bot.conversations.sending import queries
from bot.conversations.service import (
    HANDLERS,
    Code,
    Composed,
    MailOptions,
    Overtaken,
    Refused,
    SentByHand,
    TooLate,
    Words,
    cancel_by_hand,
    change_scheduled,
    compose,
    hand_back,
    scheduled,
    send_by_hand,
    take_over,
    ways_to,
)
from bot.core.actors import Actor
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.email import from_body
from bot.core.messages import EmailHeaders
from bot.jobs.models import ScheduledJob
from bot.jobs.service import Jobs
from bot.messages.models import Message
from bot.messages.outbox.claims import claim
from bot.settings import Settings
from bot.users.models import User
from tests.support import rows
from tests.support.bot import SETTINGS, Bot, message, running_bot

ANA, RUI = Actor("ana", user_id="u" * 25), Actor("rui", user_id="r" * 25)
BUNDLE = """
bundle: shop
locale: en
templates:
  hours: {content: We open at six.}
triggers:
  - {type: contains, pattern: open, template: hours}
"""


@pytest.fixture
async def bot(engine: AsyncEngine) -> AsyncIterator[Bot]:
    async with engine.begin() as connection:
        users = [
            {"id": each.user_id, "email": f"{each.name}@example.com", "name": each.name, "role": "EDITOR"}
            for each in (ANA, RUI)
        ]
        await connection.execute(insert(User), users)
    async with running_bot(engine, BUNDLE) as made:
        yield made


async def contact(bot: Bot) -> Any:
    async with bot.engine.connect() as connection:
        return (await connection.execute(select(Contact.__table__))).one()


async def heard(bot: Bot, text: str = "hello", **fields: Any) -> Any:
    await bot.hears(message(text, **fields))
    return await contact(bot)


async def sends(bot: Bot, composed: Composed, by: Actor = ANA) -> SentByHand | Overtaken | Refused:
    async with bot.engine.begin() as connection:
        return await compose(connection, bot.catalogue, composed, by, bot.clock.now)


def words(person: Any, text: str = "Yes, come by.", **fields: Any) -> Composed:
    return Composed(contact_id=person.id, say=Words(text), **fields)


async def claimed(bot: Bot) -> list[str]:
    async with bot.engine.begin() as connection:
        batch = await claim(connection, "one", 10, lease=timedelta(seconds=30), now=bot.clock.now)
    return [each.message.text for each in batch.claimed]


async def test_a_key_sends_once_whatever_was_seen_meanwhile_and_nothing_else_goes_under_it(bot: Bot) -> None:
    person = await heard(bot)
    composed = words(person, key="tab-1", seen=person.seq)

    first = await sends(bot, composed)
    await heard(bot, "are you there?")
    again = [await sends(bot, each) for each in (composed, replace(composed, seen=None), composed)]
    other = await sends(bot, words(person, "No.", key="tab-1"))
    theirs = await sends(bot, words(person, "No.", key="tab-1"), RUI)

    assert isinstance(first, SentByHand)
    assert again == [first._replace(is_repeated=True)] * 3
    assert other == Refused(Code.KEY_USED, first.message_id)
    assert isinstance(theirs, SentByHand)
    assert await bot.says() == ["Yes, come by.", "No."]


async def test_what_was_said_meanwhile_is_told_before_anything_is_sent(bot: Bot) -> None:
    person = await heard(bot, "are you open")
    seen = person.seq - 1

    mine = await sends(bot, words(person, "one", seen=seen))
    still = await sends(bot, words(person, "two", seen=seen))
    await sends(bot, words(person, "by rui"), RUI)
    async with bot.engine.begin() as connection:
        await send_by_hand(connection, bot.catalogue, person.id, "by terminal", Actor("x (terminal)"), bot.clock.now)
    after = await heard(bot, "thanks")
    overtaken = await sends(bot, words(person, "three", seen=seen))
    anyway = await sends(bot, words(person, "three", seen=after.seq))

    assert isinstance(mine, SentByHand)
    assert isinstance(still, SentByHand), "the bot's answer and their own words overtake nobody"
    assert overtaken == Overtaken(after.seq, by_contact=True, by_colleagues=("", RUI.user_id or ""))
    assert isinstance(anyway, SentByHand)
    assert await bot.says() == ["We open at six.", "one", "two", "by rui", "by terminal", "three"]


async def test_of_all_that_was_said_meanwhile_the_last_things_are_told(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MOST_SAID", 2)
    person = await heard(bot)
    await sends(bot, words(person, "mine"))
    for text in ("one", "two"):
        await sends(bot, words(person, text), RUI)
    after = await contact(bot)
    await sends(bot, words(person, "mine, too"))

    overtaken = await sends(bot, words(person, "three", seen=0))

    assert overtaken == Overtaken(after.seq, by_contact=False, by_colleagues=(RUI.user_id or "",))


async def test_a_mail_waits_ten_seconds_to_be_taken_back_and_a_chat_as_long_as_is_said(bot: Bot) -> None:
    person = await heard(
        bot,
        account="whatsapp:1000",
        channel=Channel.EMAIL,
        addresses=(Address(AddressKind.EMAIL, "ana@example.org"),),
    )
    now = bot.clock.now

    mail = await sends(bot, words(person, "a mail"))
    at_once = await sends(bot, words(person, "at once", undo={}))
    later = await sends(bot, words(person, "in 5 seconds", undo={Channel.EMAIL: timedelta(seconds=5)}))

    assert isinstance(mail, SentByHand)
    assert isinstance(at_once, SentByHand)
    assert isinstance(later, SentByHand)
    assert [each.goes_at for each in (mail, at_once, later)] == [
        now + timedelta(seconds=10),
        None,
        now + timedelta(seconds=5),
    ]
    assert await claimed(bot) == ["at once"]
    async with bot.engine.begin() as connection:
        ids = [at_once.message_id, later.message_id]
        taken_back = [await cancel_by_hand(connection, each, ANA, bot.clock.now) for each in [*ids, *ids]]
        audit = await lines(connection, AuditFilter(resource_id=person.id), 10, None)
    assert taken_back == [False, True, False, False]
    assert [each.detail for each in audit if each.action == "message.cancel"] == [{"message": later.message_id}]
    bot.clock.advance(seconds=11)
    assert await claimed(bot) == ["a mail"]


async def test_what_goes_in_an_hour_is_queued_once_though_the_hour_is_another_one_at_the_next_press(bot: Bot) -> None:
    person = await heard(bot)
    first_at = bot.clock.now + timedelta(hours=1)

    first = await sends(bot, words(person, key="tab-1", at=first_at))
    bot.clock.advance(seconds=20)
    again = await sends(bot, words(person, key="tab-1", at=bot.clock.now + timedelta(hours=1)))
    bot.clock.advance(hours=2)
    late = await sends(bot, words(person, key="tab-1", at=first_at))
    at_once = await sends(bot, words(person, key="tab-1"))

    assert isinstance(first, SentByHand)
    assert first.goes_at == first_at
    assert again == late == first._replace(is_repeated=True)
    assert at_once == Refused(Code.KEY_USED, first.message_id)


async def planned(bot: Bot, person: Any) -> list[tuple[str, float]]:
    """What goes to somebody later, and in how many minutes."""
    async with bot.engine.connect() as connection:
        found = await scheduled(connection, person.id)
    return [(each.text, (each.at - bot.clock.now) / timedelta(minutes=1)) for each in found]


async def plans(bot: Bot, person: Any, text: str, minutes: float, **fields: Any) -> str:
    outcome = await sends(bot, words(person, text, at=bot.clock.now + timedelta(minutes=minutes), **fields))
    assert isinstance(outcome, SentByHand)
    return outcome.message_id


async def changes(bot: Bot, message_id: str, **fields: Any) -> SentByHand | Refused | TooLate:
    async with bot.engine.begin() as connection:
        return await change_scheduled(connection, message_id, RUI, bot.clock.now, **fields)


async def test_what_goes_later_is_listed_changed_and_taken_back_until_somebody_begins_to_send_it(bot: Bot) -> None:
    person = await heard(bot)
    first, second, third = [await plans(bot, person, text, at) for text, at in (("a", 60), ("b", 30), ("c", 45))]
    assert await planned(bot, person) == [("b", 30), ("c", 45), ("a", 60)]

    at = bot.clock.now + timedelta(minutes=10)
    assert await changes(bot, first, text="A", at=at) == SentByHand((first,), goes_at=at)
    assert await changes(bot, second, text=" ") == Refused(Code.NO_WORDS)
    assert await changes(bot, second, text="x" * 410_000) == Refused(Code.TOO_LONG, "whatsapp")
    async with bot.engine.begin() as connection:
        assert await cancel_by_hand(connection, third, RUI, bot.clock.now)
    assert await changes(bot, third, text="again") == TooLate("c")
    assert await planned(bot, person) == [("A", 10), ("b", 30)]

    bot.clock.advance(minutes=10)
    assert await claimed(bot) == ["A"]
    assert await changes(bot, first, text="too late") == TooLate("A")
    async with bot.engine.begin() as connection:
        assert not await cancel_by_hand(connection, first, RUI, bot.clock.now)
        audit = await lines(connection, AuditFilter(resource_id=person.id), 20, None)
    assert await planned(bot, person) == [("b", 20)]
    assert sorted((each.action, (each.detail or {})["message"]) for each in audit if each.user_id == RUI.user_id) == [
        ("message.cancel", third),
        ("message.change", first),
    ]


async def test_a_long_one_is_one_thing_in_the_list_and_changed_as_one(bot: Bot) -> None:
    person = await heard(bot)
    long = " ".join(f"Sentence {number}." for number in range(400))
    await plans(bot, person, "short", 60)
    bot.clock.advance(seconds=1)
    whole = await plans(bot, person, long, 60)
    assert len(await planned(bot, person)) == 2

    outcome = await changes(bot, whole, text="brief")

    assert isinstance(outcome, SentByHand)
    assert [text for text, _ in await planned(bot, person)] == ["short", "brief"]
    assert await changes(bot, outcome.message_id, text=long) == Refused(Code.TOO_LONG, "whatsapp")
    bot.clock.advance(minutes=61)
    assert await claimed(bot) == ["short"]


async def test_takeovers_and_resolving_leave_what_people_scheduled(bot: Bot) -> None:
    person = await heard(bot)
    await plans(bot, person, "see you", 60)
    assert (await contact(bot)).responder == "bot", "nobody has taken it over yet"

    async with bot.engine.begin() as connection:
        await take_over(connection, {person.id: None}, bot.clock.now)
        await hand_back(connection, [person.id], bot.clock.now)
    await heard(bot, "are you open")

    assert await claimed(bot) == ["We open at six."]
    assert await planned(bot, person) == [("see you", 60)]


async def test_what_is_to_go_unless_they_write_does_not_go_once_they_have(bot: Bot) -> None:
    person = await heard(bot)
    asked = await plans(bot, person, "are you still there?", 60, unless_heard=True)
    await plans(bot, person, "anyhow", 61)
    long = " ".join(f"Sentence {number}." for number in range(400))
    at = bot.clock.now + timedelta(hours=1)
    assert await sends(bot, words(person, long, at=at, unless_heard=True)) == Refused(Code.TOO_LONG, "whatsapp")

    await heard(bot, "yes")
    bot.clock.advance(minutes=62)

    assert [*await claimed(bot), *await claimed(bot)] == ["anyhow"]
    (row,) = await bot.rows(id=asked)
    assert (row.status, row.error) == ("failed", "answered")


async def test_it_goes_while_they_have_not_written_and_then_the_bot_is_silent(bot: Bot) -> None:
    person = await heard(bot)
    await plans(bot, person, "are you still there?", 60, unless_heard=True)
    settings = Settings.read(SETTINGS)
    later = {"said_later": HANDLERS["said_later"]}
    jobs = Jobs(bot.engine, "one", later, JobServices(Accounts(settings), bot.catalogue, bot.clock, settings))
    bot.clock.advance(minutes=61)

    async with bot.engine.begin() as connection:
        await connection.execute(update(ScheduledJob).values(scheduled_at=bot.clock.now - timedelta(hours=2)))
    assert await jobs.run_next()
    assert (await contact(bot)).responder == "bot", "it is not sent yet"
    assert await claimed(bot) == ["are you still there?"]
    async with bot.engine.begin() as connection:
        await connection.execute(update(Message).where(Message.direction == "outbound").values(status="sent"))
        await connection.execute(update(ScheduledJob).values(scheduled_at=bot.clock.now - timedelta(hours=2)))
    assert await jobs.run_next()

    assert (await contact(bot)).responder == "human"


async def test_a_mail_goes_on_with_the_thread_that_is_chosen_with_its_copies(bot: Bot) -> None:
    fields: dict[str, Any] = {"channel": Channel.EMAIL, "addresses": (Address(AddressKind.EMAIL, "ana@example.org"),)}
    for name, references in (("a", ()), ("b", ("<b0@x>",))):
        headers = EmailHeaders(subject=f"About {name}", message_id=f"<{name}@x>", references=references)
        await bot.hears(message("hello", email=headers, **fields))
    person, asked = await contact(bot), [each.id for each in await bot.rows(direction="inbound")]

    async def headers_of(**options: Any) -> Any:
        outcome = await sends(bot, words(person, mail=MailOptions(**options)))
        assert isinstance(outcome, SentByHand)
        (row,) = await bot.rows(id=outcome.message_id)
        return row.thread_id, from_body((row.body or {})["email"])

    thread, newest = await headers_of(cc=("rui@example.com",), bcc=("boss@example.com",))
    assert (thread, newest.subject, newest.in_reply_to) == ("<b0@x>", "Re: About b", "<b@x>")
    assert (newest.references, newest.cc, newest.bcc) == (
        ("<b0@x>", "<b@x>"),
        ("rui@example.com",),
        ("boss@example.com",),
    )
    thread, chosen = await headers_of(answers=asked[0], subject="Your\r\nBcc: x@y.example")
    assert (thread, chosen.subject, chosen.in_reply_to) == ("<a@x>", "Your Bcc: x@y.example", "<a@x>")
    assert await headers_of(answers="", subject="News") == (None, EmailHeaders(subject="News"))

    refused: list[tuple[dict[str, Any], Refused]] = [
        ({"answers": "c" * 25}, Refused(Code.NO_MAIL)),
        ({"cc": ("a@b.example\r\nBcc: x@y.example",)}, Refused(Code.WRONG_COPY, "a@b.example Bcc: x@y.example")),
        ({"bcc": ("",)}, Refused(Code.WRONG_COPY, "?")),
        ({"cc": tuple(f"n{n}@example.com" for n in range(41))}, Refused(Code.WRONG_COPY, "n40@example.com")),
    ]
    for options, expected in refused:
        assert await sends(bot, words(person, mail=MailOptions(**options))) == expected


async def test_the_ways_to_somebody_say_until_when_words_may_go_and_what_reaches_them_otherwise(bot: Bot) -> None:
    person = await heard(bot, sent_at=bot.clock.now - timedelta(hours=1))
    async with bot.engine.begin() as connection:
        await rows.add_account(connection, "twilio:+15005550006", paused=True)
        await rows.add_account(connection, "postmark:example.com")

    async def ways() -> list[tuple[str, str, float | None, bool]]:
        async with bot.engine.connect() as connection:
            found = await ways_to(connection, person.id, bot.clock.now)
        return [
            (
                each.account.partition(":")[0],
                each.channel.value,
                None if each.open_until is None else (each.open_until - bot.clock.now) / timedelta(hours=1),
                each.takes_words,
            )
            for each in found
        ]

    now = await ways()
    assert now[:1] == [("whatsapp", "whatsapp", 23, True)]
    assert ("twilio", "sms", None, False) in now
    assert not [each for each in now if each[0] == "postmark"], "they have no address for it"

    bot.clock.advance(hours=23)
    assert (await ways())[:1] == [("whatsapp", "whatsapp", None, False)]
    async with bot.engine.begin() as connection:
        await connection.execute(update(Account).values(paused=False))
        assert await ways_to(connection, "c" * 25, bot.clock.now) == []
    assert ("twilio", "sms", None, True) in await ways()
