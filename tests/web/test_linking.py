"""Addresses in what people write: links that lead where they say, whatever somebody tries."""

import html
import re
from time import process_time

from hypothesis import given
from hypothesis import strategies as st

from bot.web.linking import linked
from tests.support.tables import for_each

LINK = re.compile(r'<a href="([^"<>]*)" dir="ltr" target="_blank" rel="noopener noreferrer nofollow">([^<>]*)</a>')


def addresses(text: str) -> list[str]:
    """Where its links lead."""
    return [html.unescape(leads) for leads, _shown in LINK.findall(linked(text))]


@for_each(
    ("text", "leads"),
    [
        ("See https://example.com/a?b=1&c=2#d.", ["https://example.com/a?b=1&c=2#d"]),
        ("(http://example.com) and HTTPS://Example.com:8443/x!", ["http://example.com", "HTTPS://Example.com:8443/x"]),
        ("https://pt.wikipedia.org/wiki/Pão_(alimento)", ["https://pt.wikipedia.org/wiki/Pão_(alimento)"]),
        (
            "(https://example.com/a_(b)), [https://example.com/[1]]",
            ["https://example.com/a_(b)", "https://example.com/[1]"],
        ),
        (
            "\u201chttps://example.com/a\u201d and \u00abhttps://example.com/b\u00bb\u2026",
            ["https://example.com/a", "https://example.com/b"],
        ),
        ("<https://example.com>, 'https://example.com/'", ["https://example.com", "https://example.com/"]),
        ("javascript:alert(1) data:text/html,x ftp://example.com //example.com www.example.com", []),
        ("xhttps://example.com https:example.com https:// https://. https://-a", []),
        ("https://bank.example@evil.example https://a:b@evil.example", []),
        ("https://ex\u00e4mple.com https://\u0430pple.com https://a.ex\u00e4 http\u017f://example.com", []),
        ("https://example.com/\u202egnp.exe https://example.com/a\u200bb", []),
        (f"https://example.com/{'a' * 3_000}", []),
        ("At https://example.com: bread", ["https://example.com"]),
    ],
)
def test_what_leads_somewhere(text: str, leads: list[str]) -> None:
    assert addresses(text) == leads


@given(st.text(alphabet="htps:/.@a<>\"'&() \n\u202e\u00e4", max_size=60) | st.text(max_size=60))
def test_no_text_becomes_markup_and_all_of_it_stays(text: str) -> None:
    for around in (text, f"https://example.com/{text}", f"{text}https://a.example{text}"):
        shown = str(linked(around))
        assert all(leads == says for leads, says in LINK.findall(shown))
        assert html.unescape(LINK.sub(r"\2", shown)) == html.unescape(html.escape(around))
        assert not set('<>"') & set(LINK.sub("", shown))


def test_hostile_texts_take_no_time() -> None:
    begun = process_time()
    for piece in (
        "https://",
        "https://a.",
        "https://a:1",
        "https://a/)",
        "https://a/(",
        ")",
        "h",
        "https://" + "a" * 400 + "@",
    ):
        linked((piece * 100_000)[:100_000])
    assert process_time() - begun < 1
