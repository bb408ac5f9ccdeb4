"""What was said with a contact, a stretch of it at a time: over all who were merged into them, as one conversation.

Each contact's messages keep their numbers, which are their order; those of several are put between each other by the
moments at which they were written down. So a place in a conversation is a number for each contact of the family.
"""

import heapq
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.messages import queries
from bot.messages.records import MessageView

Place = tuple[int, ...]
"""For each contact of a family, in its order, the number of a message."""
_FURTHEST = 2**31 - 1
_MOST_DIGITS = len(str(_FURTHEST))


class Stretch(NamedTuple):
    """A part of a conversation.

    Attributes:
        messages: in order.
        begin: the first of them; what is older comes before that.
        end: the last of them; what is newer comes after that.
        has_older: there is something before them.
        has_newer: there is something behind them.
    """

    messages: Sequence[MessageView]
    begin: Place
    end: Place
    has_older: bool
    has_newer: bool


def place_to_text(place: Place) -> str:
    """A place as a URL has it.

    >>> place_to_text((12, 5))
    '12.5'
    """
    return ".".join(map(str, place))


def place_from_text(text: str, family: Sequence[str]) -> Place | None:
    """The place that `place_to_text` gave for this family; None for anything else, such as one of before a merge.

    >>> place_from_text("12.5", ["a", "b"]), place_from_text("12", ["a", "b"]), place_from_text("x", ["a"])
    ((12, 5), None, None)
    """
    parts = text.split(".")
    if len(parts) != len(family):
        return None
    if not all(each.isascii() and each.isdecimal() and len(each) <= _MOST_DIGITS for each in parts):
        return None
    return tuple(min(int(each), _FURTHEST) for each in parts)


async def older(
    connection: AsyncConnection, family: Sequence[str], before: Place | None = None, *, limit: int
) -> Stretch:
    """The newest messages before a place, which is not among them; None for the newest of all.

    Args:
        connection: not changed.
        family: the contacts whose conversation it is, as `bot.contacts.service.family` gives them.
        before: the place.
        limit: how many at most.
    """
    bounds = before or (_FURTHEST,) * len(family)
    each = [
        await queries.timeline_before(connection, contact_id, before_seq=seq, limit=limit + 1)
        for contact_id, seq in zip(family, bounds, strict=True)
    ]
    backwards = heapq.merge(*(reversed(some) for some in each), key=lambda one: one.created_at, reverse=True)
    found = list(backwards)[: limit + 1]
    shown = found[:limit][::-1]
    first: dict[str, int] = {}
    for one in shown:
        first.setdefault(one.contact_id, one.seq)
    begin = tuple(first.get(contact_id, seq) for contact_id, seq in zip(family, bounds, strict=True))
    newest = (some[-1].seq if some else 0 for some in each)
    end = tuple(newest) if before is None else tuple(seq - 1 for seq in bounds)
    return Stretch(shown, begin, end, has_older=len(found) > limit, has_newer=before is not None)


async def newer(connection: AsyncConnection, family: Sequence[str], after: Place, *, limit: int) -> Stretch:
    """The oldest messages after a place, which is not among them; as `older`."""
    each = [
        await queries.timeline(connection, contact_id, after_seq=seq, limit=limit + 1)
        for contact_id, seq in zip(family, after, strict=True)
    ]
    return _following(family, after, each, limit)


async def news(
    connection: AsyncConnection, family: Sequence[str], after: Place, since: datetime, *, limit: int
) -> tuple[Sequence[MessageView], Stretch]:
    """Those of the last `limit` messages of each up to a place that changed since then, and what `newer` gives."""
    each = [
        await queries.news(connection, contact_id, after_seq=seq, since=since, limit=limit)
        for contact_id, seq in zip(family, after, strict=True)
    ]
    parts = list(zip(each, after, strict=True))
    earlier = heapq.merge(*([one for one in some if one.seq <= seq] for some, seq in parts), key=_written_at)
    later = ([one for one in some if one.seq > seq] for some, seq in parts)
    return list(earlier), _following(family, after, later, limit)


def _following(family: Sequence[str], after: Place, each: Iterable[Sequence[MessageView]], limit: int) -> Stretch:
    """The stretch behind a place, of what each of the family has there."""
    found = list(heapq.merge(*each, key=_written_at))[: limit + 1]
    shown = found[:limit]
    last = {one.contact_id: one.seq for one in shown}
    begin = tuple(seq + 1 for seq in after)
    end = tuple(last.get(contact_id, seq) for contact_id, seq in zip(family, after, strict=True))
    return Stretch(shown, begin, end, has_older=True, has_newer=len(found) > limit)


def _written_at(message: MessageView) -> datetime:
    return message.created_at


async def around(
    connection: AsyncConnection, family: Sequence[str], contact_id: str, seq: int, *, limit: int
) -> Stretch:
    """What was said before a message of one of the family and up to it, and what was said after it, `limit` each."""
    at = await queries.moment_of(connection, contact_id, seq)
    last = tuple([seq if each == contact_id else await queries.last_until(connection, each, at) for each in family])
    before = await older(connection, family, tuple(each + 1 for each in last), limit=limit)
    after = await newer(connection, family, last, limit=limit)
    messages = [*before.messages, *after.messages]
    return Stretch(messages, before.begin, after.end, before.has_older, after.has_newer)
