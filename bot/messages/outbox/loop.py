"""The outbox: claims what is due, sends it, and records what came of it, for as long as the process lives.

One loop speaks with the database: a round writes down what came of all attempts that ended meanwhile, and claims as
much again, in one transaction. A fixed number of senders takes from what is claimed, so that they have something to do
while a round is under way.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import timedelta

import aiohttp
import structlog
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.channels.service import Accounts
from bot.core.backoff import backoff
from bot.core.ids import jitter
from bot.core.messages import OutboundMessage
from bot.db.clock import database_now
from bot.db.faults import is_outage
from bot.db.full_disk import FullDisk
from bot.messages import statuses
from bot.messages.media.store import Store
from bot.messages.outbox import claims
from bot.messages.outbox.claimed import Claimed
from bot.messages.outbox.claims import Batch
from bot.messages.outbox.complaints import Complaints
from bot.messages.outbox.outcomes import Attempt
from bot.messages.outbox.pauses import pause_after
from bot.messages.outbox.places import Places
from bot.messages.outbox.senders import Senders
from bot.messages.outbox.sending import TIMEOUT_SECONDS, open_session, send, with_unsubscribing
from bot.messages.outbox.unrecorded import Unrecorded
from bot.providers.base import Outcome, Refused, Sent
from bot.web import metrics

LEASE_SECONDS = 30.0
"""How long a claim holds; longer than one request may take."""
WAIT_SECONDS = 30.0
"""How long an attempt of unknown outcome waits for a status callback before a reply is sent again, and a notice or bulk
fails; no longer than a lease, after which nobody knows whether a message went out whose process died."""
SLOTS = 32
"""Requests under way at once in one process, which the accounts share."""
OWN_SLOTS = 4
"""Requests that each account may have under way beside those, whatever the others do."""
MOST_HELD = 4 * SLOTS
"""Messages claimed at once by one process, shared likewise. Measured against a provider that answers at once: with
twice the slots a message takes a quarter more time of Python and of PostgreSQL, since a round then has half as much to
do."""
OWN_HELD = 4 * OWN_SLOTS
POLL_SECONDS = 0.5
LINGER_SECONDS = 0.02
"""How long an outcome waits for others to be recorded with it, while the senders have enough to do; and how long rounds
are apart that only look for what was queued."""
_TEND_SECONDS = 5.0
_TOO_LATE = Refused(
    "too_late", "Slow answers held it up until its claim was nearly over.", retryable=True, retry_after=0.0
)
"""Sent now it might go out twice, once by whoever takes it over."""
_STOPPED = Refused("stopped", "The process that was to send it stopped.", retryable=True, retry_after=0.0)

log = structlog.get_logger()


class Outbox:
    """Delivers queued messages; any number of processes may run one beside each other on PostgreSQL.

    Replies are delivered at least once: one whose attempt has no known outcome goes out again after a wait. Notices and
    bulk are delivered at most once: then they fail.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        accounts: Accounts,
        *,
        owner: str,
        public_url: str = "",
        keys: Sequence[SecretStr] = (),
        wait: float = WAIT_SECONDS,
        store: Store | None = None,
    ) -> None:
        """An outbox that does nothing until `run`.

        Args:
            engine: the database.
            accounts: as the settings have them.
            owner: names this process in its claims, at most 64 characters, unlike any other's.
            public_url: where providers and people reach this server; may be empty.
            keys: those of BOT_SECRET_KEY, which sign the links in mails; without one there are none.
            wait: seconds an attempt of unknown outcome waits.
            store: where the files are that go within mails; without it their links go.
        """
        self._engine = engine
        self._accounts = accounts
        self._owner = owner
        self._public_url = public_url
        self._keys = keys
        self._store = store
        self._delivering: asyncio.Task[None] | None = None
        self._senders: Senders | None = None
        self._held = Places(MOST_HELD, OWN_HELD)
        self._ended = Unrecorded(engine, timedelta(seconds=wait), self._let_go)
        self._complaints = Complaints(engine, accounts)
        self._began_at = 0.0
        self._lingering: asyncio.TimerHandle | None = None
        self._news = asyncio.Event()
        self._finished = asyncio.Event()
        self._finished.set()
        self.disk = FullDisk()
        self._stopping = False
        self._tended_at = -_TEND_SECONDS

    def wake(self) -> None:
        """Look for what was queued: at once, unless replies wait for a slot, which rounds follow anyhow."""
        if self._senders is None or not self._senders.replies_wait:
            self._news.set()
        else:
            # What waits may be one account's whose provider hangs, and what was queued another's.
            self._linger(self._began_at + LINGER_SECONDS)

    async def run(self) -> None:
        """Deliver until `stop`; a database that is away is waited for."""
        self._finished.clear()
        try:
            async with open_session() as session, asyncio.TaskGroup() as group:

                async def send_one(claimed: Claimed, until: float) -> None:
                    await self._send(session, claimed, until)

                self._senders = Senders(group, Places(SLOTS, OWN_SLOTS), send_one)
                self._delivering = group.create_task(self._deliver(self._senders))
        finally:
            if self._ended:
                ids = [attempt.claimed.message.id for attempt in self._ended.so_far()]
                log.error("outcomes not recorded, so they count as unknown", messages=ids)
            self._finished.set()

    async def stop(self, grace: float) -> None:
        """Claim nothing more and let `run` end once what is claimed is sent, or after `grace` seconds.

        What is cut off then is an attempt of unknown outcome, as after a crash; the rest stays queued, with the notices
        and bulk that wait for a slot.
        """
        self._stopping = True
        self._give_back()
        self._news.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await self._finished.wait()
        if self._senders is not None:
            self._senders.cancel()
        if self._delivering is not None:
            self._delivering.cancel()
        await self._finished.wait()

    async def _send(self, session: aiohttp.ClientSession, claimed: Claimed, until: float) -> None:
        """Send one message, and let its outcome be recorded."""
        outcome = await self._attempt(session, claimed.message, until)
        if isinstance(outcome, Refused) and outcome.window_closed and claimed.instead is not None:
            # Certainly not sent, and the claim still is ours.
            outcome = await self._attempt(session, claimed.instead, until)
        self._complaints.hear(claimed, outcome)
        self._ended.add(Attempt(claimed, outcome))
        if self._senders is not None and self._senders.have_enough:
            self._linger(asyncio.get_running_loop().time() + LINGER_SECONDS)
        else:
            self._news.set()

    def _linger(self, until: float) -> None:
        """Let a round begin then, by the loop's clock, unless one is to begin anyhow."""
        if self._lingering is None:
            self._lingering = asyncio.get_running_loop().call_at(until, self._news.set)

    async def _attempt(self, session: aiohttp.ClientSession, message: OutboundMessage, until: float) -> Outcome:
        if asyncio.get_running_loop().time() > until:
            return _TOO_LATE
        return await send(session, self._accounts, message, self._public_url, self._keys, self._store)

    async def _deliver(self, senders: Senders) -> None:
        """Give the senders work until `stop`, and until they have done it."""
        failures = 0
        while self._held.held or not self._stopping:
            self._news.clear()
            try:
                await self._complaints.heed()
                more = await self._round(senders)
                await self._tend()
            except Exception as error:  # noqa: BLE001 - the outbox has to outlive every fault of its surroundings
                failures += 1
                if self.disk.heed(error):
                    log.error("the database's disk is full, so nothing is sent", error=type(error).__name__)  # noqa: TRY400 - it may quote a person
                else:
                    log.warning("outbox waits for the database", error=type(error).__name__)
                # Outcomes that wait are more urgent: a claim that ends before them is sent again.
                pause = backoff(failures, jitter()) / (10 if self._ended else 1)
                await self._pause(POLL_SECONDS + pause)
                continue
            failures = 0
            self.disk.written()
            if not more:
                await self._pause(POLL_SECONDS)

    async def _round(self, senders: Senders) -> bool:
        """Record what ended and claim as much again; returns whether there is more to claim at once."""
        if self._lingering is not None:
            self._lingering.cancel()
            self._lingering = None
        ended, held = self._ended.so_far(), self._held.copy()
        if self._stopping and not ended:
            return False
        for attempt in ended:
            held.give(attempt.claimed.message.account, attempt.claimed.lane)
        self._began_at = asyncio.get_running_loop().time()
        batch, until = Batch(), self._began_at + LEASE_SECONDS - TIMEOUT_SECONDS
        try:
            async with self._engine.begin() as connection:
                await self._ended.record(connection, ended)
                if not self._stopping:
                    lease = timedelta(seconds=LEASE_SECONDS)
                    batch = await claims.claim(connection, self._owner, MOST_HELD, lease=lease, held=held)
        except Exception as error:
            if ended and not is_outage(error):
                await self._ended.record_apart(ended)
            raise
        self._ended.settle(ended, [])
        self._return_for(ended)
        self._take(batch, until, senders)
        return batch.more

    def _return_for(self, ended: list[Attempt]) -> None:
        """Look again when what waits for a file that was just sent may go."""
        pauses = {pause_after(each.claimed.message) for each in ended if isinstance(each.outcome, Sent)}
        for seconds in pauses - {0.0}:
            asyncio.get_running_loop().call_later(seconds, self._news.set)

    def _take(self, batch: Batch, until: float, senders: Senders) -> None:
        """Hand over to the senders what is claimed and committed; they may begin until then by the loop's clock."""
        for claimed in batch.claimed:
            if claimed.again:
                metrics.SENDS_UNKNOWN.labels(provider=claimed.provider).inc()
                log.warning("sent again after an unknown outcome", message=claimed.message.id)
            message = with_unsubscribing(claimed, self._public_url, self._keys)
            self._held.take(message.account, claimed.lane)
            senders.put(claimed._replace(message=message), until)
        senders.start()
        if self._stopping:
            self._give_back()
        for error, ids in batch.failed.items():
            metrics.GIVEN_UP.labels(error=error).inc(len(ids))
            log.info("not sent", error=error, messages=ids)

    def _give_back(self) -> None:
        """Let go of what waits for a slot and is sent at most once: cut off, it would fail though nobody sent it."""
        for claimed in self._senders.withdraw() if self._senders is not None else ():
            self._ended.add(Attempt(claimed, _STOPPED))

    def _let_go(self, claimed: Claimed) -> None:
        self._held.give(claimed.message.account, claimed.lane)

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

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
