"""Signatures of webhooks: made with what only we and the provider know, compared with what a stranger sent."""

import hmac


def sign(key: str, content: bytes, algorithm: str = "sha256") -> bytes:
    """The HMAC of `content` under `key`."""
    return hmac.digest(key.encode(), content, algorithm)


def equal(given: str, expected: str) -> bool:
    """Whether the two are equal, in a time that tells nothing of where they differ; any text may be given."""
    return hmac.compare_digest(given.encode(errors="replace"), expected.encode(errors="replace"))
