"""`chat`: the bot in the terminal, with all that goes along with its words."""

import io
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Recado

BUNDLE = """\
bundle: shop
templates:
  hello:
    content: What can we do for you?
    list: {rows: [{label: Bread, id: bread, description: Fresh}, {label: Where are you?, id: where}]}
    subject: Good morning
  where:
    content: Here.
    media: {type: image, url: https://shop.example/door.jpg}
    location: {latitude: 52.37, longitude: 4.89, name: The Shop}
    whatsapp: {template: address}
triggers:
  - {type: equals, pattern: hi, template: hello}
  - {type: equals, pattern: where, template: where}
"""


@pytest.fixture
def talk(shell: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A folder with a bundle, and a terminal into which two lines are typed."""
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "shop.yaml").write_text(BUNDLE, encoding="utf-8")
    shell.setattr(sys, "stdin", io.StringIO("hi\n2\n"))
    return shell


async def test_what_goes_along_with_the_words_is_shown(recado: Recado, talk: pytest.MonkeyPatch) -> None:
    del talk
    result = await recado("chat")

    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines() == [
        "What can we do for you?",
        "  1. Bread - Fresh",
        "  2. Where are you?",
        "Here.",
        "  [image] https://shop.example/door.jpg",
        "  [location] The Shop (52.37, 4.89)",
        "  After a day of silence WhatsApp gets the approved template address (en) instead.",
    ]


async def test_a_mail_is_shown_with_its_subject(recado: Recado, talk: pytest.MonkeyPatch) -> None:
    del talk
    result = await recado("chat", "--channel", "email")

    assert result.out.splitlines()[0] == "Subject: Good morning"
