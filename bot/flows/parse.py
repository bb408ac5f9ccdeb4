"""Reading YAML 1.2 so that places and spellings are kept; what is refused is told, never raised.

PyYAML gives the events. What a plain scalar means is not decided here: `bot.flows.document` reads numbers where
numbers are expected, and everywhere else a scalar is its spelling.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from bot.flows.faults import Fault
from bot.flows.nodes import Entries, Items, Node, Scalar, Written
from bot.flows.repair import understand
from bot.flows.source import decode, first_invisible, name_of, quoted, visible, without_invisible

MAX_BYTES = 256 * 1024
MAX_DEPTH = 16
MAX_NODES = 20_000
_MAX_REPAIRS = 20
_COMMENT = re.compile(r"([ \t]*)#(.?)")
_END_IN_BRACKETS = re.compile(r"[,\]}]")
_NULLS = {"", "~", "null", "Null", "NULL"}


@dataclass(frozen=True, slots=True)
class Parsed:
    """What came of a file.

    Attributes:
        root: None when nothing could be made of it.
        text: as decoded.
        faults: in no order.
    """

    root: Node | None
    text: str
    faults: tuple[Fault, ...]


def parse(file: str, data: bytes) -> Parsed:
    """Read one document; never raises."""
    if len(data) > MAX_BYTES:
        return Parsed(None, "", (Fault(file, 1, 1, "Y12", {"problem": f"{len(data)} bytes, at most {MAX_BYTES}"}),))
    text, faults = decode(file, data)
    if faults:
        return Parsed(None, text, faults)
    mended, found = without_invisible(file, text)
    faults = (*faults, *found)
    for _ in range(_MAX_REPAIRS):
        composer = _Composer(file, mended)
        try:
            root = composer.document()
        except yaml.MarkedYAMLError as error:
            # A fault of the syntax would hide all that follows, so the line is read as what was meant.
            reading = understand(mended, error)
            faults = (*faults, Fault(file, reading.line, reading.column, reading.code, reading.values))
            if reading.mended is None:
                return Parsed(None, text, (*faults, *composer.faults))
            lines = mended.split("\n")
            lines[reading.line - 1] = reading.mended
            mended = "\n".join(lines)
        except _TooBigError as error:
            return Parsed(None, text, (*faults, *composer.faults, error.fault))
        else:
            return Parsed(root, text, (*faults, *composer.faults))
    return Parsed(None, text, faults)


class _Loader(yaml.SafeLoader):
    """PyYAML follows YAML 1.1, where a question mark ends a text between brackets; in 1.2 it is a part of it."""

    _in_text = False

    def scan_plain(self) -> Any:
        self._in_text = bool(self.flow_level)
        try:
            return super().scan_plain()
        finally:
            self._in_text = False

    def peek(self, index: int = 0) -> Any:
        # The scanner only looks at what this gives; the text itself is taken from the source.
        character = super().peek(index)
        return "." if character == "?" and self._in_text else character


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
    _anchors: set[str] = field(default_factory=set)
    _brackets: int = 0

    def document(self) -> Node | None:
        self._events = yaml.parse(self.source, Loader=_Loader)
        self._take()
        self._take()
        if self._next_is(yaml.StreamEndEvent):
            self.faults.append(Fault(self.file, 1, 1, "Y15"))
            return None
        self._take()
        root = self._node(0)
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
            return self._scalar(event)
        self._brackets += bool(event.flow_style)
        node: Node
        if isinstance(event, yaml.SequenceStartEvent):
            node = Items(line, column, self._items(depth))
        elif event.flow_style and self._next_is(yaml.MappingStartEvent):
            node = self._braces(event, depth)
        else:
            node = Entries(line, column, self._entries(depth))
        self._brackets -= bool(event.flow_style)
        return node

    def _items(self, depth: int) -> tuple[Node, ...]:
        items = []
        while not self._next_is(yaml.SequenceEndEvent):
            items.append(self._node(depth + 1))
        self._take()
        return tuple(items)

    def _entries(self, depth: int) -> tuple[tuple[Scalar, Node], ...]:
        entries: dict[str, tuple[Scalar, Node]] = {}
        while not self._next_is(yaml.MappingEndEvent):
            key, value = self._node(depth + 1), self._node(depth + 1)
            if not isinstance(key, Scalar):
                self._at(key.line, key.column, "Y01", problem="a list or a mapping cannot be a key")
            elif key.text == "<<" and key.text.plain:
                self._at(key.line, key.column, "Y06", what="<<")
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
        if event.anchor in self._anchors:
            self._fault(event, "Y06", what=f"*{event.anchor}")
        else:
            self._fault(event, "Y03", start="*", quoted=quoted(self._rest_of_line(event)))
        return self._text(event, f"*{event.anchor}", plain=False)

    def _refuse_anchor_and_tag(self, event: Any) -> None:
        if event.anchor is not None:
            self._anchors.add(event.anchor)
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
            self._fault(event, "Y10", character=name_of(bad))
            value = visible(value)
        if event.style in {">", "|"} and not value and re.match(r"[>|]\d", self.source[event.start_mark.index :][:2]):
            # `>5` is the head of an empty block; nobody means that.
            value = self._rest_of_line(event)
            self._fault(event, "Y03", start=str(event.style), quoted=quoted(value))
        return self._text(event, value, plain=plain)

    def _nothing(self, event: Any) -> None:
        after = _COMMENT.match(self.source, event.end_mark.index)
        if not event.value and after is not None and after[2].strip():
            # `key: #1` has no text left at all; `key:  # a comment` was left empty.
            self._fault(event, "Y05")
        elif event.anchor is None:
            self._fault(event, "Y09")

    def _text(self, event: Any, value: str, *, plain: bool) -> Scalar:
        text = Written(value)
        text.plain = plain
        after = _COMMENT.match(self.source, event.end_mark.index) if plain and value else None
        text.cut = after is not None and (len(after[1]) == 1 or after[2] not in {" ", "\t", ""})
        return Scalar(event.start_mark.line + 1, event.start_mark.column + 1, text)

    def _rest_of_line(self, event: Any) -> str:
        rest = self.source[event.start_mark.index :].partition("\n")[0]
        return (_END_IN_BRACKETS.split(rest)[0] if self._brackets else rest).strip()

    def _fault(self, event: Any, code: str, /, **values: str) -> None:
        self._at(event.start_mark.line + 1, event.start_mark.column + 1, code, **values)

    def _at(self, line: int, column: int, code: str, /, **values: str) -> None:
        self.faults.append(Fault(self.file, line, column, code, values))
