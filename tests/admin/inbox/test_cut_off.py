"""An agent whose line, server or database goes away while she writes.

Nothing is lost, nothing goes twice, and the page says so.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser as Chromium
from playwright.async_api import Route, expect
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.db.engine import create_engine
from tests.support.accounts import SECRET_KEY
from tests.support.bundles import published
from tests.support.desks import SOON_MS, Desk, hired, seated
from tests.support.people import people_of
from tests.support.processes import BotProcess, free_port
from tests.support.served import signed
from tests.support.standins import Behaviour, StandIns, standing_in
from tests.support.waiting import eventually

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.own_database,
    pytest.mark.timeout(400),
    pytest.mark.asyncio(loop_scope="session"),
]

BUNDLE = """
bundle: bakery
locale: en
templates:
  calling: {content: One moment. I call somebody.}
triggers:
  - {type: regex, pattern: ., flow: help}
flows:
  help:
    steps:
      - {key: human, type: end, template: calling, handoff: true}
"""
CALLED = "One moment. I call somebody."
UNSENT = "This could not be sent. What you wrote is still here; try it again."
OFFLINE = "You are offline. Nothing was sent; what you typed is still here."
LOSE_THEM = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()
"""


@dataclass(slots=True)
class Line:
    """An agent, and all that can fail her.

    Attributes:
        bot: a process that serves.
        providers: what it sends to.
        engine: the database, beside it.
        ana: her window, with Eva's conversation open.
    """

    bot: BotProcess
    providers: StandIns
    engine: AsyncEngine
    ana: Desk

    def got(self) -> list[str]:
        """What Eva got, in order."""
        return [each.payload["text"]["body"] for each in self.providers.sends("whatsapp")]

    async def gets(self, *texts: str) -> None:
        """Wait until Eva got these, and nothing else since the bot called somebody."""

        async def got() -> bool:
            return self.got() == [CALLED, *texts]

        try:
            await eventually(got, within=30)
        except TimeoutError:
            pytest.fail(f"Eva got {self.got()}")

    async def cannot_send(self, words: str, told: str = UNSENT) -> None:
        """She presses Send in vain: the page says so, and has her words."""
        await self.ana.field.fill(words)
        await self.ana.act("Send").click()
        await expect(self.ana.page.locator("#toasts")).to_contain_text(told, timeout=SOON_MS)
        await expect(self.ana.field).to_have_value(words)


@pytest_asyncio.fixture(loop_scope="session")
async def line(database_url: str, browser: Chromium, tmp_path: Path) -> AsyncIterator[Line]:
    """Eva has asked for a person, and Ana has her conversation."""
    engine, port = create_engine(database_url), free_port()
    await published(engine, BUNDLE)
    async with people_of(engine) as people:
        await hired(people, "Ana Lima")
    async with standing_in() as providers:
        settings = {**providers.settings(), "DATABASE_URL": database_url, "BOT_SECRET_KEY": SECRET_KEY}
        bot = BotProcess(settings, port, ("run", "--port", str(port)), tmp_path)
        await bot.start()
        headers, body = signed("whatsapp", "Are you there?", sender="15551230002", name="Eva Moreau")
        url = f"{bot.url}/webhooks/whatsapp"
        async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
            assert answer.status == 200
        ana = await seated(browser, f"{bot.url}/", "Ana Lima", story="cut-off")
        await ana.talks_to("Eva Moreau")
        await ana.act("Take it").click()
        await ana.sees(".stands", "You have it")
        yield Line(bot, providers, engine, ana)
        await ana.page.context.close()
        await bot.stop()
    await engine.dispose()


async def test_what_is_written_is_neither_lost_nor_sent_twice_whatever_goes_away(line: Line) -> None:
    await _offline(line)
    await _slow(line)
    await _unanswered(line)
    await _killed(line)
    if line.engine.dialect.name == "postgresql":
        await _without_database(line)


async def _offline(line: Line) -> None:
    """The line of her computer is gone, and comes back."""
    ana = line.ana
    await ana.page.context.set_offline(True)
    await expect(ana.page.locator("#offline")).to_be_visible()
    await line.cannot_send("The oven is hot.", OFFLINE)
    await ana.pictured("01-offline")
    assert line.got() == [CALLED]
    await ana.page.context.set_offline(False)
    await expect(ana.page.locator("#offline")).to_be_hidden()
    await ana.act("Send").click()
    await line.gets("The oven is hot.")
    await expect(ana.field).to_have_value("")


async def _slow(line: Line) -> None:
    """What she types while a reply is on its way is there when it has arrived."""
    ana = line.ana

    async def wait(route: Route) -> None:
        await asyncio.sleep(1)
        await route.continue_()

    await ana.page.route(re.compile(r"/send\b"), wait, times=1)
    await ana.field.fill("It is rye.")
    await ana.field.press("Control+Enter")
    await ana.page.keyboard.type(" Or wheat?")
    await expect(ana.field).to_have_value("Or wheat?", timeout=SOON_MS)
    await line.gets("The oven is hot.", "It is rye.")


async def _unanswered(line: Line) -> None:
    """What she sent has arrived, and the answer has not: she sends it again."""
    ana = line.ana

    async def cut(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await ana.page.route(re.compile(r"/send\b"), cut, times=1)
    await line.cannot_send("At five, then.")
    await line.gets("The oven is hot.", "It is rye.", "At five, then.")
    await ana.act("Send").click()
    await expect(ana.field).to_have_value("", timeout=SOON_MS)
    await expect(ana.said.filter(has_text="At five, then.")).to_have_count(1)


async def _killed(line: Line) -> None:
    """The server is killed while a reply waits to be sent; what she writes then stays where she wrote it.

    What a provider was given and has not answered for is another matter: of that, docs/operations.md tells.
    """
    ana = line.ana
    await ana.field.fill("I had begun")
    await expect(ana.field).to_have_js_property("defaultValue", "I had begun", timeout=SOON_MS)
    await ana.opens(ana.page.url.removeprefix(ana.base))
    await expect(ana.field).to_have_value("I had begun")
    line.providers.next("whatsapp", Behaviour.refuse(429, retry_after=2))
    await ana.field.fill("It is on its way.")
    await ana.act("Send").click()
    await expect(ana.field).to_have_value("")

    async def refused() -> bool:
        return any(each.status == 429 for each in line.providers.recorded)

    await eventually(refused)
    await line.bot.kill()
    await ana.sees("#away", "The line to the server broke; it is tried again by itself.")
    await line.cannot_send("Shall I bring it?")
    await ana.pictured("02-killed")

    await line.bot.start()
    await expect(ana.page.locator("#away")).to_be_hidden(timeout=SOON_MS)
    await ana.act("Send").click()
    await expect(ana.field).to_have_value("", timeout=SOON_MS)
    await line.gets("The oven is hot.", "It is rye.", "At five, then.", "It is on its way.", "Shall I bring it?")
    await ana.pictured("03-again")


async def _without_database(line: Line) -> None:
    """The database drops every connection, as when it is started anew."""
    ana = line.ana
    before = line.got()[1:]
    async with line.engine.connect() as connection:
        await connection.execute(text(LOSE_THEM))
    await ana.field.fill("Still here?")

    async def gone() -> bool:
        # She is told, and tries again; what has gone out by then does not go out once more.
        await ana.act("Send").click()
        await ana.page.wait_for_timeout(1000)
        return await ana.field.input_value() == ""

    await eventually(gone, within=30)
    await line.gets(*before, "Still here?")
    await ana.hears("Still here?")
