"""Sending through Vonage: `POST /v1/messages` of the Messages API."""

import json
from base64 import b64encode
from dataclasses import replace
from http import HTTPStatus

from bot.core.errors import UnparsableError
from bot.core.messages import OutboundMessage
from bot.providers.base import Circumstances, Credentials, HttpRequest, HttpResponse, Outcome, Sent, Unknown
from bot.providers.kit.http import json_answer, retry_after
from bot.providers.kit.plain_text import plain
from bot.providers.vonage.errors import refusal
from bot.providers.vonage.inbound import error_code

MAX_TEXT = 1000


def build(message: OutboundMessage, credentials: Credentials, circumstances: Circumstances) -> HttpRequest:
    """The request that sends `message` as words; choices are numbered lines, files and places are links."""
    payload = {
        "channel": "sms",
        "message_type": "text",
        "to": message.to.value.removeprefix("+"),
        "from": message.account.partition(":")[2],
        "text": plain(message, MAX_TEXT),
        "client_ref": message.id,
    }
    if circumstances.callback_url:
        payload["webhook_url"] = circumstances.callback_url
    return HttpRequest(
        method="POST",
        url=f"{_api(credentials)}/v1/messages",
        headers={**_authorization(credentials), "Content-Type": "application/json", "Accept": "application/json"},
        body=json.dumps(payload, ensure_ascii=False).encode(),
    )


def probe(credentials: Credentials, _circumstances: Circumstances) -> HttpRequest:
    """Asks for one of the account's applications."""
    return HttpRequest(
        method="GET",
        url=f"{_api(credentials)}/v2/applications?page_size=1",
        headers=_authorization(credentials),
        body=b"",
    )


def read(response: HttpResponse) -> Outcome:
    """Sort Vonage's answer; a 5xx says nothing about whether the message went out."""
    answer = json_answer(response)
    try:
        if HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
            return Sent(answer.identifier("message_uuid"))
        code = error_code(answer)
    except UnparsableError:
        code = ""
    if response.status < HTTPStatus.MULTIPLE_CHOICES:
        return Unknown("Vonage took it, but its answer could not be read.")
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unknown(f"Vonage failed while it took it (http_{response.status}).")
    refused = refusal(code, response.status)
    return replace(refused, retry_after=retry_after(response) or refused.retry_after)


def _api(credentials: Credentials) -> str:
    return credentials["api_url"].rstrip("/")


def _authorization(credentials: Credentials) -> dict[str, str]:
    user = f"{credentials['api_key']}:{credentials['api_secret']}"
    return {"Authorization": f"Basic {b64encode(user.encode()).decode()}"}
