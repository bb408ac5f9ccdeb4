"""Looking daily for contacts who may be one person, in slices; what somebody dismissed is never suggested again.

A slice looks at those keys alone that fall to it, so that none keeps more than its share in mind, or others waiting.
"""

import itertools
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import record
from bot.contacts.directory import ContactCard, cards
from bot.contacts.merging.duplicates import queries
from bot.contacts.merging.duplicates.likeness import Known, Likeness, compared, keys_of
from bot.contacts.merging.duplicates.queries import Place
from bot.core.actors import Actor
from bot.core.addresses import AddressKind
from bot.core.ids import new_id
from bot.jobs import service as jobs

SLICES = 8
_MOST_ALIKE = 40
"""Contacts of one key that are compared with each other: whom so many share, it tells apart nobody."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two contacts who may be one person.

    Attributes:
        id: its own.
        first: the one.
        second: the other.
        score: how alike they are, up to 1.
        reasons: in what.
        found_at: when they were last found to be.
    """

    id: str
    first: ContactCard
    second: ContactCard
    score: float
    reasons: Sequence[Likeness]
    found_at: datetime

    @property
    def place(self) -> Place:
        """Where it stands in the list."""
        return Place(self.score, self.id)


async def suggestions(
    connection: AsyncConnection, limit: int, after: Place | None = None, *, contact_id: str = ""
) -> list[Suggestion]:
    """Who may be one person, the likeliest first.

    Args:
        connection: any.
        limit: how many at most.
        after: where the one before them stands; None for the first ones.
        contact_id: one of the two; empty for all.
    """
    rows = await queries.suggestions(connection, limit, after, contact_id)
    ids = {each for row in rows for each in (row.first_id, row.second_id)}
    people = {each.id: each for each in await cards(connection, sorted(ids))}
    return [
        Suggestion(
            row.id,
            people[row.first_id],
            people[row.second_id],
            row.score,
            [Likeness(each) for each in row.reasons],
            row.found_at,
        )
        for row in rows
        if row.first_id in people and row.second_id in people
    ]


async def dismiss_suggestion(connection: AsyncConnection, suggestion_id: str, by: Actor, now: datetime) -> bool:
    """Write down that they are two people; returns whether that is something new."""
    row = await queries.dismiss(connection, suggestion_id, by.name, now)
    if row is not None:
        detail = {"other": row.second_id}
        await record(connection, by, "contact.not_duplicate", "contact", row.first_id, detail, at=now)
    return row is not None


async def suggest_again(connection: AsyncConnection, suggestion_id: str, by: Actor, now: datetime) -> bool:
    """Undo that somebody said that they are two; returns whether anybody had."""
    row = await queries.suggest_again(connection, suggestion_id)
    if row is not None:
        detail = {"other": row.second_id}
        await record(connection, by, "contact.may_be_duplicate", "contact", row.first_id, detail, at=now)
    return row is not None


async def look_for_duplicates(context: jobs.Context[object]) -> jobs.Progress:
    """Look at the next slice of keys."""
    connection = context.connection
    at = context.job.checkpoint or {"slice": 0, "since": context.now.isoformat()}
    number, since = at["slice"], datetime.fromisoformat(at["since"])
    certain = await queries.certain_pairs(connection)
    rows = [
        {
            "id": new_id(),
            "first_id": one,
            "second_id": other,
            "score": score,
            "reasons": list(reasons),
            "found_at": context.now,
        }
        for (one, other), (score, reasons) in sorted(_alike(await _everybody(connection), number).items())
        if (one, other) not in certain
    ]
    if rows:
        await queries.WRITE.execute(connection, rows)
    done = number + 1
    if done < SLICES:
        return jobs.Progress(done, SLICES, {**at, "slice": done})
    await queries.forget(connection, since)
    return jobs.Progress(done, SLICES)


async def _everybody(connection: AsyncConnection) -> list[Known]:
    phones: dict[str, list[str]] = {}
    emails: dict[str, list[str]] = {}
    for contact_id, kind, value in await queries.reached(connection):
        (phones if kind == AddressKind.PHONE else emails).setdefault(contact_id, []).append(value)
    none: list[str] = []
    return [
        Known(id_, name or "", frozenset(phones.get(id_, none)), frozenset(emails.get(id_, none)))
        for id_, name in await queries.named(connection)
    ]


def _alike(everybody: Iterable[Known], number: int) -> Mapping[tuple[str, str], tuple[float, Sequence[Likeness]]]:
    """Pairs who are alike, of those who share a key of that slice."""
    blocks: dict[str, list[Known]] = {}
    for each in everybody:
        for key in keys_of(each):
            if zlib.crc32(key.encode()) % SLICES == number:
                blocks.setdefault(key, []).append(each)
    found: dict[tuple[str, str], tuple[float, Sequence[Likeness]]] = {}
    for one, other in _pairs(blocks.values()):
        ids = (min(one.id, other.id), max(one.id, other.id))
        score, reasons = compared(one, other)
        if score:
            found[ids] = (score, reasons)
    return found


def _pairs(blocks: Iterable[Sequence[Known]]) -> Iterator[tuple[Known, Known]]:
    for block in blocks:
        if len(block) <= _MOST_ALIKE:
            yield from itertools.combinations(block, 2)


HANDLERS: Mapping[str, jobs.Handler[Any]] = {
    "duplicates": jobs.Handler(look_for_duplicates, recurs=jobs.Daily(time(4), ZoneInfo("UTC")))
}
"""The daily look."""
