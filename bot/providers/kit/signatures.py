"""Signatures of webhooks: made with what only we and the provider know, compared with what a stranger sent."""

import hmac
from base64 import b64decode
from functools import lru_cache


def sign(key: str, content: bytes, algorithm: str = "sha256") -> bytes:
    """The HMAC of `content` under `key`."""
    signed = _keyed(key, algorithm).copy()
    signed.update(content)
    return signed.digest()


def equal(given: str, expected: str) -> bool:
    """Whether the two are equal, in a time that tells nothing of where they differ; any text may be given."""
    return hmac.compare_digest(given.encode(errors="replace"), expected.encode(errors="replace"))


def decoded(spelled: str) -> bytes:
    """The bytes of base64; none where it is not that."""
    try:
        return b64decode(spelled, validate=True)
    except ValueError:
        return b""


# OpenSSL takes longer to look up the algorithm and prepare the key than to sign a post.
@lru_cache(maxsize=64)
def _keyed(key: str, algorithm: str) -> hmac.HMAC:
    return hmac.new(key.encode(), digestmod=algorithm)
