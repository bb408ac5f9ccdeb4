"""The link by which one click takes a person off a channel (RFC 8058)."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import SecretStr

from bot.core.addresses import Channel
from bot.core.purposes import ConsentPurpose
from bot.web import links

_PURPOSE = "unsubscribe"


class Unsubscribing(NamedTuple):
    """What a link asks for.

    Attributes:
        address_id: whose.
        channel: on which.
        purpose: of what; links from before there were purposes mean all messages.
    """

    address_id: str
    channel: Channel
    purpose: ConsentPurpose = ConsentPurpose.ALL


def unsubscribe_url(public_url: str, asked: Unsubscribing, keys: Sequence[SecretStr]) -> str:
    """The URL that takes an address off a channel; it never expires, for mails are kept for years.

    Empty without the server's address or a key.

    Args:
        public_url: BOT_PUBLIC_URL.
        asked: what it asks for.
        keys: those of BOT_SECRET_KEY.
    """
    if not public_url or not keys:
        return ""
    of = "" if asked.purpose is ConsentPurpose.ALL else f":{asked.purpose}"
    return f"{public_url}/u/{links.sign(_PURPOSE, f'{asked.channel}:{asked.address_id}{of}', keys)}"


def read_unsubscribing(token: str, keys: Sequence[SecretStr], now: datetime) -> Unsubscribing | None:
    """What a token asks for; None when it is forged."""
    payload = links.read(_PURPOSE, token, keys, now)
    if payload is None:
        return None
    channel, address_id, *of = payload.split(":")
    return Unsubscribing(address_id, Channel(channel), *map(ConsentPurpose, of))
