"""The lister: asks every hour which templates providers list, for as long as the process lives.

Any number of processes may run one beside each other; each account is one process's to ask about until its lease ends.
"""

import asyncio
import contextlib
from collections.abc import Iterable
from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.channels.account import ConfiguredAccount
from bot.channels.templates import queries
from bot.channels.templates.asking import ask_for_templates, can_list
from bot.channels.templates.keeping import record_templates
from bot.core.clock import Clock
from bot.providers.base import Refused

LEASE = timedelta(seconds=120)
"""How long a claim holds; longer than asking may take."""
POLL_SECONDS = 30.0

log = structlog.get_logger()


class Lister:
    """Keeps the templates of every account that can be asked about them."""

    def __init__(self, engine: AsyncEngine, accounts: Iterable[ConfiguredAccount], clock: Clock) -> None:
        """A lister that does nothing until `run`.

        Args:
            engine: the database.
            accounts: whose templates are kept; gone through each time.
            clock: gives the present moment.
        """
        self._engine = engine
        self._accounts = accounts
        self._clock = clock
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Ask until `stop`; whatever fails is tried again. Cut off, it leaves its claims to run out."""
        while not self._stop.is_set():
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - it has to outlive every fault of its surroundings
                log.warning("templates wait for the database", error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._stop.wait()

    def stop(self) -> None:
        """Ask nobody more; `run` returns when what is under way is done."""
        self._stop.set()

    async def look(self) -> None:
        """Ask about every account that is due, one after the other."""
        for account in await self._claim():
            if self._stop.is_set():
                return
            result = await ask_for_templates(account)
            async with self._engine.begin() as connection:
                await record_templates(connection, account, result, self._clock())
            if isinstance(result, Refused):
                log.warning("templates are not listed", account=account.id, reason=result.reason)

    async def _claim(self) -> list[ConfiguredAccount]:
        asked = {each.id: each for each in self._accounts if can_list(each)}
        if not asked:
            return []
        now = self._clock()
        async with self._engine.begin() as connection:
            for account_id in sorted(asked):
                await queries.begin_listing(connection, account_id, now)
            due = [
                row.account_id
                for row in await queries.lock_listings(connection, asked)
                if (row.claimed_until is None or row.claimed_until <= now)
                # Other credentials may be of another business.
                and (row.next_at <= now or row.asked_with != asked[row.account_id].credentials.fingerprint)
            ]
            for account_id in due:
                await queries.set_listing(connection, account_id, {"claimed_until": now + LEASE * len(due)})
        return [asked[each] for each in due]
