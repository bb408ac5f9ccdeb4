"""A report, put together of what its statements count."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.inbox.kinds import By
from bot.inbox.reports import queries
from bot.inbox.reports.queries import Messages, Openings
from bot.inbox.reports.spans import day_number, week_number
from bot.inbox.reports.values import Durations, Figures, Key, Report, ReportQuery, Waiting

_Row = Row[*tuple[Any, ...]]
_Counts = TypeVar("_Counts", Messages, Openings)


async def report(connection: AsyncConnection, query: ReportQuery) -> Report:
    """What is asked; five statements, however much there is, and seven where it is told by agent."""
    said, opened, took = await _counted(connection, query, query.by)
    groups = _figures(query, query.by, said, opened, took)
    if query.by is By.AGENT:
        # What nobody who was logged in wrote is no agent's.
        said, opened, took = await _counted(connection, query, None)
    else:
        said, opened = _together(said), _together(opened)
        took = await queries.durations(connection, query, None)
    waiting = await queries.waiting(connection, query)
    return Report(
        all=_figures(query, None, said, opened, took).get(0, _nothing(query, None)),
        groups=_in_order(query, groups),
        waiting=Waiting(waiting.people, waiting.since),
    )


async def _counted(
    connection: AsyncConnection, query: ReportQuery, by: By | None
) -> tuple[Sequence[Messages], Sequence[Openings], Sequence[_Row]]:
    return (
        await queries.messages(connection, query, by),
        await queries.openings(connection, query, by),
        await queries.durations(connection, query, by),
    )


def _together(groups: Sequence[_Counts]) -> Sequence[_Counts]:
    """All groups as one, whose key is that of all."""
    if not groups:
        return ()
    kind = type(groups[0])
    return [kind(0, *(sum(each) for each in zip(*(group[1:] for group in groups), strict=True)))]


def _figures(
    query: ReportQuery, by: By | None, said: Sequence[Messages], opened: Sequence[Openings], took: Sequence[_Row]
) -> dict[Key, Figures]:
    messages, openings = {each.key: each for each in said}, {each.key: each for each in opened}
    durations: dict[tuple[str, Key], _Row] = {(row.what, row.key): row for row in took}
    keys = {*messages, *openings, *(key for _what, key in durations)}
    nothing = _nothing(query, by)
    return {each: _of(nothing, messages.get(each), openings.get(each), durations, each) for each in keys}


def _of(
    nothing: Figures,
    said: Messages | None,
    opened: Openings | None,
    took: Mapping[tuple[str, Key], _Row],
    key: Key,
) -> Figures:
    figures = replace(
        nothing,
        response=_durations(took.get(("response", key))),
        resolution=_durations(took.get(("resolution", key))),
        total=_durations(took.get(("total", key))),
    )
    if said is not None:
        received = None if nothing.received is None else said.received
        figures = replace(figures, received=received, sent=said.sent)
    return figures if opened is None else replace(figures, opened=opened.opened, reopened=opened.reopened)


def _durations(row: _Row | None) -> Durations:
    return Durations() if row is None else Durations(row.times, row.median, row.most)


def _nothing(query: ReportQuery, by: By | None) -> Figures:
    return Figures(received=None if by is By.AGENT or query.user_ids else 0)


def _in_order(query: ReportQuery, found: Mapping[Key, Figures]) -> Mapping[Key, Figures]:
    nothing = _nothing(query, query.by)
    return {each: found.get(each, nothing) for each in _keys(query, found)}


def _keys(query: ReportQuery, found: Iterable[Key]) -> Sequence[Key]:
    """All hours, days and weeks that there are; else those that something is known of."""
    span = query.span
    match query.by:
        case By.HOUR:
            return range(24)
        case By.WEEKDAY:
            return range(7)
        case By.DAY:
            return range(day_number(span.first), day_number(span.last) + 1)
        case By.WEEK:
            return range(week_number(span.first), week_number(span.last) + 1)
        case By.CHANNEL | By.AGENT:
            return sorted(found, key=lambda key: (key is None, str(key)))
