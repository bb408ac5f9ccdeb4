"""Bundles broken as people break them who do not program: what is told, where, in both languages, and its mend.

Each file of the corpus has the broken bundle, what `flows check` says of it in English and in Portuguese, and the
bundle after somebody did what the mend says.
"""

import re
from pathlib import Path

import pytest

from bot.flows.check import Source, check
from bot.web.i18n import translator

CORPUS = Path(__file__).parent.parent / "fixtures" / "broken_bundles"
_PART = re.compile(r"(?m)^--- (broken|told|dito|mended)\n")
_WHOLE_LINE = re.compile(
    r"(?P<number>\d+):.*Write this line(?:, after (?P<count>\d+) blanks,)? as: (?P<line>(?:(?! And begin ).)*)"
)
_LIBRARIES = re.compile(r"(?i)jinja|pyyaml|pydantic|token|scalar|mapping|<block|expected|unexpected|flow sequence")


def parts(case: str) -> dict[str, str]:
    pieces = _PART.split((CORPUS / f"{case}.txt").read_text(encoding="utf-8"))[1:]
    return dict(zip(pieces[::2], pieces[1::2], strict=True))


CASES = sorted(path.stem for path in CORPUS.glob("*.txt"))


@pytest.mark.parametrize("case", CASES)
def test_A02_a_broken_bundle_is_told_its_faults_in_both_languages(case: str) -> None:
    found = parts(case)

    faults = check([Source("b", found["broken"].encode())]).faults

    said = {
        key: "".join(f"{each.sentence(translator(locale)).removeprefix('b:')}\n" for each in faults)
        for key, locale in (("told", "en"), ("dito", "pt-BR"))
    }
    assert said == {"told": found["told"], "dito": found["dito"]}
    assert not _LIBRARIES.search(said["told"] + said["dito"])
    assert max(map(len, said["told"].splitlines())) < 600


@pytest.mark.parametrize("case", CASES)
def test_A02_whoever_does_what_the_mend_says_has_a_sound_bundle(case: str) -> None:
    found = parts(case)

    assert check([Source("b", found["mended"].encode())]).faults == ()
    assert found["mended"] != found["broken"]


def test_A02_the_corpus_has_cases_of_every_kind() -> None:
    codes = {line.split()[1] for case in CASES for line in parts(case)["told"].splitlines()}

    assert len(CASES) >= 100
    assert {f"Y{number:02}" for number in (3, 4, 5, 6, 7, 9, 13, *range(15, 34)) if number != 22} <= codes | {"Y11"}
    assert {"S01", "S02", "S03", "S04", "S05", "S06", "S07", "S08", "S09", "S10", "S11"} <= codes
    assert {"R01", "R02", "T01", "T02", "T03", "Y22"} <= codes


def test_A02_a_line_that_the_mend_gives_makes_the_file_pass_as_it_stands() -> None:
    followed = 0
    for case in CASES:
        found = parts(case)
        lines = found["broken"].split("\n")
        mends = [_WHOLE_LINE.fullmatch(each) for each in found["told"].splitlines()]
        for mend in mends:
            if mend is not None:
                number = int(mend["number"]) - 1
                blanks = (
                    len(lines[number]) - len(lines[number].lstrip()) if mend["count"] is None else int(mend["count"])
                )
                lines[number] = " " * blanks + mend["line"]
        if all(mends):
            assert check([Source("b", "\n".join(lines).encode())]).faults == (), case
            followed += 1
    assert followed > 30
