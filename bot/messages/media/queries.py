"""The statements over files that came with messages."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, NotRequired, TypedDict

from sqlalchemy import Integer, Row, Select, bindparam, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db.bulk import BulkInsert, BulkUpdate
from bot.db.types import UtcDateTime
from bot.messages.media.models import MediaFile
from bot.messages.models import Message
from bot.messages.records import MessageView


class FileRow(TypedDict):
    """A new row of `media_files`; see `bot.messages.models.MediaFile`."""

    id: str
    message_id: str
    position: int
    state: str
    content_type: str | None
    filename: str | None
    size: int | None
    sha256: str | None
    error: str | None
    created_at: datetime
    updated_at: datetime


class Settled(TypedDict):
    """What an attempt to fetch a file came to, by column; what is left out stays."""

    state: str
    error: str | None
    next_attempt_at: datetime | None
    content_type: NotRequired[str | None]
    filename: NotRequired[str | None]
    size: NotRequired[int | None]
    sha256: NotRequired[str | None]


class FileView(NamedTuple):
    """A file that a person sent; the attributes are the columns of the same name."""

    id: str
    position: int
    state: str
    content_type: str | None
    filename: str | None
    error: str | None


INSERT_FILES = BulkInsert(
    MediaFile,
    (
        *("id", "message_id", "position", "state", "content_type", "filename", "size", "sha256", "error"),
        *("created_at", "updated_at"),
    ),
)
"""Writes the rows of new messages' files."""
CLAIM = BulkUpdate(MediaFile, "id", ("claimed_until", "attempts", "updated_at"))
"""Lets a process fetch files."""
GIVE_UP = BulkUpdate(MediaFile, "id", ("state", "error", "claimed_until", "updated_at"))
"""Fails files."""
NO_ACCOUNT = ("",)
"""No account is called so."""


@cache
def claimable() -> Select[str, int, int, str, dict[str, Any] | None]:
    """The files that are due, oldest first, locked: id, position, attempts, and their message's account and body.

    At most `room`, none of the accounts in `full`.
    """
    now = bindparam("now", type_=UtcDateTime)
    return (
        select(MediaFile.id, MediaFile.position, MediaFile.attempts, Message.account, Message.body)
        .join(Message, Message.id == MediaFile.message_id)
        .where(
            # A literal, so that the planner sees the partial index's predicate.
            MediaFile.state == literal_column("'pending'"),
            or_(MediaFile.next_attempt_at.is_(None), MediaFile.next_attempt_at <= now),
            or_(MediaFile.claimed_until.is_(None), MediaFile.claimed_until <= now),
            Message.account.not_in(bindparam("full", NO_ACCOUNT, expanding=True)),
        )
        .order_by(MediaFile.created_at)
        .limit(bindparam("room", type_=Integer))
        .with_for_update(skip_locked=True, of=MediaFile)
    )


async def settle(connection: AsyncConnection, file_id: str, attempt: int, settled: Settled, now: datetime) -> bool:
    """End the claim of that attempt with what it came to; whether it was still the last one."""
    ours = (
        MediaFile.id == file_id,
        MediaFile.attempts == attempt,
        MediaFile.state == literal_column("'pending'"),
    )
    done = await connection.execute(
        update(MediaFile).where(*ours).values(claimed_until=None, updated_at=now, **settled)
    )
    return done.rowcount > 0


async def stored_file(connection: AsyncConnection, file_id: str) -> Row[str | None, str | None, str | None] | None:
    """A file's sha256, content_type and filename; None where there is none."""
    statement = select(MediaFile.sha256, MediaFile.content_type, MediaFile.filename).where(MediaFile.id == file_id)
    return (await connection.execute(statement)).one_or_none()


async def files_of(connection: AsyncConnection, messages: Iterable[MessageView]) -> Mapping[str, Sequence[FileView]]:
    """The files that came with these messages, in order, by the message's id."""
    found: dict[str, list[FileView]] = defaultdict(list)
    ids = [each.id for each in messages if "media" in each.body]
    if ids:
        columns = (getattr(MediaFile, name) for name in FileView._fields)
        statement = select(MediaFile.message_id, *columns).where(MediaFile.message_id.in_(ids))
        for message_id, *values in await connection.execute(statement.order_by(MediaFile.position)):
            found[message_id].append(FileView(*values))
    return found
