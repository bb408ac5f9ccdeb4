import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts.models import Contact, ContactAddress
from bot.conversations import intake
from bot.core.addresses import Address, AddressKind
from bot.core.errors import Blame, BotError
from bot.core.messages import Delivery, UnknownEvent
from bot.db.engine import create_engine
from bot.engine.turn import turn as real_turn
from bot.messages.kept.models import WebhookEvent
from tests.support.bot import NUMBER, Bot, message, running_bot

BUNDLE = """\
bundle: shop
locale: en
fallback: sorry
templates:
  hours: {content: We open at six.}
  sorry: {content: "Pardon?"}
  ask: {content: "Which flavour?"}
  done: {content: "One {{ flavour }}, {{ contact.name }}.", variables: {contact.name: ""}}
triggers:
  - {type: contains, pattern: open, cooldown_sec: 60, template: hours}
  - {type: equals, pattern: pizza, flow: order}
flows:
  order:
    steps:
      - {key: flavour, type: collect_input, template: ask, save_as: flavour}
      - {key: done, type: end, template: done}
"""


@pytest.fixture
async def bot(engine: AsyncEngine) -> AsyncIterator[Bot]:
    async with running_bot(engine, BUNDLE) as made:
        yield made


async def test_a_message_and_its_answer_are_recorded_in_one_order(bot: Bot) -> None:
    await bot.hears(message("pizza"))
    await bot.hears(message("Margherita"))

    assert await bot.conversation("+5511999990001") == [
        ("inbound", "pizza"),
        ("outbound", "Which flavour?"),
        ("inbound", "Margherita"),
        ("outbound", "One Margherita, Ana."),
    ]


async def test_an_answer_knows_what_it_answers_and_where_it_came_from(bot: Bot) -> None:
    await bot.hears(message("when do you open?"))

    inbound, outbound = await bot.rows()
    assert inbound.turn_state == "done"
    assert [entry["code"] for entry in inbound.trace or []]
    assert outbound.reply_to_id == inbound.id
    assert outbound.account == NUMBER
    assert outbound.trigger_id
    assert outbound.template_id
    assert outbound.expires_at is not None
    assert bot.queued


async def test_the_same_message_twice_at_once_is_one_message_and_one_turn(bot: Bot) -> None:
    twice = message("when do you open?", message_id="wamid.SAME")

    await asyncio.gather(bot.hears(twice), bot.hears(twice))
    await bot.hears(twice)

    assert len(await bot.conversation("+5511999990001")) == 2


async def test_the_same_message_at_two_processes_is_one_message_and_one_turn(
    engine: AsyncEngine, database_url: str
) -> None:
    other_engine = create_engine(database_url)
    async with running_bot(engine, BUNDLE) as one, running_bot(other_engine, None) as other:
        for number in range(10):
            twice = message("pizza", message_id=f"wamid.{number}", phone=f"+55119999900{number:02}")
            await asyncio.gather(one.hears(twice), other.hears(twice))

        assert len(await one.rows(direction="inbound")) == 10
        assert len(await one.rows(direction="outbound")) == 10
    await other_engine.dispose()


async def test_a_duplicate_among_new_messages_costs_only_itself(bot: Bot) -> None:
    await bot.hears(message("pizza", message_id="wamid.1"))

    await bot.hears(message("pizza", message_id="wamid.1"), message("Margherita"))

    assert (await bot.says())[-1] == "One Margherita, Ana."
    assert len(await bot.rows(direction="inbound")) == 2


async def test_a_cooldown_counts_the_messages_of_the_same_batch(bot: Bot) -> None:
    await bot.hears(message("are you open?"), message("open?"), message("open today?"))

    # The first is answered by the trigger; while it cools down nothing is said.
    assert await bot.says() == ["We open at six."]


async def test_a_cooldown_is_over_after_its_seconds(bot: Bot) -> None:
    await bot.hears(message("open?"))
    bot.clock.advance(seconds=59)
    await bot.hears(message("open?"))
    bot.clock.advance(seconds=2)
    await bot.hears(message("open?"))

    assert await bot.says() == ["We open at six.", "We open at six."]


async def test_one_message_on_which_the_engine_fails_costs_only_itself(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(definitions: object, conversation: object, event: object, **values: object) -> object:
        if event.text == "boom":  # type: ignore[attr-defined]
            raise ZeroDivisionError
        return real_turn(definitions, conversation, event, **values)  # type: ignore[arg-type]

    monkeypatch.setattr("bot.conversations.runner.turn", failing)
    fifty = [message("boom" if number == 25 else "pizza", phone=f"+5511{number:09}") for number in range(50)]

    await bot.hears(*fifty)

    parked = await bot.rows(turn_state="parked")
    assert [row.content for row in parked] == ["boom"]
    assert parked[0].error == "engine_fault"
    assert "ZeroDivisionError" in (parked[0].error_reason or "")
    assert len(await bot.rows(direction="outbound")) == 49


async def test_one_message_that_the_database_refuses_costs_only_itself(bot: Bot) -> None:
    unstorable = message("\ud800", phone="+5511000000999")
    others = [message("pizza", phone=f"+5511{number:09}") for number in range(9)]

    await bot.hears(*others[:4], unstorable, *others[4:])

    assert len(await bot.rows(direction="outbound")) == 9
    async with bot.engine.connect() as connection:
        kept = (await connection.execute(select(WebhookEvent.payload, WebhookEvent.kind))).all()
    assert [tuple(row) for row in kept] == [(b"raw", "unknown")]


async def test_a_message_for_a_number_we_do_not_have_is_kept_and_not_answered(bot: Bot) -> None:
    await bot.hears(message("pizza", account="whatsapp:9999"))

    assert await bot.rows() == []
    async with bot.engine.connect() as connection:
        event = (await connection.execute(select(WebhookEvent.__table__))).one()
    assert (event.kind, event.account, event.payload) == ("unknown_account", "whatsapp:9999", b"raw")


async def test_what_is_not_understood_is_kept(bot: Bot) -> None:
    await bot.intake.receive("whatsapp", Delivery(unknown=(UnknownEvent("account_update"),)), b"{}")

    async with bot.engine.connect() as connection:
        event = (await connection.execute(select(WebhookEvent.__table__))).one()
    assert (event.kind, event.detail, event.payload) == ("unknown", {"events": ["account_update"]}, b"{}")


async def test_a_person_known_by_one_address_keeps_the_conversation_when_another_is_told(bot: Bot) -> None:
    phone = Address(AddressKind.PHONE, "+5511999990001")
    user = Address(AddressKind.WA_USER, "BR.123")
    await bot.hears(message("pizza", addresses=(phone,)))

    await bot.hears(message("Margherita", addresses=(user, phone)))
    await bot.hears(message("pizza", addresses=(user,)))

    async with bot.engine.connect() as connection:
        contacts = (await connection.execute(select(Contact.id))).all()
        addresses = (await connection.execute(select(ContactAddress.kind).order_by(ContactAddress.kind))).scalars()
        assert list(addresses) == ["phone", "wa_user"]
    assert len(contacts) == 1
    assert [row.content for row in await bot.rows(direction="outbound")] == [
        "Which flavour?",
        "One Margherita, Ana.",
        "Which flavour?",
    ]


async def test_under_overload_messages_are_committed_and_have_their_turns_later_in_order(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MAX_BATCH", 2)
    monkeypatch.setattr(intake, "PENDING_ABOVE", 1)

    await bot.hears(message("pizza"), message("Margherita"), message("pizza"), message("Calabresa"))

    assert [row.turn_state for row in await bot.rows(direction="inbound")] == ["pending"] * 4
    while await bot.sweeper.sweep():
        pass
    assert await bot.says() == ["Which flavour?", "One Margherita, Ana.", "Which flavour?", "One Calabresa, Ana."]
    assert [row.turn_state for row in await bot.rows(direction="inbound")] == ["done"] * 4


async def test_too_much_waiting_is_refused_as_the_surroundings_fault(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MAX_WAITING", 0)

    with pytest.raises(BotError) as refused:
        await bot.hears(message("pizza"))

    assert refused.value.blame is Blame.SURROUNDINGS
    assert await bot.rows() == []


async def test_a_post_is_taken_however_much_it_carries_where_nothing_waits(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MAX_WAITING", 1)
    carried = tuple(message("pizza", phone=f"+551190000000{number}") for number in range(5))

    await bot.intake.receive("whatsapp", Delivery(messages=carried), b"{}")

    assert len(await bot.rows(direction="inbound")) == 5


async def test_a_caller_that_goes_away_cancels_nothing(bot: Bot) -> None:
    hearing = asyncio.create_task(bot.hears(message("pizza")))
    await asyncio.sleep(0)
    hearing.cancel()

    await bot.hears(message("Margherita"))

    assert await bot.says() == ["Which flavour?", "One Margherita, Ana."]


async def test_a_lock_that_someone_holds_for_a_moment_only_delays(bot: Bot) -> None:
    if bot.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer, who is waited for")
    await bot.hears(message("pizza"))
    async with bot.engine.begin() as connection:
        await connection.execute(text("SELECT id FROM contacts FOR UPDATE"))
        hearing = asyncio.create_task(bot.hears(message("Margherita")))
        await asyncio.sleep(0.7)
    await hearing

    assert await bot.says() == ["Which flavour?", "One Margherita, Ana."]


async def test_a_database_that_is_away_is_told_so_that_the_provider_sends_again(bot: Bot) -> None:
    if bot.engine.dialect.name == "sqlite":
        pytest.skip("a file does not go away")
    broken = create_engine("postgresql://nobody@127.0.0.1:1/none")
    bot.intake.engine = broken

    with pytest.raises(BotError) as refused:
        await bot.hears(message("pizza"))

    await broken.dispose()

    assert refused.value.blame is Blame.SURROUNDINGS
    bot.intake.engine = bot.engine
    await bot.hears(message("pizza"))
    assert await bot.says() == ["Which flavour?"]
