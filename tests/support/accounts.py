"""Accounts stored in the database, as `accounts add` stores them."""

from collections.abc import Mapping

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.channels import store
from bot.channels.vault import Vault
from bot.core.actors import SYSTEM

SECRET_KEY = "a-secret-key-for-tests-0123456789-abcdef"


async def add_stored(
    engine: AsyncEngine, account_id: str, values: Mapping[str, str], *, key: str = SECRET_KEY, rate: float = 100.0
) -> None:
    """Store an account with the credentials `values`, encrypted with `key`."""
    hidden = {name: SecretStr(value) for name, value in values.items()}
    provider = account_id.partition(":")[0]
    async with engine.begin() as connection:
        await store.add_account(
            connection,
            Vault([SecretStr(key)]),
            hidden,
            ids=[account_id],
            provider=provider,
            name="",
            rate=rate,
            by=SYSTEM,
        )
