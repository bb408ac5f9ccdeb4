"""Memory for what is large and soon gone, so that nothing of it stays with the process."""

import ctypes
import mmap
from collections.abc import Callable
from functools import cache


def pages(size: int) -> mmap.mmap:
    """Memory that takes none before something is in it, and is the system's again once it is closed."""
    if hasattr(mmap, "MAP_PRIVATE"):
        return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    return mmap.mmap(-1, size)


def give_back() -> None:
    """Give free memory back to the system, where the C library has a way to: glibc keeps what small pieces took."""
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], object] | None:
    try:
        found: Callable[[int], object] = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):
        # Another C library, or Windows, which has no such handle.
        return None
    return found
