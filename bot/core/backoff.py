"""How long to wait before trying again."""

BASE_SECONDS = 2.0
CAP_SECONDS = 300.0


def backoff(attempt: int, fraction: float) -> float:
    """Seconds before the next try: exponential with full jitter, so that many failures do not return as one wave.

    Args:
        attempt: how many tries there have been, from 1.
        fraction: random, in [0, 1).

    >>> backoff(3, 0.5)
    4.0
    """
    # Past 2**16 the cap holds anyway; the bound keeps a large count from overflowing a float.
    return fraction * min(CAP_SECONDS, BASE_SECONDS * 2.0 ** min(attempt - 1, 16))
