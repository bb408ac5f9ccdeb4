"""Sending through Twilio: `POST /2010-04-01/Accounts/{AccountSid}/Messages.json`."""

import json
from base64 import b64encode
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from bot.core.addresses import Channel
from bot.core.errors import UnparsableError
from bot.core.messages import ApprovedTemplate, JsonObject, Location, Media, MediaKind, OutboundMessage
from bot.providers.base import Circumstances, Credentials, HttpRequest, HttpResponse, Outcome, Sent, Unknown
from bot.providers.kit.http import json_answer, retry_after
from bot.providers.kit.json_reader import Part
from bot.providers.kit.plain_text import degrees, plain
from bot.providers.twilio.errors import refusal
from bot.providers.twilio.inbound import CALLBACK_ID

MAX_TEXT = 1600

_MEDIA_HOST = ("https", "api.twilio.com")
_CAPTIONED = frozenset({MediaKind.IMAGE, MediaKind.VIDEO})


def build(message: OutboundMessage, credentials: Credentials, circumstances: Circumstances) -> HttpRequest:
    """The request that sends `message` from the sender its account names; choices become numbered lines.

    With a messaging service the account's number is named too, so that an answer comes from where it was asked.
    """
    form = {**_ends(message, credentials), **_content(message)}
    if circumstances.callback_url:
        form["StatusCallback"] = f"{circumstances.callback_url}?{urlencode({CALLBACK_ID: message.id})}"
    return HttpRequest(
        method="POST",
        url=f"{_account_url(credentials)}/Messages.json",
        headers={**_authorization(credentials), "Content-Type": "application/x-www-form-urlencoded"},
        body=urlencode(form).encode(),
    )


def probe(credentials: Credentials, _circumstances: Circumstances) -> HttpRequest:
    """Asks for the account itself."""
    return HttpRequest(
        method="GET", url=f"{_account_url(credentials)}.json", headers=_authorization(credentials), body=b""
    )


def media(entry: JsonObject, credentials: Credentials) -> HttpRequest:
    """The request for a file that a person sent; Twilio sends it on to another host, which must not see the token.

    Raises UnparsableError where the file is not at Twilio, since the token goes along.
    """
    url = Part(entry).text("url")
    if _origin(url) not in {_MEDIA_HOST, _origin(credentials["api_url"])}:
        raise UnparsableError("url is not at Twilio")
    return HttpRequest(method="GET", url=url, headers=_authorization(credentials), body=b"")


def read(response: HttpResponse) -> Outcome:
    """Sort Twilio's answer; a 5xx says nothing about whether the message went out."""
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


def _ends(message: OutboundMessage, credentials: Credentials) -> dict[str, str]:
    sender = message.account.partition(":")[2]
    if message.channel is Channel.WHATSAPP:
        return {"To": f"whatsapp:{message.to.value}", "From": sender}
    service = credentials.get("messaging_service_sid")
    return {"To": message.to.value, "From": sender} | ({"MessagingServiceSid": service} if service else {})


def _content(message: OutboundMessage) -> dict[str, str]:
    if message.template is not None:
        return _template(message.template)
    if message.media is not None and _is_shown(message, message.media):
        words = plain(replace(message, media=None), MAX_TEXT)
        return {"MediaUrl": message.media.url} | ({"Body": words} if words else {})
    if message.location is not None and message.media is None and message.channel is Channel.WHATSAPP:
        return _place(message, message.location)
    return {"Body": plain(message, MAX_TEXT)}


def _template(template: ApprovedTemplate) -> dict[str, str]:
    """A template by its Content SID, `HX…`; numbered parameters are known by their place."""
    variables = {name or str(place): text for place, (name, text) in enumerate(template.parameters, start=1)}
    chosen = {"ContentVariables": json.dumps(variables, ensure_ascii=False)} if variables else {}
    return {"ContentSid": template.name} | chosen


def _is_shown(message: OutboundMessage, media: Media) -> bool:
    """Whether the file is shown; on WhatsApp Twilio puts no words beside a sound or a document."""
    has_words = bool(message.text or message.choices or message.location)
    return message.channel is not Channel.WHATSAPP or media.kind in _CAPTIONED or not has_words


def _place(message: OutboundMessage, location: Location) -> dict[str, str]:
    """A place on the map: its name is the body, which the message's own words take the place of."""
    point = f"{degrees(location.latitude)},{degrees(location.longitude)}"
    words = plain(replace(message, location=None), MAX_TEXT)
    named = (location.name if words else "", location.address)
    label = ", ".join(filter(None, named)).replace("|", " ")
    return {
        "Body": words or location.name or location.address or point,
        "PersistentAction": f"geo:{point}|{label}" if label else f"geo:{point}",
    }


def _origin(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.scheme, parts.netloc


def _account_url(credentials: Credentials) -> str:
    return f"{credentials['api_url'].rstrip('/')}/2010-04-01/Accounts/{credentials['account_sid']}"


def _authorization(credentials: Credentials) -> dict[str, str]:
    token = next(iter(credentials.each("auth_token")), "")
    user = f"{credentials['account_sid']}:{token}"
    return {"Authorization": f"Basic {b64encode(user.encode()).decode()}"}
