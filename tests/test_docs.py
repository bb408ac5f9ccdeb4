"""The pages hold: their links lead somewhere, and they name every command and every provider."""

import re
import shlex
from importlib import import_module
from pathlib import Path
from typing import Any

import typer

from bot.cli.main import COMMANDS
from bot.cli.spoken import App
from bot.providers.table import PROVIDERS
from tests.support.tables import for_each

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_LINK = re.compile(r"\]\((?!https?://)([^)#]+)(?:#[^)]*)?\)")

_TYPED = re.compile(r"^ {4}(?:[A-Z_]+=\S+ )*(?:python bot\.py|recado) (.*)", re.MULTILINE)
_NAMED = re.compile(r"`(?:python )?bot\.py ([^`]*)`")
_BEYOND = re.compile(r"\s+(?:#|>|\||&&).*")
"""What the shell does with it."""


@for_each("page", PAGES)
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = _LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_guide_of_the_inbox_says_the_same_in_both_languages() -> None:
    guides = [
        (ROOT / "docs" / name).read_text(encoding="utf-8").splitlines() for name in ("inbox.md", "inbox.pt-BR.md")
    ]
    for sign in ("#", "- ", "|", "!["):
        english, portuguese = ([line for line in guide if line.startswith(sign)] for guide in guides)
        assert len(english) == len(portuguese), sign
    named = re.compile(r"`([^`\n]+)`|\[[^]]*\]\((?!inbox)([^)]*)\)")
    english, portuguese = (sorted(named.findall("\n".join(guide))) for guide in guides)
    assert english == portuguese


def test_the_readme_gives_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    venv = "python3 -m venv .venv && . .venv/bin/activate"
    assert f"{venv} && pip install -c constraints.txt -e . && python bot.py run\n" in readme
    assert f"{venv} && pip install -c constraints.txt -e '.[test]' && pytest\n" in readme


def test_ci_runs_the_readmes_test_command() -> None:
    assert "pip install -c constraints.txt -e '.[test]' && pytest" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@for_each("name", PROVIDERS)
def test_every_provider_has_its_guide_and_its_line_in_the_readme(name: str) -> None:
    assert (ROOT / "docs" / "providers" / f"{name}.md").is_file()
    assert f"`/webhooks/{name}`" in (ROOT / "README.md").read_text(encoding="utf-8")


@for_each("name", COMMANDS)
def test_every_command_is_told_of(name: str) -> None:
    told = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert re.search(rf"`(python bot\.py )?{name}\b|bot\.py {name}\b", told)


@for_each("page", PAGES)
def test_every_command_on_a_page_can_be_typed(page: Path) -> None:
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    assert re.findall(r"^ {4}bot\.py .*", text, re.MULTILINE) == [], "say `python bot.py` where it is to be typed"
    for spelled in (*_TYPED.findall(text), *_NAMED.findall(text)):
        name, *given = shlex.split(_BEYOND.sub("", spelled))
        if name in COMMANDS and not {"…", "..."} & set(given):
            assert _is_taken(_command(name), given), spelled


def _command(name: str) -> Any:
    module = import_module(COMMANDS[name].module)
    if hasattr(module, "app"):
        return typer.main.get_command(module.app)
    alone = App()
    alone.command(name)(module.command)
    return typer.main.get_command(alone)


def _is_taken(command: Any, given: list[str]) -> bool:
    """Whether the command takes these arguments; a name alone only names it."""
    if len(given) < (2 if hasattr(command, "commands") else 1):
        return not given or given[0] in command.commands
    try:
        if hasattr(command, "commands"):
            command, given = command.commands[given[0]], given[1:]
        command.make_context("", given)
    except (KeyError, typer.TyperException):
        return False
    return True


def test_every_decision_is_listed() -> None:
    listed = (ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    pages = [page.name for page in (ROOT / "docs" / "adr").glob("[0-9]*.md")]
    assert [name for name in pages if f"({name})" not in listed] == []


def test_constraints_pin_versions_and_name_no_address() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"#.*|[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+", line)] == []
