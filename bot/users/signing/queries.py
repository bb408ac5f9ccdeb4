"""The statements over links, failures to sign in, and recovery codes."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

from sqlalchemy import Row, bindparam, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.ids import new_id
from bot.db.types import UtcDateTime
from bot.users.models import FailureKind, LinkKind, OpenidRequest, RecoveryCode, SignInFailure, SignInLink


class NewLinkRow(TypedDict):
    """A link that is inserted; see `bot.users.models.SignInLink`."""

    id: str
    kind: str
    token_hash: str
    user_id: str | None
    created_at: datetime
    expires_at: datetime


LinkRow = Row[str, str, str | None, datetime]
"""id, kind, user_id, expires_at."""

_COUNT_FAILURE = (
    text("""
INSERT INTO sign_in_failures (kind, key, failures, since) VALUES (:kind, :key, 1, :now)
ON CONFLICT (kind, key) DO UPDATE SET
  failures = CASE WHEN sign_in_failures.since <= :before THEN 1 ELSE sign_in_failures.failures + 1 END,
  since = CASE WHEN sign_in_failures.since <= :before THEN excluded.since ELSE sign_in_failures.since END
RETURNING failures, since
""")
    .bindparams(bindparam("now", type_=UtcDateTime()), bindparam("before", type_=UtcDateTime()))
    .columns(SignInFailure.failures, SignInFailure.since)
)
_PUT_WELCOME = text("""
INSERT INTO sign_in_links (id, kind, token_hash, user_id, created_at, expires_at)
VALUES (:id, :kind, :token_hash, :user_id, :created_at, :expires_at)
ON CONFLICT (kind) WHERE kind = 'welcome' DO UPDATE SET
  token_hash = excluded.token_hash, created_at = excluded.created_at, expires_at = excluded.expires_at
""").bindparams(bindparam("created_at", type_=UtcDateTime()), bindparam("expires_at", type_=UtcDateTime()))


async def put_link(connection: AsyncConnection, row: NewLinkRow) -> None:
    """Insert a link; the one before it of the same kind and user ends."""
    if row["kind"] == LinkKind.WELCOME:
        # Two at once wait for each other in its unique index.
        await connection.execute(_PUT_WELCOME, dict(row))
        return
    if row["kind"] != LinkKind.SECOND_FACTOR:
        await connection.execute(
            delete(SignInLink).where(SignInLink.kind == row["kind"], SignInLink.user_id == row["user_id"])
        )
    await connection.execute(insert(SignInLink).values(row))


async def link_of(connection: AsyncConnection, token_hash: str, now: datetime) -> LinkRow | None:
    """The link of that token, while it is good."""
    statement = select(SignInLink.id, SignInLink.kind, SignInLink.user_id, SignInLink.expires_at)
    found = await connection.execute(statement.where(SignInLink.token_hash == token_hash, SignInLink.expires_at > now))
    return found.one_or_none()


async def take_link(connection: AsyncConnection, token_hash: str, now: datetime) -> LinkRow | None:
    """Use a link up; None where somebody else has, or where it is good no more."""
    statement = (
        delete(SignInLink)
        .where(SignInLink.token_hash == token_hash, SignInLink.expires_at > now)
        .returning(SignInLink.id, SignInLink.kind, SignInLink.user_id, SignInLink.expires_at)
    )
    return (await connection.execute(statement)).one_or_none()


async def link_at(connection: AsyncConnection, link_id: str, now: datetime) -> LinkRow | None:
    """The link of that id, while it is good."""
    statement = select(SignInLink.id, SignInLink.kind, SignInLink.user_id, SignInLink.expires_at)
    found = await connection.execute(statement.where(SignInLink.id == link_id, SignInLink.expires_at > now))
    return found.one_or_none()


async def take_link_at(connection: AsyncConnection, link_id: str, now: datetime) -> bool:
    """Use the link of that id up; whether nobody else has, and it was good."""
    good = (SignInLink.id == link_id, SignInLink.expires_at > now)
    return (await connection.execute(delete(SignInLink).where(*good))).rowcount > 0


async def end_links(connection: AsyncConnection, user_id: str | None) -> None:
    """End all links of a user; for None the one that makes the first of all."""
    mine = SignInLink.kind == LinkKind.WELCOME if user_id is None else SignInLink.user_id == user_id
    await connection.execute(delete(SignInLink).where(mine))


async def count_failure(
    connection: AsyncConnection, kind: FailureKind, key: str, now: datetime, before: datetime
) -> tuple[int, datetime]:
    """Count one more since the window began, or begin one where it began by `before`; gives (failures, since)."""
    given = {"kind": kind.value, "key": key, "now": now, "before": before}
    row = (await connection.execute(_COUNT_FAILURE, given)).one()
    return row.failures, row.since


async def uncount_failure(connection: AsyncConnection, kind: FailureKind, key: str) -> None:
    """Take one back."""
    mine = (SignInFailure.kind == kind, SignInFailure.key == key, SignInFailure.failures > 0)
    await connection.execute(update(SignInFailure).where(*mine).values(failures=SignInFailure.failures - 1))


async def forget_failures(connection: AsyncConnection, kind: FailureKind, key: str) -> None:
    """Forget them all."""
    await connection.execute(delete(SignInFailure).where(SignInFailure.kind == kind, SignInFailure.key == key))


async def purge(connection: AsyncConnection, now: datetime, before: datetime) -> tuple[int, int, int]:
    """Delete links and requests to providers that are over, and failures from before `before`; how many of each."""
    links = await connection.execute(delete(SignInLink).where(SignInLink.expires_at <= now))
    requests = await connection.execute(delete(OpenidRequest).where(OpenidRequest.expires_at <= now))
    failures = await connection.execute(delete(SignInFailure).where(SignInFailure.since < before))
    return links.rowcount, requests.rowcount, failures.rowcount


async def use_recovery_code(connection: AsyncConnection, user_id: str, code_hash: str) -> bool:
    """Delete a recovery code; whether it was there."""
    statement = delete(RecoveryCode).where(RecoveryCode.user_id == user_id, RecoveryCode.code_hash == code_hash)
    return (await connection.execute(statement)).rowcount > 0


async def set_recovery_codes(connection: AsyncConnection, user_id: str, hashes: Sequence[str], now: datetime) -> None:
    """Replace a user's recovery codes."""
    await connection.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    if hashes:
        rows = [{"id": new_id(), "user_id": user_id, "code_hash": each, "created_at": now} for each in hashes]
        await connection.execute(insert(RecoveryCode), rows)


async def recovery_codes(connection: AsyncConnection, user_id: str) -> int:
    """How many recovery codes a user has left."""
    statement = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.user_id == user_id)
    return (await connection.execute(statement)).scalar_one()
