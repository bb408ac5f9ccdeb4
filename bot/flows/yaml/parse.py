"""Reading a file of YAML on beyond its mistakes: each is told with a mend that was tried, and read as mended.

What cannot be read at all would hide everything below it, and a line in the wrong place makes a dozen sound ones look
wrong. So for each mistake changes of a few lines are proposed (`bot.flows.yaml.mending`), the file is read with each of
them, and the one that leaves the fewest faults is what was probably meant.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from bot.flows.faults import Fault
from bot.flows.yaml.compose import Composed, compose
from bot.flows.yaml.document import BundleDocument
from bot.flows.yaml.findings import Findings
from bot.flows.yaml.mending import brackets, layout, quotes, wrapping
from bot.flows.yaml.mending.change import LONGEST, Change, Propose, parts
from bot.flows.yaml.nodes import Entries, Node
from bot.flows.yaml.references import check_references
from bot.flows.yaml.shape import shape
from bot.flows.yaml.source import decode, without_invisible
from bot.flows.yaml.spot import Spot

MAX_BYTES = 256 * 1024
_MAX_REPAIRS = 20
_LEAST, _MOST, _TIMES = 400_000, 1_500_000, 120
"""Characters that are read in all to try mends, so many times the file's own: a few seconds' work at most."""
_MOST_TRIED = 400
_OF_MISSING = frozenset({"S02", "S16", "P03"})
_FAR = 12
"""Lines that an entry has at most, nearly always."""
_MOST_UNCLEAR = 8
"""Faults whose cause is looked for; whoever has more of them mends these first."""
_SUSPECTS = 4
_UNCLEAR = frozenset(
    {"Y04", "Y05", "Y07", "Y09", "S01", "S02", "S03", "S04", "S05", "S06", "S07", "S08", "S09", "S10", "S11", "R01"}
)
"""Faults that a line in the wrong place, or a sign too few, may be the cause of."""
_MISPLACED = frozenset({"Y07", "Y09", "S01", "S02", "S04", "S05"})
_NEVER_PLAIN = frozenset("*&!%@")
_OF_LAYOUT = frozenset({"Y13", "Y18", "Y20"})

_OF_TEXT: Sequence[Propose] = (
    layout.comment,
    layout.full_stop,
    quotes.backslash,
    quotes.unclosed,
    brackets.commas,
    brackets.listed,
    brackets.texts,
    quotes.inner,
    layout.colon,
    layout.dash,
    layout.no_dash,
    brackets.unbalanced,
    quotes.typographic,
    layout.tab,
    quotes.stray,
)


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
    bare, wrapped = wrapping.unwrapped(file, mended)
    root, told = _Search(file).read(bare)
    return Parsed(root, text, tuple(without_echoes((*found, *wrapped), *told)))


@dataclass(frozen=True, slots=True)
class _Look:
    """What is seen of a text.

    Attributes:
        lines: of the text.
        composed: what YAML makes of it.
        faults: what is wrong with it as a bundle, where it could be read.
        notes: how many there are.
    """

    lines: Sequence[str]
    composed: Composed
    faults: tuple[Fault, ...] = ()
    notes: int = 0

    @property
    def merit(self) -> tuple[tuple[float, ...], int, int]:
        """Sorts the better above the worse."""
        spot = self.composed.spot
        reach: tuple[float, ...] = (float("inf"),) if spot is None else spot.reach
        return (reach, -len(self.faults), -self.notes)


@dataclass(slots=True)
class _Search:
    file: str
    told: list[Fault] = field(default_factory=list)
    _left: int = 0
    _tries: int = _MOST_TRIED

    def read(self, text: str) -> tuple[Node | None, Sequence[Sequence[Fault]]]:
        """The document as it was probably meant, and what was wrong, in layers."""
        self._left = min(_MOST, max(_LEAST, _TIMES * len(text)))
        now = self._look(text.split("\n"))
        kept: set[tuple[int, int]] = set()
        while not now.composed.hopeless and len(self.told) < _MAX_REPAIRS:
            spot = now.composed.spot
            if spot is not None:
                change, better = self._best(now, _at_spot(now.lines, spot))
                if change is None:
                    self._give_up(now.lines, spot)
                    break
            else:
                echoes = kept | {_place(each) for each in self.told}
                unclear = next((each for each in now.faults if _is_unclear(each) and _place(each) not in echoes), None)
                if unclear is None or len(kept) >= _MOST_UNCLEAR:
                    break
                kept.add(_place(unclear))
                change, better = self._best(now, _at_fault(now.lines, unclear), unclear)
                if change is None:
                    continue
            self.told.append(
                Fault(self.file, change.line + 1, change.column + 1, change.code, change.values, change.advice)
            )
            now = better
        return now.composed.root, (self.told, now.composed.faults)

    def _best(self, now: _Look, changes: Iterable[Change], unclear: Fault | None = None) -> tuple[Change | None, _Look]:
        """The change that makes most of the text sound, if any makes more of it sound."""
        best, found = now, None
        tried = {"\n".join(now.lines)}
        for change in changes:
            lines = change.applied(now.lines)
            text = "\n".join(lines)
            if text in tried or self._is_exhausted(text):
                continue
            tried.add(text)
            self._left -= len(text)
            self._tries -= 1
            look = self._look(lines)
            if look.merit > best.merit and _helps(change, now, look, unclear):
                best, found = look, change
                if _is_certain(change, now, look):
                    break
        return found, best

    def _look(self, lines: Sequence[str]) -> _Look:
        composed = compose(self.file, "\n".join(lines))
        if composed.root is None:
            return _Look(lines, composed)
        parts = shape(self.file, composed.root)
        found = Findings(self.file, parts)
        check_references(found)
        faults = sorted(
            without_echoes(self.told, composed.faults, parts.faults, found.faults), key=lambda fault: fault.order
        )
        sound = tuple(each for each in faults if not each.is_note and each not in self.told)
        return _Look(lines, composed, sound, len(faults) - len(sound))

    def _is_exhausted(self, text: str) -> bool:
        return self._left < len(text) or not self._tries

    def _give_up(self, lines: Sequence[str], spot: Spot) -> None:
        if not self.told and not any(wrapping.is_ours(line) for line in lines):
            self.told.append(Fault(self.file, 1, 1, "Y16"))
        elif not self.told or not self._is_exhausted("\n".join(lines)):
            column = min(spot.column, len(lines[spot.line]))
            self.told.append(Fault(self.file, spot.line + 1, column + 1, "Y01"))


def without_echoes(*layers: Sequence[Fault]) -> Iterator[Fault]:
    """The faults of each layer, but for those that only follow from one of a layer before it.

    They are at the same place, or say that nothing stands where the colon is missing that would part it from its key,
    or that a key is missing which stands in the line of another.
    """
    places: set[tuple[int, int]] = set()
    halved: set[int] = set()
    hidden: list[Fault] = []
    for layer in layers:
        for fault in dict.fromkeys(layer):
            empty = fault.code in {"Y09", "S14"} and fault.line in halved
            if (fault.line, fault.column) not in places and not empty and not _is_hidden(fault, hidden):
                yield fault
        places.update((fault.line, fault.column) for fault in layer if not fault.is_note)
        halved.update(fault.line for fault in layer if fault.code == "Y19")
        hidden += [fault for fault in layer if fault.code == "Y35"]


def _is_hidden(fault: Fault, hidden: Sequence[Fault]) -> bool:
    """Whether what it says to be missing stands in the line of another key, in the same entry or close below."""
    missing = {"pattern"} if fault.code == "P03" else _keys_missing(fault)
    near = (each for each in hidden if fault.code in _OF_MISSING and 0 <= each.line - fault.line <= _FAR)
    return any(each.values["key"] in missing for each in near)


def _keys_missing(fault: Fault) -> set[str]:
    named = [str(fault.values.get(name, "")) for name in ("key", "first", "second")]
    return {key for each in named for key in each.split(", ")}


def _is_unclear(fault: Fault) -> bool:
    # Where a name close to it is known, or where else a key belongs, there is nothing to look for.
    known = fault.code != "S09" and "near" in fault.values
    return fault.code in _UNCLEAR and not known and (fault.code != "S01" or fault.advice is None)


def _helps(change: Change, now: _Look, look: _Look, unclear: Fault | None) -> bool:
    """Whether a change that seems better mends anything."""
    before, after = now.composed.spot, look.composed.spot
    if unclear is not None and change.code in _OF_LAYOUT and _hides(now, look):
        return False
    if unclear is not None or before is None:
        # What was left empty seems to be filled by whatever is moved below it.
        least = 2 if unclear is not None and unclear.code == "Y09" and change.code in _OF_LAYOUT else 1
        return len(look.faults) <= len(now.faults) - least
    # Shifting a whole block moves the trouble to the right, which is no progress.
    return change.code not in _OF_LAYOUT or after is None or after.reach[:2] > before.reach[:2]


def _hides(now: _Look, look: _Look) -> bool:
    """Whether what was read is read no more: as a part of the words above it, or below what has no keys then."""
    hollow = [sum(fault.code in {"Y09", "S04", "S05"} for fault in each.faults) for each in (now, look)]
    return hollow[1] > hollow[0] or not _sections(now) <= _sections(look)


def _sections(look: _Look) -> set[str]:
    root = look.composed.root
    written = {str(key.text) for key, _ in root.entries} if isinstance(root, Entries) else set()
    return written & BundleDocument.model_fields.keys()


def _place(fault: Fault) -> tuple[int, int]:
    return (fault.line, fault.column)


def _is_certain(change: Change, now: _Look, look: _Look) -> bool:
    """Whether nothing better can come: all is sound, or a sign that begins no plain text was read as text."""
    before, after = now.composed.spot, look.composed.spot
    if after is None:
        return not look.faults
    passed = before is not None and after.reach[0] > before.reach[0]
    return passed and change.code == "Y03" and change.values["start"] in _NEVER_PLAIN


def _at_spot(lines: Sequence[str], spot: Spot) -> Iterator[Change]:
    """What may mend a text that cannot be read on."""
    begun = spot.line if spot.opened is None else spot.opened[0]
    stopped = min(spot.stopped[0], len(lines) - 1)
    near = dict.fromkeys((begun, spot.line, stopped, *_above(lines, stopped, 2), *_heads(lines, spot.line)))
    heads = _heads(lines, spot.line)
    if "flow" in spot.context and len(lines[begun]) <= LONGEST:
        yield from brackets.listed(lines, begun)
        yield from brackets.texts(lines, begun)
        yield from brackets.unbalanced(lines, begun)
    if parts(lines[spot.line]).text[:1] in _NEVER_PLAIN:
        yield from quotes.missing(lines, spot.line)
    yield from chain.from_iterable(layout.block(lines, each) for each in heads if _begins_block(lines[each]))
    yield from _texts(lines, chain(near, _suspects(lines, stopped)))
    if "flow" in spot.context:
        yield from chain.from_iterable(brackets.comma_at_end(lines, each) for each in _above(lines, stopped, 1))
    for each in near:
        column = spot.stopped[1] if each == spot.stopped[0] else len(lines[each])
        yield from quotes.missing_in_brackets(lines, each, column)
        yield from quotes.missing(lines, each)
    yield from layout.indentation(lines, spot.line)
    yield from chain.from_iterable(layout.block(lines, each) for each in heads)


def _at_fault(lines: Sequence[str], fault: Fault) -> Iterator[Change]:
    """What may be the cause of a fault."""
    number = fault.line - 1
    if fault.code == "Y04":
        yield from chain.from_iterable(layout.block(lines, each) for each in _above(lines, number, 1))
    yield from _texts(lines, (number, *_above(lines, number, 1), *_below(lines, number, 1)))
    if fault.code in _MISPLACED:
        yield from layout.indentation(lines, number)


def _texts(lines: Sequence[str], numbers: Iterable[int]) -> Iterator[Change]:
    for number in dict.fromkeys(numbers):
        if len(lines[number]) <= LONGEST:
            for propose in _OF_TEXT:
                yield from propose(lines, number)


def _suspects(lines: Sequence[str], stopped: int) -> Iterator[int]:
    """Lines whose quote is not closed, which may have swallowed all lines up to where it was noticed."""
    found = [each for each in range(stopped + 1) if quotes.opened(lines[each]) is not None]
    yield from found[-_SUSPECTS:]
    yield from found[:_SUSPECTS]


def _heads(lines: Sequence[str], number: int) -> list[int]:
    """The line, and the nearest ones above it that it may belong to."""
    found, level = [number], len(lines[number]) - len(lines[number].lstrip())
    for each in _above(lines, number, number):
        if len(lines[each]) - len(lines[each].lstrip()) < level:
            return [*found, each, *_below(lines, each, 1), *_above(lines, number, 1)]
    return found


def _begins_block(line: str) -> bool:
    return parts(line).text[:1] in {"", "|", ">"}


def _above(lines: Sequence[str], number: int, count: int) -> list[int]:
    return [each for each in range(number - 1, -1, -1) if lines[each].strip()][:count]


def _below(lines: Sequence[str], number: int, count: int) -> list[int]:
    return [each for each in range(number + 1, len(lines)) if lines[each].strip()][:count]
