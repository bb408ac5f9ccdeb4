"""Sending through Twilio: `POST /2010-04-01/Accounts/{AccountSid}/Messages.json`."""

from base64 import b64encode
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urlencode

from bot.core.addresses import Channel
from bot.core.errors import UnparsableError
from bot.core.messages import OutboundMessage
from bot.providers.base import Circumstances, Credentials, HttpRequest, HttpResponse, Outcome, Sent, Unknown
from bot.providers.http import json_answer, retry_after
from bot.providers.lines import numbered
from bot.providers.twilio_errors import refusal
from bot.providers.twilio_inbound import CALLBACK_ID

MAX_TEXT = 1600


def build(message: OutboundMessage, credentials: Credentials, circumstances: Circumstances) -> HttpRequest:
    """The request that sends `message` from the sender its account names; choices become numbered lines."""
    prefix = "whatsapp:" if message.channel is Channel.WHATSAPP else ""
    form = {
        "To": f"{prefix}{message.to.value}",
        "From": message.account.partition(":")[2],
        "Body": numbered(message.text, message.choices, MAX_TEXT),
    }
    if circumstances.callback_url:
        form["StatusCallback"] = f"{circumstances.callback_url}?{urlencode({CALLBACK_ID: message.id})}"
    return HttpRequest(
        method="POST",
        url=f"{_account_url(credentials)}/Messages.json",
        headers={**_authorization(credentials), "Content-Type": "application/x-www-form-urlencoded"},
        body=urlencode(form).encode(),
    )


def probe(credentials: Credentials) -> HttpRequest:
    """Asks for the account itself."""
    return HttpRequest(
        method="GET", url=f"{_account_url(credentials)}.json", headers=_authorization(credentials), body=b""
    )


def read(response: HttpResponse) -> Outcome:
    """Sort Twilio's answer; a 5xx without its error code says nothing about whether the message went out."""
    answer = json_answer(response)
    try:
        if HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
            return Sent(answer.identifier("sid"))
        code = answer.text("code", "")
    except UnparsableError:
        code = ""
    if response.status < HTTPStatus.MULTIPLE_CHOICES:
        return Unknown("Twilio took it, but its answer could not be read.")
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unknown(f"Twilio failed while it took it (http_{response.status}).")
    refused = refusal(code, response.status)
    return replace(refused, retry_after=retry_after(response) or refused.retry_after)


def _account_url(credentials: Credentials) -> str:
    return f"{credentials['api_url'].rstrip('/')}/2010-04-01/Accounts/{credentials['account_sid']}"


def _authorization(credentials: Credentials) -> dict[str, str]:
    token = next(iter(credentials.each("auth_token")), "")
    user = f"{credentials['account_sid']}:{token}"
    return {"Authorization": f"Basic {b64encode(user.encode()).decode()}"}
