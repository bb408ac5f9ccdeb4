"""Sending through Telnyx: `POST /v2/messages`."""

import json
from dataclasses import replace
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from bot.core.errors import UnparsableError
from bot.core.messages import JsonObject, OutboundMessage
from bot.providers.base import Circumstances, Credentials, HttpRequest, HttpResponse, Outcome, Sent, Unknown
from bot.providers.kit.http import json_answer, retry_after
from bot.providers.kit.json_reader import Part
from bot.providers.kit.sms_text import sms_text
from bot.providers.telnyx.errors import refusal
from bot.providers.telnyx.inbound import error_code

MAX_GSM = 1520
MAX_UCS2 = 660
"""Ten parts of an SMS, of which a character of two units may leave one unit each empty."""


def build(message: OutboundMessage, credentials: Credentials, circumstances: Circumstances) -> HttpRequest:
    """The request that sends `message`, with its file as an MMS; choices are numbered lines, places are links.

    The idempotency key lets a request whose answer was lost be made again.
    """
    words = sms_text(replace(message, media=None), gsm=MAX_GSM, ucs2=MAX_UCS2)
    payload: dict[str, Any] = {"from": message.account.partition(":")[2], "to": message.to.value}
    if words:
        payload["text"] = words
    if message.media is not None:
        payload["media_urls"] = [message.media.url]
    if circumstances.callback_url:
        payload["webhook_url"] = circumstances.callback_url
    return HttpRequest(
        method="POST",
        url=f"{_api(credentials)}/v2/messages",
        headers={
            **_authorization(credentials),
            "Content-Type": "application/json",
            "Idempotency-Key": message.id,
        },
        body=json.dumps(payload, ensure_ascii=False).encode(),
    )


def probe(credentials: Credentials, _circumstances: Circumstances) -> HttpRequest:
    """Asks for the account's balance."""
    return HttpRequest(
        method="GET", url=f"{_api(credentials)}/v2/balance", headers=_authorization(credentials), body=b""
    )


def media(entry: JsonObject, _credentials: Credentials) -> HttpRequest:
    """The request for a file that a person sent; its address is a secret of its own, so that no key goes along.

    Raises UnparsableError where the address is not https.
    """
    url = Part(entry).text("url")
    try:
        is_secure = urlsplit(url).scheme == "https"
    except ValueError:
        is_secure = False
    if not is_secure:
        raise UnparsableError("url is not https")
    return HttpRequest(method="GET", url=url, headers={}, body=b"")


def read(response: HttpResponse) -> Outcome:
    """Sort Telnyx's answer; a 5xx says nothing about whether the message went out."""
    answer = json_answer(response)
    try:
        if HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
            return Sent(answer.part("data").identifier("id"))
        code = error_code(answer)
    except UnparsableError:
        code = ""
    if response.status < HTTPStatus.MULTIPLE_CHOICES:
        return Unknown("Telnyx took it, but its answer could not be read.")
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unknown(f"Telnyx failed while it took it (http_{response.status}).")
    refused = refusal(code, response.status)
    return replace(refused, retry_after=retry_after(response) or refused.retry_after)


def _api(credentials: Credentials) -> str:
    return credentials["api_url"].rstrip("/")


def _authorization(credentials: Credentials) -> dict[str, str]:
    return {"Authorization": f"Bearer {credentials['api_key']}", "Accept": "application/json"}
