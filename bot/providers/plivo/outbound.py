"""Sending through Plivo: `POST /v1/Account/{auth_id}/Message/`."""

import json
from base64 import b64encode
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urlencode

from bot.core.errors import UnparsableError
from bot.core.messages import OutboundMessage
from bot.providers.base import Circumstances, Credentials, HttpRequest, HttpResponse, Outcome, Sent, Unknown
from bot.providers.kit.http import json_answer, retry_after
from bot.providers.kit.json_reader import Part
from bot.providers.kit.sms_text import sms_text
from bot.providers.plivo.errors import refusal
from bot.providers.plivo.inbound import CALLBACK_ID

MAX_GSM = 1600
MAX_UCS2 = 737


def build(message: OutboundMessage, credentials: Credentials, circumstances: Circumstances) -> HttpRequest:
    """The request that sends `message` as words; choices are numbered lines, files and places are links."""
    payload = {
        "src": message.account.partition(":")[2],
        "dst": message.to.value.removeprefix("+"),
        "text": sms_text(message, gsm=MAX_GSM, ucs2=MAX_UCS2),
        "type": "sms",
    }
    if circumstances.callback_url:
        payload["url"] = f"{circumstances.callback_url}?{urlencode({CALLBACK_ID: message.id})}"
        payload["method"] = "POST"
    return HttpRequest(
        method="POST",
        url=f"{_account_url(credentials)}/Message/",
        headers={**_authorization(credentials), "Content-Type": "application/json"},
        body=json.dumps(payload, ensure_ascii=False).encode(),
    )


def probe(credentials: Credentials, _circumstances: Circumstances) -> HttpRequest:
    """Asks for the account itself."""
    return HttpRequest(method="GET", url=f"{_account_url(credentials)}/", headers=_authorization(credentials), body=b"")


def read(response: HttpResponse) -> Outcome:
    """Sort Plivo's answer; a 5xx says nothing about whether the message went out."""
    if HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
        try:
            return Sent(_uuid(json_answer(response)))
        except UnparsableError:
            return Unknown("Plivo took it, but its answer could not be read.")
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unknown(f"Plivo failed while it took it (http_{response.status}).")
    return replace(refusal(response.status), retry_after=retry_after(response))


def _uuid(answer: Part) -> str:
    """The message's id: of one recipient there is one; raises UnparsableError."""
    listed = answer.value.get("message_uuid")
    return Part({"message_uuid": listed[0] if isinstance(listed, list) and listed else listed}).identifier(
        "message_uuid"
    )


def _account_url(credentials: Credentials) -> str:
    return f"{credentials['api_url'].rstrip('/')}/v1/Account/{credentials['auth_id']}"


def _authorization(credentials: Credentials) -> dict[str, str]:
    token = next(iter(credentials.each("auth_token")), "")
    user = f"{credentials['auth_id']}:{token}"
    return {"Authorization": f"Basic {b64encode(user.encode()).decode()}"}
