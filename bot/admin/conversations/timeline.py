"""What was said with one contact, in order: a stretch of it, ready to be shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection
from yarl import URL

from bot.admin.conversations.spoken import is_the_bots, speaker, users_of
from bot.admin.conversations.words import SCHEDULED, WITHDRAWN
from bot.conversations.shown.files import Linker
from bot.conversations.shown.present import present
from bot.conversations.shown.step_words import step_words
from bot.messages.media.service import files_of
from bot.messages.models import Direction
from bot.messages.records import MessageView
from bot.messages.service import (
    MessageState,
    Stretch,
    around,
    messages_of,
    newer,
    news,
    older,
    place_from_text,
    place_to_text,
    state_of,
)
from bot.web.frame import place_of
from bot.web.keys import CLOCK, LINK_KEYS
from bot.web.pages import language

_WITHDRAWN = frozenset({"cancelled", "replaced"})
_AT_ONCE = 50
_MOST_ID = 64
_OVERLAP = timedelta(seconds=30)
"""What was written by then is committed, whatever the clock of whoever wrote it."""


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message as its bubble.

    Attributes:
        id: the message's.
        is_ours: whether we said it.
        by: who of us; empty where the person did.
        is_bot: whether that is the bot.
        day: of which it is the first one that is shown; None for others.
        at: when it was said.
        channel: on which.
        state: how far it has come: a MessageState, SCHEDULED or WITHDRAWN.
        shown: its words, files and choices: see `present`.
        is_sought: whether somebody came here for it.
    """

    id: str
    is_ours: bool
    by: str
    is_bot: bool
    day: date | None
    at: datetime
    channel: str
    state: str
    shown: Mapping[str, Any]
    is_sought: bool
    is_note: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Timeline:
    """A stretch of a conversation.

    Attributes:
        bubbles: the oldest first.
        older: the URL of what comes before; empty for nothing.
        newer: the URL of what follows; empty for nothing.
        newest: the URL of the newest.
        end: the place behind which there is nothing yet, or what follows.
        since: the moment from which on what changes is not in it.
        family: the ids of the contacts whose messages are read as one: another one of them, and it is another
            conversation.
        is_behind: whether there is more news behind this.
    """

    bubbles: Sequence[Any]
    older: str
    newer: str
    newest: str
    end: str
    since: str
    family: str
    is_behind: bool = False


async def read_timeline(request: web.Request, connection: AsyncConnection, kept: Sequence[str], path: str) -> Timeline:
    """The stretch that is asked for: around `at`, before `before`, after `after`, else the newest; shown at `path`.

    It is one conversation over a family, `kept`; `at` is the id of a message.
    """
    sought = await _sought(request, connection, kept)
    stretch = await _stretch(request, connection, kept, sought)
    url = URL(path)
    begin, end = (place_to_text(each) for each in (stretch.begin, stretch.end)) if stretch.messages else ("", "")
    return Timeline(
        bubbles=await _bubbles(request, connection, stretch.messages, sought),
        older=str(url.update_query(before=begin)) if begin and stretch.has_older else "",
        newer=str(url.update_query(after=end)) if end and stretch.has_newer else "",
        newest=path,
        end=place_to_text(stretch.end),
        since=_since(request),
        family=" ".join(kept),
    )


async def read_news(
    request: web.Request, connection: AsyncConnection, kept: Sequence[str], path: str
) -> tuple[Timeline, datetime | None]:
    """What was said `after` a place in the conversation of a family, with what changed before it `since` a moment.

    All of the newest where they are not told, or the place is none any more; the moment is None then.
    """
    after = place_from_text(request.query.get("after", ""), kept)
    since = _moment(request.query.get("since", ""))
    if after is None or since is None:
        return await read_timeline(request, connection, kept, path), None
    earlier, stretch = await news(connection, kept, after, since, limit=_AT_ONCE)
    bubbles = await _bubbles(request, connection, [*earlier, *stretch.messages], None)
    end = place_to_text(stretch.end)
    # What may have changed meanwhile is told of again, until all that is new is told.
    told_until = request.query["since"] if stretch.has_newer else _since(request)
    return Timeline(bubbles, "", "", path, end, told_until, " ".join(kept), stretch.has_newer), since


def _since(request: web.Request) -> str:
    return (request.app[CLOCK]() - _OVERLAP).isoformat(timespec="seconds")


def _moment(text: str) -> datetime | None:
    """A moment as `_since` spells it; None for anything else."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


async def _sought(request: web.Request, connection: AsyncConnection, kept: Sequence[str]) -> MessageView | None:
    """The message for which somebody came here; None where it is none of this conversation."""
    message_id = request.query.get("at", "")[:_MOST_ID]
    found = await messages_of(connection, [message_id]) if message_id else []
    return next((each for each in found if each.contact_id in kept), None)


async def _stretch(
    request: web.Request, connection: AsyncConnection, kept: Sequence[str], sought: MessageView | None
) -> Stretch:
    before, after = (place_from_text(request.query.get(name, ""), kept) for name in ("before", "after"))
    if after is not None:
        return await newer(connection, kept, after, limit=_AT_ONCE)
    if sought is not None:
        return await around(connection, kept, sought.contact_id, sought.seq, limit=_AT_ONCE)
    return await older(connection, kept, before, limit=_AT_ONCE)


async def _bubbles(
    request: web.Request, connection: AsyncConnection, messages: Sequence[MessageView], sought: MessageView | None
) -> list[Bubble]:
    _ = language(request)
    files = await files_of(connection, messages)
    words = await step_words(connection, [each.trace for each in messages], _.locale)
    users = await users_of(connection, messages)
    now = request.app[CLOCK]()
    linker = Linker(now, request.app[LINK_KEYS])
    place = place_of(request)
    days = _days(messages, place)
    return [
        Bubble(
            id=each.id,
            is_ours=each.direction == Direction.OUTBOUND,
            by=speaker(each, users, _),
            is_bot=is_the_bots(each),
            day=day,
            at=each.said_at,
            channel=each.channel,
            state=_state(each, now),
            shown=present(each, files.get(each.id, ()), linker, _, words, place),
            is_sought=sought is not None and each.id == sought.id,
        )
        for each, day in zip(messages, days, strict=True)
    ]


def _state(message: MessageView, now: datetime) -> str:
    if message.error in _WITHDRAWN:
        return WITHDRAWN
    state = state_of(message)
    is_later = message.scheduled_at is not None and message.scheduled_at > now
    return SCHEDULED if is_later and state is MessageState.QUEUED else state


def _days(messages: Iterable[MessageView], zone: ZoneInfo) -> list[date | None]:
    days: list[date | None] = []
    last: date | None = None
    for each in messages:
        day = each.said_at.astimezone(zone).date()
        days.append(None if day == last else day)
        last = day
    return days
