"""What an admin changes is served by a running server within a second, without a restart and without a lost message."""

import asyncio
from collections.abc import AsyncIterator
from inspect import signature
from pathlib import Path

import aiohttp
import pytest

from bot.flows.catalogue import Catalogue
from tests.support import posts
from tests.support.processes import BotProcess, free_port
from tests.support.standins import StandIns, standing_in
from tests.support.waiting import eventually

BUNDLE = """\
bundle: shop
locale: en
templates:
  hours: {{content: We open at {hour}.}}
triggers:
  - {{type: equals, pattern: hours, template: hours}}
brake: {{same_answer: 0, turns: 0}}
"""


@pytest.fixture
async def providers() -> AsyncIterator[StandIns]:
    """The stand-in providers."""
    async with standing_in() as made:
        yield made


@pytest.fixture
async def server(providers: StandIns, database_url: str, tmp_path: Path) -> AsyncIterator[BotProcess]:
    """A running server whose bundle says six."""
    write(tmp_path, "six")
    settings = {**providers.settings(), "DATABASE_URL": database_url}
    if database_url.startswith("postgresql"):
        await command(settings, tmp_path, "flows", "load", "flows")
    port = free_port()
    made = BotProcess(settings, port, ("run", "--port", str(port)), tmp_path)
    await made.start()
    yield made
    assert await made.stop() == 0


def write(folder: Path, hour: str) -> None:
    """The bundle, as an editor saves it."""
    (folder / "flows").mkdir(exist_ok=True)
    (folder / "flows" / "shop.yaml").write_text(BUNDLE.format(hour=hour))


async def command(settings: dict[str, str], folder: Path, *arguments: str) -> BotProcess:
    """Run `bot.py ARGUMENTS` to its end."""
    process = BotProcess(settings, 0, arguments, folder)
    await process.start()
    assert process.process is not None
    assert await process.process.wait() == 0, process.output
    return process


async def ask(session: aiohttp.ClientSession, server: BotProcess, providers: StandIns) -> str:
    """Write `hours`; the answer as the provider got it."""
    before = len(providers.sends())
    headers, body = posts.signed_whatsapp(posts.whatsapp_message("hours"))
    async with session.post(f"{server.url}/webhooks/whatsapp", data=body, headers=headers) as response:
        assert response.status == 200
    await eventually(lambda: _more_than(providers, before))
    return str(providers.sends()[-1].payload["text"]["body"])


async def _more_than(providers: StandIns, before: int) -> bool:
    return len(providers.sends()) > before


async def test_a_new_version_is_served_without_a_restart_while_messages_are_answered(
    server: BotProcess, providers: StandIns, database_url: str
) -> None:
    async with aiohttp.ClientSession() as session:
        assert await ask(session, server, providers) == "We open at six."

        write(server.folder, "seven")
        if database_url.startswith("postgresql"):
            await command(dict(server.environment), server.folder, "flows", "load", "flows")
        async with asyncio.timeout(20):
            while (answer := await ask(session, server, providers)) != "We open at seven.":
                assert answer == "We open at six."


def test_what_is_published_is_looked_for_more_than_once_a_second() -> None:
    assert signature(Catalogue.keep_fresh).parameters["interval"].default < 1


async def test_a_faulty_file_is_reported_and_the_last_good_version_goes_on(
    server: BotProcess, providers: StandIns, database_url: str
) -> None:
    if database_url.startswith("postgresql"):
        pytest.skip("on PostgreSQL no folder is watched")

    (server.folder / "flows" / "shop.yaml").write_text(BUNDLE.format(hour="{{ nobody }}"))

    await eventually(lambda: _reported(server, "shop.yaml:4"))
    async with aiohttp.ClientSession() as session:
        assert await ask(session, server, providers) == "We open at six."


async def _reported(server: BotProcess, words: str) -> bool:
    return words in await asyncio.to_thread(lambda: server.output)


async def test_a_worker_delivers_what_was_queued_without_serving(
    providers: StandIns, server: BotProcess, database_url: str
) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite serves one process")
    async with aiohttp.ClientSession() as session:
        await ask(session, server, providers)
    await server.stop()
    await command(dict(server.environment), server.folder, "send", "+15551230001", "By hand.")
    worker = BotProcess(server.environment, 0, ("worker",), server.folder)

    await worker.start()

    await eventually(lambda: _more_than(providers, 1))
    assert providers.sends()[-1].payload["text"]["body"] == "By hand."
    assert await worker.stop() == 0
    await server.start()
