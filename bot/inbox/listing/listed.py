"""Conversations with all that a list shows of each, in a handful of statements however many they are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.contacts.models import Responder
from bot.conversations.service import BY_A_USER
from bot.core.addresses import Channel
from bot.core.messages import MessageKind, Status
from bot.inbox.kinds import ConversationStatus
from bot.inbox.listing import queries
from bot.inbox.listing.families import last_of_all, unread_of_merged
from bot.inbox.listing.queries import MOST_UNREAD, LabelRow, LastRow
from bot.inbox.listing.wanted import ConversationFilter, Place
from bot.messages.models import Direction
from bot.users.service import names_of


class Author(StrEnum):
    """Who said something."""

    CONTACT = "contact"
    BOT = "bot"
    USER = "user"
    """Somebody of ours."""
    OTHER = "other"
    """A command, a program, or a provider's own app."""


@dataclass(frozen=True, slots=True)
class LastWords:
    """What was last said in a conversation.

    Attributes:
        author: who said it.
        user_id: somebody of ours who did; else empty.
        name: how they are called; else empty.
        kind: what it is.
        text: its words, cut where they are very long; empty where it has none.
        channel: where it was said.
        status: how far it has come.
        at: when.
    """

    author: Author
    user_id: str
    name: str
    kind: MessageKind
    text: str
    channel: Channel
    status: Status
    at: datetime


@dataclass(frozen=True, slots=True)
class ListedConversation:
    """A conversation as a list shows it.

    Attributes:
        contact_id: whose.
        name: the contact's; empty where it is not known.
        phone: likewise.
        email: likewise.
        seq: the conversation's version: the number of its last message.
        responder: who answers.
        status: how it stands; None where no person ever had it.
        channel: where the contact last wrote while a person had it, or None.
        waiting_since: since when they wait for a person, or None.
        last_at: when something was last said while a person had it, or None.
        opened_at: when it last became a person's, or None.
        snoozed_until: when it opens by itself, or None.
        resolved_at: when it last became the bot's, or None.
        resolved_by: the id of who resolved it; empty for nobody.
        reopened: how often it became a person's again.
        assignee_id: the id of who has it, or had it until it was resolved; empty for nobody.
        assignee: how they are called.
        labels: by name.
        last: what was last said, or None.
        unread: how many messages whoever asks has not seen; `MOST_UNREAD` for that many or more.
    """

    contact_id: str
    name: str
    phone: str
    email: str
    seq: int
    responder: Responder
    status: ConversationStatus | None
    channel: Channel | None
    waiting_since: datetime | None
    last_at: datetime | None
    opened_at: datetime | None
    snoozed_until: datetime | None
    resolved_at: datetime | None
    resolved_by: str
    reopened: int
    assignee_id: str
    assignee: str
    labels: Sequence[LabelRow]
    last: LastWords | None
    unread: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A conversation of a list, and where in it it stands."""

    place: Place
    conversation: ListedConversation


async def list_conversations(
    connection: AsyncConnection,
    wanted: ConversationFilter,
    user_id: str,
    now: datetime,
    limit: int,
    after: Place | None = None,
) -> list[Placed]:
    """The wanted conversations, up to `limit`, behind `after`; None begins with the first.

    Args:
        connection: any.
        wanted: which ones.
        user_id: who asks.
        now: the moment.
        limit: how many at most.
        after: where the one before stands.
    """
    places = await queries.places(connection, wanted, user_id, limit, after)
    found = await conversations(connection, [each.contact_id for each in places], user_id, now)
    return [Placed(each, found[each.contact_id]) for each in places if each.contact_id in found]


async def conversations(
    connection: AsyncConnection, contact_ids: Iterable[str], user_id: str, now: datetime, *, with_words: bool = True
) -> dict[str, ListedConversation]:
    """Those contacts' conversations, the bot's too, by contact's id; a contact that is gone is missing.

    Without words nothing is said to be the last and nothing unread, as where all that was said is shown anyhow.
    """
    rows = await queries.rows(connection, contact_ids)
    ids = [row.id for row in rows]
    if not ids:
        return {}
    labels = await queries.labels(connection, ids)
    last, unread = await _words(connection, rows, user_id, now) if with_words else ({}, {})
    speakers = {_user_of(each) for each in last.values()}
    names = await names_of(connection, {*speakers, *(row.assignee_id or "" for row in rows)} - {""})
    return {
        row.id: _listed(
            row,
            names.get(row.assignee_id or "", ""),
            labels.get(row.id, ()),
            _last(last[row.id], names) if row.id in last else None,
            unread.get(row.id, 0),
        )
        for row in rows
    }


async def _words(
    connection: AsyncConnection, rows: Sequence[Row[Any]], user_id: str, now: datetime
) -> tuple[Mapping[str, LastRow], Mapping[str, int]]:
    """What was last said to each of them, and how much of it somebody has not seen, by contact's id."""
    ids = [row.id for row in rows]
    kin = await contacts.merged(connection, [row.id for row in rows if row.has_merged])
    last = last_of_all(await queries.last_words(connection, [*ids, *kin], now), kin)
    unread = await queries.unread(connection, ids, user_id)
    for each, count in (await unread_of_merged(connection, rows, kin, user_id) if kin else {}).items():
        unread[each] = min(MOST_UNREAD, unread.get(each, 0) + count)
    return last, unread


def _listed(
    row: Row[Any], assignee: str, labels: Sequence[LabelRow], last: LastWords | None, unread: int
) -> ListedConversation:
    return ListedConversation(
        contact_id=row.id,
        name=row.name or "",
        phone=row.phone or "",
        email=row.email or "",
        seq=row.seq,
        responder=Responder(row.responder),
        status=None if row.status is None else ConversationStatus(row.status),
        channel=None if row.channel is None else Channel(row.channel),
        waiting_since=row.waiting_since,
        last_at=row.last_at,
        opened_at=row.opened_at,
        snoozed_until=row.snoozed_until,
        resolved_at=row.resolved_at,
        resolved_by=row.resolved_by or "",
        reopened=row.reopened or 0,
        assignee_id=row.assignee_id or "",
        assignee=assignee,
        labels=labels,
        last=last,
        unread=unread,
    )


def _last(row: LastRow, names: Mapping[str, str]) -> LastWords:
    user_id = _user_of(row)
    return LastWords(
        author=_author(row),
        user_id=user_id,
        name=names.get(user_id, ""),
        kind=MessageKind(row["kind"]),
        text=row["content"],
        channel=Channel(row["channel"]),
        status=Status(row["status"]),
        at=row["created_at"],
    )


def _author(row: LastRow) -> Author:
    if row["direction"] == Direction.INBOUND:
        return Author.CONTACT
    if _user_of(row):
        return Author.USER
    return Author.OTHER if row["origin"] or row["is_echo"] else Author.BOT


def _user_of(row: LastRow) -> str:
    """Who of ours said it; empty for nobody."""
    origin = row["origin"] or ""
    return origin.removeprefix(BY_A_USER) if origin.startswith(BY_A_USER) else ""
