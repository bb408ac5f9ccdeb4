"""The pages of the providers of Meta's family give the limits that the code has."""

from pathlib import Path

from bot.providers.meta.instagram import SURFACE as INSTAGRAM
from bot.providers.meta.messaging import Surface
from bot.providers.meta.messaging_outbound import MAX_REPLIES, MAX_REPLY_TITLE
from bot.providers.meta.messenger import SURFACE as MESSENGER
from bot.providers.meta.whatsapp_outbound import MAX_CAPTION, MAX_ROW_DESCRIPTION
from bot.providers.table import PROVIDERS
from tests.support.tables import for_each

PAGES = Path(__file__).parents[3] / "docs" / "providers"


def page(name: str) -> str:
    return " ".join((PAGES / f"{name}.md").read_text(encoding="utf-8").split())


def test_whatsapps_page_tells_what_a_file_and_a_row_take() -> None:
    assert f"Words of up to {MAX_CAPTION:,} characters stand below a picture" in page("whatsapp")
    assert f"shows it, up to {MAX_ROW_DESCRIPTION} characters" in page("whatsapp")


@for_each("surface", [MESSENGER, INSTAGRAM])
def test_the_others_tell_what_a_text_and_its_replies_take(surface: Surface) -> None:
    counted = "bytes" if surface.in_bytes else "characters"
    assert f"up to {MAX_REPLIES} options of up to {MAX_REPLY_TITLE} characters" in page(surface.name)
    assert f"text longer than {surface.max_text:,} {counted} goes in numbered parts" in page(surface.name)


@for_each("name", ["whatsapp", "dialog360", "messenger", "instagram"])
def test_a_page_says_so_where_the_facts_are_not_confirmed(name: str) -> None:
    assert PROVIDERS[name].beta == (" Beta: " in page(name))
