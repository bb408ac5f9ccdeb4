"""Which accounts we send and receive through, and with what credentials."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from yarl import URL

from bot.channels.models import Account
from bot.core.clock import utc_now
from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.db.bulk import BulkInsert
from bot.providers.base import Credentials, Provider
from bot.providers.table import PROVIDERS
from bot.settings import Settings

SIMULATOR = "simulator"
"""The account of the simulator and the terminal; nothing sent through it reaches a provider."""

_UPSERT = BulkInsert(
    Account, ("id", "provider", "rate", "created_at", "updated_at"), keys=("id",), set_=("rate", "updated_at")
)


@dataclass(frozen=True, slots=True)
class ConfiguredAccount:
    """An account with all it needs to send.

    Attributes:
        id: `provider:identity`.
        provider: its module.
        credentials: from the settings.
        rate: messages a second.
    """

    id: str
    provider: Provider
    credentials: Credentials
    rate: float


class Accounts:
    """The accounts that the settings configure, by id; and each provider's credentials, for its webhooks."""

    def __init__(self, settings: Settings) -> None:
        self._credentials = {name: _credentials(provider, settings) for name, provider in PROVIDERS.items()}
        self._accounts = {account.id: account for account in _configured(self._credentials, settings)}

    def __iter__(self) -> Iterator[ConfiguredAccount]:
        return iter(self._accounts.values())

    def __contains__(self, account_id: object) -> bool:
        return account_id == SIMULATOR or account_id in self._accounts

    def get(self, account_id: str) -> ConfiguredAccount | None:
        """The account with that id, or None when the settings no longer have it."""
        return self._accounts.get(account_id)

    def credentials(self, provider: str) -> Credentials:
        """What the settings hold for `provider`; a missing value raises when it is asked for."""
        return self._credentials[provider]

    def configured(self, provider: str) -> bool:
        """Whether at least one account of `provider` is configured."""
        return any(account.provider.name == provider for account in self)

    async def store(self, connection: AsyncConnection) -> None:
        """Give each account its row, with the rate the settings say; what is paused stays so."""
        now = utc_now()
        rows: list[tuple[str, str, float | None]] = [(SIMULATOR, SIMULATOR, None)]
        rows += [(account.id, account.provider.name, account.rate) for account in self]
        known = {row.id: row.rate for row in await connection.execute(select(Account.id, Account.rate))}
        changed = [
            {"id": id_, "provider": provider, "rate": rate, "created_at": now, "updated_at": now}
            for id_, provider, rate in rows
            if id_ not in known or known[id_] != rate
        ]
        if changed:
            await _UPSERT.execute(connection, changed)


def _configured(credentials: Mapping[str, Credentials], settings: Settings) -> Iterator[ConfiguredAccount]:
    for name, provider in PROVIDERS.items():
        for identity in provider.identity(credentials[name]):
            yield ConfiguredAccount(f"{name}:{identity}", provider, credentials[name], _rate(provider, settings))


def _credentials(provider: Provider, settings: Settings) -> Credentials:
    values = {each.key: settings.lookup(each.setting) or each.default or "" for each in provider.credentials}
    for each in provider.credentials:
        if each.key == "api_url" and not _is_address(values[each.key]):
            raise BotError(
                N_("{setting} is not an address"),
                mend=N_("Write {setting} as https://host/path."),
                setting=each.setting,
            )
    return Credentials(values, {each.key: each.setting for each in provider.credentials})


def _is_address(url: str) -> bool:
    try:
        parsed = URL(url)
    except ValueError:
        return False
    return parsed.scheme in {"http", "https"} and bool(parsed.host)


def _rate(provider: Provider, settings: Settings) -> float:
    setting = f"{provider.name.upper()}_RATE"
    spelled = settings.lookup(setting)
    if spelled is None:
        return provider.default_rate
    try:
        rate = float(spelled)
    except ValueError:
        rate = 0.0
    if not 0 < rate < 1_000_000:  # noqa: PLR2004 - a bound no provider comes near
        raise BotError(
            N_("{setting} is not a number above 0"),
            mend=N_("Write {setting} as messages a second, e.g. 20."),
            setting=setting,
        )
    return rate
