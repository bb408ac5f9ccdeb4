"""WhatsApp through 360dialog, which hands Meta's Cloud API on as it is, in both directions.

Where the two differ: who calls is known by a header that we choose, requests carry an API key that stands for one
number, files are asked from 360dialog, and it has errors of its own. Source: docs.360dialog.com, "Messages", "Media",
"Webhook URL", "Error Code Reference".
"""

from dataclasses import replace
from datetime import datetime
from functools import partial
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

import orjson

from bot.core.addresses import Channel
from bot.core.errors import SignatureError
from bot.core.i18n import N_
from bot.core.messages import JsonObject, OutboundMessage
from bot.core.splitting import TextLimit
from bot.providers.base import (
    Circumstances,
    Credential,
    Credentials,
    HttpRequest,
    HttpResponse,
    Outcome,
    Provider,
    Refused,
    TemplatePage,
    WebhookRequest,
)
from bot.providers.kit.http import retry_after
from bot.providers.kit.json_lenient import parts_at
from bot.providers.kit.json_reader import Part, read_object
from bot.providers.kit.signatures import equal
from bot.providers.meta.templates import AT_ONCE, listed
from bot.providers.meta.whatsapp import FEATURES, FILES, WINDOW
from bot.providers.meta.whatsapp_inbound import parse
from bot.providers.meta.whatsapp_media import address, media_path
from bot.providers.meta.whatsapp_outbound import MAX_TEXT, payload
from bot.providers.meta.whatsapp_outbound import read as read_metas

NAME = "dialog360"

CREDENTIALS = (
    Credential(
        "api_url",
        "DIALOG360_API_URL",
        N_("Where messages are sent: 360dialog's Messaging API"),
        default="https://waba-v2.360dialog.io",
    ),
    Credential(
        "phone_number_id",
        "DIALOG360_PHONE_NUMBER_ID",
        N_("Meta's id of the number: 360dialog Hub > the number's details > Phone number ID"),
    ),
    Credential(
        "api_key",
        "DIALOG360_API_KEY",
        N_("Lets us send from that number: 360dialog Hub > the number > API key > Generate"),
        secret=True,
    ),
    Credential(
        "webhook_token",
        "DIALOG360_WEBHOOK_TOKEN",
        N_(
            "Proves that a post is 360dialog's: words you make up; type `Bearer` and the same words as the header "
            "Authorization of the webhook; two, comma-separated, to rotate"
        ),
        secret=True,
        several=True,
    ),
)


def identity(credentials: Credentials) -> tuple[str, ...]:
    """The number's id, as Meta's posts give it; there is one, since the API key stands for one number."""
    number = credentials.get("phone_number_id").strip()
    return (number,) if number else ()


def verify(request: WebhookRequest, credentials: Credentials, _now: datetime) -> None:
    """Check that the `Authorization` header bears our token: 360dialog signs nothing.

    Raises SignatureError, or NotConfiguredError when there is no token.
    """
    tokens = credentials.each("webhook_token")
    given = request.headers.get("authorization", "")
    if not any(equal(given, f"Bearer {token}") for token in tokens):
        raise SignatureError("the header Authorization does not bear DIALOG360_WEBHOOK_TOKEN")


def build(message: OutboundMessage, credentials: Credentials, _circumstances: Circumstances) -> HttpRequest:
    """The request that sends `message`, in Meta's own JSON, from the number that the API key stands for."""
    return HttpRequest(
        method="POST",
        url=f"{_api(credentials)}/messages",
        headers={**_key(credentials), "Content-Type": "application/json"},
        body=orjson.dumps(payload(message)),
    )


def read(response: HttpResponse) -> Outcome:
    """Sort the answer as Meta's; a bad request that has no code of Meta's, by the words of 360dialog's own errors."""
    outcome = read_metas(response)
    if not isinstance(outcome, Refused) or outcome.code != _BAD_REQUEST:
        return outcome
    words = response.body.decode("utf-8", "replace").lower()
    known = next((refused for part, refused in _OWN if part in words), outcome)
    return replace(known, retry_after=retry_after(response))


_BAD_REQUEST = "http_400"
_OWN = (
    ("rate limit", Refused(_BAD_REQUEST, "360dialog's rate limit is reached.", retryable=True, throttled=True)),
    ("lack of payment", Refused(_BAD_REQUEST, "360dialog wants its invoices paid: see the Hub.", operator=True)),
    (
        "has been disabled",
        Refused(_BAD_REQUEST, "The number has been disabled: ask 360dialog's support.", operator=True),
    ),
)
"""What its words mean, by a part of them."""


_LOST = N_("360dialog has not handed on an answer.")


def probe(credentials: Credentials, _circumstances: Circumstances) -> HttpRequest:
    """Asks which webhook the number has."""
    return HttpRequest("GET", f"{_api(credentials)}/v1/configs/webhook", _key(credentials), b"")


def media(entry: JsonObject, credentials: Credentials) -> HttpRequest:
    """The request that asks where a file is; raises UnparsableError when the entry has no id."""
    return HttpRequest("GET", f"{_api(credentials)}/{media_path(entry)}", _key(credentials), b"")


def media_found(response: HttpResponse, credentials: Credentials) -> HttpRequest | None:
    """The request for the file itself: Meta's address with 360dialog's host. None when there is none."""
    found = urlsplit(address(response, credentials))
    if not found.netloc:
        return None
    query = f"?{found.query}" if found.query else ""
    return HttpRequest("GET", f"{_api(credentials)}{found.path}{query}", _key(credentials), b"")


def templates(cursor: str, credentials: Credentials) -> HttpRequest:
    """Asks for the templates of the number's account, from the place on that the cursor names."""
    asked = urlencode({"limit": str(AT_ONCE), "offset": cursor or "0"})
    return HttpRequest("GET", f"{_api(credentials)}/v1/configs/templates?{asked}", _key(credentials), b"")


def templates_found(response: HttpResponse, _credentials: Credentials) -> TemplatePage | Refused:
    """The templates in the answer, or why there are none; raises UnparsableError."""
    if response.status >= HTTPStatus.MULTIPLE_CHOICES:
        outcome = read(response)
        return outcome if isinstance(outcome, Refused) else Refused(f"http_{response.status}", _LOST, retryable=True)
    answer = read_object(response.body)
    found = tuple(listed(answer, "waba_templates"))
    behind = _whole(answer, "offset") + len(parts_at(answer, "waba_templates"))
    return TemplatePage(found, str(behind) if found and behind < _whole(answer, "total") else "")


def _whole(answer: Part, key: str) -> int:
    """The whole number at `key`; 0 where there is none."""
    value = answer.value.get(key)
    return value if isinstance(value, int) else 0


def _api(credentials: Credentials) -> str:
    return credentials["api_url"].rstrip("/")


def _key(credentials: Credentials) -> dict[str, str]:
    return {"D360-API-KEY": credentials["api_key"]}


PROVIDER = Provider(
    name=NAME,
    title="360dialog",
    channels=(Channel.WHATSAPP,),
    credentials=CREDENTIALS,
    identity=identity,
    default_rate=80.0,
    texts={Channel.WHATSAPP: TextLimit(MAX_TEXT)},
    file_seconds=2.0,
    files=FILES,
    knock=verify,
    verify=verify,
    parse=partial(parse, name=NAME),
    build=build,
    read=read,
    probe=probe,
    signature="secret header",
    features=FEATURES,
    beta=True,
    windows={Channel.WHATSAPP: WINDOW},
    media=media,
    media_found=media_found,
    templates=templates,
    templates_found=templates_found,
)
