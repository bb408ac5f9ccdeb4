"""Doing once what is asked for twice: the key is taken in the transaction that does it, and so is kept with it alone.

What fails is rolled back with its key, so that the same request may be tried again; what is done answers the same for
a day.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, time, timedelta
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

import structlog
from aiohttp import web
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.api import queries
from bot.api.problems import IN_PROGRESS, INVALID_QUERY, KEY_REUSED, Fault, ProblemError
from bot.db.faults import is_contention
from bot.jobs import service as jobs

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
"""Told with an answer that is given again."""
KEPT_FOR = timedelta(hours=24)
LONGEST = 255

log = structlog.get_logger()


class Key(NamedTuple):
    """A request that is to be done once.

    Attributes:
        user_id: whose.
        key: as they sent it.
        fingerprint: of what they ask for.
    """

    user_id: str
    key: str
    fingerprint: str


class Kept(NamedTuple):
    """An answer of before.

    Attributes:
        status: of the answer.
        body: of the answer.
    """

    status: int
    body: bytes


def key_of(request: web.Request) -> str:
    """The key of a request; empty for none. Raises ProblemError for one that is too long, or holds odd characters."""
    key = request.headers.get(HEADER)
    if key is None:
        return ""
    if not (0 < len(key) <= LONGEST and key.isascii() and key.isprintable()):
        sentence = f"A key has 1 to {LONGEST} printable characters of ASCII."
        raise ProblemError(INVALID_QUERY, faults=[Fault(sentence, parameter=HEADER)])
    return key


def fingerprint_of(request: web.Request, body: bytes) -> str:
    """What is asked for: two requests with one key must have the same."""
    told = f"{request.method} {request.raw_path}\n".encode()
    return hashlib.sha256(told + body).hexdigest()


async def claimed(connection: AsyncConnection, key: Key, now: datetime) -> Kept | None:
    """Take the key for this transaction; gives the answer of the one that had it before, None where none had.

    Raises ProblemError where it was another request, and where that one is under way.
    """
    try:
        if await queries.claim(connection, *key, now, now - KEPT_FOR):
            return None
    except DBAPIError as error:
        if is_contention(error):
            raise ProblemError(IN_PROGRESS, headers={"Retry-After": "1"}) from error
        raise
    before = await answered(connection, key, now)
    if before is None:
        raise ProblemError(IN_PROGRESS, headers={"Retry-After": "1"})
    return before


async def answered(connection: AsyncConnection, key: Key, now: datetime) -> Kept | None:
    """The answer of the one that had the key before; None where there is none, or none yet.

    Raises ProblemError where it was another request.
    """
    row = await queries.kept(connection, key.user_id, key.key, now - KEPT_FOR)
    if row is None or row.status is None:
        return None
    if row.fingerprint != key.fingerprint:
        raise ProblemError(KEY_REUSED)
    return Kept(row.status, row.body)


async def claimed_all(connection: AsyncConnection, keys: Collection[Key], now: datetime) -> frozenset[Key]:
    """Take the keys that nobody has had, for this transaction; which they are.

    Args:
        connection: in the transaction.
        keys: unlike one another.
        now: the moment.
    """
    taken = await queries.claim_all(connection, sorted(keys), now)
    return frozenset(each for each in keys if (each.user_id, each.key) in taken)


async def release_all(connection: AsyncConnection, keys: Sequence[Key]) -> None:
    """Give keys back that were taken in this transaction."""
    await queries.release(connection, [(each.user_id, each.key) for each in keys])


async def keep_all(connection: AsyncConnection, done: Sequence[tuple[Key, Kept]]) -> None:
    """Write down the answers, with what they were given for."""
    await queries.keep(connection, [(key.user_id, key.key, *kept) for key, kept in done])


async def retention(context: jobs.Context[object]) -> None:
    """Forget the answers of before yesterday."""
    forgotten = await queries.forget(context.connection, context.now - KEPT_FOR)
    log.info("idempotency retention", keys=forgotten)


HANDLERS: Mapping[str, jobs.Handler[object]] = MappingProxyType(
    {"idempotency_retention": jobs.Handler(retention, recurs=jobs.Daily(time(3, 25), ZoneInfo("UTC")))}
)
