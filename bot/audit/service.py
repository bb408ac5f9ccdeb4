"""The public face of the audit: writing a line, and looking through them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit import queries
from bot.audit.queries import AuditFilter, AuditLine, line_of, lines
from bot.audit.queries import count as count_lines
from bot.audit.rules import difference, kept
from bot.audit.sheet import cells
from bot.core.actors import Actor
from bot.core.clock import utc_now
from bot.core.ids import new_id
from bot.core.text import MAX_NAME, clean
from bot.db.engine import Reading

__all__ = [
    "AuditFilter",
    "AuditLine",
    "Deed",
    "all_lines",
    "cells",
    "count_lines",
    "difference",
    "line_of",
    "lines",
    "lines_about_user",
    "record",
    "record_all",
]

_PAGE = 500


class Deed(NamedTuple):
    """Something that somebody did; each as the argument of `record`."""

    actor: Actor
    action: str
    resource: str
    resource_id: str
    detail: Mapping[str, object] = MappingProxyType({})
    at: datetime | None = None


async def record(
    connection: AsyncConnection,
    actor: Actor,
    action: str,
    resource: str,
    resource_id: str,
    detail: Mapping[str, object] = MappingProxyType({}),
    *,
    at: datetime | None = None,
) -> None:
    """Write that somebody did something, in the caller's transaction.

    Raises TypeError for a detail that JSON has no word for, a secret among them.

    Args:
        connection: in the transaction of the change.
        actor: who did it.
        action: what, as `resource.verb`, at most 64 characters: `user.role`, `account.pause`.
        resource: to what kind of thing, at most 64 characters: `user`, `account`.
        resource_id: to which one, at most 255 characters.
        detail: what is to be told of it, mostly what `difference` gives: values before and after. No secret, no
            message's words, no password.
        at: when; None for now.
    """
    await record_all(connection, [Deed(actor, action, resource, resource_id, detail, at)])


async def record_all(connection: AsyncConnection, deeds: Sequence[Deed]) -> None:
    """Write what was done, in the caller's transaction; otherwise as `record`."""
    await queries.INSERT_LINES.execute(connection, [_line(each) for each in deeds])


def _line(deed: Deed) -> queries.NewLine:
    actor = deed.actor
    return {
        "id": new_id(),
        "user_id": actor.user_id,
        "token_id": actor.token_id,
        "actor": clean(actor.name, MAX_NAME)[0],
        "action": deed.action,
        "resource": deed.resource,
        "resource_id": deed.resource_id,
        "detail": kept(deed.detail),
        "address": actor.address[:64],
        "created_at": deed.at or utc_now(),
    }


async def lines_about_user(connection: AsyncConnection, user_id: str, limit: int) -> list[AuditLine]:
    """The newest lines of what a user did and of what was done to them, newest first, however long the log is."""
    # Each by its own index; a statement that asks for either goes through the log or sorts half of it.
    sides = (AuditFilter(user_id=user_id), AuditFilter(resources=("user",), resource_id=user_id))
    found = {line.id: line for wanted in sides for line in await lines(connection, wanted, limit, None)}
    return sorted(found.values(), key=lambda line: (line.created_at, line.id), reverse=True)[:limit]


async def all_lines(reading: Reading, wanted: AuditFilter) -> AsyncIterator[Sequence[AuditLine]]:
    """All lines that are wanted, newest first, some at a time; no connection is kept while they are taken."""
    after = None
    while True:
        async with reading() as connection:
            page = await lines(connection, wanted, _PAGE, after)
        if not page:
            return
        yield page
        after = (page[-1].created_at, page[-1].id)
