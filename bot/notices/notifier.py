"""The notifier: sends notices to people of ours, for as long as the process lives.

Any number of processes may run one beside each other. A notice goes through the first account that reaches its address
and is not paused. One of which nobody knows whether it went out is not sent again.
"""

import asyncio
import contextlib
from datetime import datetime, timedelta

import aiohttp
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.channels.service import Accounts, account_statuses
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.backoff import backoff
from bot.core.clock import Clock
from bot.core.ids import jitter
from bot.core.messages import EmailHeaders, OutboundMessage
from bot.db.engine import reading
from bot.messages.service import open_session, send
from bot.notices import queries
from bot.notices.models import NoticeStatus
from bot.notices.queries import Due
from bot.providers.base import Outcome, Refused, Sent, Unknown
from bot.web import metrics

LEASE = timedelta(seconds=60)
"""How long a claim holds; longer than sending one may take."""
POLL_SECONDS = 5.0
_CHANNELS = {AddressKind.EMAIL: Channel.EMAIL, AddressKind.PHONE: Channel.SMS}
"""By which channel an address is reached; WhatsApp would ask for an approved template."""
_NOBODY_KNOWS = Unknown("The process that sent it ended before it was told what came of it.")
_TOO_LATE = "Nothing could send it while it was worth something."

log = structlog.get_logger()


class Notifier:
    """Sends what is queued."""

    def __init__(self, engine: AsyncEngine, accounts: Accounts, clock: Clock, public_url: str = "") -> None:
        """A notifier that does nothing until `run`.

        Args:
            engine: the database.
            accounts: through which notices may go; looked at each time.
            clock: gives the present moment.
            public_url: where providers reach this server; may be empty.
        """
        self._engine = engine
        self._accounts = accounts
        self._clock = clock
        self._public_url = public_url
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Send until `stop`; whatever fails is tried again. Cut off, it leaves its claims to run out."""
        async with open_session() as session:
            while not self._stop.is_set():
                try:
                    while await self.look(session) and not self._stop.is_set():
                        pass
                except Exception as error:  # noqa: BLE001 - it has to outlive every fault of its surroundings
                    log.warning("notices wait for the database", error=type(error).__name__)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._stop.wait()

    def stop(self) -> None:
        """Claim nothing more; `run` returns when what is under way is done."""
        self._stop.set()

    async def look(self, session: aiohttp.ClientSession) -> bool:
        """Send one that is due; whether there was any."""
        notice = await self._claim()
        if notice is None:
            return False
        if notice.attempt_started_at is not None:
            outcome: Outcome = _NOBODY_KNOWS
        elif notice.expires_at <= self._clock():
            outcome = Refused(notice.error or "expired", notice.error_reason or _TOO_LATE)
        else:
            outcome = await self._send(session, notice)
        await self._record(notice, outcome)
        return True

    async def _claim(self) -> Due | None:
        now = self._clock()
        async with reading(self._engine) as connection:
            if not await queries.any_due(connection, now):
                return None
        async with self._engine.begin() as connection:
            due = await queries.lock_due(connection, now)
            if due is not None:
                claim = {"claimed_until": now + LEASE, "attempt_started_at": now, "attempts": due.attempts + 1}
                await queries.change(connection, due.id, {**claim, "updated_at": now})
        return due

    async def _send(self, session: aiohttp.ClientSession, notice: Due) -> Outcome:
        kind = AddressKind(notice.kind)
        channel = _CHANNELS[kind]
        async with reading(self._engine) as connection:
            account = await account_for(connection, self._accounts, kind)
        if account is None:
            reason = f"There is no account, or none that is not paused, that sends {channel}."
            return Refused("no_account", reason, retryable=True)
        email = EmailHeaders(subject=notice.subject) if channel is Channel.EMAIL else None
        to = Address(kind, notice.address)
        message = OutboundMessage(notice.id, account, channel, to, notice.content, email=email, is_reply=False)
        return await send(session, self._accounts, message, self._public_url)

    async def _record(self, notice: Due, outcome: Outcome) -> None:
        now = self._clock()
        columns = _columns(notice, outcome, now)
        async with self._engine.begin() as connection:
            await queries.change(connection, notice.id, columns)
        metrics.NOTICES.labels(result=type(outcome).__name__.lower()).inc()
        if columns.get("status") == NoticeStatus.FAILED:
            log.warning("notice is not sent", notice=notice.id, error=columns["error"])


async def account_for(connection: AsyncConnection, accounts: Accounts, kind: AddressKind) -> str | None:
    """The account through which notices to such addresses go; None where none can send them now."""
    able = [each.id for each in accounts if _CHANNELS[kind] in each.provider.channels]
    statuses = await account_statuses(connection) if able else {}
    return next((each for each in able if not (each in statuses and statuses[each].paused)), None)


def _columns(notice: Due, outcome: Outcome, now: datetime) -> dict[str, object]:
    over = {"claimed_until": None, "attempt_started_at": None, "updated_at": now}
    if isinstance(outcome, Sent):
        return {**over, "status": NoticeStatus.SENT, "sent_at": now, "error": None, "error_reason": None}
    code = outcome.code if isinstance(outcome, Refused) else "outcome_unknown"
    failed = {**over, "error": code[:64], "error_reason": outcome.reason}
    if isinstance(outcome, Refused) and outcome.retryable:
        return {**failed, "due_at": now + timedelta(seconds=backoff(notice.attempts, jitter()))}
    return {**failed, "status": NoticeStatus.FAILED}
