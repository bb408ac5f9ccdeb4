import re
from collections.abc import Mapping

import pytest

from bot.core.addresses import Channel
from bot.inbox.service import COLOURS
from bot.web.assets import ROOMS
from bot.web.colours import colours

GROUNDS = ("paper", "surface", "raised")
TEXTS = ("ink", "soft", "accent", "danger", "warn", "good", *Channel)
SEEN = ("control", "mark")
"""What one must see to use it, but does not read."""
DRAWN = {"mark-ink", *(f"{channel}-bubble-read" for channel in Channel)}
ON_THEIR_OWN = [
    *[(name, f"{name}-ground") for name in ("accent", "danger", "warn", "good")],
    *[(text, f"{name}-ground") for name in ("accent", "danger", "warn", "good") for text in ("ink", "soft")],
    *[(f"label-{colour}", f"label-{colour}-ground") for colour in COLOURS],
    ("mark-ink", "mark"),
    ("accent-ink", "accent"),
    ("danger-ink", "danger"),
    *[(f"{channel}-bubble{part}", f"{channel}-bubble") for channel in Channel for part in ("-soft", "-read")],
    *[("bubble-ink", f"{channel}-bubble") for channel in Channel],
]
LIGHT, DARK = colours()
NAMED = re.compile(
    r"#[0-9a-f]{3,8}\b(?![^{]*\{)|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch)\(|"
    r"(?<![\w-])(?:white|black|red|green|blue|gr[ae]y|silver|orange|yellow|purple|pink|navy|teal)(?![\w-])(?=[^{}]*;)",
    re.IGNORECASE,
)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_what_is_read_and_what_is_used_stands_out_from_every_ground_it_may_stand_on(theme: Mapping[str, str]) -> None:
    wanted = [
        *[(text, ground, 4.5) for text in TEXTS for ground in GROUNDS],
        *[(seen, ground, 3.0) for seen in SEEN for ground in GROUNDS],
        *[(text, ground, 3.0 if text in DRAWN else 4.5) for text, ground in ON_THEIR_OWN],
    ]
    weak = [
        f"{text} on {ground}: {ratio:.2f}"
        for text, ground, least in wanted
        if (ratio := contrast(theme[text], theme[ground])) < least
    ]
    assert weak == []


def test_base_css_alone_names_colours() -> None:
    found = [
        f"{path.relative_to(ROOMS)}: {named[0]}"
        for path in sorted([*ROOMS.glob("**/pages/*.css"), *ROOMS.glob("**/pages/*.html")])
        if path != ROOMS / "web" / "pages" / "base.css"
        for named in NAMED.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "css", ["a { color: #fff; }", "a { color: rgb(0 0 0); }", "a { color: White; }", "a { border: 1px solid red; }"]
)
def test_a_colour_is_noticed(css: str) -> None:
    assert NAMED.search(css)


def test_black_on_white_has_the_greatest_contrast() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
