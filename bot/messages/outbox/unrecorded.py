"""Attempts that ended, until what came of them is in the database."""

from collections.abc import Callable
from datetime import timedelta

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.db.faults import is_contention, is_outage
from bot.messages.outbox import outcomes
from bot.messages.outbox.claimed import Claimed
from bot.messages.outbox.outcomes import Attempt
from bot.providers.base import Sent

log = structlog.get_logger()


class Unrecorded:
    """Those of this process, in the order in which they ended."""

    def __init__(self, engine: AsyncEngine, wait: timedelta, settled: Callable[[Claimed], None]) -> None:
        """None yet.

        Args:
            engine: the database.
            wait: how long an attempt of unknown outcome waits for a status callback.
            settled: told of each that needs no more recording.
        """
        self._engine = engine
        self._wait = wait
        self._settled = settled
        self._attempts: list[Attempt] = []

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._attempts)

    def add(self, attempt: Attempt) -> None:
        """Keep it until it is settled."""
        self._attempts.append(attempt)

    def so_far(self) -> list[Attempt]:
        """Those that ended by now."""
        return self._attempts.copy()

    async def record(self, connection: AsyncConnection, ended: list[Attempt]) -> None:
        """Write down what came of those that `ended` first, to be settled once that is committed."""
        if ended:
            await outcomes.record(connection, ended, wait=self._wait)

    async def record_apart(self, ended: list[Attempt]) -> None:
        """Record and settle each in a transaction of its own, so that none suffers from another's fault."""
        self.settle(ended, [attempt for attempt in ended if not await self._recorded(attempt)])

    def settle(self, ended: list[Attempt], waiting: list[Attempt]) -> None:
        """Of those that `ended` first, only `waiting` are still to be recorded."""
        self._attempts[: len(ended)] = waiting
        still_here = {id(attempt) for attempt in waiting}
        for attempt in ended:
            if id(attempt) not in still_here:
                self._settled(attempt.claimed)

    async def _recorded(self, attempt: Attempt) -> bool:
        """Record one outcome; False when it is worth another try."""
        claimed, outcome = attempt.claimed, attempt.outcome
        try:
            async with self._engine.begin() as connection:
                await outcomes.record(connection, [attempt], wait=self._wait)
        except Exception as error:  # noqa: BLE001 - an outcome that is lost counts as unknown
            if isinstance(error, IntegrityError) and isinstance(outcome, Sent) and outcome.provider_message_id:
                # The provider gave an id that it had given before. The message went out all the same.
                log.warning("provider gave an id twice", message=claimed.message.id)
                return await self._recorded(attempt._replace(outcome=Sent("")))
            if is_outage(error) or is_contention(error):
                log.warning("outcome waits for the database", message=claimed.message.id, error=type(error).__name__)
                return False
            log.error(  # noqa: TRY400 - the error's own text may quote a person
                "outcome not recorded, so it counts as unknown",
                message=claimed.message.id,
                error=type(error).__name__,
            )
        return True
