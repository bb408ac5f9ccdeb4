"""A corpus of answers by mail: programs and languages, and what a person wrote among what they quote."""

from pathlib import Path
from typing import Any

import yaml

from bot.providers.kit.mime import Headers
from bot.providers.mail.parse import Letter, read_letter
from bot.providers.mail.reply import reply_of
from tests.support.tables import for_each

_PATH = Path(__file__).parents[1] / "fixtures" / "mail_quotes" / "cases.yaml"
CASES: list[dict[str, str]] = yaml.safe_load(_PATH.read_text())


def name(case: dict[str, str]) -> str:
    return f"{case['language']}, {case['program']}: {case['about']}"


@for_each("case", CASES)
def test_M08_M09_the_persons_own_words_remain(case: dict[str, str]) -> None:
    assert reply_of(case["text"], "Ana Souza") == case["remains"]


@for_each("case", CASES)
def test_M08_line_ends_of_a_mail_change_nothing(case: dict[str, str]) -> None:
    letter = Letter("mime:x", "oi@example.com", Headers([]), author="Ana Souza <ana@example.net>", subject="")
    (found,) = read_letter(letter._replace(plain=case["text"].replace("\n", "\r\n"))).messages

    assert found.text == case["remains"]


def test_M08_the_corpus_holds_the_languages_and_programs_people_write_in() -> None:
    def among(key: str) -> set[Any]:
        return {case[key] for case in CASES}

    assert len(CASES) >= 60
    assert among("language") >= {"en", "pt", "pt-PT", "es", "fr", "de", "it", "nl"}
    assert among("program") >= {"Gmail", "Outlook desktop", "Outlook web", "Apple Mail", "Thunderbird"}
    assert len({case["text"] for case in CASES}) == len(CASES)
