"""Files that somebody of ours has put beside what they write: kept with the draft, and some time after it was sent."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.core.errors import Blame, BotError
from bot.core.i18n import N_
from bot.core.ids import new_id
from bot.inbox.holding import hold
from bot.inbox.own import queries
from bot.inbox.values import NotThereError
from bot.messages.media.service import StoredFile

MOST_FILES = 10
"""Files beside one message."""
KEPT_AFTER = timedelta(days=1)
"""How long what was sent is known still: pressing again then sends the same, which is nothing."""
FORGOTTEN_AFTER = timedelta(days=30)
"""How long what was never sent is kept."""


class DraftFile(NamedTuple):
    """A file beside what somebody writes.

    Attributes:
        id: names it here.
        file: it.
    """

    id: str
    file: StoredFile


async def add_draft_file(
    connection: AsyncConnection, contact_id: str, user_id: str, file: StoredFile, now: datetime
) -> str:
    """Put a file beside what somebody writes; returns its id.

    Raises NotThereError for no such contact, BotError where there are as many as may be.
    """
    # Of two that come at once the second one sees the first.
    held = await hold(connection, [contact_id])
    if held.gone:
        raise NotThereError(contact_id)
    (owner_id,) = held.ids
    if len(await draft_files(connection, owner_id, user_id)) >= MOST_FILES:
        raise BotError(
            N_("a message has at most {count} files"),
            mend=N_("Send these first."),
            blame=Blame.USAGE,
            count=str(MOST_FILES),
        )
    row = {"id": new_id(), "contact_id": owner_id, "user_id": user_id, **file._asdict(), "created_at": now}
    await queries.INSERT_DRAFT_FILES.execute(connection, [row])
    return str(row["id"])


async def draft_files(connection: AsyncConnection, contact_id: str, user_id: str) -> list[DraftFile]:
    """The files beside what somebody writes in a conversation, in the order in which they came."""
    return [
        _file(row)
        for row in await queries.draft_files(connection, await contacts.kept_family(connection, contact_id), user_id)
    ]


async def files_to_send(
    connection: AsyncConnection, contact_id: str, user_id: str, ids: Sequence[str]
) -> list[DraftFile]:
    """Those of somebody's files that go with a message, in its order; what was sent a moment ago is known, too."""
    kin = await contacts.kept_family(connection, contact_id)
    found = {row.id: _file(row) for row in await queries.draft_files(connection, kin, user_id, sent=True)}
    return [found[each] for each in dict.fromkeys(ids) if each in found]


async def drop_draft_file(connection: AsyncConnection, contact_id: str, user_id: str, file_id: str) -> bool:
    """Take a file away again; whether it was there."""
    return await queries.delete_draft_file(
        connection, await contacts.kept_family(connection, contact_id), user_id, file_id
    )


async def mark_sent(connection: AsyncConnection, file_ids: Collection[str], now: datetime) -> None:
    """These went with a message, and are beside nothing any more."""
    if file_ids:
        await queries.send_draft_files(connection, file_ids, now)


async def bring_back(connection: AsyncConnection, contact_id: str, user_id: str, sha256s: Collection[str]) -> None:
    """What went with a message that was taken back is beside what its author writes again, as far as it is known.

    What went with several messages comes back once for each that is taken back, by its bytes: `sha256s`.
    """
    if sha256s:
        await queries.bring_back_files(connection, await contacts.kept_family(connection, contact_id), user_id, sha256s)


async def forget_files(connection: AsyncConnection, now: datetime) -> int:
    """Forget what was sent a while ago, and what never was; returns how many. The store keeps the bytes."""
    return await queries.delete_old_files(connection, now - KEPT_AFTER, now - FORGOTTEN_AFTER)


def _file(row: queries.DraftFileRow) -> DraftFile:
    return DraftFile(row.id, StoredFile(row.sha256, row.content_type, row.filename, row.size))
