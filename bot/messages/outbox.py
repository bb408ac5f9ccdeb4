"""The outbox: claims what is due, sends it, and records what came of it, for as long as the process lives.

One loop speaks with the database: a round writes down what came of all attempts that ended meanwhile, and claims as
much again, in one transaction. A fixed number of senders takes from what is claimed, so that they have something to do
while a round is under way.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any

import aiohttp
import structlog
from prometheus_client import Counter
from pydantic import SecretStr
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.channels import service as channels
from bot.channels.service import Accounts
from bot.core.backoff import backoff
from bot.core.ids import jitter
from bot.core.messages import OutboundMessage
from bot.db.clock import database_now
from bot.db.faults import is_contention, is_outage
from bot.messages import claims, outcomes, statuses
from bot.messages.claims import Batch, Claimed
from bot.messages.outcomes import Attempt
from bot.messages.sending import TIMEOUT_SECONDS, open_session, send, with_unsubscribing
from bot.providers.base import Outcome, Refused, Sent
from bot.web import metrics

LEASE_SECONDS = 30.0
"""How long a claim holds; longer than one request may take."""
WAIT_SECONDS = 30.0
"""How long an attempt of unknown outcome waits for a status callback before it is sent again; no longer than a lease,
after which nobody knows whether a message went out whose process died."""
SLOTS = 32
"""Requests under way at once in one process."""
MOST_HELD = 4 * SLOTS
"""Messages claimed at once by one process. Measured against a provider that answers at once: with twice the slots a
message takes a quarter more time of Python and of PostgreSQL, since a round then has half as much to do."""
POLL_SECONDS = 0.5
LINGER_SECONDS = 0.02
"""How long an outcome waits for others to be recorded with it, while the senders have enough to do."""
_TEND_SECONDS = 5.0
_TOO_LATE = Refused(
    "too_late", "Slow answers held it up until its claim was nearly over.", retryable=True, retry_after=0.0
)
"""Sent now it might go out twice, once by whoever takes it over."""

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
        keys: Sequence[SecretStr] = (),
        wait: float = WAIT_SECONDS,
    ) -> None:
        """An outbox that does nothing until `run`.

        Args:
            engine: the database.
            accounts: as the settings have them.
            owner: names this process in its claims, at most 64 characters, unlike any other's.
            public_url: where providers and people reach this server; may be empty.
            keys: those of BOT_SECRET_KEY, which sign the links in mails; without one there are none.
            wait: seconds an attempt of unknown outcome waits.
        """
        self._engine = engine
        self._accounts = accounts
        self._owner = owner
        self._public_url = public_url
        self._keys = keys
        self._wait = timedelta(seconds=wait)
        self._tasks: list[asyncio.Task[None]] = []
        self._waiting: asyncio.Queue[tuple[Claimed, float]] = asyncio.Queue()
        self._ended: list[Attempt] = []
        self._held = 0
        self._lingering: asyncio.TimerHandle | None = None
        self._news = asyncio.Event()
        self._finished = asyncio.Event()
        self._finished.set()
        self._stopping = False
        self._tended_at = -_TEND_SECONDS
        self._told: set[str] = set()
        self._too_fast: set[str] = set()
        self._refused: dict[str, Refused] = {}

    def wake(self) -> None:
        """Look for what was queued, as soon as the senders have nothing to do."""
        if self._waiting.empty():
            self._news.set()

    async def run(self) -> None:
        """Deliver until `stop`; a database that is away is waited for."""
        self._finished.clear()
        try:
            async with open_session(SLOTS) as session, asyncio.TaskGroup() as group:
                senders = [group.create_task(self._send(session)) for _ in range(SLOTS)]
                self._tasks = [*senders, group.create_task(self._deliver(senders))]
        finally:
            if self._ended:
                ids = [attempt.claimed.message.id for attempt in self._ended]
                log.error("outcomes not recorded, so they count as unknown", messages=ids)
            self._finished.set()

    async def stop(self, grace: float) -> None:
        """Claim nothing more and let `run` end once what is claimed is sent, or after `grace` seconds.

        What is cut off then is an attempt of unknown outcome, as after a crash; the rest stays queued.
        """
        self._stopping = True
        self._news.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await self._finished.wait()
        for task in self._tasks:
            task.cancel()
        await self._finished.wait()

    async def _send(self, session: aiohttp.ClientSession) -> None:
        """Send one message after the other."""
        loop = asyncio.get_running_loop()
        while True:
            claimed, until = await self._waiting.get()
            outcome = await self._attempt(session, claimed.message, until)
            if isinstance(outcome, Refused) and outcome.window_closed and claimed.instead is not None:
                # Certainly not sent, and the claim still is ours.
                outcome = await self._attempt(session, claimed.instead, until)
            self._report(claimed, outcome)
            self._ended.append(Attempt(claimed, outcome))
            if self._waiting.empty():
                self._news.set()
            elif self._lingering is None:
                self._lingering = loop.call_later(LINGER_SECONDS, self._news.set)

    async def _attempt(self, session: aiohttp.ClientSession, message: OutboundMessage, until: float) -> Outcome:
        if asyncio.get_running_loop().time() > until:
            return _TOO_LATE
        return await send(session, self._accounts, message, self._public_url, self._keys)

    async def _deliver(self, senders: list[asyncio.Task[None]]) -> None:
        """Give the senders work until `stop`, and end them."""
        failures = 0
        while self._held or not self._stopping:
            self._news.clear()
            try:
                await self._heed()
                more = await self._round()
                await self._tend()
            except Exception as error:  # noqa: BLE001 - the outbox has to outlive every fault of its surroundings
                failures += 1
                log.warning("outbox waits for the database", error=type(error).__name__)
                # Outcomes that wait are more urgent: a claim that ends before them is sent again.
                pause = backoff(failures, jitter()) / (10 if self._ended else 1)
                await self._pause(POLL_SECONDS + pause)
                continue
            failures = 0
            if not more:
                await self._pause(POLL_SECONDS)
        for sender in senders:
            sender.cancel()

    async def _round(self) -> bool:
        """Record what ended and claim as much again; returns whether there is more to claim at once."""
        if self._lingering is not None:
            self._lingering.cancel()
            self._lingering = None
        ended = self._ended.copy()
        room = 0 if self._stopping else MOST_HELD - self._held + len(ended)
        if not ended and not room:
            return False
        batch, until = Batch(), asyncio.get_running_loop().time() + LEASE_SECONDS - TIMEOUT_SECONDS
        try:
            async with self._engine.begin() as connection:
                if ended:
                    await outcomes.record(connection, ended, wait=self._wait)
                if room:
                    lease = timedelta(seconds=LEASE_SECONDS)
                    batch = await claims.claim(connection, self._owner, room, lease=lease)
        except Exception as error:
            if ended and not is_outage(error):
                await self._record_apart(ended)
            raise
        self._settle(ended, [])
        self._take(batch, until)
        return batch.more and self._held < MOST_HELD

    def _take(self, batch: Batch, until: float) -> None:
        """Hand over to the senders what is claimed and committed; they may begin until then by the loop's clock."""
        for claimed in batch.claimed:
            if claimed.again:
                metrics.SENDS_UNKNOWN.labels(provider=claimed.provider).inc()
                log.warning("sent again after an unknown outcome", message=claimed.message.id)
            message = with_unsubscribing(claimed.message, claimed.address_id, self._public_url, self._keys)
            self._waiting.put_nowait((claimed._replace(message=message), until))
        self._held += len(batch.claimed)
        for error, ids in batch.failed.items():
            log.info("not sent", error=error, messages=ids)

    async def _record_apart(self, ended: list[Attempt]) -> None:
        """Record each outcome in a transaction of its own, so that none suffers from another's fault."""
        self._settle(ended, [attempt for attempt in ended if not await self._recorded(attempt)])

    async def _recorded(self, attempt: Attempt) -> bool:
        """Record one outcome; False when it is worth another try."""
        claimed, outcome = attempt.claimed, attempt.outcome
        try:
            async with self._engine.begin() as connection:
                await outcomes.record(connection, [attempt], wait=self._wait)
        except Exception as error:  # noqa: BLE001 - an outcome that is lost means a second sending
            if isinstance(error, IntegrityError) and isinstance(outcome, Sent) and outcome.provider_message_id:
                # The provider gave an id that it had given before. The message went out all the same.
                log.warning("provider gave an id twice", message=claimed.message.id)
                return await self._recorded(attempt._replace(outcome=Sent("")))
            if is_outage(error) or is_contention(error):
                log.warning("outcome waits for the database", message=claimed.message.id, error=type(error).__name__)
                return False
            log.error(  # noqa: TRY400 - the error's own text may quote a person
                "outcome not recorded, so it counts as unknown",
                message=claimed.message.id,
                error=type(error).__name__,
            )
        return True

    def _settle(self, ended: list[Attempt], waiting: list[Attempt]) -> None:
        """Of those that `ended` first, only `waiting` are still to be recorded."""
        self._ended[: len(ended)] = waiting
        self._held -= len(ended) - len(waiting)

    async def _heed(self) -> None:
        """Before the next claim, slow down the accounts that sent too fast and pause those that were refused."""
        too_fast, refused = self._too_fast, self._refused
        if not too_fast and not refused:
            return
        self._too_fast, self._refused = set(), {}
        slowed, paused = [], []
        try:
            async with self._engine.begin() as connection:
                now = await database_now(connection)
                # In the order of their ids, as a claim locks them.
                for account in sorted({*too_fast, *refused}):
                    why = refused.get(account)
                    if why is None:
                        slowed += [account] * await channels.slow_down(connection, account, now)
                    else:
                        paused += [account] * await channels.pause(connection, account, f"{why.reason} ({why.code})")
        except Exception as error:  # noqa: BLE001 - what came of the attempts has to be recorded all the same
            log.warning("accounts neither slowed down nor paused yet", error=type(error).__name__)
            self._too_fast |= too_fast
            self._refused = {**refused, **self._refused}
            return
        for account in slowed:
            log.warning("account slowed down: its provider complains of the speed", account=account)
        for account in paused:
            mend = f"bot.py accounts resume {account}"
            about = self._about(account, refused[account])
            log.error("account paused: its credentials are refused; its messages wait", **about, mend=mend)

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

    def _report(self, claimed: Claimed, outcome: Outcome) -> None:
        match outcome:
            case Sent():
                result = "sent"
                self._told.discard(claimed.message.account)
            case Refused(credentials=True):
                result = "retry"
                self._refused[claimed.message.account] = outcome
            case Refused(operator=True):
                result = "retry"
                self._tell(claimed, outcome)
            case Refused():
                result = "retry" if outcome.retryable else "failed"
                if outcome.throttled:
                    self._too_fast.add(claimed.message.account)
            case _:
                result = "unknown"
        _sends(claimed.provider, result).inc()
        details = {} if isinstance(outcome, Sent) else {"reason": outcome.reason}
        log.info("attempt", message=claimed.message.id, attempt=claimed.attempt, result=result, **details)

    def _tell(self, claimed: Claimed, refused: Refused) -> None:
        """One clear error an account, until it sends again: its messages wait, so more lines would say no more."""
        account_id = claimed.message.account
        if account_id in self._told:
            return
        self._told.add(account_id)
        log.error(
            "account cannot send until its settings are mended; its messages wait", **self._about(account_id, refused)
        )

    def _about(self, account_id: str, refused: Refused) -> dict[str, Any]:
        account = self._accounts.get(account_id)
        secrets = [each.setting for each in account.provider.credentials if each.secret] if account else []
        return {"account": account_id, "code": refused.code, "reason": refused.reason, "settings": secrets}

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()


@cache
def _sends(provider: str, result: str) -> Counter:
    return metrics.SENDS.labels(provider=provider, result=result)
