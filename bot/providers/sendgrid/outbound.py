"""Sending through SendGrid: `POST /v3/mail/send`."""

from http import HTTPStatus
from typing import Any

import orjson

from bot.core.messages import OutboundMessage
from bot.core.text import clean
from bot.providers.base import Circumstances, Credentials, HttpRequest, HttpResponse, Outcome, Refused, Sent, Unknown
from bot.providers.kit.http import json_answer, retry_after
from bot.providers.kit.json_lenient import parts_at, text_at
from bot.providers.mail.events import OWN_ACCOUNT, OWN_ID
from bot.providers.mail.headers import author
from bot.providers.mail.write import answers_to, copies, enclosures, headers, page, recipient, subject, words

_MAX_ID = 200
_LOST = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT})
_DAY = 86_400.0
_LATER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
_OPERATOR = {
    HTTPStatus.UNAUTHORIZED: "SendGrid does not know the API key, or wants the account's payment put in order; look at "
    "SENDGRID_API_KEY.",
    HTTPStatus.FORBIDDEN: "SendGrid does not let this key send from SENDGRID_FROM; authenticate its domain.",
    HTTPStatus.NOT_FOUND: "What answers at SENDGRID_API_URL is not SendGrid's API.",
}


def build(message: OutboundMessage, credentials: Credentials, _circumstances: Circumstances) -> HttpRequest:
    """The request that sends `message` in its thread; choices become numbered lines, files links.

    SendGrid calls the webhook of its own settings, so no callback URL goes along.
    """
    sender = credentials["from"]
    variables = {OWN_ID: message.id, OWN_ACCOUNT: message.account}
    copied = {name: [{"email": each} for each in those] for name, those in copies(message)._asdict().items() if those}
    content = [{"type": "text/plain", "value": words(message)}, {"type": "text/html", "value": page(message)}]
    mail: dict[str, Any] = {
        "personalizations": [{"to": [{"email": recipient(message)}], **copied, "custom_args": variables}],
        "from": _mailbox(sender),
        "subject": subject(message),
        "content": [each for each in content if each["value"]],
        "headers": dict(headers(message)),
    }
    if files := enclosures(message):
        mail["attachments"] = [{"filename": name, "type": kind, "content": content} for name, kind, content in files]
    reply_to = answers_to(sender, credentials.get("domain").strip().lower())
    if reply_to:
        mail["reply_to"] = {"email": reply_to}
    return HttpRequest(
        method="POST",
        url=f"{_api(credentials)}/v3/mail/send",
        headers={**_authorization(credentials), "Content-Type": "application/json"},
        body=orjson.dumps(mail),
    )


def probe(credentials: Credentials, _circumstances: Circumstances) -> HttpRequest:
    """Asks what the key may do."""
    return HttpRequest("GET", f"{_api(credentials)}/v3/scopes", _authorization(credentials), b"")


def read(response: HttpResponse) -> Outcome:
    """Sort SendGrid's answer by its status; its id comes in a header, its errors have no codes."""
    status = response.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        # Events name it with more behind a dot.
        sent, mended = clean(response.headers.get("x-message-id", "").partition(".")[0], _MAX_ID)
        return Sent(sent) if sent and not mended else Unknown("SendGrid took it, but did not say under which id.")
    if status in _LOST:
        return Unknown("SendGrid's gateway lost the answer.")
    code = f"http_{status}"
    if status in _LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        throttled = status == HTTPStatus.TOO_MANY_REQUESTS
        reason = "SendGrid asks for another try later."
        return Refused(code, reason, retryable=True, retry_after=retry_after(response), throttled=throttled)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN} and _says(response, "credits exceeded"):
        reason = "The SendGrid account has used up its mails for now; what waits is tried again a day later."
        return Refused("credits_exceeded", reason, retryable=True, retry_after=_DAY, operator=True)
    if status in _OPERATOR:
        refused = status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
        return Refused(code, _OPERATOR[HTTPStatus(status)], operator=True, credentials=refused)
    if status < HTTPStatus.BAD_REQUEST:
        return Refused(code, "What answers at SENDGRID_API_URL is not SendGrid's API.", operator=True)
    fields = _fields(response)
    if any(each.startswith("personalizations.0.to") for each in fields):
        return Refused("invalid_recipient", "SendGrid does not take the recipient for an e-mail address.")
    if any(each.startswith("from") for each in fields):
        return Refused("invalid_sender", "SendGrid does not take SENDGRID_FROM for an e-mail address.", operator=True)
    return Refused(code, "SendGrid does not take the message as it is.")


def _fields(response: HttpResponse) -> list[str]:
    """The parts of the request that its errors name."""
    return [text_at(each, "field") for each in parts_at(json_answer(response), "errors")]


def _says(response: HttpResponse, words: str) -> bool:
    return any(words in text_at(each, "message").lower() for each in parts_at(json_answer(response), "errors"))


def _api(credentials: Credentials) -> str:
    return credentials["api_url"].rstrip("/")


def _authorization(credentials: Credentials) -> dict[str, str]:
    return {"Authorization": f"Bearer {credentials['api_key']}"}


def _mailbox(value: str) -> dict[str, str]:
    name, address = author(value)
    return {"email": address, "name": name} if name else {"email": address}
