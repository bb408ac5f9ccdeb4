"""The statements over answers that are given again."""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Executable, Row, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert as on_postgresql
from sqlalchemy.dialects.sqlite import insert as on_sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.api.models import IdempotencyKey

_OF_KEY = (IdempotencyKey.user_id == bindparam("user"), IdempotencyKey.key == bindparam("of_key"))
_KEPT = select(IdempotencyKey.fingerprint, IdempotencyKey.status, IdempotencyKey.body).where(*_OF_KEY)
_KEEP = update(IdempotencyKey).where(*_OF_KEY).values(status=bindparam("with_status"), body=bindparam("with_body"))


async def claim(
    connection: AsyncConnection, user_id: str, key: str, fingerprint: str, now: datetime, forgotten: datetime
) -> bool:
    """Take a key, one from before `forgotten` too; False where another request has it. Waits for one under way."""
    parameters = {"user": user_id, "of_key": key, "fingerprint": fingerprint, "now": now, "forgotten": forgotten}
    return (await connection.execute(_claim(connection.dialect.name), parameters)).first() is not None


async def kept(connection: AsyncConnection, user_id: str, key: str) -> Row[str, int | None, bytes | None] | None:
    """What was asked with that key, and answered."""
    return (await connection.execute(_KEPT, {"user": user_id, "of_key": key})).one_or_none()


async def release(connection: AsyncConnection, user_id: str, key: str) -> None:
    """Let a key be free again."""
    await connection.execute(delete(IdempotencyKey).where(IdempotencyKey.user_id == user_id, IdempotencyKey.key == key))


async def keep(connection: AsyncConnection, user_id: str, key: str, status: int, body: bytes) -> None:
    """Write down the answer."""
    parameters = {"user": user_id, "of_key": key, "with_status": status, "with_body": body}
    await connection.execute(_KEEP, parameters)


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
