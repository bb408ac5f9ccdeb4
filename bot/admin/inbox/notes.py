"""Notes, as they stand between what was said."""

import heapq
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.conversations.timeline import Timeline
from bot.core.text import one_line
from bot.inbox.service import NoteCard, NoteType, notes
from bot.web.access import signed_in
from bot.web.pages import language

_MOST = 50


@dataclass(frozen=True, slots=True)
class NoteBubble:
    """A note as it stands in the timeline.

    Attributes:
        id: its own.
        by: who wrote it.
        at: when.
        text: what it says.
        is_private: whether its author alone sees it.
        names: of whom it names.
    """

    id: str
    by: str
    at: datetime
    text: str
    is_private: bool
    names: Collection[str]
    is_note: ClassVar[bool] = True


async def with_notes(
    request: web.Request,
    connection: AsyncConnection,
    family: Sequence[str],
    timeline: Timeline,
    *,
    since: datetime | None = None,
) -> Timeline:
    """A stretch with the notes that were written meanwhile; or all that were written or changed `since`."""
    _, me, bubbles = language(request), signed_in(request).user_id, timeline.bubbles
    before = (bubbles[-1].at, "") if timeline.newer and bubbles else None
    found = await notes(connection, family, me, _MOST, before)
    begin = bubbles[0].at if timeline.older and bubbles else None
    if since is not None:
        shown = [each for each in found if each.updated_at >= since]
    else:
        shown = [each for each in found if begin is None or each.created_at >= begin]
    noted = [_bubble(each, _("Somebody who is gone")) for each in reversed(shown)]
    return replace(timeline, bubbles=list(heapq.merge(bubbles, noted, key=lambda each: each.at)))


def _bubble(card: NoteCard, gone: str) -> NoteBubble:
    return NoteBubble(
        id=card.id,
        by=one_line(card.author) or gone,
        at=card.created_at,
        text=card.content,
        is_private=card.type is NoteType.PRIVATE,
        names=[name for _id, name in card.mentions],
    )


def mentioned(text: str, agents: Mapping[str, str]) -> Collection[str]:
    """The ids of those whom a note names.

    >>> sorted(mentioned("@Ana Lima, see @bia.", {"1": "Ana Lima", "2": "Bia", "3": "Ana", "4": "Rui"}))
    ['1', '2', '3']
    """
    words = text.casefold()
    return [user_id for user_id, name in agents.items() if name.strip() and f"@{name.strip().casefold()}" in words]
