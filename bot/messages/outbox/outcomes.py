"""Recording what came of attempts to send, for all that ended meanwhile at once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.service import SIMULATOR
from bot.contacts.service import SetConsent, set_consents
from bot.core.backoff import BASE_SECONDS, backoff
from bot.core.clock import utc_now
from bot.core.consents import ConsentReason, Said, purpose_of
from bot.core.hints import Topic
from bot.core.ids import jitter
from bot.core.messages import Status
from bot.core.purposes import Purpose
from bot.db.bulk import together
from bot.db.clock import database_now
from bot.db.hub import hint
from bot.messages.outbox import queries
from bot.messages.outbox.claimed import Claimed
from bot.messages.outbox.pauses import hold_next, pause_after
from bot.messages.statuses import apply_kept
from bot.messages.telling import tell_left_queue
from bot.providers.base import Outcome, Refused, Sent

MAX_ATTEMPTS = 30
"""A message that does not expire is given up after so many; where only the operator can mend it, it waits."""
LONGEST_RETRY_AFTER = 86_400.0
"""Seconds; a provider that asks for more is asked again after a day."""


class Attempt(NamedTuple):
    """An attempt to send that is over.

    Attributes:
        claimed: the message and its claim.
        outcome: what came of it.
    """

    claimed: Claimed
    outcome: Outcome


async def record(connection: AsyncConnection, attempts: Sequence[Attempt], *, wait: timedelta) -> None:
    """Write down the outcomes and end the claims, of those attempts whose claim still is theirs.

    Raises IntegrityError when another message has the id that a provider gave.

    Args:
        connection: in a transaction.
        attempts: in any order.
        wait: how long after its beginning an attempt of unknown outcome waits for a status callback.
    """
    now = utc_now()
    # In the order of their ids, as status callbacks lock them.
    ordered = sorted(attempts, key=lambda each: each.claimed.message.id)
    later = [each for each in ordered if _is_tried_again(each)]
    with_files = [
        each.claimed.message for each in ordered if isinstance(each.outcome, Sent) and pause_after(each.claimed.message)
    ]
    clock = await database_now(connection) if later or with_files else now
    settled, released = [], []
    for each in ordered:
        match each.outcome:
            case Sent(provider_message_id):
                # Nobody else will ever report of what the simulator sends.
                simulated = each.claimed.message.account == SIMULATOR
                status = Status.DELIVERED if simulated else Status.SENT
                settled.append(_row(each, now, status=status, provider_message_id=provider_message_id or None))
            case Refused(code, reason) as refused:
                again = _is_tried_again(each)
                settled.append(
                    _row(
                        each,
                        now,
                        status=Status.QUEUED if again else Status.FAILED,
                        error=code[:64],
                        error_reason=reason,
                        next_attempt_at=_next_attempt(each.claimed, refused, clock) if again else None,
                    )
                )
            case _:
                released.append(_row(each, now, next_attempt_at=each.claimed.started_at + wait))
    # People are locked before messages, as in a turn.
    await _opt_out(connection, ordered, now)
    ours = await together(connection, (queries.RELEASE, released), (queries.SETTLE, settled))
    hint(connection, Topic.MESSAGES, (row.contact_id for row in ours))
    await tell_left_queue(connection, [row.id for row in ours], now)
    await hold_next(connection, with_files, clock)
    given = [each.outcome.provider_message_id for each in ordered if isinstance(each.outcome, Sent)]
    if given:
        await apply_kept(connection, now, provider_message_ids=given)


async def _opt_out(connection: AsyncConnection, attempts: Sequence[Attempt], now: datetime) -> None:
    """Remember who wants no more, by what the provider said when it refused."""
    changes = [
        SetConsent(
            each.claimed.address_id,
            each.claimed.message.channel,
            _refusal(each.outcome.opt_out, each.claimed.purpose, each.outcome.code),
        )
        for each in attempts
        if isinstance(each.outcome, Refused) and each.outcome.opt_out and not _is_tried_again(each)
    ]
    await set_consents(connection, changes, now)


def _refusal(reason: ConsentReason, sent_for: Purpose, code: str) -> Said:
    return Said(opted_in=False, reason=reason, purpose=purpose_of(reason, sent_for), detail=code)


_NOTHING = dict.fromkeys(("provider_message_id", "error", "error_reason", *queries.RELEASED, "attempt_started_at"))


def _row(attempt: Attempt, now: datetime, **values: Any) -> dict[str, Any]:
    claimed = attempt.claimed
    return {**_NOTHING, "id": claimed.message.id, "attempts": claimed.attempt, "updated_at": now, **values}


def _is_tried_again(attempt: Attempt) -> bool:
    refused, claimed = attempt.outcome, attempt.claimed
    if not isinstance(refused, Refused) or not (refused.retryable or refused.operator):
        return False
    return claimed.expires_at is not None or refused.operator or claimed.attempt < MAX_ATTEMPTS


def _next_attempt(claimed: Claimed, refused: Refused, now: datetime) -> datetime:
    """When to try again; not after the message's expiry, so that it fails then instead of holding up its followers."""
    if refused.retry_after is None:
        delay = backoff(claimed.attempt, jitter())
    else:
        # A little later than asked, spread out, so that many do not return at the same moment.
        delay = min(max(refused.retry_after, 0.0), LONGEST_RETRY_AFTER) + BASE_SECONDS * jitter() / 2
    at = now + timedelta(seconds=delay)
    return at if claimed.expires_at is None else min(at, claimed.expires_at)
