"""Signatures by the Standard Webhooks scheme (specification 1.0.0), in both directions.

webhook-id: msg_1
webhook-timestamp: 1760000000
webhook-signature: v1,<base64 of HMAC-SHA256 over id "." timestamp "." body> v1,<another while a secret is replaced>
"""

import base64
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.core.errors import SignatureError
from bot.providers.kit.json_reader import instant
from bot.providers.kit.signatures import equal

TOLERANCE = timedelta(minutes=5)
_PREFIX = "whsec_"
_VERSION = "v1"
_KEY_BYTES = range(24, 65)
_MAX_ID = 512
_MAX_SIGNATURES = 20


def key(secret: str) -> bytes:
    """The key that a secret such as `whsec_AAEC…` spells; raises ValueError where it is none of 24 to 64 bytes."""
    try:
        spelled = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except ValueError:
        raise ValueError("the secret is not base64") from None
    if len(spelled) not in _KEY_BYTES:
        raise ValueError("the secret has not 24 to 64 bytes")
    return spelled


def check_head(headers: Mapping[str, str], now: datetime) -> tuple[str, str, list[str]]:
    """The id, the time and the signatures of a request whose header names are in lower case.

    Raises SignatureError where one is missing, or the time too far from ours.
    """
    identifier, timestamp, signatures = (
        headers.get(f"webhook-{part}", "") for part in ("id", "timestamp", "signature")
    )
    if not (identifier and timestamp and signatures) or len(identifier) > _MAX_ID:
        raise SignatureError("webhook-id, webhook-timestamp or webhook-signature is missing")
    moment = instant(timestamp)
    if moment is None or abs(now - moment) > TOLERANCE:
        raise SignatureError("webhook-timestamp is too far from our time")
    return identifier, timestamp, signatures.split()[:_MAX_SIGNATURES]


def check(headers: Mapping[str, str], body: bytes, keys: Sequence[bytes], now: datetime) -> None:
    """Check a request whose header names are in lower case; raises SignatureError.

    One signature by one of the keys is enough; those of a version that is not known are passed over.
    """
    identifier, timestamp, given = check_head(headers, now)
    expected = [_signature(each, identifier, timestamp, body) for each in keys]
    matches = [equal(one, other) for one in given for other in expected]
    if not any(matches):
        raise SignatureError("webhook-signature is not the one of the secret")


def signed(identifier: str, body: bytes, keys: Sequence[bytes], now: datetime) -> dict[str, str]:
    """The headers that sign a request, with a signature by each key."""
    timestamp = str(int(now.timestamp()))
    return {
        "webhook-id": identifier,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(each, identifier, timestamp, body) for each in keys),
    }


def _signature(signing_key: bytes, identifier: str, timestamp: str, body: bytes) -> str:
    content = f"{identifier}.{timestamp}.".encode(errors="replace") + body
    digest = hmac.digest(signing_key, content, "sha256")
    return f"{_VERSION},{base64.b64encode(digest).decode()}"
