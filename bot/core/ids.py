"""The one place that makes ids and random tokens.

An id is a CUID: 25 characters, `c` first, base 36, sorted by creation time, safe in a URL, made without asking
the database. Layout: `c`, 8 characters of milliseconds since 1970, 4 of a counter within the millisecond,
12 random ones.
"""

import secrets
import threading

from bot.core.clock import utc_now

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_COUNTER_SPAN = 36**4
_RANDOM_SPAN = 36**12

_lock = threading.Lock()
_last = (0, 0)


def new_id() -> str:
    """A fresh id; ids made later in this process sort later.

    >>> len(new_id())
    25
    """
    global _last  # noqa: PLW0603 - the counter within a millisecond is the process's own
    with _lock:
        millis, counter = int(utc_now().timestamp() * 1000), 0
        if millis <= _last[0]:
            millis, counter = _last[0], _last[1] + 1
            if counter == _COUNTER_SPAN:
                millis, counter = millis + 1, 0
        _last = (millis, counter)
    return f"c{_base36(millis, 8)}{_base36(counter, 4)}{_base36(secrets.randbelow(_RANDOM_SPAN), 12)}"


def new_token() -> str:
    """An unguessable, URL-safe token of 32 characters."""
    return secrets.token_urlsafe(24)


def jitter() -> float:
    """A random fraction in [0, 1), for backoff."""
    return secrets.randbelow(1 << 30) / (1 << 30)


def _base36(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, rest = divmod(number, 36)
        digits.append(_DIGITS[rest])
    return "".join(reversed(digits))
