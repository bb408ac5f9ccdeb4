"""Telling what goes on, for everything that takes longer than a moment."""

import time

_BEGAN = time.perf_counter()


def say(line: str) -> None:
    """Print `line` after the seconds since the start."""
    print(f"[{time.perf_counter() - _BEGAN:5.0f} s] {line}", flush=True)
