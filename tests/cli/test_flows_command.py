"""`recado flows …`, as an admin runs it."""

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Recado

GOOD = "bundle: good\nwelcome: t\ntemplates: {t: {content: Oi}}\n"


@pytest.fixture(autouse=True)
def database(shell: pytest.MonkeyPatch, sqlite_url: str) -> None:
    """The shell's database, with nothing in it."""
    shell.setenv("DATABASE_URL", sqlite_url)


async def test_a_sound_file_is_checked_loaded_shown_and_archived(recado: Recado, tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(GOOD, encoding="utf-8")

    assert (await recado("flows", "check", "good.yaml")).out == "1 bundle fine\n"
    assert (await recado("flows", "load", ".")).out == "good is published as version 1.\n"
    assert (await recado("flows", "load", ".")).out == "good is unchanged: version 1.\n"
    (listed,) = json.loads((await recado("flows", "list", "--json")).out)
    assert (listed["name"], listed["version"], listed["status"], listed["templates"]) == ("good", 1, "published", 1)
    assert re.fullmatch(r"[0-9-]{10}T[0-9:.]+\+00:00", listed["published_at"]), "moments are ISO 8601"
    shown = (await recado("flows", "show", "good")).out
    assert shown.startswith("# good, version 1, published ")
    assert shown.endswith(GOOD)
    assert json.loads((await recado("flows", "show", "good", "--json")).out)["document"]["welcome"] == "t"
    assert (await recado("flows", "archive", "good")).out == "good version 1 is archived.\n"
    assert (await recado("flows", "list")).out.split("\t")[:3] == ["good", "1", "archived"]


async def test_faults_are_told_one_a_line_and_nothing_is_published(recado: Recado, tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "bad.yaml").write_text("bundle: bad\nwelcome: *x y\nfallback: z\n", encoding="utf-8")

    checked = await recado("flows", "check", "good.yaml", "bad.yaml")
    loaded = await recado("flows", "load", ".")

    expected = [
        'bad.yaml:2:10 Y03 text starting with * needs quotes. Write it as "*x y".',
        "bad.yaml:3:11 R01 there is no template z. Write it under templates.",
        "2 faults in 1 file",
    ]
    assert (checked.code, checked.out.splitlines()) == (1, expected)
    assert (loaded.code, loaded.out, loaded.err.splitlines()) == (1, "", expected)
    assert (await recado("flows", "list")).out == "Nothing is published. Run `recado flows load flows/`.\n"


async def test_notes_are_told_and_fail_nothing(recado: Recado, tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("bundle: b\ntemplates: {t: {content: Oi}}\n", encoding="utf-8")

    done = await recado("flows", "check", "b.yaml")

    assert (done.code, done.out.splitlines()) == (
        0,
        ["b.yaml:2:13 N03 template t is used nowhere. Send it somewhere, or delete it.", "1 bundle fine"],
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("check", "nowhere.yaml"), 1, "nowhere.yaml: No such file or directory"),
        (("check", "."), 1, "has no bundle"),
        (("show", "nobody"), 1, "there is no bundle nobody"),
        (("archive", "nobody"), 1, "no bundle nobody is published"),
        (("check",), 2, "PATH… is missing"),
    ],
)
async def test_what_goes_wrong_is_one_plain_sentence(
    recado: Recado, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = await recado("flows", *arguments)

    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert "Traceback" not in done.err
