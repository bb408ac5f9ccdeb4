"""Pending turns: put off while others hold the locks, parked where the fault is their own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.conversations import batch, queries
from bot.conversations.sweeper import Sweeper
from bot.db.engine import create_engine
from bot.engine.conversation import Send, Turn
from bot.engine.turn import turn as real_turn
from tests.support.bot import Bot, message, running_bot
from tests.support.waiting import eventually

ANA, RUI = "+5511999990001", "+5511999990002"
BUNDLE = """\
bundle: shop
locale: en
fallback: sorry
templates:
  sorry: {content: "Pardon?"}
  ask: {content: "Which flavour?"}
  done: {content: "One {{ flavour }}."}
triggers:
  - {type: equals, pattern: pizza, flow: order}
flows:
  order:
    steps:
      - {key: flavour, type: collect_input, template: ask, save_as: flavour}
      - {key: done, type: end, template: done}
"""


@pytest.fixture
async def bot(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    """A bot that leaves all turns to the sweeper, as under overload."""
    monkeypatch.setattr("bot.conversations.intake.PENDING_ABOVE", -1)
    async with running_bot(engine, BUNDLE) as made:
        yield made


async def test_a_turn_whose_contact_someone_locks_is_put_off_twice_as_long_each_time(bot: Bot) -> None:
    await bot.hears(message("pizza"), message("pizza", phone=RUI))
    async with locked(bot.engine, ANA):
        await bot.sweeper.sweep()
        [waiting] = await bot.rows(address=ANA)
        assert (waiting.turn_state, waiting.attempts, waiting.next_attempt_at) == (
            "pending",
            1,
            bot.clock.now + timedelta(seconds=2),
        )
        assert await bot.says(RUI) == ["Which flavour?"], "the others go on"
        assert await bot.sweeper.sweep() == 0, "not due"
        bot.clock.advance(seconds=2)
        await bot.sweeper.sweep()
        [waiting] = await bot.rows(address=ANA)
        assert (waiting.attempts, waiting.next_attempt_at) == (2, bot.clock.now + timedelta(seconds=4))

    bot.clock.advance(seconds=4)
    await bot.sweeper.sweep()

    done = (await bot.rows(address=ANA, direction="inbound"))[0]
    assert (done.turn_state, done.error, done.next_attempt_at) == ("done", None, None)
    assert await bot.says(ANA) == ["Which flavour?"]


async def test_new_messages_queue_behind_one_that_is_put_off(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    await bot.hears(message("pizza"))
    async with locked(bot.engine, ANA):
        await bot.sweeper.sweep()
    monkeypatch.setattr("bot.conversations.intake.PENDING_ABOVE", 100)

    await bot.hears(message("Margherita"))
    assert await bot.says(ANA) == []

    bot.clock.advance(seconds=2)
    await bot.sweeper.sweep()
    assert await bot.says(ANA) == ["Which flavour?", "One Margherita."]


async def test_a_turn_that_was_put_off_too_often_is_parked_and_lets_the_next_one_go(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "_MAX_ATTEMPTS", 2)
    await bot.hears(message("pizza"), message("hello"))
    async with locked(bot.engine, ANA):
        await bot.sweeper.sweep()
        bot.clock.advance(seconds=2)
        await bot.sweeper.sweep()
    await bot.sweeper.sweep()

    parked, answered = await bot.rows(address=ANA, direction="inbound")
    assert (parked.turn_state, parked.trace, answered.turn_state) == (
        "parked",
        [{"code": "parked", "data": {"error": "HeldError"}}],
        "done",
    )
    assert await bot.says(ANA) == ["Pardon?"]


async def test_what_the_database_refuses_parks_that_message_at_once_and_only_that(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def turn(definitions: Any, conversation: Any, event: Any, **named: Any) -> object:
        result = real_turn(definitions, conversation, event, **named)
        assert isinstance(result, Turn)
        return result._replace(effects=(Send("\ud800"),)) if event.text == "boom" else result

    monkeypatch.setattr("bot.conversations.runner.turn", turn)
    await bot.hears(message("hello"), message("boom"), message("pizza"), message("pizza", phone=RUI))

    while await bot.sweeper.sweep():
        pass

    assert [(row.content, row.turn_state) for row in await bot.rows(address=ANA, direction="inbound")] == [
        ("hello", "done"),
        ("boom", "parked"),
        ("pizza", "done"),
    ]
    [parked] = await bot.rows(turn_state="parked")
    assert parked.trace
    assert parked.error_reason
    assert await bot.says(ANA) == ["Pardon?", "Which flavour?"]
    assert await bot.says(RUI) == ["Which flavour?"]


async def test_a_fault_of_reading_a_conversation_parks_only_its_message(bot: Bot) -> None:
    await bot.hears(message("pizza"), message("pizza", phone=RUI))
    await bot.sweeper.sweep()
    async with bot.engine.begin() as connection:
        await connection.execute(
            text(
                'UPDATE flow_instances SET state_json = \'{"flavour": {"decimal": "x"}}\' WHERE contact_id ='
                f" (SELECT contact_id FROM contact_addresses WHERE value = '{ANA}')"
            )
        )
    await bot.hears(message("Margherita"), message("Margherita", phone=RUI))

    while await bot.sweeper.sweep():
        pass

    assert [row.turn_state for row in await bot.rows(address=ANA, direction="inbound")] == ["done", "parked"]
    assert await bot.says(RUI) == ["Which flavour?", "One Margherita."]


async def test_a_turn_that_another_process_took_meanwhile_is_not_put_off(bot: Bot) -> None:
    await bot.hears(message("pizza"))
    contact_id = (await bot.rows())[0].contact_id

    async def put_off() -> None:
        async with bot.engine.begin() as connection:
            await queries.put_off(connection, contact_id, bot.clock(), TimeoutError(), at_once=True)

    async with bot.engine.begin() as connection:
        await batch.take_pending(connection, bot.catalogue, [contact_id], bot.clock(), 10)
        putting_off = asyncio.create_task(put_off())
        await asyncio.sleep(0.1)
    await putting_off

    assert [row.turn_state for row in await bot.rows(direction="inbound")] == ["done"]


async def test_two_processes_sweep_beside_each_other_and_each_turn_is_taken_once(bot: Bot, database_url: str) -> None:
    phones = [f"+55119{number:08}" for number in range(20)]
    await bot.hears(*(message(words, phone=phone) for words in ("pizza", "Margherita") for phone in phones))
    other_engine = create_engine(database_url)
    other = Sweeper(other_engine, bot.catalogue, bot.clock, lambda: None)

    await asyncio.gather(bot.sweeper.sweep(), other.sweep())
    while await bot.sweeper.sweep():
        bot.clock.advance(seconds=2)

    for phone in phones:
        assert await bot.says(phone) == ["Which flavour?", "One Margherita."]
    await other_engine.dispose()


async def test_the_sweeper_outlives_every_fault(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.conversations.sweeper.INTERVAL", 0.01)
    faults = iter([ValueError(), ConnectionRefusedError()])
    real = queries.contacts_due

    async def due(*given: Any) -> list[str]:
        for fault in faults:
            raise fault
        return await real(*given)

    monkeypatch.setattr("bot.conversations.sweeper.contacts_due", due)
    await bot.hears(message("pizza"))
    running = asyncio.create_task(bot.sweeper.run())

    async def answered() -> bool:
        return await bot.says() == ["Which flavour?"]

    await eventually(answered)
    bot.sweeper.stop()
    await running


@asynccontextmanager
async def locked(engine: AsyncEngine, address: str) -> AsyncIterator[None]:
    """Another process has that contact's lock."""
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer, who is waited for")
    async with engine.begin() as connection:
        contact = text("SELECT contact_id FROM contact_addresses WHERE value = :address")
        contact_id = (await connection.execute(contact, {"address": address})).scalar_one()
        await connection.execute(text("SELECT id FROM contacts WHERE id = :id FOR UPDATE"), {"id": contact_id})
        yield


async def test_the_others_do_not_wait_for_a_contact_that_someone_locks(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults: list[Exception] = []
    isolate = Sweeper._isolate

    async def noting(self: Sweeper, contact_ids: Any, limit: int, error: Exception) -> None:
        faults.append(error)
        await isolate(self, contact_ids, limit, error)

    monkeypatch.setattr(Sweeper, "_isolate", noting)
    await bot.hears(message("pizza"), message("pizza", phone=RUI))
    async with locked(bot.engine, ANA):
        await bot.sweeper.sweep()
        assert await bot.says(RUI) == ["Which flavour?"]

    assert faults == [], "no lock was waited for"
