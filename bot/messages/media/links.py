"""Links to files: signed, and worth nothing after a while."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import orjson
from pydantic import SecretStr

from bot.web import links

SHOWN = timedelta(hours=1)
"""How long a link on a page of ours is good, at least; at most twice as long."""
SENT = timedelta(days=7)
"""The same of a link that went out in a message, which people open when they come to it."""
_PURPOSE = "media"


class Linked(NamedTuple):
    """A file that a link names by its content.

    Attributes:
        key: in the store.
        content_type: as it is served.
        filename: as it is offered for saving; may be empty.
    """

    key: str
    content_type: str
    filename: str


def link_of_file(public_url: str, file_id: str, now: datetime, keys: Sequence[SecretStr]) -> str:
    """The URL of a file that a person sent, for a page of ours; raises NotConfiguredError without a key.

    Args:
        public_url: BOT_PUBLIC_URL; without it the URL begins with its path.
        file_id: the row's.
        now: the moment.
        keys: those of BOT_SECRET_KEY.
    """
    return _url(public_url, [file_id], now, SHOWN, keys)


def link_of_key(public_url: str, linked: Linked, now: datetime, keys: Sequence[SecretStr]) -> str:
    """The URL of a file of the store, for a provider or a person to fetch it; raises NotConfiguredError without a key.

    It stays the same for days, so that a provider fetches it once for many messages.
    """
    return _url(public_url, list(linked), now, SENT, keys)


def read(token: str, keys: Sequence[SecretStr], now: datetime) -> str | Linked | None:
    """What a link's token names: the id of a row, or a file of the store; None when it is forged or too old."""
    payload = links.read(_PURPOSE, token, keys, now)
    if payload is None:
        return None
    names: list[str] = orjson.loads(payload)
    return names[0] if len(names) == 1 else Linked(*names)


def _url(public_url: str, names: list[str], now: datetime, lifetime: timedelta, keys: Sequence[SecretStr]) -> str:
    # Rounded, so that browsers and providers meet the same URL again and need not fetch twice.
    since = datetime.fromtimestamp(now.timestamp() // lifetime.total_seconds() * lifetime.total_seconds(), UTC)
    token = links.sign(_PURPOSE, orjson.dumps(names).decode(), keys, expires_at=since + 2 * lifetime)
    return f"{public_url}/media/{token}"
