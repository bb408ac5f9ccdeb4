"""What was said with one contact, in order: a stretch of it, ready to be shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.conversations.spoken import speaker, users_of
from bot.conversations.shown.files import Linker
from bot.conversations.shown.present import present
from bot.conversations.shown.step_words import step_words
from bot.messages.media.service import files_of
from bot.messages.models import Direction
from bot.messages.records import MessageView
from bot.messages.service import state_of, timeline, timeline_before
from bot.web.frame import place_of
from bot.web.keys import CLOCK, LINK_KEYS
from bot.web.pages import language

_AT_ONCE = 50
_FURTHEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message as its bubble.

    Attributes:
        seq: its place in the conversation.
        is_ours: whether we said it.
        by: who of us; empty where the person did.
        day: of which it is the first one that is shown; None for others.
        at: when it was said.
        channel: on which.
        state: how far it has come.
        shown: its words, files and choices: see `present`.
        is_sought: whether somebody came here for it.
    """

    seq: int
    is_ours: bool
    by: str
    day: date | None
    at: datetime
    channel: str
    state: str
    shown: Mapping[str, Any]
    is_sought: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """A stretch of a conversation.

    Attributes:
        bubbles: the oldest first.
        older: the URL of what comes before; empty for nothing.
        newer: the URL of what follows; empty for nothing.
    """

    bubbles: Sequence[Bubble]
    older: str
    newer: str


async def read_timeline(request: web.Request, connection: AsyncConnection, contact_id: str) -> Timeline:
    """The stretch that is asked for: around `at`, before `before`, after `after`, else the newest."""
    sought, before, after = (_number(request, name) for name in ("at", "before", "after"))
    stretch = await _stretch(connection, contact_id, sought, before, after)
    seqs = [each.seq for each in stretch.messages]
    path = request.path
    return Timeline(
        bubbles=await _bubbles(request, connection, stretch.messages, sought),
        older=f"{path}?before={seqs[0]}" if seqs and stretch.has_older else "",
        newer=f"{path}?after={seqs[-1]}" if seqs and stretch.has_newer else "",
    )


class _Stretch(NamedTuple):
    messages: Sequence[MessageView]
    has_older: bool
    has_newer: bool


async def _stretch(
    connection: AsyncConnection, contact_id: str, sought: int | None, before: int | None, after: int | None
) -> _Stretch:
    limit = _AT_ONCE + 1
    if after is not None:
        newer = await timeline(connection, contact_id, after_seq=after, limit=limit)
        return _Stretch(newer[:_AT_ONCE], has_older=True, has_newer=len(newer) == limit)
    below = before if sought is None else sought + 1
    older = await timeline_before(connection, contact_id, before_seq=below, limit=limit)
    shown, has_older = older[-_AT_ONCE:], len(older) == limit
    if sought is None:
        return _Stretch(shown, has_older, has_newer=before is not None)
    newer = await timeline(connection, contact_id, after_seq=sought, limit=limit)
    return _Stretch([*shown, *newer[:_AT_ONCE]], has_older, has_newer=len(newer) == limit)


async def _bubbles(
    request: web.Request, connection: AsyncConnection, messages: Sequence[MessageView], sought: int | None
) -> list[Bubble]:
    _ = language(request)
    files = await files_of(connection, messages)
    words = await step_words(connection, [each.trace for each in messages], _.locale)
    users = await users_of(connection, messages)
    linker = Linker(request.app[CLOCK](), request.app[LINK_KEYS])
    place = place_of(request)
    days = _days(messages, place)
    return [
        Bubble(
            seq=each.seq,
            is_ours=each.direction == Direction.OUTBOUND,
            by=speaker(each, users, _),
            day=day,
            at=each.said_at,
            channel=each.channel,
            state=state_of(each),
            shown=present(each, files.get(each.id, ()), linker, _, words, place),
            is_sought=each.seq == sought,
        )
        for each, day in zip(messages, days, strict=True)
    ]


def _days(messages: Iterable[MessageView], zone: ZoneInfo) -> list[date | None]:
    days: list[date | None] = []
    last: date | None = None
    for each in messages:
        day = each.said_at.astimezone(zone).date()
        days.append(None if day == last else day)
        last = day
    return days


def _number(request: web.Request, name: str) -> int | None:
    text = request.query.get(name, "")
    return (
        min(int(text), _FURTHEST) if text.isascii() and text.isdecimal() and len(text) < len(str(_FURTHEST)) else None
    )
