"""The real server in a process of its own, and a browser in front of it."""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

from tests.support.chromium import ARGUMENTS, chromium
from tests.support.processes import BotProcess, processes_ended

BUNDLE = """
bundle: bakery
locale: en

templates:
  hello:
    variables: {contact.name: you}
    content: "Hello {{ contact.name }}, good to see *you*!"
  ask_size: {content: Small or large?}
  ask_bread: {content: Which bread?}
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

flows:
  order:
    steps:
      - {key: size, type: collect_input, template: ask_size, save_as: size, options: [Small, Large]}
      - {key: bread, type: collect_input, template: ask_bread, save_as: bread, options: [Rye, Wheat, Spelt, Sourdough]}
      - {key: done, type: end, template: done}
"""

Open = Callable[..., Awaitable[Page]]
"""Opens the simulator; keywords are those of a browser context."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BotProcess]:
    """`bot.py run` in a folder with one small bundle."""
    folder = tmp_path_factory.mktemp("bakery")
    (folder / "flows").mkdir()
    (folder / "flows" / "bakery.yaml").write_text(BUNDLE, encoding="utf-8")
    port = _free_port()
    process = BotProcess({"BOT_PORT": str(port), "BOT_SECRET_KEY": "k" * 32}, port, ("run",), folder)
    with processes_ended():
        await process.start()
        yield process
        await process.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for a module."""
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield launched
        await launched.close()


@pytest_asyncio.fixture(loop_scope="module")
async def simulator(server: BotProcess, browser: Browser) -> AsyncIterator[Open]:
    """Opens the page as someone new; afterwards no script may have failed and no policy been broken."""
    faults: list[str] = []
    contexts = []

    def note(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Trusted" in message.text:
            faults.append(message.text)

    async def open_page(**options: object) -> Page:
        options.setdefault("viewport", {"width": 1280, "height": 800})
        context = await browser.new_context(**options)  # type: ignore[arg-type]  # the keywords are Playwright's
        context.set_default_timeout(8000)
        contexts.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", note)
        await page.goto(server.link)
        return page

    yield open_page
    for context in contexts:
        await context.close()
    assert faults == []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
