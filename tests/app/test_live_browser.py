"""Pages that ask again when something has changed, in Chromium, in front of the real server."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Page, Request

from bot.app.server import make_app
from bot.core.hints import Hints, Topic
from bot.settings import Settings
from bot.web import live
from bot.web.access import IDENTIFY, Open, Routes
from bot.web.assets import assets
from bot.web.keys import HUB
from bot.web.pages import SECURITY_HEADERS
from tests.support.screens import Blank
from tests.support.signed_in import Door
from tests.support.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

_PAGE = "<!doctype html><title>A page</title>"
_LISTEN = """async (module) => {
  const { live, onLine } = await import(module);
  globalThis.heard = [];
  globalThis.lines = [];
  onLine((stands) => lines.push(stands));
  live(["messages"], (hints) => heard.push(hints === null ? null : Object.fromEntries(hints)), { every: 1 });
}"""


_CONCERNED = """async (module) => {
  const { live } = await import(module);
  globalThis.concerned = [];
  const concerns = (topic, id) => topic === "messages" && id === "rui";
  live(["messages"], (hints) => concerned.push(hints && Object.fromEntries(hints)), { every: 1, concerns });
}"""


@dataclass(frozen=True, slots=True)
class _Site:
    """The application, in a browser.

    Attributes:
        app: the application.
        url: where it is.
        tab: one that is there already.
        streams: how often somebody came to listen.
    """

    app: web.Application
    url: str
    tab: Page
    streams: list[str]

    async def page(self) -> Page:
        """Another tab that listens for messages."""
        return await self.listening(await self.tab.context.new_page())

    async def listening(self, page: Page) -> Page:
        """Let it listen for messages."""
        await page.goto(f"{self.url}a-page")
        await page.evaluate(_LISTEN, f"/simulator/assets/{assets().version}/web/live.js")
        return page

    def change(self, *ids: str) -> None:
        """Something has changed of messages."""
        hints = Hints()
        hints.add(Topic.MESSAGES, ids)
        self.app[HUB].tell(hints)


async def _true(page: Page, expression: str) -> None:
    async def happened() -> bool:
        return bool(await page.evaluate(expression))

    await eventually(happened, within=30)


async def _heard(page: Page, wanted: object) -> None:
    text = json.dumps(wanted, separators=(",", ":"))
    await _true(page, f"heard.some((each) => JSON.stringify(each) === {json.dumps(text)})")


@pytest_asyncio.fixture(loop_scope="session")
async def site(sqlite_url: str, blank: Blank) -> AsyncIterator[_Site]:
    async def a_page(_request: web.Request) -> web.Response:
        return web.Response(
            text="<!doctype html><title>A page</title>", content_type="text/html", headers=SECURITY_HEADERS
        )

    app = make_app(Settings.read({"DATABASE_URL": sqlite_url}))
    app[IDENTIFY] = Door().identify
    Routes(app).get("/a-page", a_page, Open("a test"))
    async with TestServer(app) as server:
        tab = await blank()
        streams: list[str] = []

        def note(request: Request) -> None:
            if request.url.endswith("/live"):
                streams.append(request.url)

        tab.context.on("request", note)
        yield _Site(app, str(server.make_url("/")), tab, streams)
        tab.context.remove_listener("request", note)
        for each in tab.context.pages:
            # With nobody left who listens, the server need not wait for them.
            await each.goto("about:blank")


@pytest.mark.slow
async def test_eight_tabs_share_one_stream_and_each_hears_what_changes(site: _Site) -> None:
    tabs = [await site.page() for _ in range(8)]
    for tab in tabs:
        await tab.bring_to_front()
        await _heard(tab, None)

        site.change("bia")

        await _heard(tab, {"messages": ["bia"]})
    assert len(site.streams) == 1


async def test_a_page_asks_only_about_what_concerns_it(site: _Site) -> None:
    page = await site.listening(site.tab)
    await _heard(page, None)
    module = f"/simulator/assets/{assets().version}/web/live.js"
    await page.evaluate(_CONCERNED, module)

    site.change("bia")
    await _heard(page, {"messages": ["bia"]})
    site.change("rui")
    await _heard(page, {"messages": ["rui"]})

    assert await page.evaluate("concerned") == [{"messages": ["rui"]}]


async def test_when_the_tab_that_listens_is_closed_another_one_does_and_all_ask(site: _Site) -> None:
    first, second = await site.page(), await site.listening(site.tab)
    await _heard(first, None)
    await second.evaluate("heard.length = 0")

    await first.close()

    await second.bring_to_front()
    await _heard(second, None)
    site.change("bia")
    await _heard(second, {"messages": ["bia"]})


async def test_a_page_is_told_that_the_stream_is_lost_and_that_it_stands_again(
    site: _Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "RETRY_MILLISECONDS", 10)
    page = await site.listening(site.tab)
    await _heard(page, None)
    await page.route("**/live", lambda route: route.abort())

    for ear in site.app[HUB]._ears:
        ear.close()

    await _true(page, "lines.join() === 'false'")
    await page.evaluate("heard.length = 0")
    await page.unroute_all()
    await _true(page, "lines.join() === 'false,true'")
    await _heard(page, None)
