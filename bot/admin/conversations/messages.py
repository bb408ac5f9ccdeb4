"""`/messages`: what was said, the newest first, narrowed by words, channel, state and time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.conversations.spoken import Piece, line, name_of, speaker, users_of
from bot.admin.conversations.words import DIRECTIONS, LANES, STATE_KINDS, STATES
from bot.channels.service import account_statuses
from bot.contacts.service import ContactCard, cards
from bot.conversations.shown.channel_words import CHANNELS
from bot.messages.records import MessageView
from bot.messages.service import Listed, MessageFilter, Place, count_messages, listed, state_of
from bot.search.service import FoundMessages, Span, search_messages
from bot.web.days import beginning
from bot.web.frame import place_of, render
from bot.web.i18n import N_, Translator
from bot.web.keys import READER
from bot.web.lists import Asked, Choice, Day, Filters, Page, Words, counted
from bot.web.pages import language

PATH = "/messages"
_ROWS = 50


@dataclass(frozen=True, slots=True)
class Row:
    """A message in the list.

    Attributes:
        id: its own.
        link: where it stands in its conversation.
        who: with whom.
        by: who of us said it; empty where the person did.
        line: what it says.
        channel: on which.
        state: how far it has come.
        at: when it was said.
    """

    id: str
    link: str
    who: str
    by: str
    line: Sequence[Piece]
    channel: str
    state: str
    at: datetime


async def show(request: web.Request) -> web.StreamResponse:
    """A page of them."""
    _ = language(request)
    async with request.app[READER].reading() as connection:
        asked = _filters(await account_statuses(connection)).read(request, _ROWS)
        page = await _found(request, connection, asked) if asked.one("q") else await _listed(request, connection, asked)
        count = await page.count(lambda: _count(connection, _wanted(request, asked), asked.one("q")))
        known = {each.id: each for each in await cards(connection, [each.contact_id for each, _marks in page.rows])}
        users = await users_of(connection, [each for each, _marks in page.rows])
    rows = [_row(each, marks, known, users, _) for each, marks in page.rows]
    return await render(
        request,
        "admin/messages.html",
        title=_("Messages"),
        asked=asked,
        page=Page(rows, page.next, page.first, page.is_cut),
        count=counted("{count} message", "{count} messages", count, _),
        channels=CHANNELS,
        states=STATES,
        kinds=STATE_KINDS,
    )


def _filters(accounts: Mapping[str, object]) -> Filters:
    return Filters(
        Words("q", N_("Search what was said")),
        Choice("channel", N_("Channel"), CHANNELS),
        Choice("from", N_("Who wrote"), DIRECTIONS),
        Choice("state", N_("State"), STATES),
        Choice("account", N_("Account"), {each: each for each in accounts}, is_marked=False),
        Choice("lane", N_("Sent as"), LANES),
        Day("since", N_("From day")),
        Day("until", N_("To day")),
    )


async def _listed(
    request: web.Request, connection: AsyncConnection, asked: Asked
) -> Page[tuple[MessageView, Sequence[Span]]]:
    after = None if asked.after_moment is None else Place(*asked.after_moment)
    found: Listed = await listed(connection, _wanted(request, asked), asked.limit, after)
    further = None if found.further is None else (found.further.created_at, found.further.id)
    rows = [(each, ()) for each in found.messages]
    return asked.page(rows, lambda row: (row[0].created_at, row[0].id), further)


async def _found(
    request: web.Request, connection: AsyncConnection, asked: Asked
) -> Page[tuple[MessageView, Sequence[Span]]]:
    after = asked.after_number
    wanted = _wanted(request, asked)
    found: FoundMessages = await search_messages(
        connection, asked.one("q"), wanted=wanted, limit=asked.limit, after=after
    )
    ranks = {each.message.id: each.cursor for each in found.messages}
    rows = [(each.message, each.marks) for each in found.messages]
    further = None if found.further is None else (found.further,)
    return asked.page(rows, lambda row: (ranks[row[0].id],), further)


async def _count(connection: AsyncConnection, wanted: MessageFilter, words: str) -> int:
    """How many fit; 0 where counting would look at too many."""
    return 0 if words or wanted.picks else await count_messages(connection, wanted.since, wanted.until)


def _wanted(request: web.Request, asked: Asked) -> MessageFilter:
    zone = place_of(request)
    return MessageFilter(
        channels=asked.all("channel"),
        directions=asked.all("from"),
        states=asked.all("state"),
        accounts=asked.all("account"),
        lanes=asked.all("lane"),
        since=beginning(asked.one("since"), zone),
        until=beginning(asked.one("until"), zone, days_later=1),
    )


def _row(
    message: MessageView,
    marks: Sequence[Span],
    known: Mapping[str, ContactCard],
    users: Mapping[str, str],
    _: Translator,
) -> Row:
    return Row(
        id=message.id,
        link=f"/contacts/{message.contact_id}?at={message.id}#m-{message.id}",
        who=name_of(known.get(message.contact_id), _),
        by=speaker(message, users, _),
        line=line(message, marks, _),
        channel=message.channel,
        state=state_of(message),
        at=message.said_at,
    )
