"""What systems hear of turns, of who has a conversation, and of consents."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts.models import Contact
from bot.conversations import queries
from bot.conversations.responding import hand_back, restart
from bot.conversations.service import StartRequest, send_by_hand, start
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.consents import ConsentReason, Preference
from bot.core.events import ConsentChanged, ContactCreated, HandedBack, HandedOff, TakenBy, TurnCompleted
from bot.core.messages import Delivery, Echo
from bot.core.purposes import ConsentPurpose
from bot.db.engine import create_engine
from bot.listeners.service import KINDS, Listener, listening
from tests.support.bot import NUMBER, Bot, message, running_bot
from tests.support.news import Ears
from tests.support.people import BY

ANA, RUI = "+5511999990001", "+5511999990002"
BUNDLE = """\
bundle: shop
locale: en
fallback: sorry
handoff_hours: 2
templates:
  sorry: {content: "Pardon?"}
  calling: {content: Someone will write to you.}
triggers:
  - {type: equals, pattern: help, flow: help}
flows:
  help:
    steps:
      - {key: calling, type: end, template: calling, handoff: true}
"""


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
async def bot(engine: AsyncEngine, ears: Ears) -> AsyncIterator[Bot]:
    async with running_bot(ears.on(engine), BUNDLE) as made:
        yield made


async def sees(bot: Bot, echo_id: str = "wamid.E1") -> None:
    """A person of ours writes to Ana from the provider's own app."""
    echo = Echo(NUMBER, echo_id, Channel.WHATSAPP, (Address(AddressKind.PHONE, ANA),), "I am on it")
    await bot.intake.receive("whatsapp", Delivery(echoes=(echo,)), b"raw")


async def the_contact(bot: Bot) -> str:
    async with bot.engine.connect() as connection:
        return (await connection.execute(select(Contact.id))).scalar_one()


async def test_a_flow_that_a_system_begins_is_told_as_one_that_a_message_begins(bot: Bot, ears: Ears) -> None:
    await bot.hears(message("hello"))
    contact = await the_contact(bot)
    help_ = StartRequest(contact_id=contact, flow="shop/help")
    async with bot.engine.begin() as connection:
        await start(connection, bot.catalogue, [help_], bot.clock())

    (off,) = ears.heard(HandedOff)
    assert (off.contact_id, off.by, off.until) == (contact, TakenBy.FLOW, bot.clock() + timedelta(hours=2))

    bot.clock.advance(hours=3)
    async with bot.engine.begin() as connection:
        await start(connection, bot.catalogue, [help_], bot.clock())

    assert [(each.contact_id, each.reason) for each in ears.heard(HandedBack)] == [(contact, "handoff_over")]
    assert len(ears.heard(TurnCompleted)) == 1


async def test_each_message_is_told_once_all_of_a_batch_together(bot: Bot, ears: Ears) -> None:
    said_at = bot.clock() - timedelta(minutes=1)
    again = message("hello", sent_at=said_at)
    await bot.hears(again, message("away", automatic="vacation"), message("hi", phone=RUI))
    await bot.hears(again)

    made, batch = ears.batches
    assert made == ears.heard(ContactCreated)
    assert batch == ears.heard(TurnCompleted)
    first, second, other = ears.heard(TurnCompleted)
    rows = {row.id: row for row in await bot.rows(direction="inbound")}
    assert [rows[each.message_id].content for each in (first, second, other)] == ["hello", "away", "hi"]
    assert (first.sends, first.automatic, first.seq, first.said_at, first.at) == (1, False, 1, said_at, bot.clock())
    assert (second.sends, second.automatic, second.said_at) == (0, True, bot.clock())
    assert first.contact_id == second.contact_id != other.contact_id
    assert first.address_id == rows[first.message_id].address_id
    assert (first.account, first.channel, first.parked, first.paused) == (NUMBER, Channel.WHATSAPP, False, False)


async def test_a_turn_that_is_still_to_come_is_told_when_it_is_taken(
    bot: Bot, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.conversations.intake.PENDING_ABOVE", -1)
    await bot.hears(message("hello"))
    assert ears.heard(TurnCompleted) == []
    assert len(ears.heard(ContactCreated)) == 1

    bot.clock.advance(minutes=1)
    await bot.sweeper.sweep()

    [told] = ears.heard(TurnCompleted)
    assert (told.sends, told.at, told.said_at) == (1, bot.clock(), bot.clock() - timedelta(minutes=1))


async def test_a_turn_on_which_the_engine_fails_is_told_as_parked(
    bot: Bot, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("bot.conversations.runner.turn", fails)
    await bot.hears(message("hello"))

    assert [(each.parked, each.sends) for each in ears.heard(TurnCompleted)] == [(True, 0)]


async def test_a_turn_whose_rows_the_database_refuses_is_told_as_parked_at_last(
    bot: Bot, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.conversations.intake.PENDING_ABOVE", -1)
    await bot.hears(message("hello"))
    monkeypatch.setattr(queries.UPDATE_TURNS, "execute", None)
    await bot.sweeper.sweep()

    [told] = ears.heard(TurnCompleted)
    assert (told.parked, told.message_id) == (True, (await bot.rows())[0].id)


async def test_a_hand_off_is_told_once_and_what_is_written_meanwhile_as_with_a_person(bot: Bot, ears: Ears) -> None:
    await bot.hears(message("help"))
    await bot.hears(message("anybody?"))

    [told] = ears.heard(HandedOff)
    until = bot.clock() + timedelta(hours=2)
    assert told == HandedOff(
        contact_id=await the_contact(bot), by=TakenBy.FLOW, user_id="", until=until, at=bot.clock()
    )
    assert [(each.sends, each.paused) for each in ears.heard(TurnCompleted)] == [(1, True), (0, True)]
    assert ears.heard(HandedBack) == []


async def test_after_its_hours_the_bot_has_it_again_when_the_contact_writes_and_may_hand_it_off_anew(
    bot: Bot, ears: Ears
) -> None:
    await bot.hears(message("help"))
    bot.clock.advance(hours=3)
    await bot.hears(message("help"))
    bot.clock.advance(hours=3)
    await bot.hears(message("hello"))

    turns = [each for batch in ears.batches for each in batch if isinstance(each, HandedOff | HandedBack)]
    assert [type(each) for each in turns] == [HandedOff, HandedBack, HandedOff, HandedBack]
    assert {each.reason for each in ears.heard(HandedBack)} == {"handoff_over"}


async def test_a_persons_words_from_elsewhere_take_over_once(bot: Bot, ears: Ears) -> None:
    await sees(bot)
    await sees(bot, "wamid.E2")
    await sees(bot, "wamid.E2")

    assert [(each.by, each.at) for each in ears.heard(HandedOff)] == [(TakenBy.ECHO, bot.clock())]
    assert ears.heard(TurnCompleted) == []


async def test_words_by_hand_take_over_once_and_giving_back_is_told(bot: Bot, ears: Ears) -> None:
    await bot.hears(message("hello"))
    contact = await the_contact(bot)
    async with bot.engine.begin() as connection:
        await send_by_hand(connection, bot.catalogue, contact, "Hi, this is Rui", BY, bot.clock())
        await send_by_hand(connection, bot.catalogue, contact, "Are you there?", BY, bot.clock())
    assert [(each.contact_id, each.by) for each in ears.heard(HandedOff)] == [(contact, TakenBy.SEND)]

    async with bot.engine.begin() as connection:
        assert await hand_back(connection, [contact], bot.clock())
        assert not await hand_back(connection, [contact], bot.clock())
        assert not await restart(connection, contact, bot.clock())

    assert ears.heard(HandedBack) == [HandedBack(contact_id=contact, reason="resumed", user_id="", at=bot.clock())]


async def test_beginning_anew_is_told_only_where_a_person_had_the_conversation(bot: Bot, ears: Ears) -> None:
    await bot.hears(message("help"))
    contact = await the_contact(bot)
    async with bot.engine.begin() as connection:
        assert await restart(connection, contact, bot.clock())

    assert [each.reason for each in ears.heard(HandedBack)] == ["restarted"]


async def test_a_consent_is_told_when_it_changes_whichever_way_it_came(bot: Bot, ears: Ears) -> None:
    await bot.hears(message("STOP"), message("STOP"))
    phone = Address(AddressKind.PHONE, ANA)
    back = Preference(NUMBER, Channel.WHATSAPP, phone, opted_in=True, reason=ConsentReason.PROVIDER)
    bot.clock.advance(minutes=1)
    for _ in range(2):
        await bot.intake.receive("whatsapp", Delivery(preferences=(back,)), b"raw")

    first, second = ears.heard(ConsentChanged)
    assert first == ConsentChanged(
        contact_id=await the_contact(bot),
        address_id=(await bot.rows())[0].address_id,
        channel=Channel.WHATSAPP,
        purpose=ConsentPurpose.ALL,
        opted_in=False,
        reason=ConsentReason.WORD,
        detail="stop",
        said_at=None,
        at=bot.clock() - timedelta(minutes=1),
    )
    assert (second.contact_id, second.opted_in, second.reason) == (first.contact_id, True, ConsentReason.PROVIDER)


async def test_an_opt_out_that_a_new_address_takes_over_is_told_of_it(bot: Bot, ears: Ears) -> None:
    phone, user = Address(AddressKind.PHONE, ANA), Address(AddressKind.WA_USER, "BR.1")
    await bot.hears(message("STOP", addresses=(phone,)))
    await bot.hears(message("hello", addresses=(phone, user)))

    first, second = ears.heard(ConsentChanged)
    assert (first.contact_id, first.opted_in) == (second.contact_id, second.opted_in)
    assert first.address_id != second.address_id


async def test_a_listener_that_fails_leaves_the_answer_as_it_is(engine: AsyncEngine) -> None:
    async def fails(*_: object) -> None:
        raise ZeroDivisionError

    heard = listening(engine, {kind: [Listener("fails", fails)] for kind in KINDS.values()})
    async with running_bot(heard, BUNDLE) as bot:
        await bot.hears(message("help"), message("STOP", phone=RUI))

        assert await bot.says() == ["Someone will write to you."]
        assert len(await bot.says(RUI)) == 1


@pytest.mark.parametrize("kinds", [(), tuple(KINDS.values())], ids=["nobody", "all"])
async def test_hearing_takes_as_many_statements_for_many_as_for_one(postgres_url: str, kinds: Any) -> None:
    ears, counts = Ears(), []
    heard = listening(create_engine(postgres_url), {kind: [Listener("ears", ears)] for kind in kinds})
    async with running_bot(heard, BUNDLE) as bot:
        statements: list[str] = []
        event.listen(heard.sync_engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
        for few in (2, 20):
            statements.clear()
            people = [f"+55119999{few:02}{number:03}" for number in range(few)]
            await bot.hears(
                *(message("help", phone=each) for each in people),
                *(message("STOP", phone=f"{each}0") for each in people),
            )
            counts.append(len(statements))
    await heard.dispose()

    assert counts[0] == counts[1]
    assert len(ears.heard(HandedOff)) == (22 if kinds else 0)
