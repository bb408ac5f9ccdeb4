"""The command line as a person uses it, run in this process."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.support.commands import Result, typed

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
def recado(shell: pytest.MonkeyPatch) -> Recado:
    """Runs `recado ARGUMENTS`."""
    del shell
    return typed
