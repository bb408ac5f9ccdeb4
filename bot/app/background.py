"""What a process does beside its requests: loops made to outlive every fault, and watched in case one does not."""

import asyncio
from collections.abc import Coroutine, Sequence

import structlog

log = structlog.get_logger()


class Background:
    """The loops of one process, by name.

    One that ends although nobody told it to never comes back by itself: only a new process mends that, so whoever asks
    after the health of this one has to hear of it.
    """

    def __init__(self) -> None:
        self._names: dict[asyncio.Task[None], str] = {}
        self._lost: list[str] = []
        self._one_lost = asyncio.Event()
        self._may_end = False

    @property
    def lost(self) -> Sequence[str]:
        """The loops that ended although nobody told them to, in that order."""
        return self._lost

    async def until_lost(self) -> None:
        """Return once there is one."""
        await self._one_lost.wait()

    def start(self, name: str, loop: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Run `loop`; `name` says what it does, in the log and in `lost`."""
        task = asyncio.get_running_loop().create_task(loop)
        self._names[task] = name
        task.add_done_callback(self._ended)
        return task

    def let_end(self) -> None:
        """From now on they are told to end, and may."""
        self._may_end = True

    def _ended(self, task: asyncio.Task[None]) -> None:
        name = self._names.pop(task)
        error = None if task.cancelled() else task.exception()
        if error is None and self._may_end:
            return
        log.critical("background work ended", name=name, exc_info=error)
        self._lost.append(name)
        self._one_lost.set()
