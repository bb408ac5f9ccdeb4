"""Signed links: a token in a URL says what it is for, and nobody can make or change one without BOT_SECRET_KEY.

A token is `body.signature`, both in URL-safe base64: the body is the moment it expires (or nothing) and the payload,
the signature an HMAC-SHA256 under a key of its own for each purpose, so that no link does what another one is for.
"""

import binascii
import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from pydantic import SecretStr

from bot.core.errors import NotConfiguredError

MAX_TOKEN = 2048
"""Characters of the longest token that is looked at."""
_SIZE = hashlib.sha256().digest_size
_FIXED = 24


def sign(purpose: str, payload: str, keys: Sequence[SecretStr], *, expires_at: datetime | None = None) -> str:
    """A token that `read` gives `payload` for.

    Raises NotConfiguredError where there is no key.

    Args:
        purpose: what it is for, e.g. `media`; `read` must be asked with the same.
        payload: what it stands for; whoever has the token can read it.
        keys: those of BOT_SECRET_KEY, newest first; the newest signs.
        expires_at: from when on it is worth nothing; None for a token that never expires.
    """
    if not keys:
        raise NotConfiguredError("BOT_SECRET_KEY")
    until = "" if expires_at is None else str(int(expires_at.timestamp()))
    body = _encode(f"{until}:{payload}".encode())
    return f"{body}.{_encode(_signature(purpose, body, keys[0]))}"


def read(purpose: str, token: str, keys: Sequence[SecretStr], now: datetime, *, most: int = MAX_TOKEN) -> str | None:
    """The payload of a token made for `purpose` under one of `keys`; None when it is forged, of another use, or old.

    One of more than `most` characters is not looked at.
    """
    if len(token) > most or not token.isascii():
        return None
    body, _, given = token.partition(".")
    signature = _decode(given)
    # Every key is tried, so that the time taken does not tell which one fits.
    fits = [hmac.compare_digest(_signature(purpose, body, key), signature) for key in keys]
    if not any(fits):
        return None
    until, _, payload = _decode(body).decode().partition(":")
    return None if until and int(until) <= now.timestamp() else payload


def fixed_token(purpose: str, key: SecretStr) -> str:
    """An unguessable token of 32 characters that is the same for each purpose as long as the key is."""
    return _encode(_derived(purpose, key)[:_FIXED])


def _signature(purpose: str, body: str, key: SecretStr) -> bytes:
    return hmac.digest(_derived(purpose, key), body.encode(), "sha256")


@lru_cache(maxsize=64)
def _derived(purpose: str, key: SecretStr) -> bytes:
    """HKDF-SHA256 without salt (RFC 5869), one block; written out because the library takes 20 ms to load."""
    extracted = hmac.digest(bytes(_SIZE), key.get_secret_value().encode(), "sha256")
    return hmac.digest(extracted, f"recado link {purpose}".encode() + b"\x01", "sha256")


def _encode(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        return b""
