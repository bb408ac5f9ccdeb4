"""The outbox: claims what is due, sends it, and records what came of it, for as long as the process lives."""

import asyncio
import contextlib
from collections.abc import Coroutine
from datetime import timedelta

import aiohttp
import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.channels.service import SIMULATOR, Accounts
from bot.core.backoff import backoff
from bot.core.ids import jitter
from bot.core.messages import Status, StatusUpdate
from bot.db.clock import database_now
from bot.messages import claims, outcomes, statuses
from bot.messages.claims import Batch, Claimed
from bot.messages.sending import open_session, send
from bot.providers.base import Outcome, Refused, Sent
from bot.web import metrics

LEASE_SECONDS = 30.0
"""How long a claim holds; longer than one request may take."""
WAIT_SECONDS = 30.0
"""How long an attempt of unknown outcome waits for a status callback before it is sent again."""
SLOTS = 32
"""Requests under way at once in one process."""
POLL_SECONDS = 0.5
_TEND_SECONDS = 5.0

log = structlog.get_logger()


class Outbox:
    """Delivers queued messages; any number of processes may run one beside each other on PostgreSQL.

    Delivery is at least once: a message whose attempt has no known outcome goes out again after a wait.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        accounts: Accounts,
        *,
        owner: str,
        public_url: str = "",
        lease: float = LEASE_SECONDS,
        wait: float = WAIT_SECONDS,
    ) -> None:
        """An outbox that does nothing until `run`.

        Args:
            engine: the database.
            accounts: as the settings have them.
            owner: names this process in its claims, at most 64 characters, unlike any other's.
            public_url: where providers reach this server, for their status callbacks; may be empty.
            lease: seconds a claim holds.
            wait: seconds an attempt of unknown outcome waits.
        """
        self._engine = engine
        self._accounts = accounts
        self._owner = owner
        self._public_url = public_url
        self._lease = timedelta(seconds=lease)
        self._wait = timedelta(seconds=wait)
        self._tasks: set[asyncio.Task[None]] = set()
        self._free = SLOTS
        self._news = asyncio.Event()
        self._finished = asyncio.Event()
        self._finished.set()
        self._stopping = False
        self._tended_at = -_TEND_SECONDS
        self._told: set[str] = set()

    def wake(self) -> None:
        """Look at once: something was queued."""
        self._news.set()

    async def run(self) -> None:
        """Deliver until `stop`; a database that is away is waited for."""
        self._finished.clear()
        try:
            # Leaving the group waits for the attempts in flight.
            async with open_session(SLOTS) as session, asyncio.TaskGroup() as group:
                self._start(group, self._deliver(session, group))
        finally:
            self._finished.set()

    async def stop(self, grace: float) -> None:
        """Claim nothing more and let `run` end once what is in flight is done, or after `grace` seconds.

        What is cut off then is an attempt of unknown outcome, as after a crash; the rest stays queued.
        """
        self._stopping = True
        self.wake()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await self._finished.wait()
        for task in self._tasks:
            task.cancel()
        await self._finished.wait()

    async def _deliver(self, session: aiohttp.ClientSession, group: asyncio.TaskGroup) -> None:
        failures = 0
        while not self._stopping:
            self._news.clear()
            try:
                batch = await self._claim()
                for claimed in batch.claimed:
                    self._free -= 1
                    self._start(group, self._attempt(session, claimed))
                await self._tend()
            except Exception as error:  # noqa: BLE001 - the outbox has to outlive every fault of its surroundings
                failures += 1
                log.warning("outbox waits for the database", error=type(error).__name__)
                await self._pause(POLL_SECONDS + backoff(failures, jitter()))
                continue
            failures = 0
            if not batch.claimed and not batch.failed:
                await self._pause(POLL_SECONDS)

    async def _claim(self) -> Batch:
        if not self._free:
            return Batch()
        async with self._engine.begin() as connection:
            batch = await claims.claim(connection, self._owner, self._free, lease=self._lease, wait=self._wait)
        for claimed in batch.claimed:
            if claimed.again:
                metrics.SENDS_UNKNOWN.labels(provider=claimed.provider).inc()
                log.warning("sent again after an unknown outcome", message=claimed.message.id)
        for error, ids in batch.failed.items():
            log.info("not sent", error=error, messages=ids)
        return batch

    async def _tend(self) -> None:
        """Now and then, apply statuses that came in the moment before their message's id was written."""
        now = asyncio.get_running_loop().time()
        if now < self._tended_at + _TEND_SECONDS:
            return
        self._tended_at = now
        try:
            async with self._engine.begin() as connection:
                await statuses.tend_kept(connection, await database_now(connection))
        except Exception as error:  # noqa: BLE001 - no status may hold up a message
            log.warning("early statuses wait", error=type(error).__name__)

    async def _attempt(self, session: aiohttp.ClientSession, claimed: Claimed) -> None:
        try:
            outcome = await send(session, self._accounts, claimed.message, self._public_url)
            self._report(claimed, outcome)
            await self._record(claimed, outcome)
        finally:
            self._free += 1
            # The contact's next message may go now.
            self.wake()

    async def _record(self, claimed: Claimed, outcome: Outcome) -> None:
        """Record the outcome, in the face of a database that is away, for as long as a claim holds."""
        failures = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._lease.total_seconds()):
                while not await self._recorded(claimed, outcome):
                    failures += 1
                    await asyncio.sleep(backoff(failures, jitter()) / 10)
                return
        log.error("outcome not recorded, so it counts as unknown", message=claimed.message.id)

    async def _recorded(self, claimed: Claimed, outcome: Outcome) -> bool:
        try:
            async with self._engine.begin() as connection:
                await outcomes.record(connection, claimed, self._owner, outcome)
                if claimed.message.account == SIMULATOR:
                    delivered = StatusUpdate(SIMULATOR, claimed.message.id, Status.DELIVERED)
                    await statuses.apply(connection, SIMULATOR, [delivered], await database_now(connection))
        except Exception as error:  # noqa: BLE001 - an outcome that is lost means a second sending
            if isinstance(error, IntegrityError) and isinstance(outcome, Sent) and outcome.provider_message_id:
                # The provider gave an id that it had given before. The message went out all the same.
                log.warning("provider gave an id twice", message=claimed.message.id)
                return await self._recorded(claimed, Sent(""))
            log.warning("outcome waits for the database", message=claimed.message.id, error=type(error).__name__)
            return False
        return True

    def _report(self, claimed: Claimed, outcome: Outcome) -> None:
        match outcome:
            case Sent():
                result = "sent"
                self._told.discard(claimed.message.account)
            case Refused(operator=True):
                result = "retry"
                self._tell(claimed, outcome)
            case Refused():
                result = "retry" if outcome.retryable else "failed"
            case _:
                result = "unknown"
        metrics.SENDS.labels(provider=claimed.provider, result=result).inc()
        details = {} if isinstance(outcome, Sent) else {"reason": outcome.reason}
        log.info("attempt", message=claimed.message.id, attempt=claimed.attempt, result=result, **details)

    def _tell(self, claimed: Claimed, refused: Refused) -> None:
        """One clear error an account, until it sends again: its messages wait, so more lines would say no more."""
        account_id = claimed.message.account
        if account_id in self._told:
            return
        self._told.add(account_id)
        account = self._accounts.get(account_id)
        secrets = [each.setting for each in account.provider.credentials if each.secret] if account else []
        log.error(
            "account cannot send until its settings are mended; its messages wait",
            account=account_id,
            code=refused.code,
            reason=refused.reason,
            settings=secrets,
        )

    def _start(self, group: asyncio.TaskGroup, work: Coroutine[None, None, None]) -> None:
        task = group.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
