"""The pages hold: their links lead somewhere, and they name every command and every provider."""

import re
from pathlib import Path

from bot.cli.main import COMMANDS
from bot.providers.table import PROVIDERS
from tests.support.tables import for_each

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_LINK = re.compile(r"\]\((?!https?://)([^)#]+)(?:#[^)]*)?\)")


@for_each("page", PAGES)
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = _LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


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


def test_every_decision_is_listed() -> None:
    listed = (ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    pages = [page.name for page in (ROOT / "docs" / "adr").glob("[0-9]*.md")]
    assert [name for name in pages if f"({name})" not in listed] == []


def test_constraints_pin_versions_and_name_no_address() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"#.*|[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+", line)] == []
