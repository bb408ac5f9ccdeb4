"""A report as rows, for CSV and JSON: names that programs know, times in seconds."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.inbox.kinds import By
from bot.inbox.reports.spans import day_of, monday_of
from bot.inbox.reports.values import Durations, Figures, Key, Report

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DURATIONS = ("response", "resolution", "total")
COUNTS = ("received", "sent", "opened", "reopened")
HEAD = (*COUNTS, *(f"{what}_{part}" for what in _DURATIONS for part in ("count", "median", "p90")))
"""The columns behind that of the group."""


def spelled(by: By, key: Key, names: Mapping[str, str]) -> str:
    """A group as programs name it: `2026-11-30`, a week by its Monday, `09`, `monday`, a channel, a user's name."""
    if by in (By.DAY, By.WEEK):
        number = int(key or 0)
        return (day_of(number) if by is By.DAY else monday_of(number)).isoformat()
    if by is By.HOUR:
        return f"{int(key or 0):02}"
    if by is By.WEEKDAY:
        return _WEEKDAYS[int(key or 0)]
    return names.get(str(key), str(key or "")) if by is By.AGENT else str(key or "")


def cells(figures: Figures) -> Sequence[str]:
    """The figures in the order of HEAD; empty for what there is not."""
    values = as_json(figures)
    took = [values[what][part] for what in _DURATIONS for part in ("count", "median", "p90")]
    return ["" if each is None else str(each) for each in (*(values[name] for name in COUNTS), *took)]


def as_json(figures: Figures) -> Mapping[str, Any]:
    """The figures by name; those of durations as `count`, and `median` and `p90` in seconds, or None."""
    counts = {name: getattr(figures, name) for name in COUNTS}
    return {**counts, **{what: _took(getattr(figures, what)) for what in _DURATIONS}}


def rows(report: Report, by: By, names: Mapping[str, str]) -> Sequence[Sequence[str]]:
    """The report as a sheet, with its head and all groups together in the last row."""
    groups = [[spelled(by, key, names), *cells(each)] for key, each in report.groups.items()]
    return [[by.value, *HEAD], *groups, ["all", *cells(report.all)]]


def _took(durations: Durations) -> Mapping[str, int | None]:
    return {"count": durations.count, "median": durations.median, "p90": durations.most}
