"""Looking for many regular expressions in a text at once, with what RE2 has for it."""

from collections.abc import Callable, Sequence
from typing import Any

import re2

from bot.engine.patterns import regex_options

_AT_ONCE = 1500
"""Expressions in one structure: RE2 holds up the whole process while it builds it, for 10 to 20 milliseconds."""

_MEMORY = 8 << 20
_MARK = "\ue000".encode()

Numbered = Sequence[tuple[bytes, int]]
"""Expressions, each with a number that tells of it."""

_Look = Callable[[bytes], Sequence[int] | None]


class Sieve:
    """Tells which of many expressions may match a text, in a time that hardly depends on their number.

    RE2's filter looks in one pass for the parts that each expression needs. Those that need no part (of three bytes
    at least) are in a set, which looks for whole matches in one pass, but is slower to build, and may be much larger.
    """

    def __init__(self, expressions: Numbered) -> None:
        """Build it; takes about 30 microseconds for each expression.

        Raises:
            re2.error: when RE2 does not compile one with `regex_options`.
        """
        options = regex_options()
        options.max_mem = _MEMORY
        strict: list[tuple[bytes, int]] = []
        loose: list[tuple[bytes, int]] = []
        for each in expressions:
            (strict if _needs_a_part(each[0], options) else loose).append(each)
        self._layers = [*_layers(_filter, strict, options), *_layers(_set, loose, options)]

    def possible(self, text: bytes) -> list[int]:
        """The numbers of those that match, and perhaps of some that do not; not in order."""
        numbers: list[int] = []
        for look, own, nothing in self._layers:
            found = look(text)
            if found == nothing:
                continue
            mark = nothing[0]
            if found is None or mark not in found:
                # RE2 has run out of memory, and that is how it says so: not even what is always there was found.
                numbers += own
            else:
                numbers += [own[each] for each in found if each != mark]
        return numbers


def _needs_a_part(expression: bytes, options: Any) -> bool:
    alone = re2.Filter()
    try:
        alone.Add(expression, options)
        alone.Compile()
    except re2.error:
        return False
    return alone.Match(b"", potential=True) is None


def _layers(
    build: Callable[[Numbered, Any], _Look], expressions: Numbered, options: Any
) -> list[tuple[_Look, Sequence[int], list[int]]]:
    """What is built of the expressions, or of their halves where they are too much for RE2's memory.

    With each its numbers, and what it finds when it finds nothing: the mark.
    """
    if not expressions:
        return []
    if len(expressions) <= _AT_ONCE:
        try:
            return [(build(expressions, options), [number for _, number in expressions], [len(expressions)])]
        except re2.error:
            if len(expressions) == 1:
                raise
    half = len(expressions) // 2
    return [*_layers(build, expressions[:half], options), *_layers(build, expressions[half:], options)]


def _filter(expressions: Numbered, options: Any) -> _Look:
    built = re2.Filter()
    for expression, _ in expressions:
        built.Add(expression, options)
    built.Add(_MARK, options)
    built.Compile()
    return lambda text: built.Match(text + _MARK, potential=True)


def _set(expressions: Numbered, options: Any) -> _Look:
    built = re2.Set.SearchSet(options)
    for expression, _ in expressions:
        built.Add(expression)
    built.Add(b"")
    built.Compile()
    look: _Look = built.Match
    return look
