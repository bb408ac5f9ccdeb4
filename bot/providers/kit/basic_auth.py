"""HTTP's Basic scheme (RFC 7617): in posts of providers that sign nothing, and in requests to their APIs."""

import base64
import binascii
from collections.abc import Sequence

from bot.core.errors import SignatureError
from bot.providers.base import WebhookRequest
from bot.providers.kit.signatures import equal

_MAX_LENGTH = 2_000


def check_password(request: WebhookRequest, passwords: Sequence[str]) -> None:
    """Raise SignatureError unless the post carries one of the passwords, whatever the user's name."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic" or len(encoded) > _MAX_LENGTH:
        raise SignatureError("there is no password")
    try:
        given = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        raise SignatureError("there is no password") from None
    matches = [equal(given.partition(":")[2], password) for password in passwords]
    if not any(matches):
        raise SignatureError("the password is not ours")
