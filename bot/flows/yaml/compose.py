"""YAML 1.2 as it is written, its places and spellings kept: what is refused is told, and nothing is guessed.

PyYAML gives the events. What a plain scalar means is not decided here: `bot.flows.yaml.document` reads numbers where
numbers are expected, and everywhere else a scalar is its spelling.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from bot.core.i18n import N_, Phrase
from bot.flows.faults import WRITE_LINE, Fault
from bot.flows.yaml.commas import LONGEST, DecimalEvent, in_quotes, joined, parted
from bot.flows.yaml.nodes import Entries, Items, Node, Scalar, Written
from bot.flows.yaml.source import first_invisible, is_quotation, name_of, quoted, short, typed, visible, without_half
from bot.flows.yaml.spot import Spot

MAX_DEPTH = 16
MAX_NODES = 20_000
_COMMENT = re.compile(r"([ \t]*)#(.?)")
_END_IN_BRACKETS = re.compile(r"[,\]}]")
_NULLS = {"", "~", "null", "Null", "NULL"}
_BACKSPACE = "\b"
_TYPOGRAPHIC = "\u201c\u201d\u201e\u201f\u2018\u2019\u201a\"' "
_IN_TYPOGRAPHIC = re.compile(
    '[\u201c\u201d\u201e][^\u201c\u201d\u201e"]*[\u201c\u201d"]|[\u2018\u201a][^\u2018\u201a]*[\u2018\u2019\']'
)
_HALF_TYPOGRAPHIC = re.compile("[\u201c\u201e][^\u201d]*|[^\u201c\u201e]*\u201d")
_TYPOGRAPHIC_CLOSED_ONLY = re.compile("[^\u201c-\u201f]*[^\u201c-\u201f\\d\\s]\u201d")
_CLOSED_ONLY = re.compile(r'[^"]*[^"\d\s]"')
_BRACKET_CLOSED_ONLY = re.compile(r"[^\[\]]*,[^\[\]]*\]")


@dataclass(frozen=True, slots=True)
class Composed:
    """What came of a text.

    Attributes:
        root: None when it is empty, or could not be read to its end.
        faults: in no order.
        spot: where it could not be read on.
        hopeless: it is too big or too deep, which no mend of a line changes.
    """

    root: Node | None
    faults: tuple[Fault, ...]
    spot: Spot | None = None
    hopeless: bool = False


def compose(file: str, text: str) -> Composed:
    """Read one document; never raises."""
    composer = _Composer(file, text)
    try:
        root = composer.document()
    except yaml.MarkedYAMLError as error:
        return Composed(None, tuple(composer.faults), Spot.of(error, text.count("\n")))
    except _TooBigError as error:
        return Composed(None, (*composer.faults, error.fault), hopeless=True)
    return Composed(root, tuple(composer.faults))


class _Loader(yaml.SafeLoader):
    """PyYAML follows YAML 1.1, where a question mark ends a text between brackets; in 1.2 it is a part of it."""

    def scan_plain(self) -> Any:
        if not self.flow_level:
            return super().scan_plain()
        # Only for as long as it is needed: a file's characters are looked at a dozen times each.
        self.peek = self._peek_in_text  # type: ignore[method-assign]  # PyYAML has no other place to say it
        try:
            return super().scan_plain()
        finally:
            del self.peek

    def _peek_in_text(self, index: int = 0) -> Any:
        # The scanner only looks at what this gives; the text itself is taken from the source.
        character = super().peek(index)
        return "." if character == "?" else character


class _TooBigError(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__()
        self.fault = fault


@dataclass(slots=True)
class _Composer:
    """Makes nodes of events."""

    file: str
    source: str
    faults: list[Fault] = field(default_factory=list)
    _events: Iterator[Any] = field(init=False)
    _next: Any = None
    _nodes: int = 0
    _anchors: dict[str, Scalar | None] = field(default_factory=dict)
    _brackets: int = 0
    _second: bool = False
    _decimals: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    _lines: list[str] = field(init=False)

    def document(self) -> Node | None:
        self._lines = self.source.split("\n")
        self._events = joined(yaml.parse(self.source, Loader=_Loader), self.source)
        self._take()
        self._take()
        if self._next_is(yaml.StreamEndEvent):
            self.faults.append(Fault(self.file, 1, 1, "Y15"))
            return None
        self._take()
        root = self._node(0)
        self._tell_decimals()
        self._take()
        if not self._next_is(yaml.StreamEndEvent):
            self._fault(self._next, "Y11")
        if isinstance(root, Scalar) and not root.text:
            self.faults = [Fault(self.file, 1, 1, "Y15")]
            return None
        return root

    def _take(self) -> Any:
        """The next event, and look one ahead."""
        event, self._next = self._next, next(self._events, None)
        return event

    def _next_is(self, kind: type[yaml.Event]) -> bool:
        return isinstance(self._next, kind)

    def _node(self, depth: int) -> Node:
        event = self._take()
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            problem = f"more than {MAX_DEPTH} levels" if depth > MAX_DEPTH else f"more than {MAX_NODES} values"
            raise _TooBigError(Fault(self.file, line, column, "Y12", {"problem": problem}))
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        self._refuse_anchor_and_tag(event)
        if isinstance(event, yaml.ScalarEvent):
            scalar = self._scalar(event)
            if event.anchor is not None:
                self._anchors[event.anchor] = scalar
            return scalar
        self._brackets += bool(event.flow_style)
        node: Node
        if isinstance(event, yaml.SequenceStartEvent):
            node = Items(line, column, self._items(depth, event))
        elif event.flow_style and self._next_is(yaml.MappingStartEvent):
            node = self._braces(event, depth)
        else:
            node = Entries(line, column, self._entries(depth))
        self._brackets -= bool(event.flow_style)
        return node

    def _items(self, depth: int, begin: Any) -> tuple[Node, ...]:
        items: list[Node] = []
        while not self._next_is(yaml.SequenceEndEvent):
            items.append(self._node(depth + 1))
        end = self._take()
        line = self._lines[begin.start_mark.line]
        if not begin.flow_style or begin.start_mark.line != end.end_mark.line or len(line) > LONGEST:
            return tuple(items)
        found = parted(items, line, begin.start_mark.column, end.end_mark.column)
        if found is None:
            return tuple(items)
        pieces, mended, column = found
        self._odd_mark(begin, column, "Y27", mended)
        return tuple(pieces)

    def _entries(self, depth: int) -> tuple[tuple[Scalar, Node], ...]:
        entries: dict[str, tuple[Scalar, Node]] = {}
        while not self._next_is(yaml.MappingEndEvent):
            key, value = self._node(depth + 1), self._node(depth + 1)
            if not isinstance(key, Scalar):
                self._at(key.line, key.column, "Y01", problem="a list or a mapping cannot be a key")
            elif key.text == "<<" and key.text.plain:
                self._at(key.line, key.column, "Y06", what="<<")
            elif key.text == "bundle" and "bundle" in entries and not depth:
                advice = Phrase(N_("One file is one bundle: move what begins here to a file of its own, or delete it."))
                self.faults.append(Fault(self.file, key.line, key.column, "Y11", advice=advice))
                self._second = True
            elif key.text in entries and self._second and not depth:
                continue
            elif key.text in entries:
                self._at(key.line, key.column, "Y07", key=key.text, line=str(entries[key.text][0].line))
            else:
                entries[str(key.text)] = (key, value)
        self._take()
        return tuple(entries.values())

    def _braces(self, event: Any, depth: int) -> Scalar:
        """`{{ name }}` without quotes, which YAML takes for a mapping in a mapping."""
        self._entries_ignored(depth)
        end = self._next.start_mark.index
        inside, closing, _ = self.source[event.start_mark.index : end].rpartition("}}")
        line = self.source[event.start_mark.index :].partition("\n")[0].strip()
        whole = inside + closing if closing and self._brackets > 1 else line
        self._fault(event, "Y03", start="{{", quoted=quoted(whole))
        return self._text(event, whole, plain=False)

    def _entries_ignored(self, depth: int) -> None:
        # What is inside is a template's, not ours: its null and its spelling are no faults.
        kept = len(self.faults)
        self._entries(depth)
        del self.faults[kept:]

    def _alias(self, event: Any) -> Scalar:
        text = self._anchors.get(event.anchor)
        if text is not None:
            # The fault at its anchor says it for both.
            return Scalar(event.start_mark.line + 1, event.start_mark.column + 1, text.text)
        if event.anchor in self._anchors:
            self._fault(event, "Y06", what=f"*{event.anchor}")
        else:
            self._fault(event, "Y03", start="*", quoted=quoted(self._rest_of_line(event)))
        return self._text(event, f"*{event.anchor}", plain=False)

    def _refuse_anchor_and_tag(self, event: Any) -> None:
        if event.anchor is not None:
            self._anchors[event.anchor] = None
            self._fault(event, "Y06", what=f"&{event.anchor}")
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._fault(event, "Y06", what=self.source[event.start_mark.index :].split()[0][:40])

    def _scalar(self, event: Any) -> Scalar:
        value, plain = event.value, event.style is None and event.tag is None
        if plain and value in _NULLS:
            self._nothing(event)
        bad = first_invisible(value)
        if bad is not None:
            value = self._invisible(event, bad)
        if event.style in {">", "|"} and not value and re.match(r"[>|]\d", self.source[event.start_mark.index :][:2]):
            # `>5` is the head of an empty block; nobody means that.
            value = self._rest_of_line(event)
            self._fault(event, "Y03", start=str(event.style), quoted=quoted(value))
        begin, end = event.start_mark, event.end_mark
        if isinstance(event, DecimalEvent):
            self._decimals.setdefault(begin.line, []).append((begin.column, end.column))
        return self._text(event, value, plain=plain)

    def _tell_decimals(self) -> None:
        """One fault of all texts of a line that have a number's comma."""
        for number, spans in self._decimals.items():
            advice = Phrase(WRITE_LINE, {"line": short(in_quotes(self._lines[number], spans).strip())})
            self.faults.append(Fault(self.file, number + 1, spans[0][0] + 1, "Y14", advice=advice))

    def _invisible(self, event: Any, bad: str) -> str:
        r"""What is read instead of a text with an invisible character: `"\bhi\b"` was meant as it is written."""
        written = self.source[event.start_mark.index : event.end_mark.index]
        if event.style == '"' and bad == _BACKSPACE:
            self._fault(event, "Y22", quoted=quoted(written[1:-1]))
            return written[1:-1]
        self._fault(event, "Y10", character=name_of(bad))
        return visible(event.value)

    def _nothing(self, event: Any) -> None:
        after = _COMMENT.match(self.source, event.end_mark.index)
        if not event.value and after is not None and after[2].strip():
            # `key: #1` has no text left at all; `key:  # a comment` was left empty.
            self._fault(event, "Y05")
        elif event.anchor is None:
            words = Phrase(
                N_("Write what belongs there; as text it needs quotes: {quoted}."), {"quoted": f'"{event.value}"'}
            )
            place = (event.start_mark.line + 1, event.start_mark.column + 1)
            self.faults.append(Fault(self.file, *place, "Y09", advice=words if event.value else None))

    def _text(self, event: Any, value: str, *, plain: bool) -> Scalar:
        text = Written(self._without_odd_marks(event, value) if plain and event.end_mark else value)
        text.plain = plain
        after = _COMMENT.match(self.source, event.end_mark.index) if plain and value else None
        text.cut = after is not None and (len(after[1]) == 1 or after[2] not in {" ", "\t", ""})
        return Scalar(event.start_mark.line + 1, event.start_mark.column + 1, text)

    def _without_odd_marks(self, event: Any, value: str) -> str:
        """A text as it was meant that has typographic quotes around it, or half of a pair of quotes or brackets."""
        line = self._lines[event.start_mark.line]
        begin, end = event.start_mark.column, event.end_mark.column
        if event.start_mark.line != event.end_mark.line:
            return value
        if _IN_TYPOGRAPHIC.fullmatch(value) or (self._brackets and _HALF_TYPOGRAPHIC.fullmatch(value)):
            self._odd_mark(event, begin, "Y23", typed(line), sign=value[0])
            return value.strip(_TYPOGRAPHIC)
        if is_quotation(value):
            self._odd_mark(event, begin, "Y23", line[:begin] + quoted(value[1:-1]) + line[end:], sign=value[0])
            return value[1:-1]
        if without_half(value) != value:
            self._odd_mark(event, begin, "Y17", line[:begin] + quoted(without_half(value)) + line[end:])
            return without_half(value)
        if _TYPOGRAPHIC_CLOSED_ONLY.fullmatch(value):
            self._odd_mark(event, end - 1, "Y23", line[:begin] + quoted(value[:-1]) + line[end:], sign=value[-1])
            return value[:-1]
        if _CLOSED_ONLY.fullmatch(value):
            self._odd_mark(event, end - 1, "Y23", f'{line[:begin]}"{value}{line[end:]}', sign='"')
            return value[:-1]
        if not self._brackets and _BRACKET_CLOSED_ONLY.fullmatch(value):
            self._odd_mark(event, begin, "Y21", f"{line[:begin]}[{value.lstrip('({')}{line[end:]}")
        return value

    def _odd_mark(self, event: Any, column: int, code: str, line: str, /, **values: str) -> None:
        number = event.start_mark.line + 1
        # Whoever pasted one such text into a list pasted them all, and the line is mended as a whole.
        if not any(fault.line == number and fault.code == code for fault in self.faults):
            self._at(number, column + 1, code, line=short(line.strip()), **values)

    def _rest_of_line(self, event: Any) -> str:
        rest = self.source[event.start_mark.index :].partition("\n")[0]
        return (_END_IN_BRACKETS.split(rest)[0] if self._brackets else rest).strip()

    def _fault(self, event: Any, code: str, /, **values: str) -> None:
        self._at(event.start_mark.line + 1, event.start_mark.column + 1, code, **values)

    def _at(self, line: int, column: int, code: str, /, **values: str) -> None:
        self.faults.append(Fault(self.file, line, column, code, values))
