"""Sending through Mailgun: `POST /v3/{domain}/messages`."""

import base64
from http import HTTPStatus
from urllib.parse import quote, urlencode

from bot.core.errors import UnparsableError
from bot.core.messages import EmailHeaders, OutboundMessage
from bot.core.text import cut
from bot.providers.base import Circumstances, Credentials, HttpRequest, HttpResponse, Outcome, Refused, Sent, Unknown
from bot.providers.http import json_answer, retry_after
from bot.providers.lines import numbered
from bot.providers.mail import MARKER, email_address, header_line, message_id
from bot.providers.narrow import Part

_MAX_DEFAULT_SUBJECT = 60
_LOST = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT})
_LATER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
_OPERATOR = {
    HTTPStatus.UNAUTHORIZED: "Mailgun does not know the API key; look at MAILGUN_API_KEY and the region.",
    HTTPStatus.PAYMENT_REQUIRED: "Mailgun wants the account's payment put in order.",
    HTTPStatus.FORBIDDEN: "Mailgun does not let this account send; a sandbox domain sends to authorized people only.",
    HTTPStatus.NOT_FOUND: "Mailgun does not know the domain; look at MAILGUN_DOMAIN and the region.",
}


def build(message: OutboundMessage, credentials: Credentials, _circumstances: Circumstances) -> HttpRequest:
    """The request that sends `message` as plain text in its thread; choices become numbered lines.

    Mailgun calls the event webhooks of its own settings, so no callback URL goes along.
    """
    email = message.email or EmailHeaders()
    fields = {
        "from": header_line(credentials["from"]),
        # What is no single address becomes one that Mailgun refuses, so that a comma never adds a recipient.
        "to": email_address(message.to.value) or "invalid",
        # Without a subject to answer, the first words say what it is about, in the reader's own language.
        "subject": header_line(email.subject) or cut(header_line(message.text), _MAX_DEFAULT_SUBJECT),
        "text": numbered(message.text, message.choices),
        "h:In-Reply-To": message_id(email.in_reply_to),
        "h:References": " ".join(filter(None, map(message_id, email.references))),
        "h:Auto-Submitted": "auto-replied",
        "h:X-Auto-Response-Suppress": "All",
        f"h:{MARKER}": message.id,
        "v:bot_msg": message.id,
    }
    return HttpRequest(
        method="POST",
        url=f"{_api(credentials)}/v3/{_domain(message.account)}/messages",
        headers={**_authorization(credentials), "Content-Type": "application/x-www-form-urlencoded"},
        body=urlencode({name: value for name, value in fields.items() if value}, errors="replace").encode(),
    )


def probe(credentials: Credentials) -> HttpRequest:
    """Asks for our domain; a key that may only send is refused here."""
    domain = quote(credentials["domain"].strip().lower(), safe="")
    return HttpRequest("GET", f"{_api(credentials)}/v4/domains/{domain}", _authorization(credentials), b"")


def read(response: HttpResponse) -> Outcome:
    """Sort Mailgun's answer by its status; Mailgun gives no error codes."""
    status, answer = response.status, json_answer(response)
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        sent = message_id(_text(answer, "id"))
        return Sent(sent) if sent else Unknown("Mailgun took it, but its answer could not be read.")
    if status in _LOST:
        return Unknown("Mailgun's gateway lost the answer.")
    code = f"http_{status}"
    if status in _LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        reason = "Mailgun asks for another try later."
        return Refused(code, reason, retryable=True, retry_after=retry_after(response))
    if status in _OPERATOR:
        return Refused(code, _OPERATOR[HTTPStatus(status)], operator=True)
    if status < HTTPStatus.BAD_REQUEST:
        return Refused(code, "What answers at MAILGUN_API_URL is not Mailgun's API.", operator=True)
    if "to parameter" in _text(answer, "message").replace("'", ""):
        return Refused("invalid_recipient", "Mailgun does not take the recipient for an e-mail address.")
    return Refused(code, "Mailgun does not take the message as it is.")


def _api(credentials: Credentials) -> str:
    return credentials["api_url"].rstrip("/")


def _domain(account: str) -> str:
    return quote(account.partition(":")[2], safe="")


def _authorization(credentials: Credentials) -> dict[str, str]:
    token = base64.b64encode(f"api:{credentials['api_key']}".encode()).decode()
    return {"Authorization": f"Basic {token}"}


def _text(answer: Part, key: str) -> str:
    try:
        return answer.text(key, "")
    except UnparsableError:
        return ""
