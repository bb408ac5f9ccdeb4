"""What the application lends to jobs."""

from dataclasses import dataclass

from bot.channels.service import Accounts
from bot.core.clock import Clock
from bot.flows.service import Catalogue
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class JobServices:
    """What a process has made once and lends to the jobs that it runs.

    Attributes:
        accounts: our accounts with providers, as they stand.
        catalogue: the bundles that are live.
        clock: the clock that all processes share.
        settings: what the operator says.
    """

    accounts: Accounts
    catalogue: Catalogue
    clock: Clock
    settings: Settings
