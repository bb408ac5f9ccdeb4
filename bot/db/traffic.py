"""Who writes to the bot goes first: what people look at is worked out in the gaps, a little at a time.

One process has one core for both. A page takes some milliseconds of it, and a turn that came meanwhile would wait for
all of them at its every step.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_REST = 7.0
"""How many times as long as a piece of other work took, it rests: it has an eighth of the process's time at most."""
PATIENCE_SECONDS = 0.5
"""How long one page rests in all; whoever looks is a person, too."""


@dataclass(slots=True)
class Traffic:
    """What is under way in this process for those who write to the bot."""

    _under_way: int = 0

    @property
    def is_under_way(self) -> bool:
        """Whether anything is."""
        return self._under_way > 0

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """Count one more for as long as it lasts."""
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1


@dataclass(slots=True)
class Courtesy:
    """Of one page: it gives way to the traffic until its patience ends."""

    traffic: Traffic
    _patience: float = field(default=PATIENCE_SECONDS)

    async def give_way(self, took: float) -> None:
        """Let all that waits meanwhile go on, and rest where there is traffic, by how many seconds a piece took."""
        rest = min(_REST * took, self._patience) if self.traffic.is_under_way else 0.0
        self._patience -= rest
        await asyncio.sleep(rest)
