"""Queueing more than one transaction should hold: due work, in slices, that goes on wherever it was interrupted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversations.job_services import JobServices
from bot.conversations.sending.keepable import keepable
from bot.conversations.sending.kept_requests import contacts_of, requests_at, to_payload
from bot.conversations.sending.queue import queue_where_free
from bot.conversations.sending.requests import MAX_REQUESTS, Refused, SendRequest
from bot.jobs.service import Context, Handler, NewJob, Progress, schedule

TYPE = "send"
PAUSE = timedelta(seconds=2)
"""Until a job looks again that waits for nobody but contacts whom somebody else has locked."""


async def queue_later(
    connection: AsyncConnection, requests: Sequence[SendRequest], key: str, now: datetime
) -> str | None:
    """Let any number of requests be queued once the caller has committed; gives the job, None where the key was used.

    The job's checkpoint tells what was refused and why. A request without a key of its own is queued once, too.

    Args:
        connection: in a transaction.
        requests: in the order in which they are queued.
        key: makes asking twice queue once.
        now: the moment.
    """
    payload = to_payload([keepable(each) for each in requests])
    (job_id,) = await schedule(connection, [NewJob(TYPE, key, now, payload)])
    return job_id


@dataclass(slots=True)
class _Checkpoint:
    """How far a job is.

    Attributes:
        next: the first request that no slice has looked at.
        held: those whose contact somebody else had locked, and later ones of the same contacts.
        refused: position, code and detail of each that was refused.
    """

    next: int
    held: list[int]
    refused: list[tuple[int, str, str]]

    def to_json(self) -> dict[str, Any]:
        return {"next": self.next, "held": self.held, "refused": self.refused}


async def _run(context: Context[JobServices]) -> Progress:
    """Queue what no slice has looked at, and then, as soon as they can be had, for those whom somebody held."""
    whose = contacts_of(context.job.payload)
    at = _Checkpoint(**(context.job.checkpoint or {"next": 0, "held": [], "refused": []}))
    if at.next == len(whose) and not at.held:
        return Progress(done=at.next, total=at.next)
    places, late = _places(at, whose)
    asked = [each for each in places if whose[each] not in late]
    outcomes = await queue_where_free(
        context.connection,
        context.services.catalogue.definitions,
        requests_at(context.job.payload, asked),
        context.now,
    )
    for place, outcome in zip(asked, outcomes, strict=True):
        if outcome is None:
            late.add(whose[place])
        elif isinstance(outcome, Refused):
            at.refused.append((place, outcome.code, outcome.detail))
    # Behind all others who wait, and what is for one contact in its order.
    behind = sorted(each for each in (*at.held, *places) if whose[each] in late)
    at.held = [each for each in at.held if whose[each] not in late] + behind
    in_vain = bool(outcomes) and all(outcome is None for outcome in outcomes)
    return Progress(
        done=at.next - len(at.held),
        total=len(whose),
        checkpoint=at.to_json(),
        pause=PAUSE if in_vain and at.next == len(whose) else timedelta(),
    )


def _places(at: _Checkpoint, whose: Sequence[str]) -> tuple[Sequence[int], set[str]]:
    """What this slice looks at, and the contacts behind whose earlier requests, which wait, it is to wait."""
    if at.next < len(whose):
        fresh = range(at.next, min(at.next + MAX_REQUESTS, len(whose)))
        at.next = fresh.stop
        return fresh, {whose[each] for each in at.held}
    again, at.held = at.held[:MAX_REQUESTS], at.held[MAX_REQUESTS:]
    return again, set()


HANDLERS: Mapping[str, Handler[JobServices]] = {TYPE: Handler(_run)}
