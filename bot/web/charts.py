"""Charts as their numbers say: where each bar ends and each point lies, in percent, so that they fit any width.

A chart has a sentence above it that says what it shows, and its figures as a table below; the macro `chart` draws it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

_GAP = 0.3
"""The part of a bar's place that is empty."""
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_MOST_WRITTEN = 8
"""Bars that have room for words below and above each on a phone; of more only some are named."""
_MOST_LETTERS = 56
"""Letters of all names that have room there beside each other, with `_APART` between two."""
_APART = 2


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; all measures in percent of the chart.

    Attributes:
        label: below it; empty where there is no room.
        value: as it is written above it; empty where there is no room.
        x: its left side.
        width: how wide.
        height: how high.
        beyond: how high a lighter one behind it; 0 for none.
        middle: of it, from the left.
        strong: whether it is what the sentence speaks of.
    """

    label: str
    value: str
    x: float
    width: float
    height: float
    beyond: float
    middle: float
    strong: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn.

    Attributes:
        sentence: what it shows.
        bars: for bars; empty for a line.
        points: for a line, as SVG writes them in a square of 100; empty for bars.
        rows: label and values of each figure, for the table.
        head: what the columns of the table are called.
        top: the value at the upper edge, as it is written.
        first: the label at the left end of a line.
        last: the label at its right end.
        end: how high its right end lies, in percent from above.
    """

    sentence: str
    bars: Sequence[Bar]
    points: str
    rows: Sequence[Sequence[str]]
    head: Sequence[str]
    top: str
    first: str = ""
    last: str = ""
    end: float = 0.0


Figures = Sequence[tuple[str, float, str]]
"""Label, number, and the number as it is written."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far most of something goes, and nearly all of it.

    Attributes:
        label: of what.
        most: most of it; None where there is nothing.
        nearly_all: at least as far.
        written: both, as they are written.
    """

    label: str
    most: float | None
    nearly_all: float | None
    written: tuple[str, str]


def bars(sentence: str, head: tuple[str, str], figures: Figures, *, strong: int | None = None) -> Chart:
    """Bars, of which one may be what the sentence speaks of."""
    names = _named([label for label, _number, _written in figures])
    ceiling = round_up(max((number for _, number, _ in figures), default=0))
    drawn = [
        _bar(at, len(figures), names[at], written, number / ceiling, 0.0, is_strong=at == strong)
        for at, (_label, number, written) in enumerate(figures)
    ]
    return Chart(sentence, drawn, "", _rows(figures), head, "")


def reaches(sentence: str, head: tuple[str, str, str], figures: Sequence[Reach]) -> Chart:
    """Bars as far as most of something goes, each before a lighter one as far as nearly all does."""
    ceiling = round_up(max((each.nearly_all or 0 for each in figures), default=0))
    highest = max(range(len(figures)), key=lambda at: figures[at].most or 0, default=None)
    names = _named([each.label for each in figures])
    drawn = [
        _bar(
            at,
            len(figures),
            names[at],
            each.written[0] if at == highest and each.most is not None else "",
            (each.most or 0) / ceiling,
            (each.nearly_all or 0) / ceiling,
            is_strong=True,
        )
        for at, each in enumerate(figures)
    ]
    return Chart(sentence, drawn, "", [(each.label, *each.written) for each in figures], head, "")


def line(sentence: str, head: tuple[str, str], figures: Figures) -> Chart:
    """A line through the figures, which are in order and as far from each other."""
    ceiling = round_up(max((number for _, number, _ in figures), default=0))
    step = 100 / max(1, len(figures) - 1)
    heights = [round(100 - max(0.0, number) / ceiling * 100, 3) for _, number, _ in figures]
    points = " ".join(f"{round(at * step, 3):g},{height:g}" for at, height in enumerate(heights))
    return Chart(
        sentence,
        (),
        points,
        _rows(figures),
        head,
        f"{ceiling:g}",
        figures[0][0] if figures else "",
        figures[-1][0] if figures else "",
        heights[-1] if heights else 0.0,
    )


def round_up(number: float) -> float:
    """The next number that reads well: 1, 2, 2.5 or 5 times a power of ten.

    >>> round_up(38), round_up(0.7), round_up(0)
    (50.0, 1.0, 1.0)
    """
    if number <= 0:
        return 1.0
    power = 10.0 ** floor(log10(number))
    return next(step * power for step in _STEPS if step * power >= number)


def _named(labels: Sequence[str]) -> Sequence[str]:
    """As many of the names as have room, as far from each other; the others are empty."""
    longest = max(map(len, labels), default=0)
    fit = max(1, min(_MOST_WRITTEN, _MOST_LETTERS // (longest + _APART)))
    step = ceil(len(labels) / fit)
    return [label if at % step == 0 else "" for at, label in enumerate(labels)]


def _bar(at: int, count: int, label: str, written: str, height: float, beyond: float, *, is_strong: bool) -> Bar:
    """The bar at a place among so many; heights are parts of the chart's."""
    place = 100 / count
    return Bar(
        label,
        written if is_strong or count <= _MOST_WRITTEN else "",
        round(at * place + place * _GAP / 2, 3),
        round(place * (1 - _GAP), 3),
        round(max(0.0, height) * 100, 3),
        round(max(0.0, beyond) * 100, 3),
        round((at + 0.5) * place, 3),
        is_strong,
    )


def _rows(figures: Figures) -> Sequence[tuple[str, str]]:
    return [(label, written) for label, _, written in figures]
