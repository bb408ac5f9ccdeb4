"""What `accounts` does in the database, and asks of providers."""

from bot.audit.service import record
from bot.channels.service import (
    Accounts,
    AccountStatus,
    Rotated,
    Values,
    account_statuses,
    add_account,
    asking,
    pause,
    resume,
    rotate_accounts,
)
from bot.cli.account_checks import check_account, check_settings, remember
from bot.cli.caller import caller
from bot.cli.common import _
from bot.cli.database import opened
from bot.cli.findings import Finding
from bot.core.clock import utc_now
from bot.core.errors import BotError
from bot.db.engine import reading
from bot.endpoints.service import rotate_endpoints, terms_of
from bot.messages import service as messages
from bot.messages.service import ListedAccount, NoAccountError, listed_accounts
from bot.providers.base import Provider
from bot.settings import Settings
from bot.users.service import second_factors


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


async def accounts_listed(settings: Settings) -> list[ListedAccount]:
    """The accounts that are configured, stored, or have a queue left, by id."""
    accounts = Accounts(settings)
    async with opened(settings) as engine:
        await accounts.refresh(engine)
        async with reading(engine) as connection:
            return list(await listed_accounts(connection, accounts))


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
        await remember(engine, accounts, account, found)
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
        return await messages.remove_account(connection, account_id, caller(), utc_now(), force=force)


async def rotate_keys(settings: Settings) -> Rotated:
    """Encrypt all credentials, and the secrets of second factors and endpoints, anew with the newest key."""
    async with opened(settings) as engine, engine.begin() as connection:
        users = await second_factors(settings.secret_key).rotate(connection)
        accounts = await rotate_accounts(connection, Accounts(settings).vault)
        endpoints = await rotate_endpoints(connection, terms_of(settings).sealer)
        if accounts.changed or users.changed or endpoints.changed:
            told = {"accounts": accounts.changed, "users": users.changed, "endpoints": endpoints.changed}
            await record(connection, caller(), "account.rotate", "account", "", told)
    return Rotated(
        accounts.changed + users.changed + endpoints.changed,
        accounts.current + users.current + endpoints.current,
        accounts.sealed + users.sealed + endpoints.sealed,
    )


def _require_known(accounts: Accounts, account_id: str) -> None:
    if account_id not in accounts.sealed and accounts.get(account_id) is None:
        raise NoAccountError(account_id)


def settings_of(settings: Settings, provider: Provider) -> str:
    """The names of the provider's settings that are set."""
    return ", ".join(each.setting for each in provider.credentials if settings.lookup(each.setting))
