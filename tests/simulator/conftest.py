"""The real server in this process, and the browser in front of it."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page

from bot.app.doors import open_doors, terms_of
from bot.app.serve import listen
from bot.app.server import make_app
from bot.db.engine import create_engine
from bot.settings import Settings
from bot.web.keys import LOCAL_TOKEN
from tests.support.bundles import published
from tests.support.screens import Blank

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


@pytest_asyncio.fixture(loop_scope="session")
async def simulator(server: Bakery, blank: Blank) -> Blank:
    """Opens the page as someone new."""

    async def open_page(**reader: Any) -> Page:
        page = await blank(**reader)
        await page.goto(server.link)
        return page

    return open_page
