"""Loading what stays: to look through it for garbage finds none, and takes long."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collecting_none() -> Iterator[None]:
    """Load without collections; what is there by then is not looked through again.

    It lives until it is replaced, and then goes by its reference counts.
    """
    gc.disable()
    try:
        yield
    finally:
        collect_from_now()


def collect_from_now() -> None:
    """Let there be collections again, though not of what is there by now: all is loaded, and work begins."""
    gc.freeze()
    gc.enable()
