"""Credentials that came from the database: what is missing among them is mended by a command, not by a setting."""

from collections.abc import Mapping

from bot.core.errors import BotError, NotConfiguredError
from bot.core.i18n import N_
from bot.providers.base import Credentials, Provider


class NotStoredError(NotConfiguredError):
    """A stored account lacks a value; `setting` is its key."""

    def __init__(self, provider: Provider, key: str) -> None:
        BotError.__init__(
            self,
            N_("{key} is missing"),
            mend=N_("Give it: `bot.py accounts add {provider} --set {key}=…`."),
            key=key,
            provider=provider.name,
        )
        self.setting = key


class StoredCredentials(Credentials):
    """The settings of a stored account by key."""

    __slots__ = ("_provider",)

    def __init__(self, provider: Provider, values: Mapping[str, str]) -> None:
        super().__init__(values, {})
        self._provider = provider

    def __getitem__(self, key: str) -> str:
        """The value of `key`; raises NotStoredError when it is missing."""
        value = self.get(key)
        if not value:
            raise NotStoredError(self._provider, key)
        return value
