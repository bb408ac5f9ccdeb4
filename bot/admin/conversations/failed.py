"""`/failed`: what was not sent, by kind; trying it again, and leaving it as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection
from yarl import URL

from bot.admin.conversations.spoken import Piece, line, name_of
from bot.contacts.service import ContactCard, cards
from bot.conversations.shown.channel_words import CHANNELS
from bot.core.permissions import Permission
from bot.core.text import one_line
from bot.messages.records import MessageView
from bot.messages.service import Failures, failed_messages, failures
from bot.web.access import signed_in
from bot.web.frame import render
from bot.web.i18n import N_, Translator
from bot.web.keys import READER
from bot.web.lists import Asked, Choice, Filters, Page, counted
from bot.web.pages import language

PATH = "/failed"
_ROWS = 50


@dataclass(frozen=True, slots=True)
class Kind:
    """What failed by one error.

    Attributes:
        error: its code.
        reason: why, in plain words.
        count: how many, in words.
        newest_at: when the newest one was written.
        link: where they are listed.
        is_shown: whether they are, here.
    """

    error: str
    reason: str
    count: str
    newest_at: datetime
    link: str
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One of them.

    Attributes:
        id: its own.
        link: where it stands in its conversation.
        who: to whom.
        line: what it says.
        channel: on which.
        reason: why it was not sent.
        at: when it was written.
    """

    id: str
    link: str
    who: str
    line: Sequence[Piece]
    channel: str
    reason: str
    at: datetime


async def show(request: web.Request) -> web.StreamResponse:
    """The kinds, and those of one of them."""
    _ = language(request)
    async with request.app[READER].reading() as connection:
        known = await failures(connection)
        filters = Filters(Choice("kind", N_("Kind"), {each.error: each.error for each in known}, is_marked=False))
        asked = filters.read(request, _ROWS)
        shown = next(iter(asked.all("kind")), known[0].error if known else "")
        page = await _listed(connection, asked, shown)
        people = {each.id: each for each in await cards(connection, [each.contact_id for each in page.rows])}
    return await render(
        request,
        "admin/failed.html",
        title=_("Unsent"),
        asked=asked,
        kinds=[_kind(each, shown, _) for each in known],
        shown=shown,
        page=Page([_row(each, people, _) for each in page.rows], page.next, page.first),
        channels=CHANNELS,
        may_send=Permission.MESSAGES_SEND in signed_in(request).permissions,
    )


async def _listed(connection: AsyncConnection, asked: Asked, error: str) -> Page[MessageView]:
    rows = await failed_messages(connection, error, asked.limit, asked.after_moment)
    return asked.page(rows, lambda row: (row.created_at, row.id))


def _kind(found: Failures, shown: str, _: Translator) -> Kind:
    return Kind(
        error=one_line(found.error),
        reason=one_line(_(found.reason)) if found.reason else _("The provider gave no reason."),
        count=counted("{count} message", "{count} messages", found.count, _),
        newest_at=found.newest_at,
        link=str(URL(PATH).with_query(kind=found.error)),
        is_shown=found.error == shown,
    )


def _row(message: MessageView, people: Mapping[str, ContactCard], _: Translator) -> Row:
    return Row(
        id=message.id,
        link=f"/contacts/{message.contact_id}?at={message.id}#m-{message.id}",
        who=name_of(people.get(message.contact_id), _),
        line=line(message, (), _),
        channel=message.channel,
        reason=one_line(_(message.error_reason)) if message.error_reason else "",
        at=message.created_at,
    )
