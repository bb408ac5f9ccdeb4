"""Which few characters make a text dear as SMS."""

from bot.flows.checks.check import Source, check
from bot.flows.checks.segments import count_segments, dear
from tests.support.tables import for_each

LETTERS = "a" * 140


def told(content: str) -> tuple[int, int, tuple[tuple[str, str], ...]] | None:
    """Parts, parts without the odd characters, and what to write for them."""
    source = f'bundle: b\nwelcome: t\ntemplates: {{t: {{content: "{content}"}}}}\n'
    (bundle,) = check([Source("b.yaml", source.encode())]).bundles
    (found,) = count_segments([bundle])
    dearer = dear(found)
    return (found.counted.parts, dearer.parts, dearer.spelled) if dearer else None


@for_each(
    ("character", "plain"), [("\u2019", "'"), ("\u2013", "-"), ("…", "..."), ("ã", "a"), ("\U0001f355", ""), ("я", "")]
)
def test_one_odd_character_that_triples_the_price_is_told(character: str, plain: str) -> None:
    assert told(LETTERS + character) == (3, 1, ((character, plain),))


@for_each(
    "content",
    [
        LETTERS,
        "a" * 100 + "\u2019",
        LETTERS + "ã" * 4,
        LETTERS + "ãçõá",
        "ã" * 3,
        "a" * 159 + "ã\u2019",
    ],
    ids=["no odd one", "twice the price", "many", "many kinds", "short", "two instead of three"],
)
def test_what_spares_little_or_what_the_language_needs_is_not(content: str) -> None:
    assert told(content) is None


def test_conditions_and_defaults_count_as_without_values() -> None:
    assert told("{% if contact.name %}" + "b" * 100 + "{% endif %}" + LETTERS + "\u2019") == (3, 1, (("\u2019", "'"),))
