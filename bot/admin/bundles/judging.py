"""What the checks make of a text that somebody wants to publish, line by line."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from aiohttp import web

from bot.conversations.views import INTAKE
from bot.core.text import clean, cut, escaped
from bot.flows.checking import MAX_BYTES, CheckedBundle
from bot.flows.faults import Fault
from bot.flows.service import specs_of
from bot.flows.text_checks import TEXT_CHECKS
from bot.web.i18n import Translator
from bot.web.keys import READER
from bot.web.pages import language
from bot.web.posted import SMALL, Posted

MOST = 4 * MAX_BYTES + SMALL
"""Bytes of a form with a bundle: so much more than one may have that what is too large is told as its fault."""
MOST_PLACES = 50
"""Lines with faults that are shown at once."""
_MOST_OF_A_LINE = 300
_AROUND = 1


@dataclass(frozen=True, slots=True)
class Place:
    """A line with what was found there.

    Attributes:
        line: its number.
        excerpt: numbers and words of the line and those around it.
        found: code, sentence and mend of each fault or note, in the reader's language.
    """

    line: int
    excerpt: Sequence[tuple[int, str]]
    found: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Judged:
    """What the checks make of a text.

    Attributes:
        text: as it is to be shown again.
        bundle: None where it has faults.
        faults: how many it has.
        places: where they are, the first ones of many.
        notes: what may surprise and is no fault, likewise.
    """

    text: str
    bundle: CheckedBundle | None
    faults: int
    places: Sequence[Place]
    notes: Sequence[Place]

    @property
    def further(self) -> int:
        """How many faults are not shown."""
        return self.faults - sum(len(place.found) for place in self.places)


async def judge(request: web.Request, data: bytes, kept: Mapping[str, str] | None = None) -> Judged:
    """Look at a text.

    Args:
        request: of whoever wants to publish it.
        data: as it was typed or uploaded.
        kept: the files that lie beside it, as messages name them; None: those of the newest version of its bundle.
    """
    specs = specs_of(request.app[INTAKE].catalogue.actions)
    checked = await request.app[TEXT_CHECKS].check(request.app[READER], specs, data, kept)
    text, _cut = clean(data.decode(errors="replace").replace("\r\n", "\n"), MOST)
    _, lines = language(request), text.split("\n")
    return Judged(
        text=checked.bundles[0].source if checked.bundles else text,
        bundle=checked.bundles[0] if checked.bundles else None,
        faults=len(checked.faults),
        places=list(_places(checked.faults, lines, _)),
        notes=list(_places(checked.notes, lines, _)),
    )


def given_in(posted: Posted) -> bytes:
    """What was uploaded, else what was typed."""
    fields = [] if posted.form is None else list(posted.form)
    uploaded = [each for each in fields if each.name == "file" and each.is_file and each.raw]
    typed = [each for each in fields if each.name == "source" and not each.is_file]
    return next((each.content(len(each.raw)) for each in [*uploaded[-1:], *typed[-1:]]), b"")


def _places(faults: Sequence[Fault], lines: Sequence[str], _: Translator) -> Iterator[Place]:
    by_line = [(number, list(found)) for number, found in groupby(faults, lambda fault: fault.line)]
    for number, found in by_line[:MOST_PLACES]:
        around = range(max(1, number - _AROUND), min(len(lines), number + _AROUND) + 1)
        excerpt = [(each, escaped(cut(lines[each - 1], _MOST_OF_A_LINE))) for each in around]
        yield Place(number, excerpt, [_said(fault, _) for fault in found])


def _said(fault: Fault, _: Translator) -> tuple[str, str, str]:
    message, mend = fault.told(_)
    return fault.code, message, mend
