"""Which accounts we send and receive through: those of the settings, and those stored in the database."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.channels import queries, store
from bot.channels.account import ConfiguredAccount
from bot.channels.changing import change_account, end_old_secrets
from bot.channels.checked import record_checked, record_refused
from bot.channels.completing import Values, complete_ids, require_complete
from bot.channels.configured import API_URL, credentials_of, ids_of, is_address, is_rate, rate_of
from bot.channels.pausing import pause, resume, slow_down
from bot.channels.probing import Answered, NoAnswerError, answer_of, ask, asking
from bot.channels.queries import lock_account
from bot.channels.rules import recovered
from bot.channels.store import (
    AccountStatus,
    Stored,
    Versions,
    account_statuses,
    add_account,
    forget_account,
    rotate_accounts,
)
from bot.channels.stored import StoredCredentials
from bot.channels.templates.asking import ask_for_templates, can_list
from bot.channels.templates.keeping import (
    TemplateCard,
    offered_templates,
    record_templates,
    sendable_named,
    sendable_template,
    templates_of,
)
from bot.channels.templates.queries import ListingRow, OfferedTemplate
from bot.channels.vault import SealedError, Vault
from bot.db.engine import reading
from bot.db.sealing import MAKE_A_KEY, Rotated
from bot.providers.base import Credentials
from bot.providers.table import PROVIDERS
from bot.settings import Settings

__all__ = [
    "API_URL",
    "MAKE_A_KEY",
    "SIMULATOR",
    "AccountStatus",
    "Accounts",
    "Answered",
    "ConfiguredAccount",
    "ListingRow",
    "NoAnswerError",
    "OfferedTemplate",
    "Rotated",
    "SealedError",
    "StoredCredentials",
    "TemplateCard",
    "Values",
    "account_statuses",
    "add_account",
    "answer_of",
    "ask",
    "ask_for_templates",
    "asking",
    "can_list",
    "change_account",
    "complete_ids",
    "end_old_secrets",
    "forget_account",
    "ids_of",
    "is_address",
    "is_rate",
    "lock_account",
    "offered_templates",
    "pause",
    "rate_of",
    "record_checked",
    "record_refused",
    "record_templates",
    "recovered",
    "require_complete",
    "resume",
    "rotate_accounts",
    "sendable_named",
    "sendable_template",
    "slow_down",
    "templates_of",
]

SIMULATOR = "simulator"
"""The account of the simulator and the terminal; nothing sent through it reaches a provider."""

log = structlog.get_logger()


class Accounts:
    """Every account that can be used, by id; and each provider's credentials, for its webhooks.

    It begins with those of the settings; `refresh` adds the stored ones. An id that both have is the settings'.
    """

    def __init__(self, settings: Settings) -> None:
        self.vault = Vault(settings.secret_key)
        self._credentials = {name: credentials_of(provider, settings) for name, provider in PROVIDERS.items()}
        self._of_settings = {
            id_: ConfiguredAccount(id_, provider, self._credentials[name], rate_of(provider, settings))
            for name, provider in PROVIDERS.items()
            for id_ in ids_of(provider, self._credentials[name])
        }
        self._versions: Versions = ()
        self._tested: Mapping[str, str] = {}
        self._take({}, {})

    def __iter__(self) -> Iterator[ConfiguredAccount]:
        return iter(self._accounts.values())

    def __contains__(self, account_id: object) -> bool:
        return account_id == SIMULATOR or account_id in self._accounts

    def get(self, account_id: str) -> ConfiguredAccount | None:
        """The account with that id, or None when there is none, or when its credentials cannot be decrypted."""
        return self._accounts.get(account_id)

    @property
    def tested(self) -> frozenset[str]:
        """The ids of those whose providers knew the very credentials that they have now, when last looked at."""
        return frozenset(each.id for each in self if self._tested.get(each.id) == each.credentials.fingerprint)

    @property
    def sealed(self) -> Mapping[str, SealedError]:
        """The stored accounts whose credentials cannot be decrypted, by id."""
        return self._sealed

    def credentials(self, provider: str) -> Credentials:
        """What the settings hold for `provider`; a missing value raises when it is asked for."""
        return self._credentials[provider]

    def every_credentials(self, provider: str) -> tuple[Credentials, ...]:
        """What a post to `provider` may be signed with: each account's, none twice, those of the settings first."""
        return self._every[provider]

    def configured(self, provider: str) -> bool:
        """Whether there is at least one account of `provider` that can be used."""
        return any(account.provider.name == provider for account in self)

    async def store(self, connection: AsyncConnection) -> None:
        """Give each account of the settings its row, with the rate they say; its name and what is paused stay so."""
        rows: list[tuple[str, str, float | None]] = [(SIMULATOR, SIMULATOR, None)]
        rows += [(account.id, account.provider.name, account.rate) for account in self._of_settings.values()]
        await store.set_rates(connection, rows)

    async def refresh(self, engine: AsyncEngine) -> bool:
        """Read the stored accounts, if they have changed; returns whether they have."""
        async with reading(engine) as connection:
            self._tested = await queries.checked(connection)
            versions = await store.versions(connection)
            if versions == self._versions:
                return False
            rows = await store.read(connection)
        opened, sealed = self._open(rows)
        self._versions = versions
        self._take(opened, sealed)
        return True

    async def keep_fresh(self, engine: AsyncEngine, interval: float = 1.0) -> None:
        """Refresh every `interval` seconds, for ever; while that fails, the accounts stay as they were."""
        failing = False
        told: set[str] = set()
        while True:
            self._tell(told)
            await asyncio.sleep(interval)
            try:
                changed = await self.refresh(engine)
            except Exception as error:  # noqa: BLE001 - whatever fails, the accounts there are go on working
                if not failing:
                    log.warning("stored accounts cannot be read", error=type(error).__name__)
                failing = True
                continue
            failing = False
            if changed:
                log.info("accounts changed", stored=[each.id for each in self if each.stored])

    def _tell(self, told: set[str]) -> None:
        """One clear error for each account that cannot be decrypted, until it can."""
        for id_ in self._sealed.keys() - told:
            error = self._sealed[id_]
            log.error("account cannot be used; its messages wait", account=id_, reason=error.message, mend=error.mend)
        told.clear()
        told.update(self._sealed)

    def _open(self, rows: Iterable[Stored]) -> tuple[dict[str, ConfiguredAccount], dict[str, SealedError]]:
        """Decrypt the stored accounts; those of providers that this version does not have are passed over."""
        opened: dict[str, ConfiguredAccount] = {}
        sealed: dict[str, SealedError] = {}
        shared: dict[tuple[str, ...], Credentials] = {}
        for row in rows:
            provider = PROVIDERS.get(row.provider)
            if provider is None or row.id in self._of_settings:
                continue
            try:
                held = self.vault.open(row.id, row.sealed)
            except SealedError as error:
                sealed[row.id] = error
                continue
            values = {each.key: held.get(each.key) or each.default or "" for each in provider.credentials}
            # Accounts that share their secrets share the object, so that a post is held against them once.
            credentials = shared.setdefault((provider.name, *values.values()), StoredCredentials(provider, values))
            opened[row.id] = ConfiguredAccount(row.id, provider, credentials, row.rate, stored=True)
        return opened, sealed

    def _take(self, opened: Mapping[str, ConfiguredAccount], sealed: Mapping[str, SealedError]) -> None:
        """Go on with these stored accounts; all at once, since others look meanwhile."""
        self._sealed = sealed
        self._accounts = {**self._of_settings, **opened}
        # As keys of a dict they keep their order, and each stays one.
        self._every = {
            name: tuple(
                dict.fromkeys(
                    [of_settings, *(each.credentials for each in opened.values() if each.provider.name == name)]
                )
            )
            for name, of_settings in self._credentials.items()
        }
