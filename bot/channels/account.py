"""An account of ours with a provider, with all it takes to send."""

from dataclasses import dataclass

from bot.providers.base import Credentials, Provider


@dataclass(frozen=True, slots=True)
class ConfiguredAccount:
    """An account with all it needs to send.

    Attributes:
        id: `provider:identity`.
        provider: its module.
        credentials: of the settings, or stored; accounts that share them share the object.
        rate: messages a second.
        stored: its credentials are in the database, not in the settings.
    """

    id: str
    provider: Provider
    credentials: Credentials
    rate: float
    stored: bool = False

    @property
    def identity(self) -> str:
        """Our side as the provider calls it."""
        return self.id.partition(":")[2]
