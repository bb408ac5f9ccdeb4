"""Posts that come as a GET, with all of them in the query: of the three providers whose consoles offer that."""

import hashlib
import hmac
from collections.abc import AsyncIterator, Callable, Mapping
from urllib.parse import urlencode

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs
from yarl import URL

from bot.core.clock import utc_now
from bot.messages.kept.models import WebhookEvent
from bot.providers.table import PROVIDERS
from tests.support import posts, sms_posts
from tests.support.served import PUBLIC_URL, Answer, Served, serving

Signed = tuple[str, dict[str, str]]
"""Query and headers."""

SETTINGS = {
    "VONAGE_API_KEY": sms_posts.VONAGE_API_KEY,
    "VONAGE_API_SECRET": "hush",
    "VONAGE_SIGNATURE_SECRET": sms_posts.VONAGE_SECRET,
    "VONAGE_SIGNATURE": "sha256",
    "VONAGE_FROM": "15559870002",
    "PLIVO_AUTH_ID": "MA1",
    "PLIVO_AUTH_TOKEN": sms_posts.PLIVO_TOKEN,
    "PLIVO_FROM": "15559870002",
}


def twilio(message: Mapping[str, str]) -> Signed:
    query = urlencode(message)
    headers, _body = posts.signed_twilio({}, f"{PUBLIC_URL}/webhooks/twilio?{query}")
    return query, {"X-Twilio-Signature": headers["X-Twilio-Signature"]}


def plivo(message: Mapping[str, str]) -> Signed:
    headers, _body = sms_posts.signed_plivo(message, f"{PUBLIC_URL}/webhooks/plivo")
    del headers["Content-Type"]
    return urlencode(message), headers


def vonage(message: Mapping[str, str]) -> Signed:
    dated = {**message, "timestamp": str(int(utc_now().timestamp()))}
    text = "".join(f"&{name}={dated[name]}" for name in sorted(dated))
    signature = hmac.new(sms_posts.VONAGE_SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
    return urlencode({**dated, "sig": signature}), {}


SIGN: Mapping[str, Callable[[Mapping[str, str]], Signed]] = {"twilio": twilio, "vonage": vonage, "plivo": plivo}
MESSAGES: Mapping[str, Mapping[str, str]] = {
    "twilio": posts.twilio_message("hi"),
    "vonage": {"msisdn": "15551230001", "to": "15559870002", "messageId": "0B01", "text": "hi", "type": "text"},
    "plivo": sms_posts.plivo_message("hi"),
}


@pytest.fixture
async def connected(sqlite_url: str) -> AsyncIterator[Served]:
    """The application with the three configured."""
    async with serving(sqlite_url, **SETTINGS) as bot:
        yield bot


async def get(bot: Served, name: str, signed: Signed) -> Answer:
    query, headers = signed
    return await bot.ask("GET", URL(f"/webhooks/{name}?{query}", encoded=True), headers=headers)


@pytest.mark.parametrize("name", SIGN)
async def test_a_message_that_comes_by_get_is_answered(connected: Served, name: str) -> None:
    answer = await get(connected, name, SIGN[name](MESSAGES[name]))

    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert await connected.texts() == ["hi"]
    assert await connected.texts("outbound") == ["Hello!"]


@pytest.mark.parametrize("name", SIGN)
async def test_without_its_signature_it_is_refused_and_the_log_does_not_quote_it(connected: Served, name: str) -> None:
    with capture_logs() as logs:
        answer = await get(connected, name, (urlencode({**MESSAGES[name], "sig": "0"}), {}))

    assert answer.status == 401
    assert await connected.nothing_stored()
    (line,) = logs
    assert "15551230001" not in str(line)
    assert line.get("url", f"{PUBLIC_URL}/webhooks/{name}") == f"{PUBLIC_URL}/webhooks/{name}"


async def test_a_query_changed_after_it_was_signed_is_refused(connected: Served) -> None:
    for name in ("twilio", "vonage"):
        query, headers = SIGN[name](MESSAGES[name])
        assert (await get(connected, name, (query.replace("=hi", "=ho"), headers))).status == 401
    assert await connected.nothing_stored()


async def test_what_is_not_understood_is_kept_as_it_came(connected: Served) -> None:
    signed = twilio({"EventType": "news"})

    assert (await get(connected, "twilio", signed)).status == 200

    async with connected.engine.connect() as connection:
        assert await connection.scalar(select(WebhookEvent.payload)) == signed[0].encode()


UNASKED = sorted(name for name, each in PROVIDERS.items() if name not in SIGN and each.challenge is None)


async def test_a_get_of_another_provider_is_not_allowed(connected: Served) -> None:
    for name in UNASKED:
        answer = await get(connected, name, (urlencode(MESSAGES["twilio"]), {}))

        assert answer.status == 405, name
        assert answer.headers["Allow"] == "POST"

    assert await connected.nothing_stored()
