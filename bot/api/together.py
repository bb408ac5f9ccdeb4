"""Requests that come at the same moment, carried out in one transaction: a commit costs fifty what it costs one.

The first sets out at once, and while it is under way the next ones gather. None depends on another: what cannot be
done beside the others, and whatever a fault meets, is told to be carried out by itself. Where a fault meets the commit
nobody knows whether it is done: what has a key is asked for once more by it, and the others are told of the fault.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.api import idempotency
from bot.api.answers import without_secrets
from bot.api.operations import Call, Operation
from bot.api.problems import ProblemError
from bot.api.shapes import Shown
from bot.db.faults import is_contention
from bot.web.keys import ENGINE

MOST = 50
"""Requests in one transaction."""


class Asked(NamedTuple):
    """A request that waits for its batch.

    Attributes:
        call: what is asked for.
        key: by which it is done once; None for none.
    """

    call: Call[Any, Any]
    key: idempotency.Key | None


class Together:
    """The requests for one operation."""

    def __init__(self, app: web.Application, operation: Operation) -> None:
        self._app, self._operation = app, operation
        self._waiting: deque[tuple[Asked, asyncio.Future[Shown | Exception | None]]] = deque()
        self._under_way: asyncio.Task[None] | None = None

    async def ask(self, asked: Asked) -> Shown | None:
        """What it came to; None where it is to be carried out by itself.

        Raises ProblemError where it is refused, and whatever kept it from being certain that it is done.
        """
        told: asyncio.Future[Shown | Exception | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, told))
        if self._under_way is None:
            self._under_way = asyncio.create_task(self._run())
        result = await told
        if isinstance(result, Exception):
            raise result
        return result

    async def _run(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST))]
            results = await self._carried_out([asked for asked, _told in batch])
            for (_asked, told), result in zip(batch, results, strict=True):
                # Whoever asked may have gone.
                if not told.done():
                    told.set_result(result)
        self._under_way = None

    async def _carried_out(self, batch: Sequence[Asked]) -> Sequence[Shown | Exception | None]:
        results: Sequence[Shown | ProblemError | None] = [None] * len(batch)
        try:
            async with self._app[ENGINE].begin() as connection:
                results = await self._in_one(connection, batch)
        except Exception as error:  # noqa: BLE001 - each is carried out by itself, and tells of a fault that is its own
            return [_uncertain(asked, result, error) for asked, result in zip(batch, results, strict=True)]
        return results

    async def _in_one(
        self, connection: AsyncConnection, batch: Sequence[Asked]
    ) -> Sequence[Shown | ProblemError | None]:
        assert self._operation.handle_all is not None  # noqa: S101 - else there is nothing to gather
        mine = await _claimed(connection, batch)
        handled = await self._operation.handle_all(connection, [batch[at].call for at in mine]) if mine else ()
        results: list[Shown | ProblemError | None] = [None] * len(batch)
        done: list[tuple[idempotency.Key, idempotency.Kept]] = []
        undone: list[idempotency.Key] = []
        for at, result in zip(mine, handled, strict=True):
            results[at], key = result, batch[at].key
            if key is None:
                continue
            if isinstance(result, Shown):
                kept = without_secrets(self._operation, result)
                done.append((key, idempotency.Kept(kept.status, kept.body)))
            else:
                undone.append(key)
        await idempotency.keep_all(connection, done)
        await idempotency.release_all(connection, undone)
        return results


def _uncertain(asked: Asked, result: Shown | ProblemError | None, error: Exception) -> Exception | None:
    """What is told of a request when the commit of its `result` failed: without a key it is not done once more."""
    return None if not isinstance(result, Shown) or asked.key is not None or is_contention(error) else error


async def _claimed(connection: AsyncConnection, batch: Sequence[Asked]) -> Sequence[int]:
    """Which of them may go on here: those without a key, and those that are the first with theirs."""
    first = {each.key[:2]: at for at, each in reversed(list(enumerate(batch))) if each.key is not None}
    keys = [key for at in first.values() if (key := batch[at].key) is not None]
    free = await idempotency.claimed_all(connection, keys, batch[0].call.now) if keys else frozenset()
    return [at for at, each in enumerate(batch) if each.key is None or (each.key in free and first[each.key[:2]] == at)]
