"""Every command names what it needs, and nothing else does."""

from collections.abc import Iterator
from importlib import import_module

import typer

from bot.cli.main import COMMANDS
from bot.cli.needs import NEEDS


def commands() -> Iterator[str]:
    for name, entry in COMMANDS.items():
        group: typer.Typer | None = getattr(import_module(entry.module), "app", None)
        if group is None:
            yield name
        else:
            yield from (f"{name} {each}" for each in typer.main.get_command(group).commands)  # type: ignore[attr-defined]  # of a group


def test_each_command_is_in_the_table() -> None:
    assert sorted(commands()) == sorted(NEEDS)
