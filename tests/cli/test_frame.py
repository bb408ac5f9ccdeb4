import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.cli.common import printable
from bot.cli.main import COMMANDS
from bot.cli.sqlite_schema import migrated
from bot.db import snapshot
from tests.cli.conftest import Recado

ROOT = Path(__file__).parents[2]


async def test_help_lists_every_command(recado: Recado) -> None:
    result = await recado("--help")
    assert result.code == 0
    assert [name for name in COMMANDS if f"\n  {name} " not in result.out] == []


@pytest.mark.parametrize("name", COMMANDS)
async def test_every_command_has_help_of_its_own(recado: Recado, name: str) -> None:
    result = await recado(name, "--help")
    assert result.code == 0
    assert COMMANDS[name].summary in result.out


def test_every_command_has_its_module() -> None:
    for entry in COMMANDS.values():
        module = import_module(entry.module)
        assert hasattr(module, "app") or callable(module.command)


async def test_the_version_is_told(recado: Recado) -> None:
    assert (await recado("--version")).out.startswith("recado 0.")


async def test_a_mistyped_command_is_wrong_usage_and_the_right_one_is_guessed(recado: Recado) -> None:
    result = await recado("mesages")
    assert result.code == 2
    assert "Did you mean 'messages'?" in result.err
    assert result.out == ""


async def test_an_unknown_option_is_wrong_usage(recado: Recado) -> None:
    assert (await recado("migrate", "--faster")).code == 2


async def test_migrating_tells_each_step_beside_its_result_and_nothing_the_second_time(
    recado: Recado, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = tmp_path / "older.sql"
    older.write_text(await migrated("0016"))
    monkeypatch.setattr(snapshot, "SNAPSHOT", older)

    first = await recado("migrate")

    assert first.code == 0
    assert first.err.startswith("0017: ")
    assert first.out.startswith("The database is now at ")
    assert (await recado("migrate")).err == ""


async def test_a_faulty_setting_is_the_inputs_fault_told_in_one_line(recado: Recado, shell: pytest.MonkeyPatch) -> None:
    shell.setenv("BOT_PORT", "eighty")
    result = await recado("migrate")
    assert result.code == 1
    assert result.err.startswith("Error: BOT_PORT is not valid")
    assert result.err.count("\n") == 1


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://u:hush@127.0.0.1:1/d", "the connection was refused"),
        ("sqlite:////nowhere/at/all.db", "the database file cannot be opened"),
    ],
)
async def test_a_database_that_is_away_is_the_surroundings_fault(
    recado: Recado, shell: pytest.MonkeyPatch, url: str, told: str
) -> None:
    shell.setenv("DATABASE_URL", url)
    result = await recado("migrate")
    assert result.code == 3
    assert told in result.err
    assert "hush" not in result.err
    assert "Traceback" not in result.err


async def test_a_file_that_is_no_database_is_said_to_be_none(
    recado: Recado, shell: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("not a database, " * 100)
    shell.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/notes.txt")
    result = await recado("migrate")
    assert result.code == 3
    assert "not an SQLite database" in result.err


async def test_postgresql_refusals_are_told_apart(recado: Recado, shell: pytest.MonkeyPatch, postgres_url: str) -> None:
    shell.setenv("DATABASE_URL", postgres_url.replace("/test_", "/gone_"))
    result = await recado("messages", "list")
    assert result.code == 3
    assert result.err.startswith("Error: the database does not exist (the database gone_")
    assert result.err.endswith("). Create it, or check the name in DATABASE_URL.\n")


async def test_a_database_without_tables_names_the_command_that_makes_them(recado: Recado, tmp_path: Path) -> None:
    (tmp_path / "bot.db").touch()
    result = await recado("messages", "list")
    assert result.code == 3
    assert result.err == "Error: the database has no tables yet. Run `recado migrate`.\n"


@pytest.mark.own_database
async def test_a_database_of_an_older_version_names_the_command_that_mends_it(
    recado: Recado, shell: pytest.MonkeyPatch, database_url: str, engine: AsyncEngine
) -> None:
    shell.setenv("DATABASE_URL", database_url)
    async with engine.begin() as connection:
        await connection.execute(text("ALTER TABLE contacts RENAME COLUMN responder TO not_yet"))

    result = await recado("contacts", "list")

    assert result.code == 3
    assert result.err == "Error: the database's schema is older than this version needs. Run `recado migrate`.\n"


async def test_debug_shows_the_traceback_wherever_it_stands(recado: Recado, tmp_path: Path) -> None:
    (tmp_path / "bot.db").touch()
    for arguments in (("--debug", "messages", "list"), ("messages", "list", "--debug")):
        # Python shows the traceback of what leaves the program.
        with pytest.raises(OperationalError, match="no such table"):
            await recado(*arguments)


_IN_TURN = """
import contextlib, io, json, os, sys
from bot.cli.main import main

sys.argv[0] = "bot.py"
for arguments, settings in json.loads(sys.argv[1]):
    os.environ.update(settings)
    with (
        contextlib.redirect_stdout(io.StringIO()) as told,
        contextlib.redirect_stderr(told),
        contextlib.suppress(SystemExit),
    ):
        main(arguments)
    sys.__stdout__.write(json.dumps(told.getvalue()) + "\\n")
"""
"""Runs commands one after the other in one process, and prints what each tells."""


async def test_help_and_errors_speak_the_shells_language_wherever_they_rise(
    shell: pytest.MonkeyPatch, sqlite_url: str
) -> None:
    del shell
    expected: Sequence[tuple[list[str], dict[str, str], str]] = (
        (["flows", "show", "nope"], {}, "Erro: não há pacote nope. Veja `python bot.py flows list`.\n"),
        (["flows", "show", "{x}"], {}, "Erro: não há pacote {x}. Veja `python bot.py flows list`.\n"),
        (["flows", "check", "nope"], {}, "Erro: nope: arquivo ou pasta não existe. Confira o caminho.\n"),
        (["flows", "check", "."], {}, "Erro: . não tem nenhum pacote. Indique uma pasta com arquivos *.yaml, "),
        (["flows", "list"], {"BOT_PUBLIC_URL": "x"}, "Erro: BOT_PUBLIC_URL não é válida: "),
        (
            ["flows", "list"],
            {"BOT_PUBLIC_URL": "", "DATABASE_URL": "x"},
            "Erro: DATABASE_URL não é uma URL. Escreva assim: postgresql://",
        ),
    )
    commands = json.dumps([(["--help"], {}), *((arguments, settings) for arguments, settings, _ in expected)])
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "pt_BR.UTF-8", "DATABASE_URL": sqlite_url}

    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _IN_TURN, commands, stdout=subprocess.PIPE, env=environment
    )

    help_, *told = [json.loads(line) for line in (await process.communicate())[0].splitlines()]
    assert COMMANDS["migrate"].summary not in help_
    titles = [line for line in help_.splitlines() if line and not line.startswith(" ")]
    assert titles == ["Uso: bot.py [OPÇÕES] COMANDO [ARGUMENTOS]...", "Opções:", "Comandos:"]
    begun = [said[: len(words)] for said, (_, _, words) in zip(told, expected, strict=True)]
    assert begun == [words for _, _, words in expected]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines\tand more", "two lines and more"),
        ("\x1b[2J\x07\x9b31m", r"\u001b[2J\u0007\u009b31m"),
        ("\u202eevil", r"\u202eevil"),
        ("👩\u200d🚀 olá", "👩\u200d🚀 olá"),
    ],
)
def test_what_people_wrote_cannot_steer_the_terminal(text: str, shown: str) -> None:
    assert printable(text) == shown
