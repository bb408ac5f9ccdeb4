"""The statements over answers that are given again."""

from datetime import datetime

from sqlalchemy import Row, delete, select, update
from sqlalchemy.dialects.postgresql import insert as on_postgresql
from sqlalchemy.dialects.sqlite import insert as on_sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.api.models import IdempotencyKey


async def claim(
    connection: AsyncConnection, user_id: str, key: str, fingerprint: str, now: datetime, forgotten: datetime
) -> bool:
    """Take a key, one from before `forgotten` too; False where another request has it. Waits for one under way."""
    insert = on_sqlite if connection.dialect.name == "sqlite" else on_postgresql
    fresh = {"fingerprint": fingerprint, "status": None, "body": None, "created_at": now}
    statement = insert(IdempotencyKey).values(user_id=user_id, key=key, **fresh)
    statement = statement.on_conflict_do_update(
        index_elements=["user_id", "key"], set_=fresh, where=IdempotencyKey.created_at <= forgotten
    )
    return (await connection.execute(statement.returning(IdempotencyKey.key))).first() is not None


async def kept(connection: AsyncConnection, user_id: str, key: str) -> Row[str, int | None, bytes | None] | None:
    """What was asked with that key, and answered."""
    columns = (IdempotencyKey.fingerprint, IdempotencyKey.status, IdempotencyKey.body)
    statement = select(*columns).where(IdempotencyKey.user_id == user_id, IdempotencyKey.key == key)
    return (await connection.execute(statement)).one_or_none()


async def keep(connection: AsyncConnection, user_id: str, key: str, status: int, body: bytes) -> None:
    """Write down the answer."""
    statement = update(IdempotencyKey).where(IdempotencyKey.user_id == user_id, IdempotencyKey.key == key)
    await connection.execute(statement.values(status=status, body=body))


async def forget(connection: AsyncConnection, before: datetime) -> int:
    """Delete what is from before; how many."""
    return (await connection.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at <= before))).rowcount
