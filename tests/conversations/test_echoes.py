"""A person of ours answers from the provider's own app: it is recorded, and the bot makes way."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts.models import Contact
from bot.conversations.models import FlowInstance
from bot.conversations.responding import hand_back
from bot.conversations.shown.flow_position import flow_position
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.clock import utc_now
from bot.core.messages import Delivery, Echo, InboundMessage, Status, StatusUpdate
from bot.db.engine import create_engine
from bot.flows.service import listing
from bot.messages.kept.models import WebhookEvent
from bot.messages.models import Message
from bot.messages.outbox import outcomes
from bot.messages.outbox.claimed import Claimed
from bot.messages.outbox.claims import claim
from bot.messages.outbox.outcomes import Attempt
from bot.messages.statuses import apply
from bot.providers.base import Sent
from tests.support import rows
from tests.support.bot import NUMBER, Bot, message, running_bot

PHONE = "+5511999990001"
STORY = "Once upon a time there was a shop. " * 40
BUNDLE = """\
bundle: shop
locale: en
handoff_hours: 2
templates:
  hello: {content: Hello!}
  story: {content: STORY}
  ask: {content: "Which flavour?"}
  done: {content: Done.}
triggers:
  - {type: equals, pattern: hi, template: hello}
  - {type: equals, pattern: more, template: story}
  - {type: equals, pattern: pizza, flow: order}
flows:
  order:
    steps:
      - {key: flavour, type: collect_input, template: ask, save_as: flavour}
      - {key: done, type: end, template: done}
""".replace("STORY", STORY)


@pytest.fixture
async def bot(engine: AsyncEngine) -> AsyncIterator[Bot]:
    async with running_bot(engine, BUNDLE) as made:
        yield made


def echo(text: str = "I am on it", echo_id: str = "wamid.E1", phone: str = PHONE, **fields: object) -> Echo:
    known: dict[str, object] = {"account": NUMBER, "channel": Channel.WHATSAPP}
    to = (Address(AddressKind.PHONE, phone),)
    return Echo(**{**known, "provider_message_id": echo_id, "to": to, "text": text, **fields})  # type: ignore[arg-type]  # the fields a test names are right


async def sees(bot: Bot, *echoes: Echo, messages: tuple[InboundMessage, ...] = ()) -> None:
    """One post with echoes, and perhaps messages before them."""
    await bot.intake.receive("whatsapp", Delivery(messages, echoes=echoes), b"raw")


async def contact_id(engine: AsyncEngine) -> str:
    async with engine.connect() as connection:
        return (await connection.execute(select(Contact.id))).scalar_one()


async def silent_until(engine: AsyncEngine) -> datetime | None:
    async with engine.connect() as connection:
        statement = select(FlowInstance.paused_until).where(FlowInstance.paused, FlowInstance.ended_at.is_(None))
        return (await connection.execute(statement)).scalar_one_or_none()


async def test_what_a_person_wrote_stands_in_the_conversation(bot: Bot) -> None:
    await bot.hears(message("hi"))

    await sees(bot, echo(body={"media": [{"type": "image"}]}))

    assert await bot.conversation(PHONE) == [("inbound", "hi"), ("outbound", "Hello!"), ("outbound", "I am on it")]
    inbound, _answer, written = await bot.rows()
    assert (written.status, written.provider_message_id, written.account) == ("sent", "wamid.E1", NUMBER)
    assert written.body == {"media": [{"type": "image"}], "echo": True}
    assert written.reply_to_id == inbound.id
    assert (written.turn_state, written.claimed_by, written.attempts) == (None, None, 0)


async def test_the_bot_is_silent_for_as_long_as_after_a_hand_off_then_answers_again(bot: Bot) -> None:
    await bot.hears(message("hi"))
    await sees(bot, echo())

    bot.clock.advance(hours=1, minutes=59)
    await bot.hears(message("hi"))
    assert (await bot.says()).count("Hello!") == 1
    paused = (await bot.rows(direction="inbound"))[-1]
    assert [each["code"] for each in paused.trace or []] == ["paused", "silent"]

    bot.clock.advance(minutes=2)
    await bot.hears(message("hi"))
    assert (await bot.says()).count("Hello!") == 2


async def test_the_persons_next_words_prolong_the_silence_and_late_ones_never_shorten_it(bot: Bot) -> None:
    await sees(bot, echo())
    began = bot.clock()
    bot.clock.advance(hours=1)

    await sees(bot, echo("still me", "wamid.E2"))
    assert await silent_until(bot.engine) == began + timedelta(hours=3)

    await sees(bot, echo("late", "wamid.E3", sent_at=began))
    assert await silent_until(bot.engine) == began + timedelta(hours=3)


async def test_an_echo_that_comes_when_its_time_is_over_is_only_recorded(bot: Bot) -> None:
    await sees(bot, echo(sent_at=bot.clock() - timedelta(hours=3)))
    await bot.hears(message("hi"))

    assert await bot.says() == ["I am on it", "Hello!"]


async def test_a_clock_that_is_ahead_silences_no_longer(bot: Bot) -> None:
    await sees(bot, echo(sent_at=bot.clock() + timedelta(days=300)))

    assert await silent_until(bot.engine) == bot.clock() + timedelta(hours=2)


async def test_a_flow_that_was_running_is_with_the_person_from_then_on(bot: Bot) -> None:
    await bot.hears(message("pizza"))

    await sees(bot, echo())
    await bot.hears(message("Margherita"))

    assert await bot.says() == ["Which flavour?", "I am on it"]
    async with bot.engine.connect() as connection:
        stands = await flow_position(connection, await contact_id(bot.engine))
    assert stands is not None
    assert (stands.flow, stands.step, stands.paused) == ("shop/order", "flavour", True)


async def test_a_hand_off_without_an_end_has_none_after_an_echo_either(bot: Bot) -> None:
    await bot.hears(message("pizza"))
    async with bot.engine.begin() as connection:
        await connection.execute(update(FlowInstance).values(paused=True, paused_until=None))

    await sees(bot, echo())

    assert await silent_until(bot.engine) is None
    assert len(await bot.rows(provider_message_id="wamid.E1")) == 1


async def test_the_conversation_is_given_back_by_hand(bot: Bot) -> None:
    await sees(bot, echo())
    contact = await contact_id(bot.engine)
    async with bot.engine.begin() as connection:
        stands = await flow_position(connection, contact)
        assert stands is not None
        assert (stands.flow, stands.paused) == ("", True)
        assert await hand_back(connection, [contact], bot.clock())

    await bot.hears(message("hi"))

    assert await bot.says() == ["I am on it", "Hello!"]


async def test_what_stands_for_no_flow_is_no_bundle(bot: Bot) -> None:
    await sees(bot, echo(), echo(echo_id="wamid.E2", phone="+5511999990002"))

    async with bot.engine.connect() as connection:
        assert [each.name for each in await listing(connection)] == ["shop"]


async def test_the_person_may_write_first(bot: Bot) -> None:
    await sees(bot, echo())

    assert await bot.conversation(PHONE) == [("outbound", "I am on it")]
    assert (await bot.rows())[0].reply_to_id is None


async def test_a_post_that_comes_again_changes_nothing(bot: Bot) -> None:
    await sees(bot, echo(), echo())
    until = await silent_until(bot.engine)
    bot.clock.advance(hours=1)

    await sees(bot, echo())

    assert len(await bot.rows()) == 1
    assert await silent_until(bot.engine) == until


async def test_the_same_echo_at_two_processes_is_one_message(engine: AsyncEngine, database_url: str) -> None:
    other_engine = create_engine(database_url)
    async with running_bot(engine, BUNDLE) as one, running_bot(other_engine, None) as other:
        for number in range(10):
            seen = echo(echo_id=f"wamid.{number}", phone=f"+55119999900{number:02}")
            await asyncio.gather(sees(one, seen), sees(other, seen))

        assert len(await one.rows()) == 10
    await other_engine.dispose()


async def test_a_message_and_an_echo_may_share_an_id(bot: Bot) -> None:
    await sees(bot, echo(echo_id="wamid.1"), messages=(message("hi", message_id="wamid.1"),))

    assert await bot.conversation(PHONE) == [("inbound", "hi"), ("outbound", "Hello!"), ("outbound", "I am on it")]


async def test_an_echo_counts_while_turns_wait(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.conversations.intake.PENDING_ABOVE", -1)
    await sees(bot, echo(), messages=(message("hi"),))

    assert await bot.sweeper.sweep() == 1

    assert await bot.says() == ["I am on it"]


async def test_an_echo_of_an_account_that_is_not_ours_is_only_kept(bot: Bot) -> None:
    await sees(bot, echo(account="whatsapp:2000"))

    assert await bot.rows() == []
    async with bot.engine.connect() as connection:
        assert (await connection.execute(select(WebhookEvent.kind))).scalar_one() == "unknown_account"


async def test_what_the_bot_had_queued_is_not_sent_any_more(bot: Bot) -> None:
    await bot.hears(message("hi"))
    await sees(bot, echo())

    assert [(row.status, row.error) for row in await bot.rows(direction="outbound")] == [
        ("failed", "taken_over"),
        ("sent", None),
    ]


async def sending(bot: Bot, text: str = "hi") -> Claimed:
    """The bot's answer is under way."""
    await bot.hears(message(text))
    async with bot.engine.begin() as connection:
        batch = await claim(connection, "one", 10, lease=timedelta(seconds=30))
    return batch.claimed[0]


async def answers(bot: Bot, claimed: Claimed, provider_message_id: str) -> None:
    """The provider takes it under that id."""
    async with bot.engine.begin() as connection:
        attempts = [Attempt(claimed, Sent(provider_message_id))]
        await outcomes.record(connection, attempts, wait=timedelta(seconds=30))


async def the_bots_own(bot: Bot) -> Message:
    """The bot's answer, which is all that there is, and nobody took over."""
    (row,) = await bot.rows(direction="outbound")
    assert await silent_until(bot.engine) is None
    return row


async def test_an_echo_of_what_the_bot_sent_changes_nothing(bot: Bot) -> None:
    await answers(bot, await sending(bot), "wamid.B1")

    await sees(bot, echo("Hello!", "wamid.B1"))

    assert (await the_bots_own(bot)).status == "sent"


@pytest.mark.parametrize("text", [" Hello! ", "Hello!\n1. Yes\n2. No"], ids=["words", "words and choices"])
async def test_an_echo_that_is_faster_than_the_answer_says_that_the_message_went_out(bot: Bot, text: str) -> None:
    claimed = await sending(bot)

    await sees(bot, echo(text, "wamid.B1"))
    assert (await the_bots_own(bot)).status == "sent"

    await answers(bot, claimed, "wamid.B1")
    row = await the_bots_own(bot)
    assert (row.status, row.provider_message_id) == ("sent", "wamid.B1")
    async with bot.engine.begin() as connection:
        await apply(connection, [StatusUpdate(NUMBER, "wamid.B1", Status.READ)], utc_now())
    assert (await the_bots_own(bot)).status == "read"


async def test_an_echo_may_be_cut(bot: Bot) -> None:
    claimed = await sending(bot, "more")

    await sees(bot, echo(f"{STORY[:999]}…", "wamid.B1"))
    await answers(bot, claimed, "wamid.B1")

    assert (await the_bots_own(bot)).provider_message_id == "wamid.B1"


async def test_other_words_while_the_bot_is_sending_are_a_persons(bot: Bot) -> None:
    claimed = await sending(bot)

    await sees(bot, echo())
    await answers(bot, claimed, "wamid.B1")

    assert [(row.content, row.status) for row in await bot.rows(direction="outbound")] == [
        ("Hello!", "sent"),
        ("I am on it", "sent"),
    ]
    assert await silent_until(bot.engine) is not None


async def test_the_same_words_twice_are_the_bots_once(bot: Bot) -> None:
    await sending(bot)

    await sees(bot, echo("Hello!", "wamid.B1"), echo("Hello!", "wamid.B2"))

    written = await bot.rows(direction="outbound")
    assert sorted(row.provider_message_id or "" for row in written) == ["wamid.B1", "wamid.B2"]
    assert await silent_until(bot.engine) is not None


async def test_an_echo_races_with_the_answer_to_the_same_sending(engine: AsyncEngine) -> None:
    async with running_bot(engine, BUNDLE) as bot:
        for number in range(10):
            phone = f"+55119999910{number:02}"
            await bot.hears(message("hi", phone=phone))
        async with engine.begin() as connection:
            batch = await claim(connection, "one", 100, lease=timedelta(seconds=30))

        async def race(claimed: Claimed) -> None:
            own = echo("Hello!", f"wamid.{claimed.message.id}", claimed.message.to.value)
            await asyncio.gather(sees(bot, own), answers(bot, claimed, own.provider_message_id))

        for claimed in batch.claimed:
            await race(claimed)

        outbound = await bot.rows(direction="outbound")
        assert {row.status for row in outbound} == {"sent"}
        assert {row.provider_message_id for row in outbound} == {f"wamid.{row.id}" for row in outbound}
        assert len(outbound) == len(batch.claimed) == 10
        async with engine.connect() as connection:
            assert (await connection.execute(select(FlowInstance.id))).scalars().all() == []


async def test_an_echo_whose_id_is_being_written_by_another_process_is_looked_at_again(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    async with running_bot(engine, BUNDLE) as bot:
        async with engine.begin() as connection:
            person = await rows.add_person(connection, "+5511999990002")
            await rows.add_outbound(
                connection, person, "Hello!", account=NUMBER, status="sent", provider_message_id="wamid.B1"
            )
            waiting = asyncio.create_task(sees(bot, echo("Hello!", "wamid.B1")))
            await asyncio.sleep(0.2)
            assert not waiting.done()
        await waiting

        assert len(await bot.rows(direction="outbound")) == 1
        assert await silent_until(engine) is None
    await engine.dispose()


async def test_an_echo_that_comes_again_is_not_taken_for_the_same_words_under_way(bot: Bot) -> None:
    await answers(bot, await sending(bot), "wamid.B1")
    await sending(bot)

    await sees(bot, echo("Hello!", "wamid.B1"))

    assert [row.status for row in await bot.rows(direction="outbound")] == ["sent", "queued"]
