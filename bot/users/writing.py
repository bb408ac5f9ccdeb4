"""How somebody of ours writes to contacts: what stands below their mails, and for how long they can take back."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import difference, record
from bot.core.actors import Actor
from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.core.text import clean
from bot.users import queries
from bot.users.values import NoUserError

MOST_UNDO = 60
"""Seconds: somebody waits for what is written."""
MOST_SIGNATURE = 2000
"""Characters."""


class Writing(NamedTuple):
    """How somebody writes.

    Attributes:
        signature: below their mails; empty for none.
        undo_mail: seconds that a mail waits to be taken back; None: as long as usual.
        undo_chats: likewise what goes elsewhere.
    """

    signature: str = ""
    undo_mail: int | None = None
    undo_chats: int | None = None


async def writing_of(connection: AsyncConnection, user_id: str) -> Writing:
    """How somebody writes; as usual who is not there."""
    found = await queries.writing(connection, user_id)
    return Writing() if found is None else Writing(found.signature or "", found.undo_mail, found.undo_chats)


async def change_writing(
    connection: AsyncConnection, user_id: str, chosen: Writing, by: Actor, now: datetime
) -> Writing:
    """Write down how somebody wants to write, instead of what was there; what changes is a line of the audit.

    Raises NoUserError, and BotError, with a mend, for what cannot be.

    Args:
        connection: in a transaction.
        user_id: whose.
        chosen: all of it.
        by: who does it.
        now: when.
    """
    signature = clean(chosen.signature.strip(), len(chosen.signature))[0]
    if len(signature) > MOST_SIGNATURE:
        raise BotError(
            N_("the signature is too long"), mend=N_("Write at most {most} characters."), most=str(MOST_SIGNATURE)
        )
    for seconds in (chosen.undo_mail, chosen.undo_chats):
        if seconds is not None and not 0 <= seconds <= MOST_UNDO:
            raise BotError(
                N_("{seconds} seconds cannot be waited"),
                mend=N_("Choose 0 to {most}."),
                seconds=str(seconds),
                most=str(MOST_UNDO),
            )
    user = await queries.lock(connection, user_id)
    if user is None or user.deleted_at is not None:
        raise NoUserError(user_id)
    before, after = await writing_of(connection, user.id), chosen._replace(signature=signature)
    changed = difference(before._asdict(), after._asdict())
    if changed:
        values = {**after._asdict(), "signature": signature or None}
        await queries.change(connection, user.id, values, now)
        await record(connection, by, "user.profile", "user", user.id, changed, at=now)
    return after
