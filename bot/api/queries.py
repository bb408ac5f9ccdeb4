"""The statements over answers that are given again."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Executable, Row, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert as on_postgresql
from sqlalchemy.dialects.sqlite import insert as on_sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.api.models import IdempotencyKey
from bot.db.bulk import BulkInsert

_OF_KEY = (IdempotencyKey.user_id == bindparam("user"), IdempotencyKey.key == bindparam("of_key"))
_KEPT = select(IdempotencyKey.fingerprint, IdempotencyKey.status, IdempotencyKey.body).where(
    *_OF_KEY, IdempotencyKey.created_at > bindparam("forgotten")
)
_RELEASE = delete(IdempotencyKey).where(*_OF_KEY)
_KEEP = update(IdempotencyKey).where(*_OF_KEY).values(status=bindparam("with_status"), body=bindparam("with_body"))
_CLAIM_FREE = BulkInsert(
    IdempotencyKey,
    ("user_id", "key", "fingerprint", "created_at"),
    keys=("user_id", "key"),
    returning=("user_id", "key"),
)


async def claim(
    connection: AsyncConnection, user_id: str, key: str, fingerprint: str, now: datetime, forgotten: datetime
) -> bool:
    """Take a key, one from before `forgotten` too; False where another request has it. Waits for one under way."""
    parameters = {"user": user_id, "of_key": key, "fingerprint": fingerprint, "now": now, "forgotten": forgotten}
    return (await connection.execute(_claim(connection.dialect.name), parameters)).first() is not None


async def kept(
    connection: AsyncConnection, user_id: str, key: str, forgotten: datetime
) -> Row[str, int | None, bytes | None] | None:
    """What was asked with that key behind `forgotten`, and answered."""
    parameters = {"user": user_id, "of_key": key, "forgotten": forgotten}
    return (await connection.execute(_KEPT, parameters)).one_or_none()


async def claim_all(
    connection: AsyncConnection, keys: Sequence[tuple[str, str, str]], now: datetime
) -> frozenset[tuple[str, str]]:
    """Take those keys of `keys`, each of a user and with a fingerprint, that nobody has had; which they are."""
    rows = [
        {"user_id": user_id, "key": key, "fingerprint": fingerprint, "created_at": now}
        for user_id, key, fingerprint in keys
    ]
    return frozenset((row.user_id, row.key) for row in await _CLAIM_FREE.execute(connection, rows))


async def release(connection: AsyncConnection, keys: Sequence[tuple[str, str]]) -> None:
    """Let keys be free again."""
    if keys:
        await connection.execute(_RELEASE, [{"user": user_id, "of_key": key} for user_id, key in keys])


async def keep(connection: AsyncConnection, answers: Sequence[tuple[str, str, int, bytes]]) -> None:
    """Write down the answers: whose key, the key, status and body."""
    names = ("user", "of_key", "with_status", "with_body")
    if answers:
        await connection.execute(_KEEP, [dict(zip(names, each, strict=True)) for each in answers])


async def forget(connection: AsyncConnection, before: datetime) -> int:
    """Delete what is from before; how many."""
    return (await connection.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at <= before))).rowcount


@cache
def _claim(dialect: str) -> Executable:
    insert = on_sqlite if dialect == "sqlite" else on_postgresql
    fresh: dict[str, Any] = {
        "fingerprint": bindparam("fingerprint"),
        "status": None,
        "body": None,
        "created_at": bindparam("now"),
    }
    statement = insert(IdempotencyKey).values(user_id=bindparam("user"), key=bindparam("of_key"), **fresh)
    older = IdempotencyKey.created_at <= bindparam("forgotten")
    overwritten = {name: statement.excluded[name] for name in fresh}
    return statement.on_conflict_do_update(index_elements=["user_id", "key"], set_=overwritten, where=older).returning(
        IdempotencyKey.key
    )
