"""Charts as their numbers say: where each bar ends and each point lies, in percent, so that they fit any width.

A chart has a sentence above it that says what it shows, and its figures as a table below; the macro `chart` draws it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10

_GAP = 0.3
"""The part of a bar's place that is empty."""
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; all measures in percent of the chart.

    Attributes:
        label: below it.
        value: as it is written.
        x: its left side.
        width: how wide.
        height: how high.
        middle: of it, from the left.
        strong: whether it is what the sentence speaks of.
    """

    label: str
    value: str
    x: float
    width: float
    height: float
    middle: float
    strong: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn.

    Attributes:
        sentence: what it shows.
        bars: for bars; empty for a line.
        points: for a line, as SVG writes them in a square of 100; empty for bars.
        rows: label and value of each figure, for the table.
        head: what the columns of the table are called.
        top: the value at the upper edge, as it is written.
        first: the label at the left end of a line.
        last: the label at its right end.
        end: how high its right end lies, in percent from above.
    """

    sentence: str
    bars: Sequence[Bar]
    points: str
    rows: Sequence[tuple[str, str]]
    head: tuple[str, str]
    top: str
    first: str = ""
    last: str = ""
    end: float = 0.0


Figures = Sequence[tuple[str, float, str]]
"""Label, number, and the number as it is written."""


def bars(sentence: str, head: tuple[str, str], figures: Figures, *, strong: int | None = None) -> Chart:
    """Bars, of which one may be what the sentence speaks of."""
    ceiling = round_up(max((number for _, number, _ in figures), default=0))
    place = 100 / max(1, len(figures))
    drawn = [
        Bar(
            label,
            written,
            round(at * place + place * _GAP / 2, 3),
            round(place * (1 - _GAP), 3),
            round(max(0.0, number) / ceiling * 100, 3),
            round((at + 0.5) * place, 3),
            at == strong,
        )
        for at, (label, number, written) in enumerate(figures)
    ]
    return Chart(sentence, drawn, "", _rows(figures), head, "")


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


def _rows(figures: Figures) -> Sequence[tuple[str, str]]:
    return [(label, written) for label, _, written in figures]
