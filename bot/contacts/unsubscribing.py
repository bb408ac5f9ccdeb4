"""The link by which one click takes a person off a channel (RFC 8058)."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import SecretStr

from bot.core.addresses import Channel
from bot.web import links

_PURPOSE = "unsubscribe"


def unsubscribe_url(public_url: str, address_id: str, channel: Channel, keys: Sequence[SecretStr]) -> str:
    """The URL that takes an address off a channel; it never expires, for mails are kept for years.

    Empty without the server's address or a key.

    Args:
        public_url: BOT_PUBLIC_URL.
        address_id: whose.
        channel: on which.
        keys: those of BOT_SECRET_KEY.
    """
    if not public_url or not keys:
        return ""
    return f"{public_url}/u/{links.sign(_PURPOSE, f'{channel}:{address_id}', keys)}"


def read_unsubscribing(token: str, keys: Sequence[SecretStr], now: datetime) -> tuple[str, Channel] | None:
    """The address's id and the channel that a token names; None when it is forged."""
    payload = links.read(_PURPOSE, token, keys, now)
    if payload is None:
        return None
    channel, _, address_id = payload.partition(":")
    return address_id, Channel(channel)
