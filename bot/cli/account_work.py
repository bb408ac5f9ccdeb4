"""What `accounts` does in the database, and asks of providers."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import record
from bot.channels.service import (
    SIMULATOR,
    Accounts,
    AccountStatus,
    Rotated,
    account_statuses,
    add_account,
    forget_account,
    lock_account,
    pause,
    recovered,
    resume,
    rotate_accounts,
)
from bot.cli.account_checks import asking, check_account, check_settings, remember
from bot.cli.account_entry import Values
from bot.cli.caller import caller
from bot.cli.common import _
from bot.cli.database import opened
from bot.cli.findings import Finding, Verdict
from bot.core.clock import utc_now
from bot.core.errors import BotError
from bot.db.clock import database_now
from bot.db.engine import reading
from bot.messages.service import Queue, give_up, queues
from bot.providers.base import Provider
from bot.providers.table import PROVIDERS
from bot.settings import Settings
from bot.users.service import second_factors

_EMPTY = Queue(0, None)


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """An account as `accounts list` shows it.

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
        fault: why it cannot be used, or empty.
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
    fault: str


async def store_accounts(
    settings: Settings,
    accounts: Accounts,
    provider: Provider,
    values: Values,
    ids: list[str],
    name: str,
    rate: float,
) -> dict[str, AccountStatus]:
    """Store the accounts; returns how those stood that were there before."""
    async with opened(settings) as engine, engine.begin() as connection:
        before = await account_statuses(connection)
        await add_account(
            connection,
            accounts.vault,
            values,
            ids=ids,
            provider=provider.name,
            name=name,
            rate=rate,
            by=caller(),
        )
        return before


async def listed_accounts(settings: Settings) -> list[ListedAccount]:
    """The accounts that are configured, stored, or have a queue left, by id."""
    accounts = Accounts(settings)
    async with opened(settings) as engine:
        await accounts.refresh(engine)
        async with reading(engine) as connection:
            rows, waiting, now = (
                await account_statuses(connection),
                await queues(connection),
                await database_now(connection),
            )
    configured = {each.id: AccountStatus(each.id, each.provider.name, rate=each.rate) for each in accounts}
    known = {**configured, **rows}
    shown = sorted(configured.keys() | {id_ for id_ in rows if rows[id_].stored or id_ in waiting})
    return [
        _listed(known[id_], accounts, waiting.get(id_, _EMPTY), now, tested=id_ in accounts.tested)
        for id_ in shown
        if id_ != SIMULATOR
    ]


async def tested_account(settings: Settings, account_id: str) -> list[Finding]:
    """What the provider says of an account's credentials, which is remembered where it knows them."""
    accounts = Accounts(settings)
    async with opened(settings) as engine, asking() as session:
        await accounts.refresh(engine)
        _require_known(accounts, account_id)
        if account_id in accounts.sealed:
            raise accounts.sealed[account_id]
        account = accounts.get(account_id)
        assert account is not None  # noqa: S101 - it is known, and it is not sealed
        found = await (
            check_account(account, session) if account.stored else check_settings(account.provider, accounts, session)
        )
        if all(each.verdict is Verdict.GOOD for each in found):
            await remember(engine, accounts, [account])
        return found


async def pause_account(settings: Settings, account_id: str, reason: str) -> bool:
    """Pause an account; whether it sent until now."""
    async with opened(settings) as engine:
        accounts = Accounts(settings)
        await accounts.refresh(engine)
        _require_known(accounts, account_id)
        async with engine.begin() as connection:
            await accounts.store(connection)
            return await pause(connection, account_id, reason, caller())


async def resume_account(settings: Settings, account_id: str) -> bool:
    """Let an account send again; whether it was paused."""
    async with opened(settings) as engine:
        accounts = Accounts(settings)
        await accounts.refresh(engine)
        _require_known(accounts, account_id)
        async with engine.begin() as connection:
            return await resume(connection, account_id, caller())


async def remove_account(settings: Settings, account_id: str, *, force: bool) -> int:
    """Remove the account; returns how many messages were given up."""
    of_settings = Accounts(settings).get(account_id)
    if of_settings is not None:
        raise BotError(
            _("{id} is configured by the settings", id=account_id),
            mend=_(
                "Delete {settings} from the environment or from .env.",
                settings=settings_of(settings, of_settings.provider),
            ),
        )
    async with opened(settings) as engine, engine.begin() as connection:
        # Messages are locked before their account, as by whoever sends them.
        given_up = await _give_up(connection, account_id) if force else 0
        if account_id == SIMULATOR or not await lock_account(connection, account_id):
            raise _no_account(account_id)
        return given_up + await _forget(connection, account_id, force=force)


async def _forget(connection: AsyncConnection, account_id: str, *, force: bool) -> int:
    waiting = (await queues(connection)).get(account_id, _EMPTY).size
    if waiting and not force:
        raise BotError(
            _("messages wait to be sent through {id}: {count}", id=account_id, count=waiting),
            mend=_("Let them be sent first, or fail them with --force."),
        )
    # What was queued until the account was locked.
    failed = await _give_up(connection, account_id)
    await forget_account(connection, account_id, caller())
    return failed


async def _give_up(connection: AsyncConnection, account_id: str) -> int:
    reason = "Its account was removed before it was sent."
    return await give_up(connection, account_id, error="account_removed", reason=reason, now=utc_now())


async def rotate_keys(settings: Settings) -> Rotated:
    """Encrypt all credentials, and the secrets of users' second factors, anew with the newest key."""
    async with opened(settings) as engine, engine.begin() as connection:
        users = await second_factors(settings.secret_key).rotate(connection)
        accounts = await rotate_accounts(connection, Accounts(settings).vault)
        if accounts.changed or users.changed:
            told = {"accounts": accounts.changed, "users": users.changed}
            await record(connection, caller(), "account.rotate", "account", "", told)
    return Rotated(accounts.changed + users.changed, accounts.current + users.current, accounts.sealed + users.sealed)


def _require_known(accounts: Accounts, account_id: str) -> None:
    if account_id not in accounts.sealed and accounts.get(account_id) is None:
        raise _no_account(account_id)


def _no_account(account_id: str) -> BotError:
    return BotError(_("there is no account {id}", id=account_id), mend=_("See `bot.py accounts list`."))


def settings_of(settings: Settings, provider: Provider) -> str:
    """The names of the provider's settings that are set."""
    return ", ".join(each.setting for each in provider.credentials if settings.lookup(each.setting))


def _listed(status: AccountStatus, accounts: Accounts, waiting: Queue, now: datetime, *, tested: bool) -> ListedAccount:
    account, sealed = accounts.get(status.id), accounts.sealed.get(status.id)
    if account is not None:
        source = "stored" if account.stored else "settings"
    else:
        source = "stored" if status.stored else "removed"
    fault = ""
    if sealed is not None:
        fault = sealed.words(_)[0]
    elif status.provider not in PROVIDERS:
        fault = _("this version does not know its provider")
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
        tested=tested,
        fault=fault,
    )
