"""Everything that strangers showed to be wrong has a test here, found by its id: `pytest -k C07`."""

import re
from pathlib import Path

SECTIONS = {"D": 14, "C": 20, "P": 12, "M": 13, "A": 10}
"""Doors, conversation, providers' posts, mail, authors and operators: how many of each there are."""
IDS = {f"{section}{number:02}" for section, count in SECTIONS.items() for number in range(1, count + 1)}


def test_each_has_at_least_one_test_that_carries_its_id() -> None:
    named = re.compile(r"^(?:async )?def test_((?:[DCPMA][0-9]{2}_)+)", re.MULTILINE)
    texts = (file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("test_*.py"))
    tested = {id_ for text in texts for ids in named.findall(text) for id_ in ids.strip("_").split("_")}
    assert IDS - tested == set()
    assert tested - IDS == set()
