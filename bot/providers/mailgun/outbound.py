"""Sending through Mailgun: `POST /v3/{domain}/messages`."""

import base64
import hashlib
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import quote, urlencode

from bot.core.messages import OutboundMessage
from bot.providers.base import Circumstances, Credentials, HttpRequest, HttpResponse, Outcome, Refused, Sent, Unknown
from bot.providers.kit.form import MULTIPART, URLENCODED
from bot.providers.kit.http import json_answer, retry_after
from bot.providers.kit.json_lenient import text_at
from bot.providers.mail.events import OWN_ID
from bot.providers.mail.headers import header_line, message_id
from bot.providers.mail.write import copies, headers, page, recipient, subject, words

_LOST = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT})
_HOUR = 3600.0
_LATER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
_OPERATOR = {
    HTTPStatus.UNAUTHORIZED: "Mailgun does not know the API key; look at MAILGUN_API_KEY and the region.",
    HTTPStatus.PAYMENT_REQUIRED: "Mailgun wants the account's payment put in order.",
    HTTPStatus.FORBIDDEN: "Mailgun does not let this account send; a sandbox domain sends to authorized people only.",
    HTTPStatus.NOT_FOUND: "Mailgun does not know the domain; look at MAILGUN_DOMAIN and the region.",
}


def build(message: OutboundMessage, credentials: Credentials, _circumstances: Circumstances) -> HttpRequest:
    """The request that sends `message` in its thread; choices become numbered lines, files links.

    Mailgun calls the event webhooks of its own settings, so no callback URL goes along.
    """
    cc, bcc = copies(message)
    fields = {
        "from": header_line(credentials["from"]),
        "to": recipient(message),
        "cc": ", ".join(cc),
        "bcc": ", ".join(bcc),
        "subject": subject(message),
        "text": words(message),
        "html": page(message),
        **{f"h:{name}": value for name, value in headers(message)},
        f"v:{OWN_ID}": message.id,
    }
    given = {name: value for name, value in fields.items() if value}
    content_type, body = _multipart(given, message) if message.enclosures else (URLENCODED, urlencode(given).encode())
    return HttpRequest(
        method="POST",
        url=f"{_api(credentials)}/v3/{_domain(message.account)}/messages",
        headers={**_authorization(credentials), "Content-Type": content_type},
        body=body,
    )


def _multipart(fields: Mapping[str, str], message: OutboundMessage) -> tuple[str, bytes]:
    """The same as a form with files: its content type, and itself."""
    contents = [each.content for each in message.enclosures]
    # No file can have it within: it is made of all of them.
    boundary = hashlib.sha256(b"\0".join([message.id.encode(), *contents])).hexdigest()
    parts = [(f'form-data; name="{name}"', "", value.encode()) for name, value in fields.items()]
    for each in message.enclosures:
        name = (header_line(each.filename) or "file").replace('"', "'")
        parts.append((f'form-data; name="attachment"; filename="{name}"', each.content_type, each.content))
    body = bytearray()
    for disposition, kind, content in parts:
        described = f"Content-Type: {kind}\r\n" if kind else ""
        body += f"--{boundary}\r\nContent-Disposition: {disposition}\r\n{described}\r\n".encode() + content + b"\r\n"
    return f"{MULTIPART}; boundary={boundary}", bytes(body) + f"--{boundary}--\r\n".encode()


def probe(credentials: Credentials, _circumstances: Circumstances) -> HttpRequest:
    """Asks for our domain; a key that may only send is refused here."""
    domain = quote(credentials["domain"].strip().lower(), safe="")
    return HttpRequest("GET", f"{_api(credentials)}/v4/domains/{domain}", _authorization(credentials), b"")


def read(response: HttpResponse) -> Outcome:
    """Sort Mailgun's answer by its status; Mailgun gives no error codes."""
    status, answer = response.status, json_answer(response)
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        sent = message_id(text_at(answer, "id"))
        return Sent(sent) if sent else Unknown("Mailgun took it, but its answer could not be read.")
    if status in _LOST:
        return Unknown("Mailgun's gateway lost the answer.")
    code = f"http_{status}"
    said = text_at(answer, "message").lower()
    if "limit exceeded" in said or ("exceeded" in said and "limit" in said):
        reason = "The Mailgun account has sent as many mails as it may for now; what waits is tried each hour."
        wait = retry_after(response) or _HOUR
        return Refused("limit_exceeded", reason, retryable=True, retry_after=wait, operator=True)
    if status in _LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        reason = "Mailgun asks for another try later."
        throttled = status == HTTPStatus.TOO_MANY_REQUESTS
        return Refused(code, reason, retryable=True, retry_after=retry_after(response), throttled=throttled)
    if status in _OPERATOR:
        # Of the others, a sandbox domain's is about the recipient.
        refused = status == HTTPStatus.UNAUTHORIZED
        return Refused(code, _OPERATOR[HTTPStatus(status)], operator=True, credentials=refused)
    if status < HTTPStatus.BAD_REQUEST:
        return Refused(code, "What answers at MAILGUN_API_URL is not Mailgun's API.", operator=True)
    if "to parameter" in text_at(answer, "message").replace("'", ""):
        return Refused("invalid_recipient", "Mailgun does not take the recipient for an e-mail address.")
    return Refused(code, "Mailgun does not take the message as it is.")


def _api(credentials: Credentials) -> str:
    return credentials["api_url"].rstrip("/")


def _domain(account: str) -> str:
    return quote(account.partition(":")[2], safe="")


def _authorization(credentials: Credentials) -> dict[str, str]:
    token = base64.b64encode(f"api:{credentials['api_key']}".encode()).decode()
    return {"Authorization": f"Basic {token}"}
