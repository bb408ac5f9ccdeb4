"""Sending through Postmark: `POST /email`."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any

import orjson

from bot.core.consents import ConsentReason
from bot.core.messages import OutboundMessage
from bot.core.text import clean
from bot.providers.base import Circumstances, Credentials, HttpRequest, HttpResponse, Outcome, Refused, Sent, Unknown
from bot.providers.kit.http import json_answer, retry_after
from bot.providers.kit.json_lenient import text_at
from bot.providers.mail.events import OWN_ACCOUNT, OWN_ID
from bot.providers.mail.headers import header_line
from bot.providers.mail.write import answers_to, copies, enclosures, headers, page, recipient, subject, words

_MAX_ID = 200
_MAX_CODE = 20
_ELSEWHERE = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})
_LATER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_INVALID = "300"
_TRY_LATER = "Postmark asks for another try later."
_WRONG_TOKEN = "Postmark does not know the token; look at POSTMARK_SERVER_TOKEN."  # noqa: S105 - a sentence
_SIGNATURE = "Postmark does not let POSTMARK_FROM send; confirm the sender signature or the domain."
_NOT_ALLOWED = "Postmark does not let this account send; its pages tell why."
_ERRORS = {
    "10": Refused("10", _WRONG_TOKEN, operator=True, credentials=True),
    "100": Refused("100", _TRY_LATER, retryable=True),
    "400": Refused("400", _SIGNATURE, operator=True),
    "401": Refused("401", _SIGNATURE, operator=True),
    "405": Refused("405", _NOT_ALLOWED, operator=True),
    "406": Refused(
        "406",
        "Postmark does not send: mail to this address came back, or its owner does not want any.",
        opt_out=ConsentReason.BOUNCE,
    ),
    "412": Refused("412", _NOT_ALLOWED, operator=True),
    "413": Refused("413", _NOT_ALLOWED, operator=True),
    "429": Refused("429", _TRY_LATER, retryable=True, throttled=True),
}


def build(message: OutboundMessage, credentials: Credentials, _circumstances: Circumstances) -> HttpRequest:
    """The request that sends `message` in its thread; choices become numbered lines, files links.

    Postmark calls the webhooks of its own settings, so no callback URL goes along.
    """
    sender = credentials["from"]
    cc, bcc = copies(message)
    mail: dict[str, Any] = {
        "From": header_line(sender),
        "To": recipient(message),
        "Cc": ", ".join(cc),
        "Bcc": ", ".join(bcc),
        "ReplyTo": answers_to(sender, credentials.get("inbound").strip().lower()),
        "Subject": subject(message),
        "TextBody": words(message),
        "HtmlBody": page(message),
        "Headers": [{"Name": name, "Value": value} for name, value in headers(message)],
        "Attachments": [
            {"Name": name, "ContentType": kind, "Content": content} for name, kind, content in enclosures(message)
        ],
        "Metadata": {OWN_ID: message.id, OWN_ACCOUNT: message.account},
    }
    return HttpRequest(
        method="POST",
        url=f"{_api(credentials)}/email",
        headers={**_authorization(credentials), "Content-Type": "application/json"},
        body=orjson.dumps({name: value for name, value in mail.items() if value}),
    )


def probe(credentials: Credentials, _circumstances: Circumstances) -> HttpRequest:
    """Asks for the server that the token is of."""
    return HttpRequest("GET", f"{_api(credentials)}/server", _authorization(credentials), b"")


def read(response: HttpResponse) -> Outcome:
    """Sort Postmark's answer by its error code, which is 0 when it took the mail, and by the status."""
    status, answer = response.status, json_answer(response)
    code = text_at(answer, "ErrorCode")
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES and code in {"", "0"}:
        sent, mended = clean(text_at(answer, "MessageID"), _MAX_ID)
        return Sent(sent) if sent and not mended else Unknown("Postmark took it, but its answer could not be read.")
    if code in _ERRORS:
        return replace(_ERRORS[code], retry_after=retry_after(response))
    if status in _LATER:
        throttled = status == HTTPStatus.TOO_MANY_REQUESTS
        wait = retry_after(response)
        return Refused(f"http_{status}", _TRY_LATER, retryable=True, retry_after=wait, throttled=throttled)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unknown("Postmark failed while it had the mail.")
    if status == HTTPStatus.UNAUTHORIZED:
        return Refused(f"http_{status}", _WRONG_TOKEN, operator=True, credentials=True)
    if code == _INVALID and "'To'" in text_at(answer, "Message"):
        return Refused("invalid_recipient", "Postmark does not take the recipient for an e-mail address.")
    if status in _ELSEWHERE or (status < HTTPStatus.BAD_REQUEST and not code):
        return Refused(f"http_{status}", "What answers at POSTMARK_API_URL is not Postmark's API.", operator=True)
    return Refused(clean(code, _MAX_CODE)[0] or f"http_{status}", "Postmark does not take the message as it is.")


def _api(credentials: Credentials) -> str:
    return credentials["api_url"].rstrip("/")


def _authorization(credentials: Credentials) -> dict[str, str]:
    return {"X-Postmark-Server-Token": credentials["server_token"], "Accept": "application/json"}
