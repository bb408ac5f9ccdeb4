"""What the attributes of an HTML mail's elements say of the words in them: hidden, quoted, or a signature."""

import re
from collections.abc import Mapping
from html import unescape

from bot.core.expressions import compiled_later

_MAX_SOURCE = 4_000
_ATTRIBUTE = compiled_later(
    r"""(?:^|(?<=[\s"'/]))([a-z][a-z-]{0,30})(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""",
    re.IGNORECASE | re.ASCII,
)
_HIDDEN = compiled_later(
    r"display:none|visibility:(?:hidden|collapse)|mso-hide:all|opacity:0(?:\.0+)?(?:;|!|$)|max-height:0(?:px|pt|em)?(?:;|!|$)"
)
_FONT_SIZE = compiled_later(r"(?:^|;)font(?:-size)?:([^;]*)")
_NO_SIZE = compiled_later(r"0+(?:\.0+)?(?:px|pt|em|rem|%)?(?:!important)?")
_PREHEADER = compiled_later(r"pre-?header|preview-?text", re.IGNORECASE)
_QUOTE = compiled_later(r"quote|cite", re.IGNORECASE)
_SIGNATURE = compiled_later(
    r"(?:gmail|moz|protonmail|tutanota|apple-?mail|ms-outlook-mobile)[_-]?signature|^signature$", re.IGNORECASE
)

Attributes = Mapping[str, str]
"""By their names in lower case; empty where one has no value."""


def attributes(source: str) -> Attributes:
    """The attributes in a tag's source, at most 4 000 characters of it; of two with one name the first counts."""
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(source[:_MAX_SOURCE]):
        found.setdefault(match[1].lower(), unescape(match[2] or match[3] or match[4] or ""))
    return found


def hides(given: Attributes) -> bool:
    """Whether a reader sees nothing of the element, and of what is in it."""
    return "hidden" in given or bool(_HIDDEN.search(_style(given)) or _PREHEADER.search(given.get("class", "")))


def shows_nothing(given: Attributes, otherwise: bool) -> bool:
    """Whether the element's own letters have no size; `otherwise` where it does not say how large they are."""
    sizes = _FONT_SIZE.findall(_style(given))
    return _NO_SIZE.fullmatch(sizes[-1]) is not None if sizes else otherwise


def is_quote(given: Attributes) -> bool:
    """Whether a `blockquote` holds another's words: one that says nothing may only be indented."""
    named = f"{given.get('type', '')} {given.get('class', '')} {given.get('id', '')}"
    return "cite" in given or bool(_QUOTE.search(named)) or "border-left:" in _style(given)


def signs(given: Attributes) -> bool:
    """Whether the element is the signature that a mail program puts below the words."""
    return any(_SIGNATURE.search(each) for key in ("class", "id") for each in given.get(key, "").split())


def _style(given: Attributes) -> str:
    return "".join(given.get("style", "").lower().split())
