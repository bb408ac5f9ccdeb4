"""Sending many messages at once: replies first, then notices, then bulk, each account within its share of the slots."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from bot.core.purposes import Lane
from bot.messages.outbox.claimed import Claimed
from bot.messages.outbox.places import Places


class Senders:
    """Sends what it is given, the messages of an account's lane in the order in which they came."""

    def __init__(
        self, group: asyncio.TaskGroup, slots: Places, send: Callable[[Claimed, float], Awaitable[None]]
    ) -> None:
        """None at work yet.

        Args:
            group: in which they work.
            slots: how many may be at work, by account and lane.
            send: sends one message, which may begin until a moment of the loop's clock; raises nothing.
        """
        self._group = group
        self._slots = slots
        self._send = send
        self._waiting: dict[Lane, dict[str, deque[tuple[Claimed, float]]]] = {lane: {} for lane in Lane}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def have_enough(self) -> bool:
        """Whether some message waits for a slot."""
        return any(self._waiting.values())

    @property
    def replies_wait(self) -> bool:
        """Whether some reply waits for a slot."""
        return bool(self._waiting[Lane.REPLY])

    def put(self, claimed: Claimed, until: float) -> None:
        """Let `claimed` be sent once its account has a slot for its lane; `start` begins."""
        self._waiting[claimed.lane].setdefault(claimed.message.account, deque()).append((claimed, until))

    def start(self) -> None:
        """Begin with as much as there are slots for."""
        for lane, waiting in self._waiting.items():
            for account in tuple(waiting):
                while account in waiting and self._slots.room(account, lane):
                    self._slots.take(account, lane)
                    task = self._group.create_task(self._work(*_next(waiting, account)))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)

    def withdraw(self) -> list[Claimed]:
        """Take back the notices and bulk that wait for a slot: nothing of them was sent."""
        found = []
        for lane in (Lane.NOTICE, Lane.BULK):
            found += [claimed for waiting in self._waiting[lane].values() for claimed, _until in waiting]
            self._waiting[lane].clear()
        return found

    def cancel(self) -> None:
        """Cut off what is under way, and forget what waits."""
        for waiting in self._waiting.values():
            waiting.clear()
        for task in self._tasks:
            task.cancel()

    async def _work(self, claimed: Claimed, until: float) -> None:
        """Send one message, and let the next one begin."""
        try:
            await self._send(claimed, until)
        finally:
            self._slots.give(claimed.message.account, claimed.lane)
            self.start()


def _next(waiting: dict[str, deque[tuple[Claimed, float]]], account: str) -> tuple[Claimed, float]:
    of_account = waiting[account]
    found = of_account.popleft()
    if not of_account:
        del waiting[account]
    return found
