"""The statements over reads, drafts and presence."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.contacts.models import Contact
from bot.db.bulk import BulkInsert, among, insert_or_pass
from bot.inbox.models import Draft, DraftFile, Presence, Read
from bot.messages.models import Message
from bot.users.models import User

WRITE_DRAFT = BulkInsert(
    Draft,
    ("contact_id", "user_id", "mode", "content", "options", "updated_at"),
    keys=("contact_id", "user_id", "mode"),
    set_=("content", "options", "updated_at"),
)
"""Keeps a draft instead of the one before."""
WRITE_PRESENCE = BulkInsert(
    Presence,
    ("user_id", "contact_id", "status", "last_seen"),
    keys=("user_id",),
    set_=("contact_id", "status", "last_seen"),
)
"""Notes where somebody is, and nowhere else."""

WRITE_READ = BulkInsert(
    Read,
    ("user_id", "contact_id", "seq", "updated_at"),
    keys=("user_id", "contact_id"),
    set_=("seq", "updated_at"),
)
"""Notes how far somebody has read."""


INSERT_DRAFT_FILES = BulkInsert(
    DraftFile, ("id", "contact_id", "user_id", "sha256", "content_type", "filename", "size", "created_at")
)
"""Puts files beside drafts."""


class DraftFileRow(NamedTuple):
    """A file beside a draft; see `bot.inbox.models.DraftFile`."""

    id: str
    sha256: str
    content_type: str
    filename: str
    size: int


class PresenceRow(NamedTuple):
    """Where somebody is; see `bot.inbox.models.Presence`."""

    contact_id: str
    status: str
    last_seen: datetime


async def read(connection: AsyncConnection, contact_id: str, user_id: str, seq: int, now: datetime) -> bool:
    """Note how far somebody has read, unless they had read further; whether they had not."""
    row = {"user_id": user_id, "contact_id": contact_id, "seq": seq, "updated_at": now}
    new = await connection.execute(insert_or_pass(connection.dialect.name, Read).values(row))
    if new.rowcount > 0:
        return True
    further = (Read.user_id == user_id, Read.contact_id == contact_id, Read.seq < seq)
    return (await connection.execute(update(Read).where(*further).values(seq=seq, updated_at=now))).rowcount > 0


async def ends(connection: AsyncConnection, contact_ids: Iterable[str]) -> dict[str, int]:
    """The number of the last message of those contacts that there are, and of those who were merged into them."""
    dialect = connection.dialect.name
    theirs = or_(among(dialect, Contact.id, "ids"), among(dialect, Contact.merged_into, "ids"))
    statement = select(Contact.id, Contact.seq).where(theirs)
    return {row.id: row.seq for row in await connection.execute(statement, {"ids": sorted(contact_ids)})}


async def unread_merged(connection: AsyncConnection, kept_id: str, user_id: str) -> Sequence[Row[str, int]]:
    """Those who were merged into a contact of whose messages somebody has not seen all: id, number of the last one."""
    seen = and_(Read.contact_id == Contact.id, Read.user_id == user_id)
    statement = (
        select(Contact.id, Contact.seq)
        .outerjoin(Read, seen)
        .where(Contact.merged_into == kept_id, func.coalesce(Read.seq, 0) < Contact.seq)
    )
    return (await connection.execute(statement)).all()


async def read_where_it_went(
    connection: AsyncConnection, kept_id: str, merged_id: str, since: datetime, now: datetime
) -> None:
    """Let what people have seen since two were merged be seen, too, where it went back to the other one."""
    statement = (
        select(Read.user_id, func.max(Message.seq))
        .join_from(Read, Message, Message.created_at <= Read.updated_at)
        .where(Read.contact_id == kept_id, Read.updated_at >= since, Message.contact_id == merged_id)
        .group_by(Read.user_id)
    )
    for user_id, seq in (await connection.execute(statement)).all():
        await read(connection, merged_id, user_id, seq, now)


async def delete_drafts(connection: AsyncConnection, contact_ids: Sequence[str], user_id: str, mode: str) -> None:
    """Forget drafts."""
    if contact_ids:
        its = (Draft.contact_id.in_(contact_ids), Draft.user_id == user_id, Draft.mode == mode)
        await connection.execute(delete(Draft).where(*its))


async def drafts(
    connection: AsyncConnection, contact_ids: Sequence[str], user_id: str
) -> Sequence[Row[str, str, Any, datetime]]:
    """What somebody has begun to write beside those contacts, the oldest first: mode, words, options, when."""
    given = {"ids": list(contact_ids), "me": user_id}
    return [*await connection.execute(_drafts(connection.dialect.name), given)]


@cache
def _drafts(dialect: str) -> Select[str, str, Any, datetime]:
    return (
        select(Draft.mode, Draft.content, Draft.options, Draft.updated_at)
        .where(among(dialect, Draft.contact_id, "ids"), Draft.user_id == bindparam("me"))
        .order_by(Draft.updated_at, Draft.contact_id)
    )


async def presence_of(connection: AsyncConnection, user_id: str) -> PresenceRow | None:
    """Where somebody last was."""
    statement = select(Presence.contact_id, Presence.status, Presence.last_seen).where(Presence.user_id == user_id)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else PresenceRow(*row)


async def delete_presence(connection: AsyncConnection, user_id: str, contact_id: str) -> bool:
    """Let somebody be nowhere, if that is where they are; whether they were there."""
    there = (Presence.user_id == user_id, Presence.contact_id == contact_id)
    return (await connection.execute(delete(Presence).where(*there))).rowcount > 0


async def present(
    connection: AsyncConnection, contact_ids: Iterable[str], since: datetime
) -> Sequence[Row[str, str, str, str]]:
    """Who has been in those conversations since then: contact's id, user's id, name and status, by name."""
    given = {"ids": sorted(contact_ids), "since": since}
    return (await connection.execute(_present(connection.dialect.name), given)).all()


@cache
def _present(dialect: str) -> Select[str, str, str, str]:
    return (
        select(Presence.contact_id, Presence.user_id, User.name, Presence.status)
        .join(User, User.id == Presence.user_id)
        .where(
            among(dialect, Presence.contact_id, "ids"),
            Presence.last_seen > bindparam("since"),
            User.disabled_at.is_(None),
            User.deleted_at.is_(None),
        )
        .order_by(User.name)
    )


async def draft_files(
    connection: AsyncConnection, contact_ids: Sequence[str], user_id: str, *, sent: bool = False
) -> list[DraftFileRow]:
    """Somebody's files in a conversation, in the order in which they came; with `sent` those that went, too."""
    given = {"ids": list(contact_ids), "me": user_id}
    rows = await connection.execute(_draft_files(connection.dialect.name, sent=sent), given)
    return [DraftFileRow(*row) for row in rows]


@cache
def _draft_files(dialect: str, *, sent: bool) -> Select[*tuple[Any, ...]]:
    statement = select(*(getattr(DraftFile, name) for name in DraftFileRow._fields)).where(
        among(dialect, DraftFile.contact_id, "ids"), DraftFile.user_id == bindparam("me")
    )
    if not sent:
        statement = statement.where(DraftFile.sent_at.is_(None))
    return statement.order_by(DraftFile.created_at, DraftFile.id)


async def delete_draft_file(
    connection: AsyncConnection, contact_ids: Sequence[str], user_id: str, file_id: str
) -> bool:
    """Take away a file that was not sent; whether it was there."""
    its = (DraftFile.contact_id.in_(contact_ids), DraftFile.user_id == user_id, DraftFile.id == file_id)
    return (await connection.execute(delete(DraftFile).where(*its, DraftFile.sent_at.is_(None)))).rowcount > 0


async def send_draft_files(connection: AsyncConnection, file_ids: Collection[str], now: datetime) -> None:
    """Note that files went with a message; those that went before stay so."""
    its = (DraftFile.id.in_(sorted(file_ids)), DraftFile.sent_at.is_(None))
    await connection.execute(update(DraftFile).where(*its).values(sent_at=now))


async def bring_back_files(
    connection: AsyncConnection, contact_ids: Sequence[str], user_id: str, sha256s: Collection[str]
) -> None:
    """Let files that went last be beside what somebody writes again: the same ones may have gone before, too."""
    other = aliased(DraftFile)
    last = (
        select(func.max(other.sent_at, type_=DraftFile.sent_at.type))
        .where(other.contact_id.in_(contact_ids), other.user_id == user_id, other.sha256 == DraftFile.sha256)
        .correlate(DraftFile)
        .scalar_subquery()
    )
    its = (DraftFile.contact_id.in_(contact_ids), DraftFile.user_id == user_id, DraftFile.sha256.in_(sorted(sha256s)))
    await connection.execute(update(DraftFile).where(*its, DraftFile.sent_at == last).values(sent_at=None))


async def delete_old_files(connection: AsyncConnection, sent_before: datetime, came_before: datetime) -> int:
    """Forget what was sent before then, and what came before then; returns how many."""
    old = or_(DraftFile.created_at < came_before, DraftFile.sent_at < sent_before)
    return (await connection.execute(delete(DraftFile).where(old))).rowcount
