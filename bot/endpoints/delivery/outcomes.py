"""Recording what came of attempts, for all that ended meanwhile at once; and what that says of their endpoints."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import record as record_audit
from bot.core.actors import SYSTEM
from bot.core.hints import Topic
from bot.core.ids import jitter, new_id
from bot.db.bulk import together
from bot.db.hub import hint
from bot.endpoints.delivery import queries
from bot.endpoints.delivery.claimed import Attempt
from bot.endpoints.kinds import AttemptError, DeliveryStatus, DisabledReason
from bot.endpoints.reading import origin_of
from bot.endpoints.rules import has_failed_through, wait_after

log = structlog.get_logger()


async def record(connection: AsyncConnection, attempts: Sequence[Attempt], now: datetime) -> None:
    """Write down each attempt, and end the claims of those whose claim still is theirs.

    What a delivery that has ended held up is brought forward. An endpoint where everything has failed for a day, or
    that says that it is gone, is disabled: the audit and the log say so, and what waits for it goes on waiting.

    Args:
        connection: in a transaction.
        attempts: in any order.
        now: the moment, by the database's clock.
    """
    ordered = sorted(attempts, key=lambda each: each.claimed.number)
    settled = await together(
        connection,
        (queries.INSERT_ATTEMPTS, [_attempt_row(each) for each in ordered]),
        (queries.SETTLE, [_settled(each, now) for each in ordered]),
    )
    ended = sorted(row.number for row in settled if row.status != DeliveryStatus.PENDING)
    if ended:
        await connection.execute(queries.BRING_FORWARD, {"numbers": ended, "now": now})
    await _judge(connection, ordered, now)
    hint(connection, Topic.ENDPOINTS, {each.claimed.endpoint_id for each in ordered})


def _attempt_row(attempt: Attempt) -> dict[str, object]:
    outcome = attempt.outcome
    return {
        "id": new_id(),
        "delivery": attempt.claimed.number,
        "attempt": attempt.claimed.attempt,
        "started_at": attempt.started_at,
        "milliseconds": outcome.milliseconds,
        "status": outcome.status,
        "error": outcome.error,
        "answer": outcome.answer,
    }


def _settled(attempt: Attempt, now: datetime) -> dict[str, object]:
    claimed = attempt.claimed
    tries = claimed.tries if attempt.outcome.error is None else claimed.tries + 1
    wait = None if attempt.outcome.error is None else wait_after(tries, jitter(), attempt.outcome.asked)
    if attempt.outcome.error is None:
        status = DeliveryStatus.DELIVERED
    else:
        status = DeliveryStatus.FAILED if wait is None else DeliveryStatus.PENDING
    return {
        "number": claimed.number,
        "attempts": claimed.attempt,
        "status": status,
        "due_at": now if wait is None else now + wait,
        "tries": tries,
        "claimed_by": None,
        "claimed_until": None,
        "ended_at": None if status is DeliveryStatus.PENDING else now,
        "updated_at": now,
    }


async def _judge(connection: AsyncConnection, attempts: Sequence[Attempt], now: datetime) -> None:
    """See from what came of attempts how their endpoints are, in the order of their ids."""
    by_endpoint: dict[str, list[Attempt]] = {}
    for each in attempts:
        by_endpoint.setdefault(each.claimed.endpoint_id, []).append(each)
    for endpoint_id, of_one in sorted(by_endpoint.items()):
        errors = {each.outcome.error for each in of_one}
        if None in errors:
            await queries.note_success(connection, endpoint_id, now)
        else:
            since = await queries.note_failure(connection, endpoint_id, min(each.started_at for each in of_one))
            if since is not None and has_failed_through(since, now):
                await _disable(connection, endpoint_id, DisabledReason.FAILING, now)
        if AttemptError.GONE in errors:
            await _disable(connection, endpoint_id, DisabledReason.GONE, now)


async def _disable(connection: AsyncConnection, endpoint_id: str, reason: DisabledReason, now: datetime) -> None:
    url = await queries.disable(connection, endpoint_id, reason, now)
    if url is not None:
        log.error("endpoint disabled", endpoint=endpoint_id, reason=reason.value)
        detail = {"url": origin_of(url), "reason": reason.value}
        await record_audit(connection, SYSTEM, "endpoint.disable", "endpoint", endpoint_id, detail, at=now)
