"""By what a posting is known again: its key, and a digest of what was asked with it. Pure."""

import json
from dataclasses import fields
from hashlib import sha256

from bot.loyalty.ledger.asked import Posting

_LONGEST = 255
_NOT_ASKED = frozenset({"key", "by", "limited"})
"""Who asks, and with which key, is not what is asked."""


def kept_key(key: str) -> str:
    """The key as it is kept: a digest of one that is too long, or that has something in it which no database keeps.

    >>> kept_key("order-17")
    'order-17'
    """
    if key.isprintable() and len(key) <= _LONGEST:
        return key
    return f"sha256:{sha256(key.encode(errors='surrogatepass')).hexdigest()}"


def digest(posting: Posting) -> str:
    """What is asked, in 64 characters: the same for the same, whoever asks it."""
    said = {each.name: getattr(posting, each.name) for each in fields(posting) if each.name not in _NOT_ASKED}
    text = json.dumps([type(posting).__name__, said], sort_keys=True, default=str)
    return sha256(text.encode()).hexdigest()
