"""The statements by which conversations change hands and states; the contacts are locked by whoever asks."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, TypedDict

from sqlalchemy import Delete, Select, Update, bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.contacts.models import Contact
from bot.db.bulk import BulkInsert, BulkUpdate, among
from bot.inbox.kinds import ConversationStatus
from bot.inbox.models import Assignment, InboxConversation
from bot.messages.models import Direction, Message

_STANDING = (
    *("status", "opened_at", "opened_seq", "snoozed_until"),
    *("resolved_at", "resolved_by", "reopened", "updated_at"),
)


class ConversationRow(TypedDict):
    """A row of `inbox_conversations`, but for who has it; see `bot.inbox.models.InboxConversation`."""

    contact_id: str
    status: str
    channel: str | None
    last_at: datetime
    opened_at: datetime
    opened_seq: int
    snoozed_until: datetime | None
    resolved_at: datetime | None
    resolved_by: str | None
    reopened: int
    created_at: datetime
    updated_at: datetime


class AssignmentRow(TypedDict):
    """A row of `assignments`."""

    contact_id: str
    user_id: str
    assigned_by: str | None
    created_at: datetime


class Spoken(NamedTuple):
    """What somebody said in a conversation.

    Attributes:
        channel: where, if it was the contact; None for somebody of ours.
        at: when.
    """

    channel: str | None
    at: datetime


class Since(NamedTuple):
    """What a conversation that becomes a person's begins with.

    Attributes:
        seq: the number of what the contact last wrote; 0 for nothing.
        channel: where that was; None for nowhere.
        at: when that was; None for never.
    """

    seq: int
    channel: str | None
    at: datetime | None


WRITE_CONVERSATIONS = BulkInsert(
    InboxConversation,
    ("contact_id", "channel", "last_at", "created_at", *_STANDING),
    keys=("contact_id",),
    set_=("channel", "last_at", *_STANDING),
)
"""Writes conversations as they stand."""
_PEOPLES = "inbox_conversations.status <> 'resolved'"
_HEARD = BulkUpdate(
    InboxConversation, "contact_id", ("channel", "last_at", "status", "snoozed_until", "updated_at"), where=_PEOPLES
)
# What ours say is told without the contact's lock: what was resolved, put off or woken meanwhile stays so.
_SAID = BulkUpdate(InboxConversation, "contact_id", ("last_at", "updated_at"), where=_PEOPLES)
_ASSIGN = BulkInsert(
    Assignment,
    ("contact_id", "user_id", "assigned_by", "created_at"),
    keys=("contact_id",),
    set_=("user_id", "assigned_by", "created_at"),
)


class GoesOn(NamedTuple):
    """Who goes on for a contact: mostly they themselves.

    Attributes:
        id: theirs.
        has_merged: others were merged into them.
    """

    id: str
    has_merged: bool


async def goes_on(connection: AsyncConnection, contact_id: str) -> GoesOn | None:
    """Who goes on for a contact; None where there is no such contact."""
    row = (await connection.execute(_goes_on(), {"id": contact_id})).one_or_none()
    return None if row is None else GoesOn(*row)


@cache
def _goes_on() -> Select[str, bool]:
    asked = aliased(Contact)
    joined = select(Contact.id, Contact.has_merged).join(
        asked, Contact.id == func.coalesce(asked.merged_into, asked.id)
    )
    return joined.where(asked.id == bindparam("id"))


async def conversations(connection: AsyncConnection, contact_ids: Iterable[str]) -> dict[str, ConversationRow]:
    """The rows of those that a person has or had, by contact's id."""
    rows = await connection.execute(_conversations(connection.dialect.name), {"ids": sorted(contact_ids)})
    found: dict[str, Any] = {row.contact_id: dict(row._mapping) for row in rows}  # noqa: SLF001 - its public name for it
    return found


@cache
def _conversations(dialect: str) -> Select[*tuple[Any, ...]]:
    own = [InboxConversation.__table__.c[name] for name in ConversationRow.__annotations__]
    return select(*own).where(among(dialect, InboxConversation.contact_id, "ids"))


async def delete_conversations(connection: AsyncConnection, contact_ids: Iterable[str]) -> None:
    """Let nobody ever have had these."""
    statement = delete(InboxConversation).where(InboxConversation.contact_id.in_(sorted(contact_ids)))
    await connection.execute(statement)


async def assignees_of_open(connection: AsyncConnection, contact_ids: Iterable[str]) -> dict[str, str]:
    """Who has those conversations, by contact's id; nobody's are missing, and resolved ones, which are anybody's."""
    rows = await connection.execute(_assignees(connection.dialect.name), {"ids": sorted(contact_ids)})
    return {row.contact_id: row.user_id for row in rows}


@cache
def _assignees(dialect: str) -> Select[str, str]:
    return (
        select(Assignment.contact_id, Assignment.user_id)
        .join(InboxConversation, InboxConversation.contact_id == Assignment.contact_id)
        .where(
            among(dialect, Assignment.contact_id, "ids"), InboxConversation.status != ConversationStatus.RESOLVED.value
        )
    )


async def assignments(connection: AsyncConnection, contact_ids: Iterable[str]) -> dict[str, AssignmentRow]:
    """Who has those conversations, and who had the resolved ones, by contact's id."""
    statement = select(Assignment.__table__).where(Assignment.contact_id.in_(sorted(contact_ids)))
    found: dict[str, Any] = {
        row.contact_id: dict(row._mapping)  # noqa: SLF001 - its public name for it
        for row in await connection.execute(statement)
    }
    return found


async def open_of(connection: AsyncConnection, user_id: str, limit: int) -> Sequence[str]:
    """Some conversations that somebody has, by contact's id, up to `limit`; not those that are resolved."""
    statement = (
        select(Assignment.contact_id)
        .join(InboxConversation, InboxConversation.contact_id == Assignment.contact_id)
        .where(Assignment.user_id == user_id, InboxConversation.status != ConversationStatus.RESOLVED.value)
        .order_by(Assignment.contact_id)
        .limit(limit)
    )
    return (await connection.scalars(statement)).all()


async def write_assignments(connection: AsyncConnection, rows: Sequence[AssignmentRow]) -> None:
    """Write who has conversations, whoever had them."""
    await _ASSIGN.execute(connection, rows)
    for user_id in sorted({row["user_id"] for row in rows}):
        await _show(connection, [row["contact_id"] for row in rows if row["user_id"] == user_id], user_id)


async def delete_assignments(connection: AsyncConnection, contact_ids: Iterable[str]) -> None:
    """Let nobody have them."""
    ids = sorted(contact_ids)
    await connection.execute(_delete_assignments(connection.dialect.name), {"ids": ids})
    await _show(connection, ids, None)


@cache
def _delete_assignments(dialect: str) -> Delete:
    return delete(Assignment).where(among(dialect, Assignment.contact_id, "ids"))


async def _show(connection: AsyncConnection, contact_ids: Sequence[str], user_id: str | None) -> None:
    """Let the conversations say who has them."""
    await connection.execute(_shown(connection.dialect.name), {"ids": contact_ids, "user_id": user_id})


@cache
def _shown(dialect: str) -> Update:
    conversation = InboxConversation
    user_id = bindparam("user_id", type_=conversation.assignee_id.type)
    return (
        update(conversation)
        .where(among(dialect, conversation.contact_id, "ids"), conversation.assignee_id.is_distinct_from(user_id))
        .values(assignee_id=user_id, updated_at=conversation.updated_at)
    )


async def beginnings(connection: AsyncConnection, contact_ids: Iterable[str]) -> Mapping[str, Since]:
    """With what contacts' conversations begin: what each last wrote, by contact's id."""
    rows = await connection.execute(_beginnings(connection.dialect.name), {"ids": sorted(contact_ids)})
    return {row.contact_id: Since(row.seq, row.channel, row.created_at) for row in rows}


@cache
def _beginnings(dialect: str) -> Select[*tuple[Any, ...]]:
    theirs = aliased(Message)
    newest = (
        select(func.max(theirs.seq))
        .where(theirs.contact_id == Contact.id, theirs.direction == Direction.INBOUND)
        .correlate(Contact)
        .scalar_subquery()
    )
    return (
        select(Message.contact_id, Message.seq, Message.channel, Message.created_at)
        .join_from(Contact, Message, (Message.contact_id == Contact.id) & (Message.seq == newest))
        .where(among(dialect, Contact.id, "ids"))
    )


async def touch(connection: AsyncConnection, spoken: Mapping[str, Spoken], now: datetime) -> Mapping[str, bool]:
    """Note what was said in conversations that people have; a snoozed one opens where the contact wrote.

    Returns those that people have, each with whether it was snoozed and is not any more.
    """
    heard, said, touched = list[dict[str, Any]](), list[dict[str, Any]](), dict[str, bool]()
    for contact_id, row in (await conversations(connection, spoken)).items():
        channel, at = spoken[contact_id]
        if row["status"] == ConversationStatus.RESOLVED:
            continue
        newest = {"contact_id": contact_id, "last_at": max(at, row["last_at"]), "updated_at": now}
        if channel is None:
            said.append(newest)
        else:
            heard.append(newest | {"channel": channel, "status": ConversationStatus.OPEN.value, "snoozed_until": None})
        touched[contact_id] = channel is not None and row["status"] == ConversationStatus.SNOOZED
    if heard:
        await _HEARD.execute(connection, heard)
    if said:
        await _SAID.execute(connection, said)
    return touched


async def snooze(connection: AsyncConnection, contact_ids: Iterable[str], until: datetime, now: datetime) -> None:
    """Let people see them again at that moment."""
    await connection.execute(
        update(InboxConversation)
        .where(InboxConversation.contact_id.in_(sorted(contact_ids)))
        .values(status=ConversationStatus.SNOOZED, snoozed_until=until, updated_at=now)
    )


async def unsnooze(connection: AsyncConnection, contact_ids: Iterable[str], now: datetime) -> None:
    """Let people see those of them now that are snoozed."""
    await connection.execute(
        update(InboxConversation)
        .where(
            InboxConversation.contact_id.in_(sorted(contact_ids)),
            InboxConversation.status == ConversationStatus.SNOOZED,
        )
        .values(status=ConversationStatus.OPEN, snoozed_until=None, updated_at=now)
    )


async def due(connection: AsyncConnection, contact_ids: Iterable[str], now: datetime) -> Sequence[str]:
    """Which of them are snoozed until a moment that has come."""
    statement = select(InboxConversation.contact_id).where(
        among(connection.dialect.name, InboxConversation.contact_id, "ids"), InboxConversation.snoozed_until <= now
    )
    return (await connection.scalars(statement, {"ids": sorted(contact_ids)})).all()


async def quiet(connection: AsyncConnection, before: datetime, limit: int) -> Sequence[str]:
    """Open conversations in which nobody has said anything since then and whose contact waits for nobody."""
    statement = (
        select(InboxConversation.contact_id)
        .join(Contact, Contact.id == InboxConversation.contact_id)
        .where(
            InboxConversation.status == ConversationStatus.OPEN.value,
            InboxConversation.last_at < before,
            Contact.waiting_since.is_(None),
        )
        .order_by(InboxConversation.last_at)
        .limit(limit)
    )
    return (await connection.scalars(statement)).all()


async def waiting(connection: AsyncConnection) -> tuple[int, datetime | None]:
    """How many contacts wait for a person, and since when the one who waits longest does."""
    # Who was merged is counted as who goes on.
    waits = (Contact.waiting_since.is_not(None), Contact.merged_into.is_(None))
    statement = select(func.count(), func.min(Contact.waiting_since)).where(*waits)
    row = (await connection.execute(statement)).one()
    return row[0], row[1]
