"""Recording what came of an attempt to send."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import literal_column, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.service import set_consent
from bot.core.backoff import BASE_SECONDS, backoff
from bot.core.clock import utc_now
from bot.core.ids import jitter
from bot.core.messages import Status
from bot.db.clock import database_now
from bot.messages.claims import Claimed
from bot.messages.models import Message
from bot.messages.statuses import apply_kept
from bot.providers.base import Outcome, Refused, Sent

MAX_ATTEMPTS = 30
"""A message that does not expire is given up after so many; where only the operator can mend it, it waits."""
LONGEST_RETRY_AFTER = 86_400.0
"""Seconds; a provider that asks for more is asked again after a day."""


async def record(connection: AsyncConnection, claimed: Claimed, owner: str, outcome: Outcome) -> bool:
    """Write down the outcome of `owner`'s attempt; False when the claim is no longer its own.

    That happens when a status callback came first, or when the lease ended and another process took over: both know
    more than this attempt does. After an unknown outcome the message is due again when its wait is over, as the claim
    itself has set it. Raises IntegrityError when another message has the provider's id.
    """
    match outcome:
        case Sent(provider_message_id):
            sent = {"provider_message_id": provider_message_id or None, "error": None, "error_reason": None}
            mine = await _release(connection, claimed, owner, {**_settled(Status.SENT), **sent})
            if mine:
                await apply_kept(connection, utc_now(), provider_message_id=provider_message_id)
            return mine
        case Refused() if (outcome.retryable or outcome.operator) and not _given_up(claimed, outcome):
            at = _next_attempt(claimed, outcome, await database_now(connection))
            waiting = {"next_attempt_at": at, "attempt_started_at": None, **_error(outcome)}
            return await _release(connection, claimed, owner, waiting)
        case Refused():
            mine = await _release(connection, claimed, owner, {**_settled(Status.FAILED), **_error(outcome)})
            if mine and outcome.opted_out:
                await set_consent(
                    connection,
                    claimed.address_id,
                    claimed.message.channel,
                    opted_in=False,
                    reason="provider",
                    now=utc_now(),
                )
            return mine
        case _:
            return await _release(connection, claimed, owner, {})


async def _release(connection: AsyncConnection, claimed: Claimed, owner: str, values: dict[str, Any]) -> bool:
    """End the claim with `values`; False when it is no longer ours."""
    statement = (
        update(Message)
        .where(
            Message.id == claimed.message.id,
            Message.claimed_by == owner,
            Message.attempts == claimed.attempt,
            Message.status == literal_column("'queued'"),
        )
        .values(claimed_by=None, claimed_until=None, **values)
    )
    return (await connection.execute(statement)).rowcount == 1


def _settled(status: Status) -> dict[str, Any]:
    return {"status": status, "attempt_started_at": None, "next_attempt_at": None}


def _error(refused: Refused) -> dict[str, str]:
    return {"error": refused.code[:64], "error_reason": refused.reason}


def _given_up(claimed: Claimed, refused: Refused) -> bool:
    return claimed.expires_at is None and not refused.operator and claimed.attempt >= MAX_ATTEMPTS


def _next_attempt(claimed: Claimed, refused: Refused, now: datetime) -> datetime:
    """When to try again; not after the message's expiry, so that it fails then instead of holding up its followers."""
    if refused.retry_after is None:
        delay = backoff(claimed.attempt, jitter())
    else:
        # A little later than asked, spread out, so that many do not return at the same moment.
        delay = min(max(refused.retry_after, 0.0), LONGEST_RETRY_AFTER) + BASE_SECONDS * jitter() / 2
    at = now + timedelta(seconds=delay)
    return at if claimed.expires_at is None else min(at, claimed.expires_at)
