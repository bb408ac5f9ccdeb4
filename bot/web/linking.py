"""Addresses of the web within words that somebody wrote, as links that lead where they say, and nowhere else."""

import re

from markupsafe import Markup, escape

from bot.core.text import escaped

_LONGEST = 2_000
# The host is of plain letters: others look like these, and what stands before an at sign looks like a host. Each part
# is taken as a whole or not at all, so that no text takes long.
_ADDRESS = re.compile(
    r"(?<!\w)[Hh][Tt][Tt][Pp][Ss]?://(?=[A-Za-z0-9])[A-Za-z0-9.-]++(?::[0-9]++)?+(?![\w@]|:\S)(?:[/?#][^\s<>\"`]*+)?+"
)
_AFTER = ".,;:!?'*\u2026\u2019\u201d\u00bb"
"""What ends the sentence, not the address."""
_PAIRS = (("(", ")"), ("[", "]"), ("{", "}"))


def linked(text: str) -> Markup:
    """The text with each address in it as a link, which shows all of where it leads.

    What is too long, or has something in it that hides or turns a line around, stays words.

    >>> print(linked("<b> (https://example.com/a).").partition(" rel")[0])
    &lt;b&gt; (<a href="https://example.com/a" dir="ltr" target="_blank"
    """
    pieces, end = [], 0
    for found in _ADDRESS.finditer(text):
        address = _without_sentence(found[0])
        if len(address) > _LONGEST or escaped(address) != address:
            continue
        pieces += [escape(text[end : found.start()]), _link(address)]
        end = found.start() + len(address)
    return Markup("").join([*pieces, escape(text[end:])])


def _without_sentence(address: str) -> str:
    unopened = {end: address.count(end) - address.count(begin) for begin, end in _PAIRS}
    for length in range(len(address), 0, -1):
        last = address[length - 1]
        if unopened.get(last, 0) > 0:
            unopened[last] -= 1
        elif last not in _AFTER:
            return address[:length]
    return ""


def _link(address: str) -> Markup:
    # `dir` parts it from what turns the line around outside of it.
    return Markup(
        '<a href="{address}" dir="ltr" target="_blank" rel="noopener noreferrer nofollow">{address}</a>'
    ).format(address=address)
