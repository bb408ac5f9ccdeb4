"""A delivery that is this process's to make, and an attempt at it that is over."""

from datetime import datetime, timedelta
from typing import NamedTuple

from bot.endpoints.kinds import AttemptError


class Claimed(NamedTuple):
    """A delivery that is this process's until its lease ends.

    Attributes:
        number: the delivery's.
        endpoint_id: to whom.
        event_id: what is told.
        payload: the body.
        url: where to.
        keys: that sign it, the newest first; empty where no key of ours opens its secret.
        attempt: which claim this is, from 1; no other claim of the delivery has the same, so that an outcome that comes
            after the claim was lost changes nothing.
        tries: attempts that failed before.
    """

    number: int
    endpoint_id: str
    event_id: str
    payload: bytes
    url: str
    keys: tuple[bytes, ...]
    attempt: int
    tries: int


class Outcome(NamedTuple):
    """What came of one request.

    Attributes:
        error: why it failed; None where it did not.
        status: the answer's; None for none.
        milliseconds: until the answer, or until there was to be none.
        answer: the beginning of the answer's body.
        asked: how long it asks to be left alone; None where it does not say.
    """

    error: AttemptError | None
    status: int | None
    milliseconds: int
    answer: str
    asked: timedelta | None = None


class Attempt(NamedTuple):
    """An attempt that is over.

    Attributes:
        claimed: the delivery and its claim.
        started_at: when it began.
        outcome: what came of it.
    """

    claimed: Claimed
    started_at: datetime
    outcome: Outcome
