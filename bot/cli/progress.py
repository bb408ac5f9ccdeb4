"""Tells on standard error how far long work is."""

import sys
from collections.abc import Callable
from time import monotonic

_QUIET_SECONDS = 2.0
_TELL_SECONDS = 1.0


def telling(words: Callable[[int], str]) -> Callable[[int], None]:
    """Gives what is to be called with how much is done: it tells that in `words` once a second, after two of them."""
    told = monotonic() + _QUIET_SECONDS - _TELL_SECONDS

    def tell(done: int) -> None:
        nonlocal told
        if monotonic() - told >= _TELL_SECONDS:
            told = monotonic()
            sys.stderr.write(f"{words(done)}\n")

    return tell
