"""The accounts in the database: their rows, and what is encrypted in them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from pydantic import SecretStr
from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.models import Account
from bot.channels.vault import SealedError, Vault
from bot.core.clock import utc_now
from bot.db.bulk import BulkInsert

Versions = tuple[tuple[str, datetime], ...]
"""The ids of the stored accounts and when each changed: another one means that they are to be read again."""

_WRITE = BulkInsert(
    Account,
    ("id", "provider", "credentials", "name", "rate", "created_at", "updated_at"),
    keys=("id",),
    set_=("credentials", "name", "rate", "updated_at"),
)
_RATES = BulkInsert(
    Account, ("id", "provider", "rate", "created_at", "updated_at"), keys=("id",), set_=("rate", "updated_at")
)


class Stored(NamedTuple):
    """An account that has its credentials in the database.

    Attributes:
        id: `provider:identity`.
        provider: its module's name.
        name: what its owner calls it, or empty.
        rate: messages a second.
        sealed: its credentials, encrypted.
    """

    id: str
    provider: str
    name: str
    rate: float
    sealed: str


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """How an account stands.

    Attributes:
        id: `provider:identity`.
        provider: its module's name.
        name: what its owner calls it, or empty.
        stored: it has its credentials in the database.
        rate: messages a second; None for no limit.
        slowed: the part of the rate that was used at `slowed_at`.
        slowed_at: when that last changed.
        paused: nothing is sent.
        paused_reason: why, or empty.
    """

    id: str
    provider: str
    name: str = ""
    stored: bool = False
    rate: float | None = None
    slowed: float = 1.0
    slowed_at: datetime | None = None
    paused: bool = False
    paused_reason: str = ""


class Rotated(NamedTuple):
    """What became of the stored accounts.

    Attributes:
        changed: how many were encrypted anew.
        current: how many had been encrypted with the newest key already.
        sealed: the ids of those that no key opens; they are as before.
    """

    changed: int
    current: int
    sealed: tuple[str, ...]


async def versions(connection: AsyncConnection) -> Versions:
    """Which accounts are stored, each with the moment of its last change."""
    statement = select(Account.id, Account.updated_at).where(Account.credentials.is_not(None)).order_by(Account.id)
    return tuple((row.id, row.updated_at) for row in await connection.execute(statement))


async def read(connection: AsyncConnection) -> list[Stored]:
    """The stored accounts, by id."""
    statement = (
        select(Account.id, Account.provider, Account.name, Account.rate, Account.credentials)
        .where(Account.credentials.is_not(None))
        .order_by(Account.id)
    )
    rows = await connection.execute(statement)
    return [Stored(row.id, row.provider, row.name or "", row.rate or 0.0, row.credentials or "") for row in rows]


async def account_statuses(connection: AsyncConnection) -> dict[str, AccountStatus]:
    """How every account stands that has a row, by id, in the order of the ids."""
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
    ).order_by(columns.id)
    return {row.id: _status(row) for row in await connection.execute(statement)}


async def add_account(
    connection: AsyncConnection,
    vault: Vault,
    values: Mapping[str, SecretStr],
    *,
    ids: Iterable[str],
    provider: str,
    name: str,
    rate: float,
) -> None:
    """Store accounts with those credentials, encrypted; one that is there already gets the new ones.

    Whether it is paused stays as it is. Raises BotError when there is no key to encrypt with.

    Args:
        connection: in a transaction.
        vault: encrypts.
        values: the credentials by key.
        ids: `provider:identity` of each account that they stand for.
        provider: its module's name.
        name: what its owner calls it; empty keeps what is there.
        rate: messages a second.
    """
    now = utc_now()
    known = await account_statuses(connection)
    rows = [
        {
            "id": id_,
            "provider": provider,
            "credentials": vault.seal(id_, values),
            "name": name or (known[id_].name if id_ in known else "") or None,
            "rate": rate,
            "created_at": now,
            "updated_at": now,
        }
        for id_ in sorted(ids)
    ]
    await _WRITE.execute(connection, rows)


async def set_rates(connection: AsyncConnection, rows: Iterable[tuple[str, str, float | None]]) -> None:
    """Give each account (id, provider, rate) its row, with that rate; all else in it stays."""
    now = utc_now()
    known = {row.id: row.rate for row in await connection.execute(select(Account.id, Account.rate))}
    changed = [
        {"id": id_, "provider": provider, "rate": rate, "created_at": now, "updated_at": now}
        for id_, provider, rate in rows
        if id_ not in known or known[id_] != rate
    ]
    if changed:
        await _RATES.execute(connection, changed)


async def lock_account(connection: AsyncConnection, account_id: str) -> bool:
    """Keep others from claiming and queueing its messages until the transaction's end; whether it has a row."""
    statement = select(Account.id).where(Account.id == account_id).with_for_update()
    return (await connection.execute(statement)).one_or_none() is not None


async def forget_account(connection: AsyncConnection, account_id: str) -> None:
    """Take its credentials away; its row stays, since messages name it."""
    values = {"credentials": None, "name": None, "paused": False, "paused_reason": None, "updated_at": utc_now()}
    await connection.execute(update(Account).where(Account.id == account_id).values(values))


async def rotate_accounts(connection: AsyncConnection, vault: Vault) -> Rotated:
    """Encrypt everything anew with the newest key, in the caller's transaction; raises BotError when there is none."""
    statement = (
        select(Account.id, Account.credentials)
        .where(Account.credentials.is_not(None))
        .order_by(Account.id)
        .with_for_update()
    )
    changed, current, sealed = 0, 0, []
    for row in (await connection.execute(statement)).all():
        try:
            fresh = vault.reseal(row.id, row.credentials or "")
        except SealedError:
            sealed.append(row.id)
            continue
        if fresh is None:
            current += 1
            continue
        changed += 1
        values = {"credentials": fresh, "updated_at": utc_now()}
        await connection.execute(update(Account).where(Account.id == row.id).values(values))
    return Rotated(changed, current, tuple(sealed))


def _status(row: Row[*tuple[object, ...]]) -> AccountStatus:
    values = row._asdict()
    return AccountStatus(**{**values, "name": values["name"] or "", "paused_reason": values["paused_reason"] or ""})
