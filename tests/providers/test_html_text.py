"""The readable text of HTML."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.providers.html_text import html_to_text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", ""),
        ("oi", "oi"),
        ("tom &amp; jerry &", "tom & jerry &"),
        ("<p>one</p><p>two<br/>three</p>", "one\ntwo\nthree"),
        ("<ul><li>a<li>b</ul>", "a\nb"),
        ("a\n  b\r\nc", "a b c"),
        ("<title>t</title><style>p{}</style><script>alert('<p>')</script>x", "x"),
        ("<template><style>p{}</style>a</template>x", "x"),
        ("a<!-- hidden -->b", "ab"),
        ("a<!-- open", "a"),
        ("a<b", "a"),
        ("1 < 2", "1 < 2"),
        ("kept<![x[", "kept"),
        ("&#0;&#xD800;&nope;", "\ufffd\ufffd&nope;"),
    ],
)
def test_html_is_what_a_reader_sees(source: str, expected: str) -> None:
    assert html_to_text(source) == expected


@given(st.text(alphabet=st.sampled_from("<>/!-[]&;#x abp=\"'\n?"), max_size=80))
def test_no_source_breaks_it(source: str) -> None:
    assert "\r" not in html_to_text(source)


@pytest.mark.parametrize(
    "piece", ["<!--", "<a ", "<a b='", "&#", "</", "<![CDATA[", "<!a ", "<p>", "<script></x", "<?"]
)
def test_half_a_megabyte_of_malice_takes_no_time(piece: str) -> None:
    began = time.process_time()

    html_to_text(piece * (1_000_000 // len(piece)))

    assert time.process_time() - began < 5
