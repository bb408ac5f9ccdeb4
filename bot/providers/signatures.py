"""Comparing what a stranger sent with what only we and the provider know."""

import hmac


def equal(given: str, expected: str) -> bool:
    """Whether the two are equal, in a time that tells nothing of where they differ; any text may be given."""
    return hmac.compare_digest(given.encode(errors="replace"), expected.encode(errors="replace"))
