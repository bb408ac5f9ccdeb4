"""Sending through Amazon SES: `POST /v2/email/outbound-emails`, the whole mail in it, signed by version 4."""

import base64
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import orjson

from bot.core.consents import ConsentReason
from bot.core.errors import UnparsableError
from bot.core.messages import OutboundMessage
from bot.providers.base import Circumstances, Credentials, HttpRequest, HttpResponse, Outcome, Refused, Sent, Unknown
from bot.providers.kit.http import json_answer, retry_after
from bot.providers.kit.json_reader import Part
from bot.providers.mail.write import ascii_copies, ascii_recipient, write_mail
from bot.providers.ses.events import TAG
from bot.providers.ses.sigv4 import Key, signed

_SEND = "/v2/email/outbound-emails"
_ACCOUNT = "/v2/email/account"
_SECONDS = 5.0
_HOUR = 3600.0
_MAX_NAME = 64


def build(message: OutboundMessage, credentials: Credentials, circumstances: Circumstances) -> HttpRequest:
    """The request that sends `message` as a mail in its thread; choices become numbered lines.

    SES puts a Message-ID and a Date of its own into the mail.
    """
    sender = credentials["from"]
    raw = write_mail(message, sender=sender, now=circumstances.now)
    body: dict[str, Any] = {
        "Destination": {"ToAddresses": [ascii_recipient(message)], **_copies(message)},
        "Content": {"Raw": {"Data": base64.b64encode(raw).decode()}},
        "EmailTags": [{"Name": TAG, "Value": message.id}],
    }
    if configuration_set := credentials.get("configuration_set"):
        body["ConfigurationSetName"] = configuration_set
    return _request("POST", _SEND, credentials, orjson.dumps(body), circumstances.now)


def _copies(message: OutboundMessage) -> dict[str, list[str]]:
    cc, bcc = ascii_copies(message)
    return {name: list(those) for name, those in (("CcAddresses", cc), ("BccAddresses", bcc)) if those}


def probe(credentials: Credentials, circumstances: Circumstances) -> HttpRequest:
    """Asks for the account's standing; the IAM user needs `ses:GetAccount` for it."""
    return _request("GET", _ACCOUNT, credentials, b"", circumstances.now)


def read(response: HttpResponse) -> Outcome:
    """Sort SES's answer by the name of its error."""
    status, answer = response.status, json_answer(response)
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        try:
            return Sent(answer.identifier("MessageId"))
        except UnparsableError:
            return Unknown("SES took it, but its answer could not be read.")
    name, words = _error(response, answer), _text(answer, "message").lower()
    if not name and status in {HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT}:
        return Unknown("SES's gateway lost the answer.")
    code = name or f"http_{status}"
    if name in _THROTTLED or status == HTTPStatus.TOO_MANY_REQUESTS:
        # The day's quota is full for hours, however slowly one sends; the second's is not.
        if "daily" in words:
            reason = "The SES account has sent as many mails as it may in 24 hours; what waits is tried each hour."
            return Refused(code, reason, retryable=True, retry_after=retry_after(response) or _HOUR, operator=True)
        seconds = retry_after(response) or _SECONDS
        return Refused(code, "SES's sending rate is reached.", retryable=True, retry_after=seconds, throttled=True)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        reason = "SES asks for another try later."
        return Refused(code, reason, retryable=True, retry_after=retry_after(response))
    return _for_the_operator(code, name, status) or _for_good(code, name, words)


def _for_the_operator(code: str, name: str, status: int) -> Refused | None:
    if name in _CREDENTIALS or (not name and status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}):
        reason = "SES does not take the credentials, or they may not send: look at the access key and its policy."
        return Refused(code, reason, operator=True, credentials=True)
    if name in _OPERATOR:
        return Refused(code, _OPERATOR[name], operator=True, credentials=name in _PAUSED)
    if status < HTTPStatus.BAD_REQUEST:
        return Refused(code, "What answers at SES_API_URL is not SES's API.", operator=True)
    return None


def _for_good(code: str, name: str, words: str) -> Refused:
    if "suppression list" in words:
        reason = "The address is on the account's suppression list."
        return Refused(code, reason, opt_out=ConsentReason.BOUNCE)
    if name == "MessageRejected" and "not verified" in words:
        reason = "SES does not know the sender, or the account is in the sandbox and does not know the recipient."
        return Refused(code, reason)
    return Refused(code, "SES does not take the mail as it is.")


_CREDENTIALS = frozenset(
    {
        "AccessDeniedException",
        "ExpiredTokenException",
        "IncompleteSignatureException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_PAUSED = frozenset({"AccountSuspendedException", "SendingPausedException"})
"""AWS stopped the whole account."""
_THROTTLED = frozenset({"TooManyRequestsException", "ThrottlingException", "Throttling"})
_OPERATOR: Mapping[str, str] = {
    **dict.fromkeys(_PAUSED, "AWS has paused the account's sending: see the SES console."),
    "MailFromDomainNotVerifiedException": "The sender's domain is not verified in SES.",
    "LimitExceededException": "A limit of the AWS account is reached: see the SES console.",
    "NotFoundException": "SES does not know the configuration set; look at SES_CONFIGURATION_SET and SES_REGION.",
}


def _request(method: str, path: str, credentials: Credentials, body: bytes, now: datetime) -> HttpRequest:
    region = credentials["region"].strip()
    base = (credentials.get("api_url") or f"https://email.{region}.amazonaws.com").rstrip("/")
    headers = signed(
        method,
        urlsplit(base).netloc,
        urlsplit(base).path + path,
        headers={"Content-Type": "application/json"} if body else {},
        body=body,
        key=Key(credentials["access_key_id"].strip(), credentials["secret_access_key"].strip(), region, "ses"),
        now=now,
    )
    return HttpRequest(method, base + path, headers, body)


def _error(response: HttpResponse, answer: Part) -> str:
    """The error's name: in a header, with a colon and an address behind it, or in the body behind a `#`."""
    spelled = response.headers.get("x-amzn-errortype", "") or _text(answer, "__type")
    name = spelled.partition(":")[0].rpartition("#")[2].strip()
    return name if name.isalnum() and len(name) <= _MAX_NAME else ""


def _text(answer: Part, key: str) -> str:
    try:
        return answer.text(key, "")
    except UnparsableError:
        return ""
