"""Giving a stored account other secrets, another name or another rate."""

from collections.abc import Mapping

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import record
from bot.channels import queries
from bot.channels.completing import Values, complete_ids
from bot.channels.several import beside, newest
from bot.channels.vault import Vault
from bot.core.actors import Actor
from bot.core.clock import utc_now
from bot.core.errors import BotError
from bot.core.hints import Topic
from bot.core.i18n import N_
from bot.db.hub import hint
from bot.providers.table import PROVIDERS


class NotStoredHereError(BotError):
    """An account that is not there, or whose credentials are not in the database."""

    def __init__(self, account_id: str) -> None:
        super().__init__(N_("{id} has no stored credentials"), mend=N_("See `bot.py accounts list`."), id=account_id)


async def change_account(
    connection: AsyncConnection,
    vault: Vault,
    account_id: str,
    *,
    secrets: Mapping[str, SecretStr],
    name: str,
    rate: float,
    keep_old: bool,
    by: Actor,
) -> None:
    """Change what is given of an account, under the lock of its row.

    Raises BotError when it is not stored, cannot be decrypted, or would not be complete or another account.

    Args:
        connection: in a transaction.
        vault: encrypts.
        account_id: `provider:identity`.
        secrets: the new ones by key; all others stay.
        name: what its owner calls it; empty for nothing.
        rate: messages a second.
        keep_old: of those that may be several, go on taking what the old one proves.
        by: who changes it.
    """
    values = await _held(connection, vault, account_id)
    several = _several(account_id)
    for key, secret in secrets.items():
        old = values.get(key)
        keeps = keep_old and key in several and old is not None
        values[key] = beside(secret, old) if keeps and old is not None else secret
    await _store(connection, vault, account_id, values, {"name": name or None, "rate": rate})
    told = {"after": {"name": name, "rate": rate, **({"secrets": sorted(secrets)} if secrets else {})}}
    await record(connection, by, "account.credentials" if secrets else "account.change", "account", account_id, told)


async def end_old_secrets(connection: AsyncConnection, vault: Vault, account_id: str, by: Actor) -> bool:
    """Take nothing more that an old secret proves; returns whether there was one. Otherwise as `change_account`."""
    values = await _held(connection, vault, account_id)
    fewer = {key: newest(value) if key in _several(account_id) else value for key, value in values.items()}
    ended = sorted(key for key in values if fewer[key].get_secret_value() != values[key].get_secret_value())
    if ended:
        await _store(connection, vault, account_id, fewer, {})
        await record(connection, by, "account.end_old", "account", account_id, {"secrets": ended})
    return bool(ended)


async def _held(connection: AsyncConnection, vault: Vault, account_id: str) -> dict[str, SecretStr]:
    sealed = await queries.lock_credentials(connection, account_id)
    if sealed is None or account_id.partition(":")[0] not in PROVIDERS:
        raise NotStoredHereError(account_id)
    return {key: SecretStr(value) for key, value in vault.values(account_id, sealed).items()}


async def _store(
    connection: AsyncConnection, vault: Vault, account_id: str, values: Values, more: Mapping[str, object]
) -> None:
    provider = PROVIDERS[account_id.partition(":")[0]]
    if account_id not in complete_ids(provider, values):
        raise BotError(N_("these secrets are of another account than {id}"), id=account_id)
    columns = {"credentials": vault.seal(account_id, values), "check_failed_at": None, "updated_at": utc_now(), **more}
    await queries.set_columns(connection, account_id, columns)
    hint(connection, Topic.ACCOUNTS, [account_id])


def _several(account_id: str) -> frozenset[str]:
    provider = PROVIDERS[account_id.partition(":")[0]]
    return frozenset(each.key for each in provider.credentials if each.several)
