"""Webhook posts as the providers make them, signed with the secrets of `tests.support.standins.settings`.

Each `signed_*` gives `(headers, body)` for `POST /webhooks/{provider}`; the makers above them give what they sign.
"""

import hashlib
import hmac
import itertools
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from bot.core.clock import utc_now

PHONE_NUMBER_ID = "700000000000002"
APP_SECRET = "meta-app-secret-for-tests"
VERIFY_TOKEN = "verify-token-for-tests"
DIALOG360_TOKEN = "webhook-token-for-tests"
PAGE_ID = "110000000000001"
INSTAGRAM_ID = "17841400000000001"
ACCOUNT_SID = "AC00000000000000000000000000000001"
AUTH_TOKEN = "twilio-auth-token-for-tests"
TWILIO_NUMBER = "+15559870002"
MAILGUN_DOMAIN = "mg.example.com"
MAILGUN_SIGNING_KEY = "key-for-tests"
MAILGUN_MAILBOX = f"bot@{MAILGUN_DOMAIN}"

Post = tuple[dict[str, str], bytes]
"""Headers and body."""

_numbers = itertools.count(1)


def present() -> int:
    """Now, in Unix seconds: what people said long ago is not answered."""
    return int(utc_now().timestamp())


def whatsapp_message(
    text: str,
    *,
    sender: str = "15551230001",
    name: str = "Rui",
    message_id: str = "",
    number: str = PHONE_NUMBER_ID,
    seconds: int | None = None,
    **message: object,
) -> dict[str, Any]:
    """A text message, said now unless at the Unix time `seconds`.

    `message` overrides its parts, e.g. `type="image", image={"id": "1"}`.
    """
    written = {
        "from": sender,
        "id": message_id or f"wamid.IN{next(_numbers)}",
        "timestamp": str(present() if seconds is None else seconds),
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
        "timestamp": str(present()),
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


def signed_dialog360(payload: Mapping[str, Any] | bytes, *, token: str = DIALOG360_TOKEN) -> Post:
    """360dialog's post of Meta's `payload`, with the header that we chose."""
    _headers, body = signed_whatsapp(payload)
    return {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}, body


def messenger_message(
    text: str, *, sender: str = "7000000000000001", page: str = PAGE_ID, mid: str = "", **message: object
) -> dict[str, Any]:
    """A text on Messenger, which `signed_whatsapp` signs; `message` overrides its parts."""
    written = {"mid": mid or f"m_IN{next(_numbers)}", "text": text}
    return messaging_event("page", page, sender, message=written | message)


def instagram_message(
    text: str, *, sender: str = "9000000000000001", account: str = INSTAGRAM_ID, mid: str = "", **message: object
) -> dict[str, Any]:
    """A text on Instagram, which `signed_whatsapp` signs; `message` overrides its parts."""
    written = {"mid": mid or f"m_IN{next(_numbers)}", "text": text}
    return messaging_event("instagram", account, sender, message=written | message)


def messaging_event(kind: str, ours: str, sender: str, **event: object) -> dict[str, Any]:
    """One event of Messenger (`page`) or Instagram (`instagram`)."""
    item = {"sender": {"id": sender}, "recipient": {"id": ours}, "timestamp": present() * 1000 + 123, **event}
    return {"object": kind, "entry": [{"id": ours, "time": present() * 1000 + 456, "messaging": [item]}]}


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


TELEGRAM_BOT = "4300001"
TELEGRAM_SECRET = "telegram-secret-for-tests"
GENERIC_ACCOUNT = "app"
GENERIC_SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
MIME_SECRET = "mime-secret-for-tests"
MIME_MAILBOX = "oi@mime.example.com"


def telegram_message(text: str, *, chat: int = 4200001, name: str = "Rui", **message: object) -> dict[str, Any]:
    """An update with a text in a private chat; `message` overrides its parts."""
    number = next(_numbers)
    written = {
        "message_id": number,
        "from": {"id": chat, "is_bot": False, "first_name": name, "language_code": "pt"},
        "chat": {"id": chat, "first_name": name, "type": "private"},
        "date": present(),
        "text": text,
    }
    return {"update_id": 700_000_000 + number, "message": written | message}


def signed_telegram(update: Mapping[str, Any], *, secret: str = TELEGRAM_SECRET) -> Post:
    """Telegram's post of an update, with the secret that it was given."""
    headers = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": secret}
    return headers, json.dumps(update).encode()


def generic_message(text: str, *, sender: str = "rui", message_id: str = "", **data: object) -> dict[str, Any]:
    """A bridge's event with a text; `data` adds to it."""
    written = {"id": message_id or f"m-{next(_numbers)}", "from": sender, "text": text}
    return {"type": "message.received", "data": written | data}


def signed_generic(
    event: Mapping[str, Any] | bytes, seconds: int, *, secret: str = GENERIC_SECRET, identifier: str = "msg_1"
) -> Post:
    """A bridge's post of `event` at the Unix time `seconds`."""
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    key = b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{identifier}.{seconds}.".encode() + body, hashlib.sha256).digest()
    headers = {
        "Content-Type": "application/json",
        "webhook-id": identifier,
        "webhook-timestamp": str(seconds),
        "webhook-signature": f"v1,{b64encode(digest).decode()}",
    }
    return headers, body


def mime_mail(
    text: str, *, sender: str = "Rui <rui@example.com>", subject: str = "Table", message_id: str = "", more: str = ""
) -> bytes:
    """A whole mail; `more` are further header lines."""
    message_id = message_id or f"<{next(_numbers)}@mail.example.com>"
    head = f"From: {sender}\r\nTo: {MIME_MAILBOX}\r\nSubject: {subject}\r\nMessage-ID: {message_id}\r\n{more}"
    return f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n".encode()


def signed_mime(
    mail: bytes,
    *,
    secret: str = MIME_SECRET,
    sender: str = "rui@example.com",
    recipient: str = MIME_MAILBOX,
) -> Post:
    """A mail server's post of a mail, with its envelope."""
    headers = {
        "Content-Type": "message/rfc822",
        "Authorization": f"Bearer {secret}",
        "X-Envelope-Sender": sender,
        "X-Envelope-Recipient": recipient,
    }
    return headers, mail
