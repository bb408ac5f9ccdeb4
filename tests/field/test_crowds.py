"""Posts that carry thousands, and many at once: nobody stands in another's way, and nothing is lost or doubled."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.conversations import intake
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.messages import Delivery, Echo, Status, StatusUpdate, UnknownEvent
from bot.messages import service
from bot.messages.kept.models import WebhookEvent
from bot.messages.service import Bound, RawPost
from tests.support.bot import NUMBER, Bot, message, running_bot
from tests.support.waiting import eventually

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
    was_through = large.done()

    # then they are answered long before it is through.
    assert not was_through
    assert await bot.says() == ["Hello!"]
    await large


async def test_D10_what_was_rolled_back_is_not_counted_as_kept(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a bound that is looked after each 50,000 bytes,
    looks: list[int] = []
    bot.intake.bound = Bound(most=32 * 50_000)
    bot.intake.bound.held(0)

    async def trim(_connection: AsyncConnection, most: int) -> int:
        looks.append(most)
        return 0

    async def keep(connection: AsyncConnection, post: RawPost, *arguments: Any) -> Any:
        if post.body.startswith(b"second") and not refused:
            refused.append(post)
            raise ValueError
        return await kept(connection, post, *arguments)

    refused: list[RawPost] = []
    kept = service.keep
    monkeypatch.setattr(service, "keep", keep)
    monkeypatch.setattr(service, "trim", trim)

    # when a batch with 40,000 is rolled back and taken in halves,
    await asyncio.gather(*(odd(bot, name * 3_300) for name in (b"first ", b"second ")))

    # then they count once, and what comes on top is what reaches it.
    assert (len(refused), looks) == (1, [])
    await odd(bot, b"third " * 3_300)

    async def looked() -> bool:
        return looks == [32 * 50_000]

    await eventually(looked)


async def test_D10_a_post_does_not_fail_because_older_ones_cannot_make_way(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def trim(_connection: AsyncConnection, _most: int) -> int:
        raise OSError

    monkeypatch.setattr(service, "trim", trim)
    await odd(bot, b"first")
    await odd(bot, b"second")

    async with bot.engine.connect() as connection:
        payloads = await connection.scalars(select(WebhookEvent.payload).order_by(WebhookEvent.id))
        assert list(payloads) == [b"first", b"second"]


async def odd(bot: Bot, payload: bytes) -> None:
    """A post of something that nobody knows."""
    await bot.intake.receive("whatsapp", Delivery(unknown=(UnknownEvent("hologram"),)), payload)


async def test_C02_a_hundred_echoes_ask_the_database_no_more_than_two(bot: Bot) -> None:
    """Two questions for each kept everybody from the database for many seconds."""
    asked: list[str] = []

    def note(*arguments: Any) -> None:
        asked.append(arguments[2])

    async def statements(count: int) -> int:
        people = [(Address(AddressKind.PHONE, f"+55119{number:08}"),) for number in range(count)]
        ids = (f"wamid.{count}.{number}" for number in range(count))
        echoes = tuple(Echo(NUMBER, each, Channel.WHATSAPP, to, "yes") for each, to in zip(ids, people, strict=True))
        asked.clear()
        await bot.intake.receive("whatsapp", Delivery(echoes=echoes), b"{}")
        return len(asked)

    # Given people who are known,
    await statements(90)
    event.listen(bot.engine.sync_engine, "before_cursor_execute", note)
    few, many = await statements(2), await statements(80)
    event.remove(bot.engine.sync_engine, "before_cursor_execute", note)

    # then as many statements record what was written to two of them as to eighty.
    assert few == many
    assert len(await bot.rows(direction="outbound")) == 172
