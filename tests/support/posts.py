"""Webhook posts as the providers make them, signed with the secrets of `tests.support.standins.settings`.

Each `signed_*` gives `(headers, body)` for `POST /webhooks/{provider}`; the makers above them give what they sign.
"""

import hashlib
import hmac
import itertools
import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

PHONE_NUMBER_ID = "700000000000002"
APP_SECRET = "meta-app-secret-for-tests"
VERIFY_TOKEN = "verify-token-for-tests"
ACCOUNT_SID = "AC00000000000000000000000000000001"
AUTH_TOKEN = "twilio-auth-token-for-tests"
TWILIO_NUMBER = "+15559870002"
MAILGUN_DOMAIN = "mg.example.com"
MAILGUN_SIGNING_KEY = "key-for-tests"
MAILGUN_MAILBOX = f"bot@{MAILGUN_DOMAIN}"

Post = tuple[dict[str, str], bytes]
"""Headers and body."""

_numbers = itertools.count(1)


def whatsapp_message(
    text: str,
    *,
    sender: str = "15551230001",
    name: str = "Rui",
    message_id: str = "",
    number: str = PHONE_NUMBER_ID,
    seconds: int = 1760000000,
    **message: object,
) -> dict[str, Any]:
    """A text message; `message` overrides its parts, e.g. `type="image", image={"id": "1"}`."""
    written = {
        "from": sender,
        "id": message_id or f"wamid.IN{next(_numbers)}",
        "timestamp": str(seconds),
        "type": "text",
        "text": {"body": text},
    }
    contacts = [{"profile": {"name": name}, "wa_id": sender}]
    return whatsapp_value({"contacts": contacts, "messages": [written | message]}, number=number)


def whatsapp_status(
    status: str,
    provider_message_id: str,
    *,
    message_id: str = "",
    code: int | None = None,
    number: str = PHONE_NUMBER_ID,
) -> dict[str, Any]:
    """A status of a message we sent; `message_id` is ours, `code` an error's."""
    report: dict[str, Any] = {
        "id": provider_message_id,
        "status": status,
        "timestamp": "1760000100",
        "recipient_id": "15551230001",
    }
    if message_id:
        report["biz_opaque_callback_data"] = message_id
    if code is not None:
        report["errors"] = [{"code": code, "title": "refused"}]
    return whatsapp_value({"statuses": [report]}, number=number)


def whatsapp_value(value: Mapping[str, Any], *, number: str = PHONE_NUMBER_ID) -> dict[str, Any]:
    """A post with one change of field `messages`."""
    metadata = {"display_phone_number": "15557770000", "phone_number_id": number}
    change = {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
    return {"object": "whatsapp_business_account", "entry": [{"id": "700000000000001", "changes": [change]}]}


def signed_whatsapp(payload: Mapping[str, Any] | bytes, *, secret: str = APP_SECRET) -> Post:
    """Meta's post of `payload`: the raw bytes are signed, with non-ASCII as escapes."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload, separators=(",", ":")).encode()
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}, body


def twilio_message(
    text: str,
    *,
    sender: str = "+15551230001",
    to: str = TWILIO_NUMBER,
    message_sid: str = "",
    **parameters: str,
) -> dict[str, str]:
    """An SMS, or a WhatsApp message where `sender` and `to` begin with `whatsapp:`."""
    sid = message_sid or f"SM{next(_numbers):032d}"
    return {
        "MessageSid": sid,
        "SmsSid": sid,
        "SmsMessageSid": sid,
        "AccountSid": ACCOUNT_SID,
        "From": sender,
        "To": to,
        "Body": text,
        "NumMedia": "0",
        "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
        **parameters,
    }


def twilio_status(
    status: str, message_sid: str, *, code: str = "", sender: str = TWILIO_NUMBER, to: str = "+15551230001"
) -> dict[str, str]:
    """A status callback; post it to `/webhooks/twilio?message=<our id>`, which is signed too."""
    form = {"MessageSid": message_sid, "MessageStatus": status, "AccountSid": ACCOUNT_SID, "From": sender, "To": to}
    return form | ({"ErrorCode": code} if code else {})


def signed_twilio(form: Mapping[str, str], url: str, *, token: str = AUTH_TOKEN) -> Post:
    """Twilio's post of `form` to the public `url`, with its query."""
    signed = url + "".join(name + form[name] for name in sorted(form))
    digest = hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "X-Twilio-Signature": b64encode(digest).decode(),
    }
    return headers, urlencode(form).encode()


def mailgun_message(
    text: str,
    *,
    sender: str = "Rui <rui@example.com>",
    recipient: str = MAILGUN_MAILBOX,
    subject: str = "Table",
    message_id: str = "",
    **fields: str,
) -> dict[str, str]:
    """A mail as a Mailgun route forwards it, parsed."""
    message_id = message_id or f"<{next(_numbers)}@mail.example.com>"
    headers = [["From", sender], ["To", recipient], ["Subject", subject], ["Message-Id", message_id]]
    return {
        "recipient": recipient,
        "sender": sender.rpartition("<")[2].rstrip(">"),
        "from": sender,
        "subject": subject,
        "body-plain": text,
        "stripped-text": text,
        "Message-Id": message_id,
        "message-headers": json.dumps(headers),
        **fields,
    }


def signed_mailgun(form: Mapping[str, str], seconds: int, *, key: str = MAILGUN_SIGNING_KEY, token: str = "") -> Post:
    """Mailgun's post of `form` at the Unix time `seconds`; its signature covers the time and a token alone."""
    token = token or f"{next(_numbers):050x}"
    signature = hmac.new(key.encode(), f"{seconds}{token}".encode(), hashlib.sha256).hexdigest()
    signed = {**form, "timestamp": str(seconds), "token": token, "signature": signature}
    return {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(signed).encode()
