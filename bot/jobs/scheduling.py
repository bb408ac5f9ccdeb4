"""Scheduling: a job becomes a row, once for its type and key."""

from collections.abc import Sequence
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.clock import utc_now
from bot.core.hints import Topic
from bot.core.ids import new_id
from bot.db.hub import hint
from bot.jobs import queries
from bot.jobs.status import JobStatus
from bot.jobs.values import NewJob

_LONGEST_KEY = 255


async def schedule(connection: AsyncConnection, wanted: Sequence[NewJob]) -> list[str | None]:
    """Schedule jobs, any number in one statement, for when the caller has committed.

    Returns for each its id, or None where one of that type and key is there already, whatever became of it.
    """
    now = utc_now()
    ids = [new_id() for _ in wanted]
    rows: list[queries.NewRow] = [
        {
            "id": id_,
            "type": each.type,
            "key": _kept(each.key),
            "payload": dict(each.payload),
            "scheduled_at": each.at,
            "status": JobStatus.PENDING,
            "created_at": now,
            "updated_at": now,
        }
        for id_, each in zip(ids, wanted, strict=True)
    ]
    # In one order for all, so that nobody waits for a key while somebody else waits for theirs.
    rows.sort(key=lambda row: (row["type"], row["key"]))
    inserted = await queries.insert_jobs(connection, rows)
    hint(connection, Topic.JOBS, inserted)
    return [id_ if id_ in inserted else None for id_ in ids]


def _kept(key: str) -> str:
    """The key as it is kept: of a longer one its beginning, and what tells it from all others."""
    if len(key) <= _LONGEST_KEY:
        return key
    digest = sha256(key.encode(errors="surrogatepass")).hexdigest()
    return f"{key[: _LONGEST_KEY - len(digest) - 1]}:{digest}"
