"""The real server in this process, and the browser in front of it."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copy
from typing import Any, Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Error, Page, ViewportSize

from bot.app.doors import open_doors, terms_of
from bot.app.serve import listen
from bot.app.server import make_app
from bot.db.engine import create_engine
from bot.settings import Settings
from bot.web.keys import LOCAL_TOKEN
from tests.support.bundles import published

DESKTOP: ViewportSize = {"width": 1280, "height": 800}
BUNDLE = """
bundle: bakery
locale: en

templates:
  hello:
    variables: {contact.name: you}
    content: "Hello {{ contact.name }}, good to see *you*!"
  ask_size: {content: Small or large?}
  ask_bread: {content: Which bread?}
  wait: {content: Somebody will write to you.}
  done: {content: "One {{ size }} {{ bread }}, coming up."}
  where:
    content: Here we are.
    location: {latitude: 52.37, longitude: 4.89, name: The Bakery}
    whatsapp: {template: address}
    list: {button: Anything else?, rows: [{label: Bread, id: bread, description: Fresh until noon}]}

triggers:
  - {type: equals, pattern: [hi, hello], template: hello}
  - {type: equals, pattern: bread, flow: order}
  - {type: contains, pattern: where, template: where}
  - {type: contains, pattern: human, flow: desk}

flows:
  desk: {steps: [{key: wait, type: end, template: wait, handoff: true}]}
  order:
    steps:
      - {key: size, type: collect_input, template: ask_size, save_as: size, options: [Small, Large]}
      - {key: bread, type: collect_input, template: ask_bread, save_as: bread, options: [Rye, Wheat, Spelt, Sourdough]}
      - {key: done, type: end, template: done}
"""

Open = Callable[..., Awaitable[Page]]
"""Opens the simulator; keywords are those of a browser context."""


@dataclass(slots=True)
class Bakery:
    """A server that goes away and comes back at the same port, with the same token.

    Attributes:
        settings: what it runs with.
        port: where it serves; 0 until it has begun.
        token: what opens the page at this computer.
    """

    settings: Settings
    port: int = 0
    token: str = ""
    _running: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    @property
    def url(self) -> str:
        """Where it serves."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def link(self) -> str:
        """The link that `run` would print."""
        return f"{self.url}/simulator?token={self.token}"

    async def start(self) -> None:
        """Serve."""
        app = make_app(self.settings)
        listener = listen("127.0.0.1", self.port)
        self.port = listener.getsockname()[1]
        self.token = app[LOCAL_TOKEN]
        await self._running.enter_async_context(
            open_doors(app, listener, terms_of(self.settings, None), shutdown_seconds=0)
        )

    async def stop(self) -> None:
        """Be away, without a word to whoever waits for an answer."""
        await self._running.aclose()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bakery]:
    """The bot with one small bundle."""
    folder = tmp_path_factory.mktemp("bakery")
    url = f"sqlite+aiosqlite:///{copy(sqlite_template, folder / 'bot.db')}"
    engine = create_engine(url)
    await published(engine, BUNDLE)
    await engine.dispose()
    given = {"DATABASE_URL": url, "BOT_MEDIA_DIR": str(folder / "media"), "BOT_SECRET_KEY": "k" * 32}
    bakery = Bakery(Settings.read(given))
    await bakery.start()
    yield bakery
    await bakery.stop()


class Screens:
    """The pages of one Chromium: a page for each kind of reader, which the tests have one after the other.

    Another page is a window of Chromium's own, which it takes longer to open than to show what is tested.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._pages: dict[str, Page] = {}

    async def page(self, **reader: Any) -> Page:
        """The page of who reads so; keywords are those of a browser context."""
        kind = repr(sorted(reader.items()))
        if kind not in self._pages:
            context = await self._browser.new_context(**reader)
            context.set_default_timeout(8000)
            self._pages[kind] = await context.new_page()
        return self._pages[kind]


@pytest.fixture(scope="session")
def screens(browser: Browser) -> Screens:
    """The pages that the tests share."""
    return Screens(browser)


@pytest_asyncio.fixture(loop_scope="session")
async def simulator(server: Bakery, screens: Screens) -> AsyncIterator[Open]:
    """Opens the page as someone new; afterwards no script may have failed and no policy been broken.

    Nothing moves on it where a test does not ask for that: each frame of a movement is drawn by this computer.
    """
    faults: list[str] = []
    opened: list[Page] = []

    def failed(error: Error) -> None:
        faults.append(str(error))

    def note(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Trusted" in message.text:
            faults.append(message.text)

    async def open_page(
        *,
        viewport: ViewportSize = DESKTOP,
        color_scheme: Literal["light", "dark"] = "light",
        reduced_motion: Literal["reduce", "no-preference"] = "reduce",
        **reader: Any,
    ) -> Page:
        page = await screens.page(**reader)
        opened.append(page)
        await page.set_viewport_size(viewport)
        await page.emulate_media(color_scheme=color_scheme, reduced_motion=reduced_motion)
        page.on("pageerror", failed)
        page.on("console", note)
        await page.goto(server.link)
        return page

    yield open_page
    for page in opened:
        page.remove_listener("pageerror", failed)
        page.remove_listener("console", note)
        # With no script left that would write down again what is forgotten.
        await page.goto("about:blank")
        tools = await page.context.new_cdp_session(page)
        await tools.send("Storage.clearDataForOrigin", {"origin": server.url, "storageTypes": "cookies,local_storage"})
        await tools.detach()
    assert faults == []
