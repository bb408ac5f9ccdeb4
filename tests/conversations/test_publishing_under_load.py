"""Versions published one after the other while people are in the middle of a flow."""

import asyncio
import re
from functools import partial

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.conversations.models import FlowInstance
from bot.core.clock import utc_now
from bot.db.engine import create_engine
from tests.support.bot import Bot, message, running_bot
from tests.support.bundles import published
from tests.support.waiting import eventually

VERSIONS = 4
PEOPLE = 6


def bundle(version: int) -> str:
    """The shop, whose every word names its version."""
    return f"""\
bundle: shop
locale: en
brake: {{same_answer: 0, turns: 0}}
templates:
  ask: {{content: "Flavour? ({version})"}}
  people: {{content: "How many? ({version})"}}
  done: {{content: "{{{{ flavour }}}} for {{{{ people }}}} ({version})"}}
triggers:
  - {{type: equals, pattern: pizza, priority: {version}, flow: order}}
flows:
  order:
    steps:
      - {{key: flavour, type: collect_input, template: ask, save_as: flavour}}
      - {{key: people, type: collect_input, template: people, save_as: people, expect: {{number: 1..9}}}}
      - {{key: done, type: end, template: done}}
"""


async def test_running_instances_stay_with_the_version_they_began_with(engine: AsyncEngine, database_url: str) -> None:
    other_engine = create_engine(database_url)
    over = asyncio.Event()
    async with running_bot(engine, bundle(1)) as one, running_bot(other_engine, None) as other:
        fresh = [asyncio.create_task(each.catalogue.keep_fresh(interval=0.01)) for each in (one, other)]
        orders = [asyncio.create_task(_orders((one, other), f"+55119{number:08}", over)) for number in range(PEOPLE)]
        for version in range(1, VERSIONS + 1):
            if version > 1:
                await published(engine, bundle(version), now=utc_now())
            await eventually(partial(_asked, one, version))
        over.set()
        await asyncio.gather(*orders)
        for task in fresh:
            task.cancel()
        await asyncio.gather(*fresh, return_exceptions=True)

        for number in range(PEOPLE):
            said = await one.says(f"+55119{number:08}")
            assert len(said) % 3 == 0
            for ask, people, done in zip(said[::3], said[1::3], said[2::3], strict=True):
                [version] = re.findall(r"\d+", ask)
                assert (ask, people, done) == (
                    f"Flavour? ({version})",
                    f"How many? ({version})",
                    f"Calabresa for 2 ({version})",
                )
        async with engine.connect() as connection:
            ends = (await connection.execute(select(FlowInstance.end_reason).distinct())).scalars().all()
        assert ends == ["finished"]
    await other_engine.dispose()


async def _asked(bot: Bot, version: int) -> bool:
    """Whether someone was served that version."""
    return bool(await bot.rows(content=f"Flavour? ({version})"))


async def _orders(bots: tuple[Bot, Bot], phone: str, over: asyncio.Event) -> None:
    """Order again and again, each message at the other process, until it is over."""
    turn = 0
    while not over.is_set():
        for words in ("pizza", "Calabresa", "2"):
            await bots[turn % 2].hears(message(words, phone=phone))
            turn += 1
        # SQLite's writers wait by looking again now and then: a publisher needs a gap.
        await asyncio.sleep(0.02)
