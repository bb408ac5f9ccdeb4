"""The parts that a text must have for a regular expression to match it."""

import re
from collections.abc import Sequence
from itertools import groupby

SHORTEST_PART = 3
"""Characters; shorter parts are in too many texts to tell them apart."""

MOST_PARTS = 50
"""Of more parts it is likely that a text has one by chance."""

# RE2's syntax as far as it decides where a literal begins and ends; what RE2 refuses need not be told apart.
_TOKEN = re.compile(
    r"""
      \\(?P<escaped>[^A-Za-z0-9])
    | (?P<other>\\[pP](?:\{[^}]*\}|.)|\\[abdfnrstvwzABDSW]|\[\^?\]?(?:\[:\^?[a-z]+:\]|\\.|[^\]\\])*\]|[.^$])
    | (?P<unknown>\\.)
    | \(\?[imsU-]+\)
    | (?P<opened>\((?:\?P?<[^>]*>|\?[imsU-]*:)?)
    | (?P<closed>\))
    | (?P<alternative>\|)
    | (?P<repeated>(?:[*+?]|\{(?P<least>[0-9]+)(?:,[0-9]*)?\})\??)
    | (?P<literal>.)
    """,
    re.VERBOSE | re.DOTALL,
)

_NOTHING: frozenset[str] = frozenset()
_Branch = list[str | frozenset[str]]
"""What comes one after the other: a character that is meant literally, or what a group or a class needs."""


def needed_parts(expression: str) -> frozenset[str]:
    r"""Texts of which every text that RE2 matches the expression with has at least one; empty where none is known.

    They are ASCII and in lower case, as is what of the text they are looked for in. What is not understood is taken
    for something that needs nothing, so that the answer is safe if not always the best.

    >>> sorted(needed_parts(r"\b(quero|gostaria de) pizzas?")), needed_parts(r"^\d{5}$")
    ([' pizza'], frozenset())
    """
    groups: list[list[_Branch]] = [[[]]]
    for token in _TOKEN.finditer(expression):
        branch = groups[-1][-1]
        match token.lastgroup:
            case "literal" | "escaped" as kind if token[kind].isascii():
                branch.append(token[kind].lower())
            case "opened":
                groups.append([[]])
            case "closed":
                inner = _of_any(groups.pop())
                groups[-1][-1].append(inner)
            case "alternative":
                groups[-1].append([])
            case "repeated" if token[0][0] == "+" or int(token["least"] or 0):
                # Once or more is: this, whatever, and this.
                branch += [_NOTHING, branch[-1]]
            case "repeated":
                branch[-1] = _NOTHING
            case "unknown":
                return _NOTHING
            case _:
                branch.append(_NOTHING)
    return _of_any(groups[0])


def _of_any(branches: Sequence[_Branch]) -> frozenset[str]:
    needed = [_of_all(each) for each in branches]
    parts = _NOTHING.union(*needed)
    return parts if all(needed) and len(parts) <= MOST_PARTS else _NOTHING


def _of_all(branch: _Branch) -> frozenset[str]:
    """Of what the pieces of a branch need the one that fewest texts will have: the longest."""
    found = [piece for piece in branch if isinstance(piece, frozenset) and piece]
    runs = (
        "".join(map(str, run)) for is_literal, run in groupby(branch, lambda each: isinstance(each, str)) if is_literal
    )
    found += [frozenset({run}) for run in runs if len(run) >= SHORTEST_PART]
    return max(found, key=lambda parts: (min(map(len, parts)), -len(parts)), default=_NOTHING)
