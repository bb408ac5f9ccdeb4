"""The accounts' token buckets: one rate for all processes, kept in the database."""

from datetime import datetime

from bot.channels.models import Account
from bot.db.bulk import BulkUpdate

LEAVE = BulkUpdate(Account, "id", ("tokens", "tokens_at"))
"""Leaves tokens in the buckets of accounts that are locked."""


def refilled(rate: float, tokens: float, tokens_at: datetime | None, now: datetime) -> float:
    """What a bucket that held `tokens` at `tokens_at` holds by `now`; never more than a second's worth, or one."""
    burst = max(1.0, rate)
    if tokens_at is None:
        return burst
    # Whoever took the last token may have read the clock after us.
    elapsed = max(0.0, (now - tokens_at).total_seconds())
    return min(burst, tokens + elapsed * rate)
