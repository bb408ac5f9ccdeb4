"""What an admin changes is served by a running server within a second, without a restart and without a lost message."""

import asyncio
from collections.abc import AsyncIterator
from inspect import signature as signature_of
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.flows.catalogue import Catalogue
from tests.support.commands import typed
from tests.support.processes import BotProcess
from tests.support.served import Served, serving, signed
from tests.support.standins import standing_in
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
ASKING = "+15551230001"


@pytest.fixture
async def bot(database_url: str, tmp_path: Path) -> AsyncIterator[Served]:
    """A running server whose bundle says six."""
    write(tmp_path, "six")
    async with serving(database_url, bundle=BUNDLE.format(hour="six"), folder=str(tmp_path)) as served:
        yield served


def write(folder: Path, hour: str) -> None:
    """The bundle, as an editor saves it."""
    (folder / "flows").mkdir(exist_ok=True)
    (folder / "flows" / "shop.yaml").write_text(BUNDLE.format(hour=hour))


async def command(database_url: str, *arguments: str) -> None:
    """Run `recado ARGUMENTS` to its end, beside the server."""
    done = await typed(*arguments, environment={"DATABASE_URL": database_url})
    assert done.code == 0, done.err


async def ask(bot: Served) -> str:
    """Write `hours`; the answer as the provider got it."""
    before = len(bot.providers.sends())
    assert (await bot.post("whatsapp", signed("whatsapp", "hours", sender=ASKING.lstrip("+")))).status == 200
    await bot.until_sent(before + 1)
    return str(bot.providers.sends()[-1].payload["text"]["body"])


async def test_a_new_version_is_served_without_a_restart_while_messages_are_answered(
    bot: Served, database_url: str, tmp_path: Path
) -> None:
    assert await ask(bot) == "We open at six."

    write(tmp_path, "seven")
    if database_url.startswith("postgresql"):
        await command(database_url, "flows", "load", "flows")
    async with asyncio.timeout(20):
        while (answer := await ask(bot)) != "We open at seven.":
            assert answer == "We open at six."


def test_what_is_published_is_looked_for_more_than_once_a_second() -> None:
    assert signature_of(Catalogue.keep_fresh).parameters["interval"].default < 1


async def test_a_faulty_file_is_reported_and_the_last_good_version_goes_on(sqlite_url: str, tmp_path: Path) -> None:
    write(tmp_path, "six")
    with capture_logs() as logged:
        async with serving(sqlite_url, bundle=BUNDLE.format(hour="six"), folder=str(tmp_path)) as bot:

            async def reported() -> bool:
                # Again and again: the watch may not have been on yet.
                write(tmp_path, "{{ nobody }}")
                return "shop.yaml:4" in str(logged)

            await eventually(reported)
            assert await ask(bot) == "We open at six."


@pytest.mark.slow
@pytest.mark.own_database
async def test_a_worker_delivers_what_was_queued_without_serving(postgres_url: str, tmp_path: Path) -> None:
    async with serving(postgres_url, bundle=BUNDLE.format(hour="six")) as bot:
        await ask(bot)
    await command(postgres_url, "send", ASKING, "By hand.")
    async with standing_in() as providers:
        worker = BotProcess({**providers.settings(), "DATABASE_URL": postgres_url}, 0, ("worker",), tmp_path)

        await worker.start()

        async def sent() -> bool:
            return bool(providers.sends())

        try:
            await eventually(sent, within=20)
        finally:
            assert await worker.stop() == 0
    assert [each.payload["text"]["body"] for each in providers.sends()] == ["By hand."]
