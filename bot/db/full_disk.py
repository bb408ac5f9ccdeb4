"""Whether a disk is full, for whoever asks what keeps something from being written."""

import time

from bot.db.faults import is_full

_SECONDS = 60.0
"""How long a disk counts as full of which nothing more is heard: who is told to send nothing cannot show otherwise."""


class FullDisk:
    """What one writer knows of the disk that it writes to."""

    def __init__(self) -> None:
        """A disk with room."""
        self._told_at: float | None = None

    def __bool__(self) -> bool:
        """Whether it was full the last time that something was to be written, within the last minute."""
        return self._told_at is not None and time.monotonic() < self._told_at + _SECONDS

    def heed(self, error: BaseException) -> bool:
        """Remember what kept something from being written; returns whether it was a full disk."""
        if is_full(error):
            self.tell()
            return True
        self.written()
        return False

    def tell(self) -> None:
        """It is full."""
        self._told_at = time.monotonic()

    def written(self) -> None:
        """Something was written."""
        self._told_at = None
