"""A change of a few lines, with the fault that it mends; and the parts of a line."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.core.expressions import compiled_later
from bot.core.i18n import Phrase
from bot.flows.yaml.document import (
    ActionStep,
    BundleDocument,
    CollectInput,
    End,
    FlowDocument,
    LocalizedText,
    NumberExpected,
    SendTemplate,
    TemplateDocument,
    TriggerDocument,
)
from bot.flows.yaml.document_extras import (
    ApprovedDocument,
    ListDocument,
    LocationDocument,
    MediaDocument,
    RowDocument,
)
from bot.flows.yaml.source import short

LONGEST = 5_000
"""Characters of a line beyond which nobody guesses: the expressions take the square of it."""
KEYS = frozenset(
    name
    for model in (
        *(BundleDocument, TemplateDocument, LocalizedText, TriggerDocument, FlowDocument),
        *(CollectInput, SendTemplate, ActionStep, End, NumberExpected),
        *(ApprovedDocument, ListDocument, LocationDocument, MediaDocument, RowDocument),
    )
    for name in model.model_fields
)
"""Every key that a bundle's YAML knows."""

_PARTS = compiled_later(
    r"(?P<lead>\s*(?:-\s+)*)"
    r"(?P<key>(?:\"[^\"]*\"|'[^']*'|[^\s\"'#:\[\]{},-][^:#\[\]{},]*?)\s*:(?:\s+|$))?"
    r"(?P<text>.*?)\s*$"
)


@dataclass(frozen=True, slots=True)
class Change:
    """Lines as they were probably meant.

    Attributes:
        line: where the fault is, from 0.
        column: likewise.
        code: the fault.
        values: what its words name.
        lines: by number from 0, what is to stand there.
        advice: what to do, where that is more than the code's mend says.
    """

    line: int
    column: int
    code: str
    values: Mapping[str, str | Phrase] = field(default_factory=dict)
    lines: Mapping[int, str] = field(default_factory=dict)
    advice: Phrase | None = None

    def applied(self, lines: Sequence[str]) -> list[str]:
        """`lines` with this change."""
        return [self.lines.get(number, line) for number, line in enumerate(lines)]


Propose = Callable[[Sequence[str], int], Iterator[Change]]
"""Gives changes that may mend a line: all lines, and the line's number from 0."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A line's parts.

    Attributes:
        lead: blanks and dashes.
        key: with its colon and blanks, or empty.
        text: the rest, without blanks behind.
    """

    lead: str
    key: str
    text: str

    @property
    def column(self) -> int:
        """Where the text begins."""
        return len(self.lead) + len(self.key)


def parts(line: str) -> Parts:
    """Take a line apart."""
    found = _PARTS.match(line[:LONGEST])
    return Parts(found["lead"], found["key"] or "", found["text"]) if found else Parts("", "", line)


def written(number: int, column: int, code: str, line: str, /, **values: str | Phrase) -> Change:
    """A change of one line, whose mend is the line as it is to be."""
    return Change(number, column, code, {"line": short(line.strip()), **values}, {number: line})


def indent(line: str) -> int:
    """How many blanks it begins with."""
    return len(line) - len(line.lstrip(" "))


def is_empty(line: str) -> bool:
    """Whether nothing stands there but a comment."""
    return not line.strip() or line.lstrip().startswith("#")
