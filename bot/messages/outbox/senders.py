"""Sending many messages at once, each account within its share of the slots."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from bot.core.shares import Shares
from bot.messages.outbox.claims import Claimed


class Senders:
    """Sends what it is given, an account's messages in the order in which they came."""

    def __init__(
        self, group: asyncio.TaskGroup, slots: Shares, send: Callable[[Claimed, float], Awaitable[None]]
    ) -> None:
        """None at work yet.

        Args:
            group: in which they work.
            slots: how many may be at work, by account.
            send: sends one message, which may begin until a moment of the loop's clock; raises nothing.
        """
        self._group = group
        self._slots = slots
        self._send = send
        self._waiting: dict[str, deque[tuple[Claimed, float]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def have_enough(self) -> bool:
        """Whether some message waits for a slot."""
        return bool(self._waiting)

    def put(self, claimed: Claimed, until: float) -> None:
        """Let `claimed` be sent once its account has a slot; `start` begins."""
        self._waiting.setdefault(claimed.message.account, deque()).append((claimed, until))

    def start(self) -> None:
        """Begin with as much as there are slots for."""
        for account in tuple(self._waiting):
            while account in self._waiting and self._slots.room(account):
                self._slots.take(account)
                task = self._group.create_task(self._work(account, *self._next(account)))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    def cancel(self) -> None:
        """Cut off what is under way, and forget what waits."""
        self._waiting.clear()
        for task in self._tasks:
            task.cancel()

    async def _work(self, account: str, claimed: Claimed, until: float) -> None:
        """Send one message after the other, for as long as the account has any."""
        try:
            await self._send(claimed, until)
            while account in self._waiting:
                await self._send(*self._next(account))
        finally:
            self._slots.give(account)
            self.start()

    def _next(self, account: str) -> tuple[Claimed, float]:
        waiting = self._waiting[account]
        found = waiting.popleft()
        if not waiting:
            del self._waiting[account]
        return found
