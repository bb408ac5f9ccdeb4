"""Places that accounts share, some of them kept for replies."""

from bot.core.purposes import Lane
from bot.core.shares import Shares

_OF_FOUR = 3
"""Parts of the places that notices and bulk may hold."""


class Places:
    """Who holds how many places: whatever the notices and bulk of however many accounts hold, replies find some.

    No account has more than its share of all, nor its notices and bulk more than their share of three quarters.
    """

    def __init__(self, shared: int, own: int) -> None:
        """Places that nobody holds yet.

        Args:
            shared: for all accounts together.
            own: for each, beside them.
        """
        self._all = Shares(shared, own)
        self._later = Shares(shared * _OF_FOUR // 4, own * _OF_FOUR // 4)

    @property
    def held(self) -> int:
        """How many are held, by all together."""
        return self._all.held

    def room(self, account: str, lane: Lane) -> int:
        """How many more messages of `account` in `lane` may have one now."""
        room = self._all.room(account)
        return room if lane is Lane.REPLY else min(room, self._later.room(account))

    def take(self, account: str, lane: Lane, count: int = 1) -> None:
        """Let them hold so many more; whoever asks has asked for room."""
        self._all.take(account, count)
        if lane is not Lane.REPLY:
            self._later.take(account, count)

    def give(self, account: str, lane: Lane, count: int = 1) -> None:
        """Take back so many that they hold."""
        self._all.give(account, count)
        if lane is not Lane.REPLY:
            self._later.give(account, count)

    def copy(self) -> "Places":
        """The same, to reckon with."""
        other = Places(0, 0)
        other._all, other._later = self._all.copy(), self._later.copy()
        return other
