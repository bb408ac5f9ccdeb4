"""`bot.py run` as a process of its own, as users start it."""

import asyncio
import os
import re
import shutil
import signal
import socket
from pathlib import Path

import aiohttp
import pytest

from bot.db.engine import create_engine
from bot.db.migrate import downgrade
from tests.support.commands import typed
from tests.support.postgres import Databases
from tests.support.processes import ROOT, BotProcess, free_port
from tests.support.waiting import eventually


def server(folder: Path, *arguments: str, **settings: str) -> BotProcess:
    """`bot.py run` in `folder`, with the shipped bundles beside it."""
    shutil.copytree(ROOT / "flows", folder / "flows", dirs_exist_ok=True)
    port = free_port()
    return BotProcess(settings, port, ("run", "--port", str(port), *arguments), folder)


async def test_a_fresh_start_serves_the_shipped_bundles_and_says_where_to_go(tmp_path: Path) -> None:
    bot = server(tmp_path)
    await bot.start()
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{bot.url}/health/live") as response:
            assert response.status == 200
        async with session.get(f"{bot.url}/", allow_redirects=False) as response:
            assert response.headers["Location"] == "/simulator"
    assert await bot.stop() == 0

    assert f"http://127.0.0.1:{bot.port}/simulator?token=" in bot.output
    assert re.search(rf"Sign in +http://127.0.0.1:{bot.port}/welcome/\S{{32}}\n", bot.output)
    assert "flows/pizzaria.yaml" in bot.output
    assert "docs/providers/whatsapp.md" in bot.output
    assert (tmp_path / "bot.db").exists()


async def test_a_busy_port_is_told_with_the_option_that_mends_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        told = await typed("run", "--port", str(taken.getsockname()[1]))

    assert told.code == 3
    assert "--port" in told.err
    assert "Traceback" not in told.err


async def test_several_workers_on_sqlite_are_refused() -> None:
    told = await typed("run", "--workers", "2")

    assert told.code == 2
    assert "PostgreSQL" in told.err


async def test_a_schema_older_than_the_code_is_refused_with_the_command_that_mends_it(
    databases: Databases, tmp_path: Path
) -> None:
    url = await databases.create()
    engine = create_engine(url)
    await downgrade(engine)
    await engine.dispose()
    bot = BotProcess({"DATABASE_URL": url}, 0, ("run", "--port", str(free_port())), tmp_path)
    await bot.start()
    assert bot.process is not None
    code = await asyncio.wait_for(bot.process.wait(), 20)
    await databases.drop(url)

    assert code == 3
    assert "python bot.py migrate" in bot.output


@pytest.mark.slow
@pytest.mark.own_database
async def test_several_workers_share_one_port_and_their_metrics_are_summed(postgres_url: str, tmp_path: Path) -> None:
    bot = server(tmp_path, "--workers", "2", DATABASE_URL=postgres_url)
    await bot.start()
    async with aiohttp.ClientSession() as session:
        for _ in range(20):
            async with session.post(
                f"{bot.url}/webhooks/whatsapp", data=b"{}", headers={"Connection": "close"}
            ) as post:
                assert post.status == 503
        async with session.get(f"{bot.url}/metrics", params={"token": bot.token}) as response:
            metrics = await response.text()

    assert 'recado_webhooks_total{provider="whatsapp",status="503"} 20.0' in metrics
    assert await bot.stop() == 0


@pytest.mark.slow
@pytest.mark.own_database
async def test_a_worker_process_that_dies_is_begun_anew(postgres_url: str, tmp_path: Path) -> None:
    bot = server(tmp_path, "--workers", "2", DATABASE_URL=postgres_url)
    await bot.start()
    before = _children(bot)
    if not before:
        await bot.stop()
        pytest.skip("this system does not list a process's children")

    os.kill(min(before), signal.SIGKILL)

    async def two_again() -> bool:
        now = _children(bot)
        return len(now) == 2 and now != before

    await eventually(two_again, within=20)
    assert await bot.stop() == 0


def _children(bot: BotProcess) -> set[int]:
    assert bot.process is not None
    listed = Path(f"/proc/{bot.process.pid}/task/{bot.process.pid}/children")
    return set(map(int, listed.read_text().split())) if listed.exists() else set()
