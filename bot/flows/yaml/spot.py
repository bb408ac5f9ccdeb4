"""Where YAML could not be read on."""

import re
from dataclasses import dataclass

import yaml


@dataclass(frozen=True, slots=True)
class Spot:
    """Where YAML ended: lines and columns from 0.

    Attributes:
        line: where it could not be read on, or where what is never closed began.
        column: likewise.
        problem: PyYAML's words.
        context: PyYAML's words for what it was in.
        opened: where that began.
        stopped: how far it was read.
    """

    line: int
    column: int
    problem: str
    context: str
    opened: tuple[int, int] | None
    stopped: tuple[int, int]

    @classmethod
    def of(cls, error: yaml.MarkedYAMLError, last: int) -> "Spot":
        """The spot of an error in a text whose last line is `last`."""
        problem, context, opened = error.problem or "", error.context or "", error.context_mark
        # A line without a colon is only noticed on the next one.
        mark = opened if opened and "simple key" in context else error.problem_mark or opened
        line, column = (min(mark.line, last), mark.column) if mark else (0, 0)
        stop = error.problem_mark or mark
        stopped = (stop.line, stop.column) if stop else (0, 0)
        return cls(line, column, problem, context, (opened.line, opened.column) if opened else None, stopped)

    @property
    def reach(self) -> tuple[int, ...]:
        """Sorts spots by how much of the text was understood before them."""
        within = self.opened is not None and re.search("quoted scalar|flow ", self.context)
        begun = self.opened if within and self.opened is not None else (self.line, self.column)
        return (begun[0], *self.stopped)
