"""What a command imports: the start of each is nearly all that those without a database do."""

import json
import subprocess
import sys

import pytest

from bot.app.action_specs import SPECS
from bot.app.actions import ACTIONS
from bot.cli.main import COMMANDS
from bot.flows.actions import specs_of
from tests.support.processes import ROOT
from tests.support.tables import for_each

HEAVY = {
    "aiohttp",
    "alembic",
    "asyncio",
    "asyncpg",
    "cryptography",
    "phonenumbers",
    "prompt_toolkit",
    "rich",
    "sqlalchemy",
    "structlog",
}
"""What each takes tens of milliseconds, or leads to what does."""
SPARED = HEAVY | {"dotenv", "jinja2", "yaml", "yarl"}
"""What help does without besides."""
HELP = (("--help",), *((name, "--help") for name in COMMANDS), ("contacts", "list", "--help"))
"""They load nothing of what they tell of."""
LIGHT = (
    *HELP,
    ("--version",),
    ("flows", "check", "flows"),
    ("flows", "check", "--sms", "flows"),
    ("completion", "bash"),
    ("init",),
)
"""They need no database."""
SERVING = ("bot.cli.run", "bot.cli.worker")
"""What these commands load once they are called."""
SELDOM = {"alembic", "prompt_toolkit", "watchfiles"}
"""What hardly a start has anything to do for; files are watched where bundles lie in a folder, and checked there."""
PROGRAM = """
# All in one process, the light ones first: what one has imported, the next one has too.
import contextlib, importlib, io, json, os, shutil, sys, tempfile

told, before = [], set(sys.modules)
from bot.cli.main import main

with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    shutil.copytree(sys.argv[2], "flows")
    for arguments in json.loads(sys.argv[1]):
        code = None
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                main(arguments)
            except SystemExit as ended:
                code = ended.code
        told.append([code, sorted({each.partition(".")[0] for each in set(sys.modules) - before})])
        before = set(sys.modules)
    os.chdir("/")
for module in json.loads(sys.argv[3]):
    importlib.import_module(module)
told.append([0, sorted({each.partition(".")[0] for each in set(sys.modules) - before})])
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def imported() -> dict[tuple[str, ...], tuple[int, set[str]]]:
    """By command, its code and what it was the first to import; by SERVING, what all that serves imports besides."""
    ran = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM, json.dumps(LIGHT), str(ROOT / "flows"), json.dumps(SERVING)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(ran.stdout)
    return {each: (code, set(names)) for each, (code, names) in zip((*LIGHT, SERVING), told, strict=True)}


@for_each("command", LIGHT)
def test_what_needs_no_database_imports_nothing_of_it(
    imported: dict[tuple[str, ...], tuple[int, set[str]]], command: tuple[str, ...]
) -> None:
    code, names = imported[command]

    assert code == 0
    assert names & HEAVY == set()


@for_each("command", HELP)
def test_what_only_says_how_it_is_called_loads_nothing_of_what_it_does(
    imported: dict[tuple[str, ...], tuple[int, set[str]]], command: tuple[str, ...]
) -> None:
    code, names = imported[command]

    assert code == 0
    assert names & SPARED == set()


def test_what_serves_imports_nothing_that_is_seldom_needed(
    imported: dict[tuple[str, ...], tuple[int, set[str]]],
) -> None:
    _code, names = imported[SERVING]

    assert "aiohttp" in names
    assert names & SELDOM == set()


def test_help_loads_no_templates(imported: dict[tuple[str, ...], tuple[int, set[str]]]) -> None:
    _code, names = imported[("--help",)]

    assert "typer" in names
    assert "jinja2" not in names


def test_files_are_checked_against_all_that_the_bot_can_do() -> None:
    assert specs_of(ACTIONS) == SPECS
