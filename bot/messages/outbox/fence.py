"""The fence: what the bot queued before a person took the conversation over is not sent any more.

A takeover raises the contact's epoch under the contact's lock and fails, in the same transaction, what turns have
queued and nobody has claimed. What is claimed by then goes out; should it have to be tried again, the claim fails it.
"""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.messages.outbox.queries import claimed_of_contacts, fail_queued_turns, fail_untried, untried
from bot.messages.outbox.verdicts import REASONS
from bot.messages.telling import tell_left_queue


class Overtaken(NamedTuple):
    """What a takeover made of the bot's messages, by their ids.

    Attributes:
        failed: they are not sent.
        claimed: they are on their way already.
    """

    failed: tuple[str, ...]
    claimed: tuple[str, ...]


async def fail_overtaken(connection: AsyncConnection, contact_ids: Collection[str], now: datetime) -> Overtaken:
    """Fail what turns have queued for those contacts and nobody has claimed.

    Args:
        connection: in a transaction that holds the contacts' locks and has raised their epochs.
        contact_ids: whose conversations were taken over.
        now: the moment.
    """
    ids, dialect = {"ids": sorted(contact_ids)}, connection.dialect.name
    why = {"code": "taken_over", "why": REASONS["taken_over"], "now": now}
    failed = tuple((await connection.execute(fail_queued_turns(dialect), {**ids, **why})).scalars())
    await tell_left_queue(connection, failed, now)
    # What was claimed while the statement above waited for its row is found by this one.
    return Overtaken(failed, tuple((await connection.execute(claimed_of_contacts(dialect), ids)).scalars()))


async def hold_unsent(connection: AsyncConnection, message_ids: Collection[str]) -> frozenset[str]:
    """Those of the messages that are queued and have never been tried: nobody begins to send them until we commit."""
    found = await connection.execute(untried(connection.dialect.name), {"ids": sorted(message_ids)})
    return frozenset(found.scalars())


async def fail_unsent(
    connection: AsyncConnection, message_ids: Collection[str], now: datetime, error: str = "cancelled"
) -> tuple[str, ...]:
    """Fail those of the messages, by one of `REASONS`, that are queued and have never been tried; returns which."""
    parameters = {"ids": sorted(message_ids), "code": error, "why": REASONS[error], "now": now}
    failed = tuple((await connection.execute(fail_untried(connection.dialect.name), parameters)).scalars())
    await tell_left_queue(connection, failed, now)
    return failed
