"""Webhook posts of the providers that carry SMS alone, signed with secrets of their own.

Each `signed_*` gives `(headers, body)` for `POST /webhooks/{provider}`.
"""

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.support.posts import Post

VONAGE_API_KEY = "abcd1234"
VONAGE_SECRET = "vonage-signature-secret-for-tests"
TELNYX_PRIVATE_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
TELNYX_PUBLIC_KEY = b64encode(TELNYX_PRIVATE_KEY.public_key().public_bytes_raw()).decode()
PLIVO_TOKEN = "plivo-auth-token-for-tests"


def vonage_message(text: str) -> dict[str, str]:
    """An SMS as the Messages API posts it."""
    return {
        "channel": "sms",
        "message_uuid": "11111111-2222-4333-8444-555555555555",
        "to": "15559870002",
        "from": "15551230001",
        "message_type": "text",
        "text": text,
    }


def signed_vonage(payload: Mapping[str, Any], seconds: int) -> Post:
    """The Messages API's post of `payload` at the Unix time `seconds`."""
    body = json.dumps(payload).encode()
    claims = {
        "iat": seconds,
        "jti": "00000000-0000-4000-8000-000000000001",
        "iss": "Vonage",
        "payload_hash": hashlib.sha256(body).hexdigest(),
        "api_key": VONAGE_API_KEY,
    }
    token = jwt.encode(claims, VONAGE_SECRET, algorithm="HS256")
    return {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}, body


def telnyx_message(text: str) -> dict[str, Any]:
    """An SMS as Telnyx posts it."""
    payload = {
        "id": "msg-1",
        "from": {"phone_number": "+15551230001"},
        "to": [{"phone_number": "+15559870002", "status": "webhook_delivered"}],
        "text": text,
        "media": [],
    }
    return {"data": {"event_type": "message.received", "id": "evt-1", "payload": payload}}


def signed_telnyx(event: Mapping[str, Any], seconds: int) -> Post:
    """Telnyx's post of `event` at the Unix time `seconds`."""
    body = json.dumps(event).encode()
    signature = b64encode(TELNYX_PRIVATE_KEY.sign(f"{seconds}|".encode() + body)).decode()
    headers = {
        "Content-Type": "application/json",
        "Telnyx-Signature-Ed25519": signature,
        "Telnyx-Timestamp": str(seconds),
    }
    return headers, body


def plivo_message(text: str) -> dict[str, str]:
    """An SMS as Plivo posts it."""
    return {
        "From": "15551230001",
        "MessageUUID": "aaaaaaaa-0000-4000-8000-000000000001",
        "Text": text,
        "To": "15559870002",
        "Type": "sms",
    }


def signed_plivo(form: Mapping[str, str], url: str, nonce: str = "05429567804466091622") -> Post:
    """Plivo's post of `form` to the public `url`, by its signature V2."""
    signed = url.partition("?")[0] + nonce
    digest = hmac.new(PLIVO_TOKEN.encode(), signed.encode(), hashlib.sha256).digest()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Plivo-Signature-V2": b64encode(digest).decode(),
        "X-Plivo-Signature-V2-Nonce": nonce,
    }
    return headers, urlencode(form).encode()
