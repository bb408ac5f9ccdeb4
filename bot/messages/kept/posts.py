"""Posts kept raw: each once, and all of them within a bound; the oldest make way."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.hints import Topic
from bot.db.hub import hint
from bot.messages.kept import queries
from bot.messages.kept.raw_post import RawPost
from bot.web import metrics

MOST_IN_ALL = 256 * 1024 * 1024
"""Bytes of all posts together, where the operator says nothing else."""
_BETWEEN_LOOKS = 32
"""The bound is looked after each time that this part of it was added."""

log = structlog.get_logger()


async def keep(
    connection: AsyncConnection,
    post: RawPost,
    kind: str,
    detail: Mapping[str, Any] | None,
    account: str | None,
    now: datetime,
) -> int:
    """Keep a post because of what is not understood of it; returns how many bytes that took.

    Args:
        connection: the caller's transaction.
        post: as it came; one that is kept for this kind already is passed over.
        kind: `unknown`, `unknown_account` or `cleaned`.
        detail: what was made of it, JSON.
        account: our side, where it is known.
        now: when it came.
    """
    kept, digest = await post.kept(), post.digest
    there = set() if digest is None else await queries.kinds_of(connection, post.provider, digest)
    if kind in there:
        return 0
    event: queries.PostRow = {
        "provider": post.provider,
        "kind": kind,
        "payload": None if there else kept.body,
        "size": len(post.body),
        "cut": kept.cut,
        "digest": digest,
        "request": None if post.described is None else dict(post.described),
        "detail": None if detail is None else dict(detail),
        "account": account,
        "received_at": now,
    }
    await queries.insert_post(connection, event)
    hint(connection, Topic.POSTS, None)
    return queries.BYTES_OF_A_ROW + (0 if there else len(kept.body))


@dataclass(slots=True)
class Bound:
    """Holds all that is kept raw below a number of bytes, but for the little that comes between two looks.

    Attributes:
        most: bytes in all.
        is_due: so much was added that it is time to `trim`.
    """

    most: int = MOST_IN_ALL
    is_due: bool = False
    # A process begins with a look, since it does not know what is there.
    _since_look: float = float("inf")

    def grown(self, by: int) -> None:
        """So many bytes were added, and are committed."""
        self._since_look += by
        if by and self._since_look * _BETWEEN_LOOKS > self.most:
            self.is_due = True

    def held(self, dropped: int) -> None:
        """All is within the bound again, for which so many posts had to go."""
        self._since_look = 0
        if dropped:
            metrics.KEPT_DROPPED.inc(dropped)
            log.warning("kept posts dropped", events=dropped, mend="BOT_KEPT_MAX says how many bytes are kept")
