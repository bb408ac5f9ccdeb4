"""Commas between brackets that are not what YAML takes them for: those of numbers; and other signs in their place."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from bot.core.expressions import compiled_later
from bot.flows.yaml.nodes import Node, Scalar, Written
from bot.flows.yaml.source import quoted

_BEFORE = compiled_later(r"(?:.*\D)?\d{1,12}", re.DOTALL)
_AFTER = compiled_later(
    r"\d{2,3}(?![\w:/.\u2013-]).*|\d\s?(?:kg|g|mg|l|ml|m|cm|mm|km|h|%|€|litros?|liters?)(?!\w).*", re.DOTALL
)
LONGEST = 5_000
"""Characters of a line beyond which nobody guesses."""
_OTHER_COMMA = compiled_later(r" ?([;\uff1b\u061b\uff0c\u3001\u060c])\s*")
"""Semicolons and the commas of other scripts; YAML takes them for letters."""
_SLASH = compiled_later(r"\s+([/|])\s+")
"""What parts two words for those who read; hours, dates and the like have digits beside it."""
_WITHIN_WIDE = compiled_later(r"[\u3040-\u9fff][\uff0c\u3001][\u3040-\u9fff]")
"""A comma of Chinese or Japanese words, which may well be one text's own."""
_WORDS = compiled_later(r"[^\W\d_]|[$€£¥%]")
_END_OF_ENTRY = compiled_later(r"\s*[,}]")
_ENTITY = compiled_later(r"&\w+;")
_MOST_WORDS = 3


class DecimalEvent(yaml.ScalarEvent):
    """A text that was cut at the comma of a number in it, and is whole again."""


def joined(events: Iterator[Any], source: str) -> Iterator[Any]:
    """The events, with the two halves of `R$ 40,00` as one text; numbers alone, as in `[10,20]`, stay a list."""
    nesting: list[bool] = []
    held: Any = None
    for event in events:
        if _ends_a_text(event, held, source, in_list=bool(nesting and nesting[-1])):
            held = _whole(held, event)
            if nesting and not nesting[-1]:
                # Between braces the second half counts as a key, with nothing behind it.
                next(events, None)
            continue
        if held is not None:
            yield held
        if isinstance(event, yaml.CollectionStartEvent):
            nesting.append(isinstance(event, yaml.SequenceStartEvent))
        elif isinstance(event, yaml.CollectionEndEvent):
            nesting.pop()
        held = event
    if held is not None:
        yield held


def _ends_a_text(event: Any, before: Any, source: str, *, in_list: bool) -> bool:
    """Whether an event is what stands behind the comma of a number that begins in the text before it."""
    if not (_is_plain(before) and _is_plain(event)):
        return False
    end, begin = before.end_mark.index, event.start_mark.index
    if begin != end + 1 or source[end] != "," or not (_BEFORE.fullmatch(before.value) and _AFTER.match(event.value)):
        return False
    if not in_list:
        return _END_OF_ENTRY.match(source, event.end_mark.index) is not None
    return event.value.startswith("0") or bool(_WORDS.search(before.value) or _WORDS.search(event.value))


def _is_plain(event: Any) -> bool:
    return isinstance(event, yaml.ScalarEvent) and event.style is None and event.tag is None and event.anchor is None


def _whole(before: Any, event: Any) -> DecimalEvent:
    value = f"{before.value},{event.value}"
    return DecimalEvent(None, None, (True, False), value, start_mark=before.start_mark, end_mark=event.end_mark)


def in_quotes(line: str, spans: Sequence[tuple[int, int]]) -> str:
    """The line with quotes around the text of each span, which are in order."""
    pieces, last = [], 0
    for begin, end in spans:
        pieces += [line[last:begin], quoted(line[begin:end])]
        last = end
    return "".join(pieces) + line[last:]


def parted(items: Sequence[Node], line: str, begin: int, end: int) -> tuple[Sequence[Node], str, int] | None:
    """The items of a list in `line`, from its bracket at `begin` to `end`, where signs stand for its commas.

    With the line as it was meant, and the column of the first such sign; None where there is none.
    """
    for sign in (_OTHER_COMMA, _SLASH) if len(items) == 1 else (_OTHER_COMMA,):
        pieces = [piece for item in items for piece in _pieces(item, sign, alone=len(items) == 1)]
        found = sign.search(line, begin, end)
        if len(pieces) > len(items) and found is not None:
            return pieces, line[:begin] + sign.sub(", ", line[begin:end]) + line[end:], found.start(1)
    return None


def _pieces(item: Node, sign: re.Pattern[str], *, alone: bool) -> Sequence[Node]:
    """A text taken apart that has a few words on each side of the sign."""
    if not isinstance(item, Scalar) or not item.text.plain or _ENTITY.search(item.text):
        return (item,)
    text = str(item.text)
    texts = [each.strip() for each in sign.split(text)[::2]]
    if not all(each[:1].isalnum() and each[-1].isalnum() and len(each.split()) <= _MOST_WORDS for each in texts):
        return (item,)
    if (sign is _SLASH and re.search(r"\d", text)) or (not alone and _WITHIN_WIDE.search(text)):
        return (item,)
    return [_scalar(item, each) for each in texts] if len(texts) > 1 else (item,)


def _scalar(like: Scalar, text: str) -> Scalar:
    written = Written(text)
    written.plain, written.cut = True, False
    return Scalar(like.line, like.column, written)
