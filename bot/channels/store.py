"""The accounts in the database: their rows, and what is encrypted in them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import record
from bot.channels import queries
from bot.channels.queries import AccountRow, RateRow, StatusRow
from bot.channels.vault import SealedError, Vault
from bot.core.actors import Actor
from bot.core.clock import utc_now
from bot.core.hints import Topic
from bot.db.hub import hint
from bot.db.sealing import Rotated

Versions = tuple[tuple[str, datetime], ...]
"""The ids of the stored accounts and when each changed: another one means that they are to be read again."""


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
        check_failed_at: when its provider last said that it does not know the credentials that it has.
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
    check_failed_at: datetime | None = None


async def versions(connection: AsyncConnection) -> Versions:
    """Which accounts are stored, each with the moment of its last change."""
    return tuple((row.id, row.updated_at) for row in await queries.versions(connection))


async def read(connection: AsyncConnection) -> list[Stored]:
    """The stored accounts, by id."""
    rows = await queries.stored(connection)
    return [Stored(row.id, row.provider, row.name or "", row.rate or 0.0, row.credentials or "") for row in rows]


async def account_statuses(connection: AsyncConnection) -> dict[str, AccountStatus]:
    """How every account stands that has a row, by id, in the order of the ids."""
    return {row.id: _status(row) for row in await queries.statuses(connection)}


async def add_account(
    connection: AsyncConnection,
    vault: Vault,
    values: Mapping[str, SecretStr],
    *,
    ids: Iterable[str],
    provider: str,
    name: str,
    rate: float,
    by: Actor,
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
        by: who stores them.
    """
    now = utc_now()
    known = await account_statuses(connection)
    rows: list[AccountRow] = [
        {
            "id": id_,
            "provider": provider,
            "credentials": vault.seal(id_, values),
            "name": name or (known[id_].name if id_ in known else "") or None,
            "rate": rate,
            "check_failed_at": None,
            "created_at": now,
            "updated_at": now,
        }
        for id_ in sorted(ids)
    ]
    await queries.UPSERT_ACCOUNTS.execute(connection, rows)
    hint(connection, Topic.ACCOUNTS, [row["id"] for row in rows])
    for row in rows:
        before = known.get(row["id"])
        action = "account.credentials" if before is not None and before.stored else "account.add"
        told = {"after": {"name": row["name"], "rate": rate}}
        await record(connection, by, action, "account", row["id"], told, at=now)


async def forget_account(connection: AsyncConnection, account_id: str, by: Actor) -> None:
    """Take an account's credentials away; its row stays, since messages name it."""
    await queries.forget_account(connection, account_id)
    hint(connection, Topic.ACCOUNTS, [account_id])
    await record(connection, by, "account.remove", "account", account_id)


async def set_rates(connection: AsyncConnection, rows: Iterable[tuple[str, str, float | None]]) -> None:
    """Give each account (id, provider, rate) its row, with that rate; all else in it stays."""
    now = utc_now()
    known = await queries.rates(connection)
    changed: list[RateRow] = [
        {"id": id_, "provider": provider, "rate": rate, "created_at": now, "updated_at": now}
        for id_, provider, rate in rows
        if id_ not in known or known[id_] != rate
    ]
    if changed:
        await queries.UPSERT_RATES.execute(connection, changed)


async def rotate_accounts(connection: AsyncConnection, vault: Vault) -> Rotated:
    """Encrypt everything anew with the newest key, in the caller's transaction; raises BotError when there is none."""
    changed, current, sealed = 0, 0, []
    for row in await queries.lock_sealed(connection):
        try:
            fresh = vault.reseal(row.id, row.credentials or "")
        except SealedError:
            sealed.append(row.id)
            continue
        if fresh is None:
            current += 1
            continue
        changed += 1
        await queries.set_sealed(connection, row.id, fresh)
    return Rotated(changed, current, tuple(sealed))


def _status(row: StatusRow) -> AccountStatus:
    values = row._asdict()
    return AccountStatus(**{**values, "name": values["name"] or "", "paused_reason": values["paused_reason"] or ""})
