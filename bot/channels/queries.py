"""The statements over accounts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypedDict

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.models import Account
from bot.core.clock import utc_now
from bot.db.bulk import BulkInsert


class AccountRow(TypedDict):
    """What is written of a stored account; see `bot.channels.models.Account`."""

    id: str
    provider: str
    credentials: str
    name: str | None
    rate: float
    check_failed_at: datetime | None
    created_at: datetime
    updated_at: datetime


class RateRow(TypedDict):
    """What is written of an account of the settings."""

    id: str
    provider: str
    rate: float | None
    created_at: datetime
    updated_at: datetime


class CheckedRow(TypedDict):
    """That a provider has known an account `which` `at` a moment, with credentials of that `fingerprint`."""

    which: str
    at: datetime
    fingerprint: str


StatusRow = Row[str, str, str | None, bool, float | None, float, datetime | None, bool, str | None, datetime | None]
"""id, provider, name, stored, rate, slowed, slowed_at, paused, paused_reason, check_failed_at."""

UPSERT_ACCOUNTS = BulkInsert(
    Account,
    ("id", "provider", "credentials", "name", "rate", "check_failed_at", "created_at", "updated_at"),
    keys=("id",),
    set_=("credentials", "name", "rate", "check_failed_at", "updated_at"),
)
"""Stores accounts; of one that is there nothing else is changed."""
UPSERT_RATES = BulkInsert(
    Account, ("id", "provider", "rate", "created_at", "updated_at"), keys=("id",), set_=("rate", "updated_at")
)
"""Gives accounts their row, with a rate."""

# What it may send through is as before, so nobody needs to read it again.
_RECORD_CHECKED = (
    update(Account)
    .where(Account.id == bindparam("which"))
    .values(
        checked_at=bindparam("at"),
        checked_with=bindparam("fingerprint"),
        check_failed_at=None,
        updated_at=Account.updated_at,
    )
    .execution_options(synchronize_session=False)
)


async def versions(connection: AsyncConnection) -> Sequence[Row[str, datetime]]:
    """The rows (id, updated_at) of the stored accounts, by id."""
    statement = select(Account.id, Account.updated_at).where(Account.credentials.is_not(None)).order_by(Account.id)
    return (await connection.execute(statement)).all()


async def stored(connection: AsyncConnection) -> Sequence[Row[str, str, str | None, float | None, str | None]]:
    """The rows (id, provider, name, rate, credentials) of the stored accounts, by id."""
    statement = (
        select(Account.id, Account.provider, Account.name, Account.rate, Account.credentials)
        .where(Account.credentials.is_not(None))
        .order_by(Account.id)
    )
    return (await connection.execute(statement)).all()


async def lock_sealed(connection: AsyncConnection) -> Sequence[Row[str, str | None]]:
    """Lock the stored accounts in the order of their ids; gives (id, credentials)."""
    statement = (
        select(Account.id, Account.credentials)
        .where(Account.credentials.is_not(None))
        .order_by(Account.id)
        .with_for_update()
    )
    return (await connection.execute(statement)).all()


async def set_sealed(connection: AsyncConnection, account_id: str, sealed: str) -> None:
    """Give an account other encrypted credentials."""
    values = {"credentials": sealed, "updated_at": utc_now()}
    await connection.execute(update(Account).where(Account.id == account_id).values(values))


async def statuses(connection: AsyncConnection) -> Sequence[StatusRow]:
    """How every account stands that has a row, by id."""
    columns = Account.__table__.c
    statement = select(
        columns.id,
        columns.provider,
        columns.name,
        columns.credentials.is_not(None).label("stored"),
        columns.rate,
        columns.slowed,
        columns.slowed_at,
        columns.paused,
        columns.paused_reason,
        columns.check_failed_at,
    ).order_by(columns.id)
    return (await connection.execute(statement)).all()


async def rates(connection: AsyncConnection) -> dict[str, float | None]:
    """The rate of every account that has a row, by id."""
    return {row.id: row.rate for row in await connection.execute(select(Account.id, Account.rate))}


async def lock_account(connection: AsyncConnection, account_id: str) -> bool:
    """Keep others from claiming and queueing its messages until the transaction's end; whether it has a row."""
    statement = select(Account.id).where(Account.id == account_id).with_for_update()
    return (await connection.execute(statement)).one_or_none() is not None


async def lock_credentials(connection: AsyncConnection, account_id: str) -> str | None:
    """Lock an account; gives its credentials, encrypted, or None where none are stored."""
    statement = select(Account.credentials).where(Account.id == account_id).with_for_update()
    return (await connection.execute(statement)).scalar_one_or_none()


async def set_columns(connection: AsyncConnection, account_id: str, columns: Mapping[str, object]) -> None:
    """Change columns of an account that is locked."""
    await connection.execute(update(Account).where(Account.id == account_id).values(**columns))


async def record_refused(connection: AsyncConnection, account_id: str, at: datetime) -> None:
    """Note that its provider does not know the credentials that it has."""
    # What it may send through is as before, so nobody needs to read it again.
    values = {"check_failed_at": at, "checked_with": None, "updated_at": Account.updated_at}
    await connection.execute(update(Account).where(Account.id == account_id).values(values))


async def forget_account(connection: AsyncConnection, account_id: str) -> None:
    """Take its credentials away; its row stays, since messages name it."""
    values = {
        "credentials": None,
        "name": None,
        "paused": False,
        "paused_reason": None,
        "check_failed_at": None,
        "updated_at": utc_now(),
    }
    await connection.execute(update(Account).where(Account.id == account_id).values(values))


async def set_paused(connection: AsyncConnection, account_id: str, reason: str | None) -> bool:
    """Pause an account for a reason, or for None resume it; locks its row, and returns whether that was another way."""
    paused = reason is not None
    statement = (
        update(Account)
        .where(Account.id == account_id, Account.paused.is_(not paused))
        .values(paused=paused, paused_reason=reason, updated_at=utc_now())
    )
    return (await connection.execute(statement)).rowcount > 0


async def lock_slowed(connection: AsyncConnection, account_id: str) -> Row[float, datetime | None] | None:
    """Lock an account; gives (slowed, slowed_at), or None where it has no row."""
    statement = select(Account.slowed, Account.slowed_at).where(Account.id == account_id)
    return (await connection.execute(statement.with_for_update(key_share=True))).one_or_none()


async def set_slowed(connection: AsyncConnection, account_id: str, slowed: float, now: datetime) -> None:
    """Set the part of its rate that an account uses from `now` on."""
    # What it may send through is as before, so nobody needs to read it again.
    values = {"slowed": slowed, "slowed_at": now, "updated_at": Account.updated_at}
    await connection.execute(update(Account).where(Account.id == account_id).values(values))


async def record_checked(connection: AsyncConnection, rows: Sequence[CheckedRow]) -> None:
    """Note which credentials the providers have known; accounts without a row are passed over."""
    if rows:
        await connection.execute(_RECORD_CHECKED, rows)


async def checked(connection: AsyncConnection) -> Mapping[str, str]:
    """By the id of each account that its provider has known: the fingerprint of the credentials that it knew."""
    statement = select(Account.id, Account.checked_with).where(Account.checked_with.is_not(None))
    return {row.id: row.checked_with or "" for row in await connection.execute(statement)}
