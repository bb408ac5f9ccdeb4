"""Bundles broken as people break them who do not program: what is told, where, in both languages, and its mend.

Each file of the corpus has the broken bundle, what `flows check` says of it in English and in Portuguese, and the
bundle after somebody did what the mend says.
"""

import re
from collections.abc import Callable
from pathlib import Path

from bot.flows.checks.check import Source, check
from bot.web.i18n import translator
from tests.support.examples import quarter
from tests.support.tables import for_each

CORPUS = Path(__file__).parent.parent / "fixtures" / "broken_bundles"
PIZZERIA = Path(__file__).parent.parent.parent / "flows" / "pizzaria.yaml"
_PART = re.compile(r"(?m)^--- (broken|told|dito|mended)\n")
_WHOLE_LINE = re.compile(
    r"(?P<number>\d+):.*Write this line(?:, after (?P<count>\d+) blanks,)? as: (?P<line>(?:(?! And begin ).)*)"
    r"(?: And begin the next line, after (?P<deeper>\d+) blanks, with: (?P<rest>.*))?"
)
_LIBRARIES = re.compile(r"(?i)jinja|pyyaml|pydantic|token|scalar|mapping|<block|expected|unexpected|flow sequence")


def parts(case: str) -> dict[str, str]:
    pieces = _PART.split((CORPUS / f"{case}.txt").read_text(encoding="utf-8"))[1:]
    return dict(zip(pieces[::2], pieces[1::2], strict=True))


CASES = sorted(path.stem for path in CORPUS.glob("*.txt"))


@for_each("case", quarter(CASES))
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


@for_each("case", quarter(CASES))
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
                below = "" if mend["rest"] is None else "\n" + " " * int(mend["deeper"]) + mend["rest"]
                lines[number] = " " * blanks + mend["line"] + below
        if all(mends):
            assert check([Source("b", "\n".join(lines).encode())]).faults == (), case
            followed += 1
    assert followed > 30


SLIPS: dict[str, Callable[[str], str]] = {
    "a bracket is not closed": lambda line: line[::-1].replace("]", "", 1)[::-1],
    "a brace is not closed": lambda line: line[::-1].replace("}", "", 1)[::-1],
    "a bracket is not opened": lambda line: line.replace("[", "", 1),
    "a colon is missing": lambda line: line.replace(":", "", 1),
    "a quote is not closed": lambda line: line[::-1].replace('"', "", 1)[::-1],
    "a quote begins it": lambda line: line.replace(": ", ': "', 1),
    "it is too far right": lambda line: f"   {line}",
}


@for_each("slip", SLIPS)
def test_A02_whatever_slips_in_a_line_there_is_a_bundle_or_a_fault(slip: str) -> None:
    lines = PIZZERIA.read_text(encoding="utf-8").split("\n")
    slipped = {number: SLIPS[slip](line) for number, line in enumerate(lines) if not line.startswith("#")}
    numbers = [number for number, line in slipped.items() if line.strip() and line != lines[number]]

    for number in numbers[:: 1 + len(numbers) // 2]:
        text = "\n".join([*lines[:number], slipped[number], *lines[number + 1 :]])
        checked = check([Source("b", text.encode())])
        assert bool(checked.bundles) != bool(checked.faults), (number, slipped[number])


@for_each(
    "options",
    [
        "[10,20,30]",
        "[Room 1,Room 2]",
        "[18h30,19h30,20h]",
        "[8-10,10-12]",
        "[01/02,03/04]",
        "[Room 1, 20 rooms]",
        "['R$ 40,00', '45,50']",
        "[Yes ;-), No]",
        "[P&amp;B, Colour]",
        "[I would like; perhaps; a rather long one, No]",
        "[10h / 18h]",
        "[01 / 02]",
        "[R$ 40 / R$ 50]",
        "[8-10 | 12-14]",
        "[Coffee / Tea, Juice]",
        "['Small / Large']",
        "['a\uff0cb', c]",
        "[你好\uff0c世界, 再见]",
        "[40, 50]",
        "['39,90', '45,90']",
        "[8,9]",
    ],
)
def test_A02_lists_that_only_look_broken_are_sound(options: str) -> None:
    steps = f"[{{key: a, type: collect_input, template: t, options: {options}}}, {{key: b, type: end}}]"
    text = f"bundle: b\nwelcome: t\ntemplates: {{t: {{content: x}}}}\nflows: {{f: {{steps: {steps}}}}}\n"

    assert check([Source("b", text.encode())]).faults == ()


@for_each("words", ["“Open” on “Sunday”", "{{ flavour }}; {{ a }}", "Only 40, 50 or 60"])
def test_A02_words_that_only_look_broken_are_sound(words: str) -> None:
    text = "bundle: b\nwelcome: t\ntemplates:\n  t:\n    variables: [flavour, a]\n    content: 'x'\n"

    assert check([Source("b", text.replace("'x'", f"|\n      {words}").encode())]).faults == ()
    assert check([Source("b", text.replace("'x'", f">\n      {words}").encode())]).faults == ()


@for_each(
    "words",
    ["“Open”, it says, “on Sunday”", "„Offen“ am Sonntag", "a screen of 20”", "”Hej” och ”hej då”", "\u2018tis open"],
)
def test_A02_typographic_quotes_that_are_the_words_own_are_sound(words: str) -> None:
    text = f"bundle: b\nwelcome: t\ntemplates:\n  t:\n    content: {words}\n"

    assert check([Source("b", text.encode())]).faults == ()


@for_each("words", ["See you. priority: none", "Opening hours, location: our shop"])
def test_A02_a_sentence_with_a_keys_name_in_it_is_quoted_as_a_whole(words: str) -> None:
    text = f"bundle: b\nwelcome: t\ntemplates:\n  t:\n    content: {words}\n"

    (fault,) = check([Source("b", text.encode())]).faults

    assert fault.sentence() == f'b:5:14 Y04 text with a colon and a blank needs quotes. Write it as "{words}".'


@for_each("pattern", ["[1..5,10]", "['>=5',10]", "[-5,10]"])
def test_A02_numbers_in_a_list_without_blanks_stay_a_list(pattern: str) -> None:
    trigger = f"{{type: equals, pattern: {pattern}, template: t}}"
    text = f"bundle: b\nwelcome: t\ntemplates: {{t: {{content: x}}}}\ntriggers: [{trigger}]\n"

    (bundle,) = check([Source("b", text.encode())]).bundles

    assert len(bundle.document.triggers[0].pattern) == 2


def test_A02_each_of_several_files_with_one_name_is_told_which_other_has_it() -> None:
    bundle = b"bundle: shop\nwelcome: t\ntemplates: {t: {content: x}}\n"
    files = ("a.yaml", "b.yaml", "c.yaml")

    told = check([Source(file, bundle) for file in files]).faults

    assert [fault.sentence() for fault in told] == [
        "a.yaml:1:9 R04 bundle shop stands in b.yaml too. Give each file's bundle a name of its own.",
        "b.yaml:1:9 R04 bundle shop stands in a.yaml too. Give each file's bundle a name of its own.",
        "c.yaml:1:9 R04 bundle shop stands in b.yaml too. Give each file's bundle a name of its own.",
    ]
    named = [Source(file, bundle.replace(b"shop", file[:1].encode())) for file in files]
    assert check(named).faults == ()
