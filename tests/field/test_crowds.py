"""Posts that carry thousands, and many at once: nobody stands in another's way, and nothing is lost or doubled."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.conversations import intake
from bot.core.messages import Delivery, Status, StatusUpdate
from tests.support.bot import NUMBER, Bot, message, running_bot

CAFE = """\
bundle: cafe
locale: en
templates:
  hello: {content: Hello!}
triggers:
  - {type: regex, pattern: ., template: hello}
"""


@pytest.fixture
async def bot(engine: AsyncEngine) -> AsyncIterator[Bot]:
    async with running_bot(engine, CAFE) as made:
        yield made


async def test_D03_a_post_of_thousands_keeps_nobody_waiting_and_nobody_out(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a post that carries more than may wait,
    monkeypatch.setattr(intake, "MAX_BATCH", 10)
    monkeypatch.setattr(intake, "MAX_WAITING", 50)
    carried = tuple(StatusUpdate(NUMBER, f"wamid.{number}", Status.READ) for number in range(400))
    large = asyncio.create_task(bot.intake.receive("whatsapp", Delivery(statuses=carried), b"{}"))
    await asyncio.sleep(0)

    # when somebody writes meanwhile,
    await bot.hears(message("hi"))

    # then they are answered long before it is through.
    assert await bot.says() == ["Hello!"]
    assert not large.done()
    await large
