"""Counting and telling what a batch of posts came to."""

from collections import Counter

import structlog

from bot.conversations.batch import Taken
from bot.conversations.triage import Sorted
from bot.web import metrics

log = structlog.get_logger()


def report(found: Sorted, taken: Taken) -> None:
    """Count and log what was committed; what was rolled back has not happened."""
    for (provider, channel), count in Counter((name, each.channel) for name, each in found.fresh.values()).items():
        metrics.INBOUND.labels(provider=provider, channel=channel).inc(count)
    for provider, count in Counter(found.repeated).items():
        metrics.DUPLICATES.labels(provider=provider).inc(count)
    for provider, updates in found.statuses.items():
        for status, count in Counter(update.status for update in updates).items():
            metrics.STATUSES.labels(provider=provider, status=status).inc(count)
    for kept in found.kept.values():
        metrics.NOT_UNDERSTOOD.labels(provider=kept.post.provider, kind=kept.kind).inc(len(kept.items))
        if kept.post.is_cut:
            metrics.KEPT_CUT.labels(provider=kept.post.provider).inc()
        # Ids of messages may hold a phone number or a mailbox; the names of events do not.
        names = kept.items if kept.kind == "unknown" else []
        log.warning("webhook event kept", provider=kept.post.provider, kind=kept.kind, events=names)
    taken.report()
