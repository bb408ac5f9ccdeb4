"""A report as charts, each with a sentence that says what it shows."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from bot.admin.inbox.reports.words import duration, most_of
from bot.inbox.service import By, Durations, Figures, Report
from bot.web.charts import Chart, Reach, bars, line, reaches
from bot.web.i18n import Translator
from bot.web.times import Times

_MOST_BARS = 92
"""Bars that are wide enough to be seen; more are a line."""


class Drawn(NamedTuple):
    """A report that is drawn.

    Attributes:
        report: what it tells.
        by: what its groups are.
        groups: what each is called, and its figures.
        head: what groups are called as a column.
    """

    report: Report
    by: By
    groups: Sequence[tuple[str, Figures]]
    head: str


def volume(drawn: Drawn, _: Translator, times: Times) -> Sequence[Chart]:
    """How much was said and opened."""
    all_ = drawn.report.all
    charts = [
        _counted(drawn, _sent_said(all_.sent, _, times), _("Out"), lambda each: each.sent, _, times),
        _counted(drawn, _opened_said(all_.opened, _, times), _("Opened"), lambda each: each.opened, _, times),
    ]
    if all_.received is None:
        return charts
    said = _received_said(all_.received, _, times)
    return [_counted(drawn, said, _("In"), lambda each: each.received or 0, _, times), *charts]


def durations(drawn: Drawn, _: Translator, times: Times) -> Sequence[Chart]:
    """How long things took."""
    all_ = drawn.report.all
    return [
        _took(drawn, _response_said(all_.response, _, times), lambda each: each.response, _),
        _took(drawn, _resolution_said(all_.resolution, _, times), lambda each: each.resolution, _),
    ]


def again_said(count: int, _: Translator, times: Times) -> str:
    """How many conversations were opened again; empty for none."""
    number = times.number(count)
    return _.plural("{count} was opened again", "{count} were opened again", count, count=number) if count else ""


def _response_said(took: Durations, _: Translator, times: Times) -> str:
    """How fast answers were, in a sentence."""
    if took.median is None:
        return _("Nobody was answered by a person")
    values = _values(took, _, times)
    return _.plural(
        "{count} contact was answered, within {median}",
        "Half of {count} contacts were answered within {median}, nine of ten within {most}",
        took.count,
        **values,
    )


def _resolution_said(took: Durations, _: Translator, times: Times) -> str:
    """How fast conversations were resolved, in a sentence."""
    if took.median is None:
        return _("No conversation was resolved")
    values = _values(took, _, times)
    return _.plural(
        "{count} conversation was resolved, within {median}",
        "Half of {count} conversations were resolved within {median}, nine of ten within {most}",
        took.count,
        **values,
    )


def _received_said(count: int, _: Translator, times: Times) -> str:
    number = times.number(count)
    if not count:
        return _("No message came in")
    return _.plural("{count} message came in", "{count} messages came in", count, count=number)


def _sent_said(count: int, _: Translator, times: Times) -> str:
    number = times.number(count)
    if not count:
        return _("No message went out")
    return _.plural("{count} message went out", "{count} messages went out", count, count=number)


def _opened_said(count: int, _: Translator, times: Times) -> str:
    number = times.number(count)
    if not count:
        return _("No conversation was opened")
    return _.plural("{count} conversation was opened", "{count} conversations were opened", count, count=number)


def _values(took: Durations, _: Translator, times: Times) -> Mapping[str, str]:
    return {
        "count": times.number(took.count),
        "median": duration(took.median, _),
        "most": duration(took.most, _),
    }


def _counted(drawn: Drawn, said: str, head: str, count: Callable[[Figures], int], _: Translator, times: Times) -> Chart:
    figures = [(name, float(count(each)), times.number(count(each))) for name, each in drawn.groups]
    highest = max(range(len(figures)), key=lambda at: figures[at][1], default=None)
    counts = [number for _name, number, _written in figures]
    if len(counts) > _MOST_BARS:
        return line(said, (drawn.head, head), figures)
    if highest is None or not counts[highest] or counts.count(counts[highest]) > 1:
        return bars(said, (drawn.head, head), figures)
    if len(counts) == 1 or sum(counts) == 1:
        return bars(said, (drawn.head, head), figures, strong=highest)
    sentence = f"{said}, {most_of(drawn.by, figures[highest][0], _)}"
    return bars(sentence, (drawn.head, head), figures, strong=highest)


def _took(drawn: Drawn, said: str, took: Callable[[Figures], Durations], _: Translator) -> Chart:
    figures = [_reach(name, took(each), _) for name, each in drawn.groups]
    return reaches(said, (drawn.head, _("Half within"), _("Nine of ten within")), figures)


def _reach(name: str, took: Durations, _: Translator) -> Reach:
    return Reach(name, took.median, took.most, (duration(took.median, _), duration(took.most, _)))
