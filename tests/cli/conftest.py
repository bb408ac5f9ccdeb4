"""The command line as a person uses it, run in this process."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cli.main import main


@dataclass(frozen=True, slots=True)
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str


Recado = Callable[..., Awaitable[Result]]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An empty working folder, and an environment without any of our settings."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith(("BOT_", "WHATSAPP_", "TWILIO_", "MAILGUN_")) or name in {"PORT", "DATABASE_URL"}:
            monkeypatch.delenv(name)
    return monkeypatch


@pytest.fixture
def recado(shell: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Recado:
    """Runs `recado ARGUMENTS`."""
    del shell

    async def run(*arguments: str) -> Result:
        with pytest.raises(SystemExit) as ended:
            # A command has its own event loop, so it needs a thread of its own.
            await asyncio.to_thread(main, arguments)
        said = capsys.readouterr()
        code = ended.value.code
        return Result(code if isinstance(code, int) else 0, said.out, said.err)

    return run
