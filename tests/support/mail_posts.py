"""Posts of SendGrid and Postmark, proved with the secrets of `SENDGRID` and `POSTMARK`; and raw mails."""

import hashlib
import itertools
import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from bot.providers.base import Credentials, Provider, WebhookRequest
from tests.support.posts import Post

SENDGRID_KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE97RRpXq/iSpluw+lEzfjfigtMNbsn3dYHtw7Dx8cj/OfI8dAxuU8JqQYktvivvlaXR0JEOnNeb54zuI1"
    "buyueA=="
)
"""The public half of `sha256("sendgrid test key")`."""
SENDGRID = {
    "api_url": "https://api.sendgrid.com/",
    "api_key": "SG.made-up",
    "from": "Pizzaria <oi@example.com>",
    "domain": "in.example.com",
    "public_key": SENDGRID_KEY,
    "webhook_password": "s3cret-for-tests",
}
POSTMARK = {
    "api_url": "https://api.postmarkapp.com/",
    "server_token": "token-made-up",
    "from": "Pizzaria <oi@example.com>",
    "inbound": "1a2b@inbound.example.com",
    "webhook_password": "s3cret-for-tests",
}
BASIC = "Basic " + b64encode(b"recado:s3cret-for-tests").decode()
SECONDS = 1760000000
BOUNDARY = "xYzZY0f1"

_numbers = itertools.count(1)


def credentials(provider: Provider, values: Mapping[str, str], **changed: str) -> Credentials:
    """An account's settings, some of them changed; an empty one is missing."""
    return Credentials({**values, **changed}, {each.key: each.setting for each in provider.credentials})


def request(post: Post, provider: str) -> WebhookRequest:
    """The post as the server takes it."""
    headers, body = post
    url = f"https://bot.example.com/webhooks/{provider}"
    return WebhookRequest("POST", url, {name.lower(): value for name, value in headers.items()}, {}, body)


def sendgrid_message(
    text: str,
    *,
    sender: str = "Ana <ana@example.net>",
    recipient: str = "bot@in.example.com",
    subject: str = "Table",
    headers: Iterable[str] = (),
    **fields: str,
) -> dict[str, str]:
    """A mail's fields as Inbound Parse posts them, parsed."""
    written = [f"Message-ID: <{next(_numbers)}@mail.example.net>", f"From: {sender}", *headers]
    envelope = {"to": [recipient], "from": sender.rpartition("<")[2].rstrip(">")}
    return {
        "headers": "\n".join(written) + "\n",
        "from": sender,
        "to": recipient,
        "subject": subject,
        "text": text,
        "envelope": json.dumps(envelope),
        "charsets": json.dumps({"to": "UTF-8", "from": "UTF-8", "subject": "UTF-8", "text": "utf-8"}),
        "attachments": "0",
        "dkim": "{@example.net : pass}",
        "SPF": "pass",
        **fields,
    }


def multipart(fields: Mapping[str, str | bytes], files: Mapping[str, tuple[str, str, bytes]] | None = None) -> Post:
    """A form with files, each with its name, type and content."""
    parts = [
        b'--%b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
        % (BOUNDARY.encode(), name.encode(), value if isinstance(value, bytes) else value.encode())
        for name, value in fields.items()
    ]
    parts += [
        b'--%b\r\nContent-Disposition: form-data; name="%b"; filename="%b"\r\nContent-Type: %b\r\n\r\n%b\r\n'
        % (BOUNDARY.encode(), name.encode(), filename.encode(), kind.encode(), content)
        for name, (filename, kind, content) in (files or {}).items()
    ]
    body = b"".join(parts) + b"--%b--\r\n" % BOUNDARY.encode()
    return {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}, body


def signed_sendgrid(post: Post, seconds: int = SECONDS) -> Post:
    """The post with SendGrid's signature at the Unix time `seconds`."""
    headers, body = post
    signature = _private_key().sign(str(seconds).encode() + body, ec.ECDSA(SHA256()))
    return {
        **headers,
        "X-Twilio-Email-Event-Webhook-Timestamp": str(seconds),
        "X-Twilio-Email-Event-Webhook-Signature": b64encode(signature).decode(),
    }, body


def sendgrid_events(*events: Mapping[str, Any]) -> Post:
    """The Event Webhook's post, not signed yet."""
    return {"Content-Type": "application/json"}, json.dumps(events).encode() + b"\r\n"


def postmark_message(text: str, *, sender: str = "ana@example.net", **fields: Any) -> dict[str, Any]:
    """A mail as Postmark's inbound webhook posts it."""
    number = next(_numbers)
    return {
        "FromName": "Ana",
        "From": sender,
        "FromFull": {"Email": sender, "Name": "Ana", "MailboxHash": ""},
        "ToFull": [{"Email": POSTMARK["inbound"], "Name": "", "MailboxHash": ""}],
        "OriginalRecipient": POSTMARK["inbound"],
        "MailboxHash": "",
        "Subject": "Table",
        "MessageID": f"22222222-3333-4444-8555-{number:012}",
        "Date": "Thu, 9 Oct 2025 08:53:20 +0000",
        "TextBody": text,
        "HtmlBody": "",
        "StrippedTextReply": "",
        "Headers": [{"Name": "Message-ID", "Value": f"<{number}@mail.example.net>"}],
        "Attachments": [],
        **fields,
    }


def signed_postmark(payload: Any, authorization: str = BASIC) -> Post:
    """Postmark's post of `payload`, with the password from its URL."""
    return {"Content-Type": "application/json", "Authorization": authorization}, json.dumps(payload).encode()


def raw_mail(text: str, *headers: str) -> bytes:
    """A mail in plain text; `headers` come after its own."""
    own = [
        "From: Ana <ana@example.net>",
        "To: bot@in.example.com",
        "Subject: Table",
        "Message-ID: <r1@mail.example.net>",
    ]
    return "\r\n".join([*own, *headers, "", text]).encode()


def bounce(
    original: str, *, status: str = "5.1.1", action: str = "failed", part: str = "text/rfc822-headers", sender: str = ""
) -> bytes:
    """A mail server's report about the mail with the headers `original`."""
    parts = [
        "Content-Type: text/plain\n\nYour mail could not be delivered.",
        (
            "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n"
            f"Final-Recipient: rfc822; ana@example.net\nAction: {action}\nStatus: {status}\n"
            "Diagnostic-Code: smtp; 550 no such user"
        ),
        f"Content-Type: {part}\n\n{original}",
    ]
    inner = "".join(f"--b\n{each}\n" for each in parts)
    head = (
        f"From: Mail Delivery System <{sender or 'mailer-daemon@mx.example.net'}>\nReturn-Path: <>\n"
        "Auto-Submitted: auto-replied\nMessage-ID: <d1@mx.example.net>\nSubject: Undelivered\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
    )
    return f"{head}{inner}--b--\n".encode()


@cache
def _private_key() -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(hashlib.sha256(b"sendgrid test key").digest()), ec.SECP256R1())
