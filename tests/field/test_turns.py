"""What people in the field met in the conversation itself: loops, late and reordered posts, a person who takes over."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from bot.cli.commands.contacts import show_contact
from bot.contacts.consent import apply_preferences
from bot.contacts.models import Consent, Contact
from bot.conversations.batch import take
from bot.conversations.responding import hand_back
from bot.conversations.service import send_by_hand
from bot.conversations.shown.results import last_results
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.consents import ConsentReason, Preference
from bot.core.messages import Delivery, Echo, EmailHeaders
from bot.db.engine import create_engine
from bot.messages.media.models import MediaFile, MediaState
from tests.support.bot import NUMBER, Bot, Clock, message, running_bot
from tests.support.consents import set_consent
from tests.support.conversations import bundle, person, trigger
from tests.support.people import BY

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)
ANA = "+5511999990001"
BUNDLE = """\
bundle: shop
locale: en
fallback: sorry
templates:
  hello: {content: Hello!}
  hours: {content: We open at nine.}
  ask: {content: Which flavour?}
  done: {content: "{{ flavour }}, then."}
  sorry: {content: I did not understand.}
triggers:
  - {type: equals, pattern: hi, template: hello}
  - {type: contains, pattern: hours, cooldown_sec: 60, template: hours}
  - {type: equals, pattern: pizza, flow: order}
flows:
  order:
    steps:
      - {key: flavour, type: collect_input, template: ask, save_as: flavour}
      - {key: done, type: end, template: done}
"""


@pytest.fixture
async def bot(engine: AsyncEngine) -> AsyncIterator[Bot]:
    async with running_bot(engine, BUNDLE, Clock(NOON)) as made:
        yield made


def ago(**time: float) -> datetime:
    """A moment before noon."""
    return NOON - timedelta(**time)


async def opted_in(engine: AsyncEngine) -> bool:
    """What the one consent there is says."""
    async with engine.connect() as connection:
        return (await connection.execute(select(Consent.opted_in))).scalar_one()


async def codes(bot: Bot) -> list[str]:
    """The codes of the last inbound message's trace."""
    return [entry["code"] for entry in (await bot.rows(direction="inbound"))[-1].trace or ()]


def orders(minutes: list[float | None]) -> list[Any]:
    """Messages of Ana, said so many minutes ago, that say when."""
    return [message(f"{each}", sent_at=None if each is None else ago(minutes=each)) for each in minutes]


async def test_C03_the_last_word_said_holds_whatever_order_words_come_in(bot: Bot, engine: AsyncEngine) -> None:
    # Given somebody who said STOP, START and STOP again,
    await bot.hears(message("STOP", sent_at=ago(seconds=90)))
    await bot.hears(message("STOP", sent_at=ago(seconds=10)))

    # when the START comes last,
    await bot.hears(message("START", sent_at=ago(seconds=50)))

    # then they stay out, and `why` tells it.
    assert not await opted_in(engine)
    assert await codes(bot) == ["outdated_word", "silent"]
    assert len(await bot.says()) == 1


async def test_C03_a_word_keeps_the_time_at_which_it_was_said(bot: Bot, engine: AsyncEngine) -> None:
    await bot.hears(message("STOP", sent_at=ago(minutes=3)))
    await bot.hears(message("START", sent_at=ago(minutes=2)))

    # A STOP from before it changes nothing; neither does the clock of a provider that goes ahead hold anybody in.
    await bot.hears(message("STOP", sent_at=ago(minutes=2.5)))
    assert await opted_in(engine)
    await bot.hears(message("STOP", sent_at=ago(minutes=2)))
    assert not await opted_in(engine), "in doubt they are out"
    await bot.hears(message("START", sent_at=ago(minutes=-60)))
    assert await opted_in(engine)
    bot.clock.advance(minutes=1)
    await bot.hears(message("STOP", sent_at=bot.clock.now))
    assert not await opted_in(engine), "a time to come counts as now"


async def test_C03_without_times_words_count_in_the_order_in_which_they_come(bot: Bot, engine: AsyncEngine) -> None:
    await bot.hears(message("STOP"), message("START"))
    assert await opted_in(engine)
    await bot.hears(message("STOP"))
    assert not await opted_in(engine)


@pytest.mark.parametrize(("reason", "lifted"), [(ConsentReason.MARKETING, False), (ConsentReason.PROVIDER, True)])
async def test_D09_a_preference_from_before_the_stop_brings_nobody_back(
    bot: Bot, engine: AsyncEngine, reason: ConsentReason, lifted: bool
) -> None:
    await bot.hears(message("STOP", sent_at=ago(minutes=5)))
    address = Address(AddressKind.PHONE, ANA)

    def resumed(at: datetime) -> Delivery:
        return Delivery(preferences=(Preference(NUMBER, Channel.WHATSAPP, address, True, reason, at),))

    await bot.intake.receive("whatsapp", resumed(ago(minutes=6)), b"raw")
    assert not await opted_in(engine)
    await bot.intake.receive("whatsapp", resumed(ago(minutes=5)), b"raw")
    assert not await opted_in(engine), "in doubt they are out"
    await bot.intake.receive("whatsapp", resumed(ago(minutes=4)), b"raw")
    assert await opted_in(engine) is lifted, "to want marketing again lifts no STOP"


async def test_D09_an_older_start_by_word_counts_not_against_any_door_out(bot: Bot, engine: AsyncEngine) -> None:
    # Given that the page of the unsubscribe link, a provider and a bounce are as many doors,
    await bot.hears(message("hi", sent_at=ago(minutes=9)))
    (row,) = await bot.rows(direction="inbound")
    async with engine.begin() as connection:
        await set_consent(
            connection,
            row.address_id,
            Channel.WHATSAPP,
            False,
            ConsentReason.UNSUBSCRIBED,
            NOON,
            said_at=ago(minutes=3),
        )
    await bot.hears(message("START", sent_at=ago(minutes=4)))
    assert not await opted_in(engine)

    # when the same is said once more, that counts from then,
    address = Address(AddressKind.PHONE, ANA)
    again = Preference(NUMBER, Channel.WHATSAPP, address, False, ConsentReason.PROVIDER, ago(minutes=1))
    async with engine.begin() as connection:
        await apply_preferences(connection, [again], NOON)
    await bot.hears(message("START", sent_at=ago(minutes=2)))
    assert not await opted_in(engine)

    # and what is said afterwards brings them back.
    await bot.hears(message("START", sent_at=ago(seconds=30)))
    assert await opted_in(engine)


async def test_D09_what_was_said_before_a_bounce_proves_no_living_address(bot: Bot, engine: AsyncEngine) -> None:
    await bot.hears(message("hi", sent_at=ago(hours=2)))
    (row,) = await bot.rows(direction="inbound")
    async with engine.begin() as connection:
        await set_consent(
            connection, row.address_id, Channel.WHATSAPP, False, ConsentReason.BOUNCE, NOON, said_at=ago(hours=1)
        )
    await bot.hears(message("hi", sent_at=ago(minutes=90)))
    assert not await opted_in(engine)
    await bot.hears(message("hi", sent_at=ago(minutes=30)))
    assert await opted_in(engine)


async def test_C04_the_messages_of_a_post_are_answered_in_the_order_in_which_they_were_said(bot: Bot) -> None:
    # Given a post whose array runs backwards, with another person's and one without a time in between,
    said = orders([1, 2, None, 3, 3])
    await bot.hears(*said[:2], message("hi", phone="+5511999990002", sent_at=ago(minutes=9)), *said[2:])

    # then each person's stand in their order, stable; what has no time keeps its place.
    heard = [words for direction, words in await bot.conversation(ANA) if direction == "inbound"]
    assert heard == ["3", "3", "None", "2", "1"]


async def test_C04_a_person_of_ours_who_wrote_before_an_answer_is_heard_before_it(bot: Bot) -> None:
    await bot.hears(message("pizza", sent_at=ago(minutes=5)))
    echo = Echo(
        NUMBER, "wamid.echo", Channel.WHATSAPP, (Address(AddressKind.PHONE, ANA),), "I am on it", ago(minutes=2)
    )
    answer = message("Calabresa", sent_at=ago(minutes=1))
    await bot.intake.receive("whatsapp", Delivery(messages=(answer,), echoes=(echo,)), b"raw")
    assert await bot.says() == ["Which flavour?", "I am on it"]


async def test_C05_words_of_long_ago_are_recorded_with_their_time_and_not_answered(bot: Bot) -> None:
    # Given a provider that plays 30 days back,
    await bot.hears(message("hi", sent_at=ago(days=30)))

    # then it is recorded as of then, nobody is answered, and `why` says it.
    (row,) = await bot.rows()
    assert (row.sent_at, row.created_at, row.turn_state) == (ago(days=30), NOON, "done")
    assert row.trace == [{"code": "late", "data": {"seconds": 30 * 86_400}}, {"code": "silent", "data": {}}]

    # What is a day old is answered still; what is said without a time is said now.
    await bot.hears(message("hi", sent_at=ago(days=1)), message("hi"))
    assert await bot.says() == ["Hello!", "Hello!"]


async def test_C05_a_late_answer_moves_no_flow_and_a_late_opt_out_counts_without_a_word(
    bot: Bot, engine: AsyncEngine
) -> None:
    await bot.hears(message("pizza"))
    await bot.hears(message("Calabresa", sent_at=ago(days=2)))
    assert await bot.says() == ["Which flavour?"]
    await bot.hears(message("STOP", sent_at=ago(days=2)))
    assert await codes(bot) == ["late", "opt_out", "flow_ended", "silent"]
    assert not await opted_in(engine)
    await bot.hears(message("START", sent_at=ago(days=1.5)))
    assert not await opted_in(engine), "who comes back says so now"
    assert await bot.says() == ["Which flavour?"]


async def test_C05_how_long_a_message_waits_here_makes_it_no_late_one(bot: Bot, engine: AsyncEngine) -> None:
    # Given messages that were committed with their turns still to come,
    async with engine.begin() as connection:
        said = [message("hi", sent_at=NOON), message("hi", sent_at=ago(days=2))]
        await take(connection, bot.catalogue, said, NOON, run_turns=False)

    # when it takes three days until somebody sweeps,
    bot.clock.advance(days=3)
    await bot.sweeper.sweep()

    # then only the one that was late when it came is.
    assert [next(each["code"] for each in row.trace or ()) for row in await bot.rows(direction="inbound")] == [
        "trigger_matched",
        "late",
    ]
    assert await bot.says() == ["Hello!"]


async def test_C05_the_files_of_late_messages_are_fetched_still(bot: Bot, engine: AsyncEngine) -> None:
    picture = {"media": [{"type": "image", "id": "1"}]}
    await bot.hears(message("", kind="media", body=picture, sent_at=ago(days=9)))
    async with engine.connect() as connection:
        assert (await connection.execute(select(MediaFile.state))).scalars().all() == [MediaState.PENDING]
    assert bot.waiting_files


async def test_C05_who_wrote_long_ago_has_not_just_written(bot: Bot, engine: AsyncEngine) -> None:
    await bot.hears(message("hi", sent_at=ago(hours=1)))
    await bot.hears(message("hi", sent_at=ago(days=30)))
    async with engine.connect() as connection:
        assert (await connection.execute(select(Contact.last_inbound_at))).scalar_one() == ago(hours=1)


async def test_C06_a_trigger_that_cools_down_is_answered_with_silence(bot: Bot) -> None:
    # Given a trigger that has answered a moment ago,
    await bot.hears(message("what are your hours?"))

    # when it matches again, and no other trigger does,
    await bot.hears(message("and the hours on sunday?"))

    # then nothing is said: the person was understood.
    assert await bot.says() == ["We open at nine."]
    assert await codes(bot) == ["trigger_cooling_down", "silent"]

    # What nothing matches has the fallback still, and afterwards the trigger answers again.
    await bot.hears(message("banana"))
    bot.clock.advance(minutes=1)
    await bot.hears(message("hours"))
    assert await bot.says() == ["We open at nine.", "I did not understand.", "We open at nine."]


def test_C06_silence_is_for_what_no_other_trigger_answers() -> None:
    # Given triggers that interrupt or not, with an answer a moment ago,
    ana = person(
        trigger("hours", "nine", kind="contains", interrupt=True, cooldown=60),
        trigger("open", "yes", kind="contains", cooldown=60),
        trigger("sunday", "no", kind="contains"),
        bundles=[bundle(fallback="sorry", welcome="welcome")],
    )
    assert [ana.says("hours"), ana.says("open")] == [["nine"], ["yes"]]

    # then the next match wins, and where there is none all cooling ones are named.
    assert ana.says("hours, open, sunday") == ["no"]
    assert ana.says("hours, open") == []
    assert ana.codes == ["trigger_cooling_down", "trigger_cooling_down", "silent"]


@pytest.mark.parametrize("asked", ["que horas abre?", "que horas fecha?"])
async def test_C06_the_shipped_pizzaria_understands_whoever_asks_twice(engine: AsyncEngine, asked: str) -> None:
    shipped = (Path(__file__).parents[2] / "flows" / "pizzaria.yaml").read_text()
    async with running_bot(engine, shipped, Clock(NOON)) as made:
        await made.hears(message("que horas abre?"))
        await made.hears(message(asked))
        assert len(await made.says()) == 1


LOOPED = """\
bundle: shop
locale: en
templates:
  hours: {variants: ["We open at nine.", "From nine on."]}
  menu: {content: What do you want to know?}
triggers:
  - {type: contains, pattern: opening, template: hours}
  - {type: contains, pattern: menu, template: menu}
"""
THEIRS = "Thanks! Our opening times are on our site."


async def loop(bot: Bot, seconds: int, *words: str, every: float = 1, **fields: Any) -> list[str]:
    """What the bot says within so many seconds to somebody who writes `words` in turn, whatever it says."""
    for number in range(int(seconds / every)):
        await bot.hears(message(words[number % len(words)], **fields))
        bot.clock.advance(seconds=every)
    return [content for _direction, content in await said_to_all(bot)]


async def said_to_all(bot: Bot) -> list[tuple[str, str]]:
    return [(row.direction, row.content) for row in await bot.rows(direction="outbound")]


async def test_C01_the_same_answer_comes_three_times_in_a_minute(engine: AsyncEngine) -> None:
    # Given another machine that answers every message,
    async with running_bot(engine, LOOPED, Clock(NOON)) as bot:
        with capture_logs() as logs:
            said = await loop(bot, 15, THEIRS)

        # then the bot falls silent after the third time, whichever variant it was; the log says so once.
        assert len(said) == 3
        assert [each["limit"] for each in logs if each["event"].startswith("silent, as if")] == ["braked_same_answer"]
        assert await codes(bot) == ["braked_same_answer", "silent"]
        first = (await bot.rows(direction="inbound"))[3]
        assert first.trace == [
            {"code": "braked_same_answer", "data": {"times": 3, "within_seconds": 60, "seconds": 57}},
            {"code": "brake_on", "data": {}},
            {"code": "silent", "data": {}},
        ]

        # Another answer may be given still, and the brake is lifted by itself.
        await bot.hears(message("menu"))
        bot.clock.advance(seconds=60)
        await bot.hears(message(THEIRS))
        assert len(await said_to_all(bot)) == 5


async def test_C01_twenty_messages_are_answered_in_a_minute(engine: AsyncEngine) -> None:
    many = "\n".join(f"  - {{type: equals, pattern: 'w{number}', template: t{number}}}" for number in range(30))
    templates = "\n".join(f"  t{number}: {{content: Answer {number}}}" for number in range(30))
    text = f"bundle: many\nlocale: en\ntemplates:\n{templates}\ntriggers:\n{many}\n"
    async with running_bot(engine, text, Clock(NOON)) as bot:
        assert len(await loop(bot, 30, *(f"w{number}" for number in range(30)))) == 20
        assert await codes(bot) == ["braked_turns", "silent"]


async def test_C01_a_flow_may_ask_again_and_go_on(engine: AsyncEngine) -> None:
    text = BUNDLE.replace("save_as: flavour}", "save_as: flavour, expect: number, attempts: 6}")
    async with running_bot(engine, text, Clock(NOON)) as bot:
        # A person who mistypes has all attempts that the flow gives.
        await loop(bot, 6, "pizza", "x", "x", "x", "x", "x")
        assert await bot.says() == ["Which flavour?"] * 6
        await bot.hears(message("4"))
        assert (await bot.says())[-1] == "4, then."
        # What was asked so often begins anew only after a while.
        await bot.hears(message("pizza"))
        assert await codes(bot) == ["braked_same_answer", "brake_on", "silent"]


async def test_C01_opting_out_works_under_the_brake(engine: AsyncEngine) -> None:
    async with running_bot(engine, LOOPED, Clock(NOON)) as bot:
        await loop(bot, 10, THEIRS)
        await bot.hears(message("STOP"))
        assert not await opted_in(engine)
        assert len(await said_to_all(bot)) == 4, "it is confirmed"


async def test_C01_a_slow_loop_of_mails_that_no_header_tells_ends(engine: AsyncEngine) -> None:
    # Given a ticket system without any automatic header, whose subjects grow,
    async with running_bot(engine, LOOPED, Clock(NOON)) as bot:
        for number in range(40):
            mail = message(
                f"[Ticket {number}] Thanks for your mail on our opening times.",
                channel=Channel.EMAIL,
                addresses=(Address(AddressKind.EMAIL, "support@example.net"),),
                email=EmailHeaders(subject="Re: " * number + "hours", message_id=f"<{number}@example.net>"),
            )
            await bot.hears(mail)
            bot.clock.advance(minutes=10)

        # then three answers a day are all it gets.
        assert len(await said_to_all(bot)) == 3
        bot.clock.advance(days=1)
        again = EmailHeaders(subject="hours", message_id="<again@example.net>")
        await bot.hears(mail._replace(provider_message_id="again", email=again))
        assert len(await said_to_all(bot)) == 4


async def test_C01_a_bundle_sets_its_limits_and_may_call_a_person(engine: AsyncEngine) -> None:
    text = LOOPED.replace("templates:", "brake: {same_answer: 5, turns: 0, handoff: true}\ntemplates:", 1)
    async with running_bot(engine, text, Clock(NOON)) as bot:
        assert len(await loop(bot, 8, THEIRS)) == 5
        # From then on the conversation is with a person, whatever is written.
        assert await codes(bot) == ["paused", "silent"]
        bot.clock.advance(hours=1)
        await bot.hears(message("menu"))
        assert await codes(bot) == ["paused", "silent"]
        bot.clock.advance(hours=24)
        await bot.hears(message("menu"))
        assert len(await said_to_all(bot)) == 6


async def test_C01_the_brake_is_set_aside_where_a_bundle_says_so(engine: AsyncEngine) -> None:
    text = LOOPED.replace("templates:", "brake: {same_answer: 0, turns: 0}\ntemplates:", 1)
    async with running_bot(engine, text, Clock(NOON)) as bot:
        assert len(await loop(bot, 30, THEIRS)) == 30


async def test_C01_the_count_holds_within_one_post_and_over_processes(engine: AsyncEngine) -> None:
    async with running_bot(engine, LOOPED, Clock(NOON)) as bot, running_bot(engine, None, bot.clock) as other:
        await bot.hears(*(message(THEIRS) for _ in range(2)))
        await other.hears(*(message(THEIRS) for _ in range(5)))
        await bot.hears(message(THEIRS))
        assert len(await said_to_all(bot)) == 3


async def by_hand(bot: Bot, words: str) -> None:
    """Somebody of the shop runs `send`."""
    (contact_id,) = {row.contact_id for row in await bot.rows()}
    async with bot.engine.begin() as connection:
        await send_by_hand(connection, bot.catalogue, contact_id, words, BY, bot.clock())


@pytest.mark.parametrize("before", ["pizza", "hi"], ids=["a question waits", "no flow runs"])
async def test_C02_who_sends_by_hand_has_the_conversation(bot: Bot, engine: AsyncEngine, before: str) -> None:
    # Given somebody of the shop who writes to a person by hand,
    await bot.hears(message(before))
    await by_hand(bot, "Which one did you have last time?")

    # when the person answers,
    await bot.hears(message("the spicy one"), message("hi"))

    # then the bot keeps out of it,
    assert (await bot.says())[1:] == ["Which one did you have last time?"]
    assert await codes(bot) == ["paused", "silent"]

    # and answers again once it is given back, or the hours of a hand-off have passed.
    contact_id = (await bot.rows())[0].contact_id
    async with engine.begin() as connection:
        assert await hand_back(connection, [contact_id], bot.clock())
    await bot.hears(message("hi"))
    assert (await bot.says())[-1] == "Hello!"


async def test_C02_it_lasts_as_long_as_a_hand_off_from_the_last_words(bot: Bot) -> None:
    await bot.hears(message("hi"))
    await by_hand(bot, "one")
    bot.clock.advance(hours=20)
    await bot.hears(message("hi"))
    await by_hand(bot, "two")
    bot.clock.advance(hours=23)
    await bot.hears(message("hi"))
    assert await codes(bot) == ["paused", "silent"]
    bot.clock.advance(hours=1)
    await bot.hears(message("hi"))
    assert (await bot.says())[-2:] == ["two", "Hello!"]


async def test_C17_the_answers_of_past_flows_are_there_to_be_read(bot: Bot, engine: AsyncEngine) -> None:
    await bot.hears(message("pizza"), message("Calabresa"))
    bot.clock.advance(minutes=1)
    await bot.hears(message("pizza"), message("cancel"))
    contact_id = (await bot.rows())[0].contact_id
    async with engine.connect() as connection:
        found = await last_results(connection, [contact_id])
    assert [(each.flow, each.version, each.state, each.end_reason) for each in found] == [
        ("shop/order", 1, {}, "escaped"),
        ("shop/order", 1, {"flavour": "Calabresa"}, "finished"),
    ]


async def test_C17_contacts_show_prints_them_escaped(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = create_engine(sqlite_url)
    async with running_bot(made, BUNDLE, Clock(NOON)) as bot:
        await bot.hears(message("pizza"), message("Cala\x1b[31mbresa"))
    await made.dispose()
    monkeypatch.setenv("DATABASE_URL", sqlite_url)

    await asyncio.to_thread(show_contact, ANA)
    printed = capsys.readouterr().out
    assert "shop/order v1: flavour = Cala" in printed
    assert "(it came to its end)" in printed
    assert "\x1b" not in printed

    await asyncio.to_thread(show_contact, ANA, as_json=True)
    (told,) = json.loads(capsys.readouterr().out)["results"]
    assert told["state"]["flavour"].startswith("Cala")


async def test_C02_an_echo_from_before_the_conversation_was_given_back_takes_nothing_over(
    bot: Bot, engine: AsyncEngine
) -> None:
    # Given a conversation that a person had, and gave back,
    await bot.hears(message("hi"))
    await by_hand(bot, "It is me")
    contact_id = (await bot.rows())[0].contact_id
    bot.clock.advance(minutes=5)
    async with engine.begin() as connection:
        assert await hand_back(connection, [contact_id], bot.clock())

    # when an echo of theirs comes after that,
    bot.clock.advance(minutes=1)
    to = (Address(AddressKind.PHONE, ANA),)
    late = Echo(NUMBER, "wamid.late", Channel.WHATSAPP, to, "see you", NOON + timedelta(minutes=4))
    await bot.intake.receive("whatsapp", Delivery(echoes=(late,)), b"raw")

    # then the bot goes on answering, until they really write again.
    await bot.hears(message("hi"))
    assert (await bot.says())[-2:] == ["see you", "Hello!"]
    fresh = late._replace(provider_message_id="wamid.fresh", sent_at=bot.clock.now)
    await bot.intake.receive("whatsapp", Delivery(echoes=(fresh,)), b"raw")
    await bot.hears(message("hi"))
    assert await codes(bot) == ["paused", "silent"]


async def test_C05_what_a_provider_plays_again_is_answered_once_and_a_backlog_is_braked(bot: Bot) -> None:
    # A reconnect plays a message again with its old id; or, after an outage, hours of them at once, each with a new id.
    again = message("hi", sent_at=ago(minutes=1))
    await bot.hears(again)
    bot.clock.advance(hours=20)
    await bot.hears(again)
    assert await bot.says() == ["Hello!"]
    backlog = [message("hi", sent_at=ago(minutes=number)) for number in range(62)]
    await bot.hears(*backlog)
    assert await bot.says() == ["Hello!"] * 4
