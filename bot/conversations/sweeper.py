"""Gives pending messages their turns: those committed under overload, and those whose turn was put off."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.conversations.batch import HeldError, take_pending
from bot.conversations.queries import contacts_due, put_off
from bot.conversations.rounds import MAX_SAVEPOINTS, ActionFailedError
from bot.conversations.runner import MAX_AGE
from bot.conversations.telling import tell_parked
from bot.core.clock import Clock
from bot.core.hints import Topic
from bot.db.engine import reading
from bot.db.faults import is_contention, is_outage
from bot.db.hub import hint
from bot.flows.service import Catalogue

INTERVAL = 1.0
"""Seconds between two looks when nothing is pending."""
MAX_CONTACTS = 50
"""Contacts in one transaction."""
MAX_MESSAGES = 100
"""Turns in one transaction; more would keep a serving process from its requests."""

log = structlog.get_logger()


@dataclass(slots=True)
class Sweeper:
    """Runs the turns that intake left pending; the same code, the same order per contact.

    Attributes:
        max_age: what was older than this when it came is not answered; how long it waited here does not count.
    """

    engine: AsyncEngine
    catalogue: Catalogue
    clock: Clock
    on_queued: Callable[[], None]
    max_age: timedelta = MAX_AGE
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Sweep until `stop`; whatever fails is waited for."""
        pause = 0.0
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stopping.wait()
            try:
                swept = await self.sweep()
            except Exception as error:  # noqa: BLE001 - pending turns have to outlive every fault of their surroundings
                log.warning("pending turns wait for the database", error=type(error).__name__)
                pause = min(max(pause, INTERVAL) * 2, 30.0)
            else:
                pause = 0.0 if swept else INTERVAL

    def stop(self) -> None:
        """Let `run` return after the transaction under way."""
        self._stopping.set()

    async def sweep(self) -> int:
        """Give every contact that is due its pending turns; returns how many contacts that were."""
        async with reading(self.engine) as connection:
            due = await contacts_due(connection, self.clock(), MAX_CONTACTS)
        if due:
            await self._take(due)
        return len(due)

    async def _take(self, contact_ids: Sequence[str], limit: int = MAX_MESSAGES, *, apart: bool = False) -> None:
        now = self.clock()
        try:
            async with self.engine.begin() as connection:
                taken = await take_pending(
                    connection, self.catalogue, contact_ids, now, limit, self.max_age, apart=apart
                )
        except ActionFailedError:
            await self._take(contact_ids, min(limit, MAX_SAVEPOINTS), apart=True)
            return
        except HeldError as error:
            for contact_id in sorted(error.contact_ids):
                await self._put_off(contact_id, error, at_once=False)
            others = [each for each in contact_ids if each not in error.contact_ids]
            if others:
                await self._take(others, limit, apart=apart)
            return
        except Exception as error:
            if is_outage(error):
                raise
            await self._isolate(contact_ids, limit, error)
            return
        taken.report()
        if taken.queued:
            self.on_queued()

    async def _isolate(self, contact_ids: Sequence[str], limit: int, error: Exception) -> None:
        """A fault costs only the message that carries it: one that meets a lock waits, another is parked."""
        if len(contact_ids) > 1:
            for contact_id in contact_ids:
                await self._take([contact_id], limit)
            return
        contention = is_contention(error)
        if limit > 1 and not contention:
            await self._take(contact_ids, 1)
            return
        await self._put_off(contact_ids[0], error, at_once=not contention)

    async def _put_off(self, contact_id: str, error: Exception, *, at_once: bool) -> None:
        """Let a contact's first pending turn wait longer, or park it: at last, or `at_once`."""
        async with self.engine.begin() as connection:
            now = self.clock()
            note = await put_off(connection, contact_id, now, error, at_once=at_once)
            if note is not None:
                await tell_parked(connection, note.message_id, now)
                hint(connection, Topic.MESSAGES, [contact_id])
        if note is None:
            log.warning("pending turn put off", contact=contact_id, error=type(error).__name__)
        else:
            note.report()
