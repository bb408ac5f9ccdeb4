"""What becomes of a batch when the database, a lock, or one message's data is at fault."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.conversations import batch, intake
from bot.core.errors import Blame, BotError
from bot.db.engine import create_engine
from bot.engine.conversation import Send, Turn
from bot.engine.turn import turn as real_turn
from bot.messages.kept.models import WebhookEvent
from tests.support.bot import Bot, message, running_bot

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
async def bot(engine: AsyncEngine) -> AsyncIterator[Bot]:
    async with running_bot(engine, BUNDLE) as made:
        yield made


async def test_a_connection_that_died_in_the_pool_costs_no_message(bot: Bot, database_url: str) -> None:
    if bot.engine.dialect.name == "sqlite":
        pytest.skip("a file's connection does not die")
    await bot.hears(message("pizza"))
    other = create_engine(database_url)
    await _end_other_connections(other)

    # Not every provider repeats what got a 503, so this one must be answered.
    await bot.hears(message("Margherita"))
    await other.dispose()

    assert await bot.says() == ["Which flavour?", "One Margherita."]


async def test_the_way_in_outlives_a_database_that_goes_while_a_refused_message_is_kept(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as patched:
        patched.setattr("bot.conversations.intake.messages.keep", away)
        with pytest.raises(BotError) as refused:
            async with asyncio.timeout(5):
                await bot.hears(message("\ud800"))

    assert refused.value.blame is Blame.SURROUNDINGS
    async with asyncio.timeout(5):
        await bot.hears(message("pizza"))
    assert await bot.says() == ["Which flavour?"]


async def test_when_a_posts_beginning_fails_its_rest_waits_for_the_repeat_so_that_the_order_holds(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MAX_BATCH", 2)
    post = [message("pizza"), message("Margherita"), message("pizza"), message("Calabresa")]
    with monkeypatch.context() as patched:
        patched.setattr(intake, "take", _failing(OperationalError("", {}, Exception("gone")), times=1))
        with pytest.raises(BotError):
            await bot.hears(*post)

    await bot.hears(*post)

    assert await bot.conversation("+5511999990001") == [
        ("inbound", "pizza"),
        ("outbound", "Which flavour?"),
        ("inbound", "Margherita"),
        ("outbound", "One Margherita."),
        ("inbound", "pizza"),
        ("outbound", "Which flavour?"),
        ("inbound", "Calabresa"),
        ("outbound", "One Calabresa."),
    ]


async def test_the_repeat_of_a_post_of_which_a_part_was_committed_adds_only_the_rest(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MAX_BATCH", 2)
    post = [message("pizza"), message("Margherita"), message("pizza"), message("Calabresa")]
    with monkeypatch.context() as patched:
        patched.setattr(intake, "take", _failing(OperationalError("", {}, Exception("gone")), times=1, after=1))
        with pytest.raises(BotError):
            await bot.hears(*post)
    assert len(await bot.rows(direction="inbound")) == 2

    await bot.hears(*post)

    assert await bot.says() == ["Which flavour?", "One Margherita.", "Which flavour?", "One Calabresa."]
    assert len(await bot.rows(direction="inbound")) == 4


async def test_duplicates_are_known_again_in_the_halves_of_a_batch(bot: Bot) -> None:
    first = message("pizza", phone="+551100000001", message_id="wamid.A")
    await bot.hears(first)
    again = message("pizza", phone="+551100000002", message_id="wamid.B")

    await bot.hears(first, again, message("\ud800", phone="+551100000003"), first, again)

    inbound = await bot.rows(direction="inbound")
    assert sorted(row.provider_message_id or "" for row in inbound) == ["wamid.A", "wamid.B"]
    assert len(await bot.rows(direction="outbound")) == 2


async def test_a_message_is_recorded_even_when_the_database_refuses_what_its_turn_came_to(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.conversations.runner.turn", _saying("\ud800"))

    await bot.hears(message("pizza"), message("hello", phone="+5511000000002"))

    assert await bot.says("+5511000000002") == ["Pardon?"]
    [refused] = await bot.rows(content="pizza")
    assert refused.turn_state == "pending"
    async with bot.engine.connect() as connection:
        assert (await connection.execute(select(WebhookEvent.id))).all() == []


async def test_a_post_of_a_thousand_messages_is_taken_whole_and_in_order(bot: Bot) -> None:
    await bot.hears(*(message(f"{number}") for number in range(1000)))

    inbound = await bot.rows(direction="inbound")
    assert [row.content for row in sorted(inbound, key=lambda row: row.seq)] == [f"{number}" for number in range(1000)]


def _failing(error: Exception, *, times: int, after: int = 0) -> Callable[..., Any]:
    """`take`, which fails `times` times after it succeeded `after` times."""
    calls = iter(range(1_000_000))

    async def take(connection: AsyncConnection, *given: Any, **named: Any) -> object:
        if after <= next(calls) < after + times:
            raise error
        return await batch.take(connection, *given, **named)

    return take


def _saying(words: str) -> Callable[..., Any]:
    """The engine, which answers `pizza` with `words`."""

    def turn(definitions: Any, conversation: Any, event: Any, **named: Any) -> object:
        result = real_turn(definitions, conversation, event, **named)
        if event.text != "pizza":
            return result
        assert isinstance(result, Turn)
        return result._replace(effects=(Send(words),))

    return turn


async def _end_other_connections(engine: AsyncEngine) -> None:
    """As a restarted server does."""
    async with engine.connect() as connection:
        await connection.execute(
            text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
