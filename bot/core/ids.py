"""The one place that makes ids and random tokens.

An id is a CUID: 25 characters, `c` first, base 36, sorted by creation time, safe in a URL, made without asking
the database. Layout: `c`, 8 characters of milliseconds since 1970, 4 of a counter within the millisecond,
12 random ones.
"""

import secrets
import threading
from functools import lru_cache

from bot.core.clock import utc_millis

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_CODE_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_CODE_LENGTH = 16
_PAIRS = tuple(high + low for high in _DIGITS for low in _DIGITS)
_PAIR_SPAN = 36**2
_COUNTER_SPAN = 36**4
_RANDOM_DIGITS = 12
# Of 256 bytes the first four digits get eight, the others seven: two ids of one counter meet 1.02 times as often as
# with even chances, at a third of the price of dividing a random number.
_DIGIT_OF_BYTE = bytes(ord(_DIGITS[byte % len(_DIGITS)]) for byte in range(256))

_lock = threading.Lock()
_last = (0, 0)


def new_id() -> str:
    """A fresh id; ids made later in this process sort later.

    >>> len(new_id())
    25
    """
    global _last  # noqa: PLW0603 - the counter within a millisecond is the process's own
    with _lock:
        millis, counter = utc_millis(), 0
        if millis <= _last[0]:
            millis, counter = _last[0], _last[1] + 1
            if counter == _COUNTER_SPAN:
                millis, counter = millis + 1, 0
        _last = (millis, counter)
    # Never read ahead: a forked process would give out the same digits.
    chance = secrets.token_bytes(_RANDOM_DIGITS).translate(_DIGIT_OF_BYTE).decode()
    return f"{_moment(millis)}{_four(counter)}{chance}"


def new_token() -> str:
    """An unguessable, URL-safe token of 32 characters."""
    return secrets.token_urlsafe(24)


def new_key() -> bytes:
    """32 unguessable bytes, for signing."""
    return secrets.token_bytes(32)


def new_code() -> str:
    """An unguessable code that people copy by hand: 80 bits in four groups, without letters that look like others.

    >>> len(new_code())
    19
    """
    letters = "".join(secrets.choice(_CODE_LETTERS) for _ in range(_CODE_LENGTH))
    return "-".join(letters[start : start + 4] for start in range(0, _CODE_LENGTH, 4))


def new_number() -> str:
    """A number that people say and type: 13 digits, the first never 0, the last one a check of the others (Luhn's).

    >>> len(new_number())
    13
    """
    digits = str(secrets.randbelow(9 * 10**11) + 10**11)
    doubled = (int(digit) * (2 - at % 2) for at, digit in enumerate(reversed(digits)))
    return digits + str(-sum(each - 9 if each > 9 else each for each in doubled) % 10)  # noqa: PLR2004 - two digits


def jitter() -> float:
    """A random fraction in [0, 1), for backoff."""
    return secrets.randbelow(1 << 30) / (1 << 30)


@lru_cache(maxsize=1)
def _moment(millis: int) -> str:
    # A batch makes hundreds of ids within one.
    return f"c{_four(millis // _COUNTER_SPAN)}{_four(millis)}"


def _four(number: int) -> str:
    """The last four digits of `number` in base 36; two at a time from a table, since every row has an id."""
    return _PAIRS[number // _PAIR_SPAN % _PAIR_SPAN] + _PAIRS[number % _PAIR_SPAN]
