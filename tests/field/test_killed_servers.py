"""A server that is killed leaves nothing behind that keeps the next one from starting."""

import os
import signal
import socket
from collections.abc import Iterable
from pathlib import Path

import psutil
import pytest

from tests.support.processes import BotProcess, free_port
from tests.support.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.own_database, pytest.mark.timeout(180)]


def _none_runs(processes: Iterable[psutil.Process]) -> bool:
    return not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in processes)


async def test_D12_the_children_of_a_killed_parent_end_and_leave_the_port(postgres_url: str, tmp_path: Path) -> None:
    port = free_port()
    arguments = ("run", "--port", str(port), "--workers", "2")
    bot = BotProcess({"DATABASE_URL": postgres_url}, port, arguments, tmp_path)
    await bot.start()
    assert bot.process is not None
    children = psutil.Process(bot.process.pid).children(recursive=True)
    assert len(children) == 2

    os.kill(bot.process.pid, signal.SIGKILL)
    await bot.process.wait()

    async def gone() -> bool:
        return _none_runs(children)

    try:
        await eventually(gone, within=10)
    finally:
        for each in children:
            if each.is_running():
                each.kill()
    with socket.create_server(("127.0.0.1", port)):
        pass
    assert bot.output.count("the process that began this one is gone") == 2
