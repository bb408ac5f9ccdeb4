"""A report, put together of what its statements count."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.inbox.reports import queries
from bot.inbox.reports.spans import day_number, week_number
from bot.inbox.reports.values import By, Durations, Figures, Key, Report, ReportQuery, Waiting

_Row = Row[*tuple[Any, ...]]


async def report(connection: AsyncConnection, query: ReportQuery) -> Report:
    """What is asked; six statements, however much there is."""
    together = await _figures(connection, query, None)
    waiting = await queries.waiting(connection, query)
    return Report(
        all=together.get(0, _nothing(query, None)),
        groups=_in_order(query, await _figures(connection, query, query.by)),
        waiting=Waiting(waiting.people, waiting.since),
    )


async def _figures(connection: AsyncConnection, query: ReportQuery, by: By | None) -> dict[Key, Figures]:
    said = {row.key: row for row in await queries.messages(connection, query, by)}
    opened = {row.key: row for row in await queries.openings(connection, query, by)}
    took: dict[tuple[str, Key], _Row] = {
        (row.what, row.key): row for row in await queries.durations(connection, query, by)
    }
    keys = {*said, *opened, *(key for _what, key in took)}
    return {each: _of(_nothing(query, by), said.get(each), opened.get(each), took, each) for each in keys}


def _of(
    nothing: Figures,
    said: _Row | None,
    opened: _Row | None,
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
