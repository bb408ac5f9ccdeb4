"""A provider that signs a token instead of the body: the token stands for one thing only."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.errors import SignatureError
from bot.core.messages import Delivery, InboundMessage
from bot.messages.kept.queries import forget_tokens
from tests.support.bot import Bot, message, running_bot


@pytest.fixture
async def bot(engine: AsyncEngine) -> AsyncIterator[Bot]:
    async with running_bot(engine, None) as made:
        yield made


async def post(bot: Bot, token: str, *messages: InboundMessage) -> None:
    """A post signed with `token`."""
    about = " ".join(each.provider_message_id for each in messages)
    await bot.intake.receive("mailgun", Delivery(messages=messages, token=token, token_for=about), b"raw")


async def test_the_providers_own_repeat_is_taken_and_recorded_once(bot: Bot) -> None:
    mail = message("hello")

    await post(bot, "one", mail)
    await post(bot, "one", mail)

    assert [row.content for row in await bot.rows()] == ["hello"]


async def test_another_message_under_a_spent_token_is_refused_and_not_recorded(bot: Bot) -> None:
    await post(bot, "one", message("hello"))

    with pytest.raises(SignatureError):
        await post(bot, "one", message("forged"))

    assert [row.content for row in await bot.rows()] == ["hello"]


async def test_of_two_messages_under_one_token_at_once_the_other_posts_are_not_harmed(bot: Bot) -> None:
    told = await asyncio.gather(
        post(bot, "one", message("hello")),
        post(bot, "one", message("forged")),
        post(bot, "two", message("good day", phone="+5511999990002")),
        return_exceptions=True,
    )

    assert told[2] is None
    assert any(isinstance(each, SignatureError) for each in told[:2])
    assert "good day" in [row.content for row in await bot.rows()]
    assert len(await bot.rows()) <= 2


async def test_spent_tokens_are_forgotten_when_no_signature_of_their_time_is_taken_any_more(bot: Bot) -> None:
    await post(bot, "one", message("hello"))
    async with bot.engine.begin() as connection:
        assert await forget_tokens(connection, bot.clock.now) == 0
        assert await forget_tokens(connection, bot.clock.now + timedelta(seconds=1)) == 1
