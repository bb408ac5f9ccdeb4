"""Our accounts with what waits to be sent through each, and taking one away with its queue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.service import (
    SIMULATOR,
    Accounts,
    AccountStatus,
    account_statuses,
    forget_account,
    lock_account,
    recovered,
)
from bot.core.actors import Actor
from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.db.clock import database_now
from bot.messages.backlog.queues import Queue, give_up, queues
from bot.providers.table import PROVIDERS

_EMPTY = Queue(0, None)


class NoAccountError(BotError):
    """There is no account of that id."""

    def __init__(self, account_id: str) -> None:
        super().__init__(N_("there is no account {id}"), mend=N_("See `bot.py accounts list`."), id=account_id)


class QueueNotEmptyError(BotError):
    """Messages wait to be sent through the account; `values` has how many as `count`."""

    def __init__(self, account_id: str, count: int) -> None:
        super().__init__(
            N_("messages wait to be sent through {id}: {count}"),
            mend=N_("Let them be sent first, or fail them with --force."),
            id=account_id,
            count=count,
        )


class AccountState(StrEnum):
    """How an account stands; what comes first counts."""

    FAILING = "failing"
    """It cannot be used, or its provider does not know its credentials."""
    PAUSED = "paused"
    UNTESTED = "untested"
    CONNECTED = "connected"


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """An account as people look at it.

    Attributes:
        id: `provider:identity`.
        name: what its owner calls it, or empty.
        provider: its module's name.
        source: `settings`, `stored`, or `removed` when only its queue is left.
        rate: messages a second; None for no limit.
        slowed: the part of the rate that is used now, at most 1.
        paused: nothing is sent.
        paused_reason: why, or empty.
        queued: how many messages wait.
        oldest: when the first of them was queued, or None.
        tested: its provider knew the credentials that it has now.
        refused_at: when its provider last said that it does not know them, or None.
        fault: why it cannot be used, or None.
    """

    id: str
    name: str
    provider: str
    source: str
    rate: float | None
    slowed: float
    paused: bool
    paused_reason: str
    queued: int
    oldest: datetime | None
    tested: bool
    refused_at: datetime | None
    fault: BotError | None

    @property
    def state(self) -> AccountState:
        """How it stands."""
        if self.fault is not None or self.refused_at is not None or self.source == "removed":
            return AccountState.FAILING
        if self.paused:
            return AccountState.PAUSED
        return AccountState.CONNECTED if self.tested else AccountState.UNTESTED

    @property
    def webhook_path(self) -> str:
        """The path that its provider is to call; empty for one that no provider of this version has."""
        if self.provider not in PROVIDERS:
            return ""
        return f"/webhooks/{self.provider}/{quote(self.id.partition(':')[2], safe='+@:')}"


async def listed_accounts(connection: AsyncConnection, accounts: Accounts) -> Sequence[ListedAccount]:
    """The accounts that are configured, stored, or have a queue left, by id, as far as `accounts` know them."""
    rows, waiting, now = (
        await account_statuses(connection),
        await queues(connection),
        await database_now(connection),
    )
    configured = {each.id: AccountStatus(each.id, each.provider.name, rate=each.rate) for each in accounts}
    known = {**configured, **rows}
    shown = sorted(configured.keys() | {id_ for id_ in rows if rows[id_].stored or id_ in waiting})
    return [_listed(known[id_], accounts, waiting.get(id_, _EMPTY), now) for id_ in shown if id_ != SIMULATOR]


async def listed_account(connection: AsyncConnection, accounts: Accounts, account_id: str) -> ListedAccount:
    """One of `listed_accounts`; raises NoAccountError."""
    for each in await listed_accounts(connection, accounts):
        if each.id == account_id:
            return each
    raise NoAccountError(account_id)


async def remove_account(connection: AsyncConnection, account_id: str, by: Actor, now: datetime, *, force: bool) -> int:
    """Take a stored account's credentials away; returns how many messages were given up.

    Raises NoAccountError, and QueueNotEmptyError where messages wait, unless `force` fails them.

    Args:
        connection: in a transaction.
        account_id: `provider:identity`, of none of the settings.
        by: who removes it.
        now: the moment.
        force: fail what waits.
    """
    # Messages are locked before their account, as by whoever sends them.
    given_up = await _give_up(connection, account_id, now) if force else 0
    if account_id == SIMULATOR or not await lock_account(connection, account_id):
        raise NoAccountError(account_id)
    waiting = (await queues(connection)).get(account_id, _EMPTY).size
    if waiting and not force:
        raise QueueNotEmptyError(account_id, waiting)
    # What was queued until the account was locked.
    given_up += await _give_up(connection, account_id, now)
    await forget_account(connection, account_id, by)
    return given_up


async def _give_up(connection: AsyncConnection, account_id: str, now: datetime) -> int:
    reason = N_("Its account was removed before it was sent.")
    return await give_up(connection, account_id, error="account_removed", reason=reason, now=now)


def _listed(status: AccountStatus, accounts: Accounts, waiting: Queue, now: datetime) -> ListedAccount:
    account, fault = accounts.get(status.id), accounts.sealed.get(status.id)
    if account is not None:
        source = "stored" if account.stored else "settings"
    else:
        source = "stored" if status.stored else "removed"
    unknown = status.provider not in PROVIDERS
    return ListedAccount(
        id=status.id,
        name=status.name,
        provider=status.provider,
        source=source,
        rate=status.rate,
        slowed=recovered(status.slowed, status.slowed_at, now),
        paused=status.paused,
        paused_reason=status.paused_reason,
        queued=waiting.size,
        oldest=waiting.oldest,
        tested=status.id in accounts.tested,
        refused_at=status.check_failed_at,
        fault=fault or (BotError(N_("this version does not know its provider")) if unknown else None),
    )
