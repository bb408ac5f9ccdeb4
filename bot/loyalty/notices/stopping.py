"""The link by which somebody stops the notices of their points, and nothing else."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import SecretStr

from bot.settings import Settings
from bot.web import links

_PURPOSE = "points"


def stop_url(settings: Settings, account_id: str) -> str:
    """The URL that stops the notices of an account; it never expires. Empty without the server's address or a key."""
    if not settings.public_url or not settings.secret_key:
        return ""
    return f"{settings.public_url}/p/{links.sign(_PURPOSE, account_id, settings.secret_key)}"


def read_stop(token: str, keys: Sequence[SecretStr], now: datetime) -> str | None:
    """The account that a token names; None when it is forged."""
    return links.read(_PURPOSE, token, keys, now)
