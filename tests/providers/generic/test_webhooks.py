"""A bridge's webhooks: what is taken for the bridge's, and what its posts mean."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.addresses import Channel
from bot.core.errors import NotConfiguredError, SignatureError, UnparsableError
from bot.core.messages import Delivery, UnknownEvent
from bot.providers.base import Credentials, WebhookRequest
from bot.providers.generic.provider import CREDENTIALS, PROVIDER
from tests.support import posts
from tests.support.captured import PUBLIC_URL, Case, cases, normalised
from tests.support.tables import for_each

NOW = datetime.fromtimestamp(1760000000, UTC)
NAMES = {each.key: each.setting for each in CREDENTIALS}
HELD = Credentials({"account": " app ", "secret": posts.GENERIC_SECRET}, NAMES)
OTHER = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


def post(event: Any, *, secret: str = posts.GENERIC_SECRET, seconds: int = 1760000000) -> WebhookRequest:
    headers, body = posts.signed_generic(event, seconds, secret=secret)
    lowered = {name.lower(): value for name, value in headers.items()}
    return WebhookRequest("POST", f"{PUBLIC_URL}/webhooks/generic", lowered, {}, body)


def message(**data: Any) -> WebhookRequest:
    return post(posts.generic_message("oi", **data))


@for_each("case", cases("generic"))
def test_a_post_means_what_its_fixture_says(case: Case) -> None:
    request = post(case.request.body)
    PROVIDER.verify(request, HELD, NOW)
    assert normalised(PROVIDER.parse(request, HELD)) == case.expected


def test_a_post_is_fresh_for_five_minutes() -> None:
    PROVIDER.verify(message(), HELD, NOW + timedelta(minutes=5))
    with pytest.raises(SignatureError):
        PROVIDER.verify(message(), HELD, NOW + timedelta(minutes=6))


@for_each(
    "request_",
    [
        post(posts.generic_message("oi"), secret=OTHER),
        message()._replace(headers={}),
        message()._replace(body=b"{}"),
    ],
)
def test_a_missing_or_wrong_signature_is_refused(request_: WebhookRequest) -> None:
    with pytest.raises(SignatureError):
        PROVIDER.verify(request_, HELD, NOW)


def test_either_of_two_secrets_is_taken_while_one_is_replaced() -> None:
    both = Credentials({"secret": f"{OTHER},{posts.GENERIC_SECRET}"}, NAMES)
    PROVIDER.verify(message(), both, NOW)
    PROVIDER.verify(post(posts.generic_message("oi"), secret=OTHER), both, NOW)


@for_each("secret", ["", "made-up", f"{posts.GENERIC_SECRET},short"])
def test_without_a_secret_that_is_a_key_nothing_is_taken_and_the_setting_is_named(secret: str) -> None:
    with pytest.raises(NotConfiguredError) as caught:
        PROVIDER.verify(message(), Credentials({"secret": secret}, NAMES), NOW)
    assert caught.value.setting.startswith("GENERIC_SECRET")
    assert "made-up" not in str(caught.value)


def test_the_account_bears_the_name_that_it_was_given() -> None:
    assert PROVIDER.identity(HELD) == ("app",)
    assert PROVIDER.identity(Credentials({}, NAMES)) == ()


@for_each("channel", [each for each in Channel if each is not Channel.EMAIL])
def test_a_bridge_may_carry_any_channel_but_email(channel: Channel) -> None:
    assert PROVIDER.parse(message(channel=channel), HELD).messages[0].channel is channel


@for_each("body", [b"", b"[]", b"hello", b"{}", b'{"type": 7}', b'{"type": "message.received"}'])
def test_a_body_that_is_no_event_is_refused(body: bytes) -> None:
    if body == b'{"type": 7}':
        assert PROVIDER.parse(post(body), HELD) == Delivery(unknown=(UnknownEvent("7", "generic:app"),))
        return
    with pytest.raises(UnparsableError):
        PROVIDER.parse(post(body), HELD)


def test_an_event_without_a_type_is_kept() -> None:
    assert PROVIDER.parse(post({"type": ""}), HELD).unknown == (UnknownEvent("event without a type", "generic:app"),)


@for_each(
    ("event", "fault"),
    [
        ({"type": "message.received", "data": []}, "data is not an object"),
        ({"type": "message.received", "data": {"from": "ana", "text": "oi"}}, "data.id is not there"),
        ({"type": "message.received", "data": {"id": "1", "text": "oi"}}, "data.from is not there"),
        ({"type": "message.received", "data": {"id": "1", "from": "ana"}}, "data has no text"),
        (posts.generic_message("oi", message_id="x" * 600), "data.id is not an id"),
        (posts.generic_message("oi", sender="x" * 256), "data.from is longer"),
        (posts.generic_message("oi", sender="a\0b"), "data.from is not an id"),
        (posts.generic_message("oi", channel="email"), "data.channel is not known"),
        ({"type": "message.received", "data": {"id": "1", "from": "ana", "text": ["oi"]}}, "data.text is not text"),
        (posts.generic_message("oi", name={}), "data.name is not text"),
        (posts.generic_message("oi", media={"type": "image"}), "data.media is not a list"),
        (posts.generic_message("oi", media=[{"type": "hologram", "url": "https://x"}]), "data.media[0].type"),
        (posts.generic_message("oi", media=[{"type": "image"}]), "data.media[0].url is not there"),
        (posts.generic_message("oi", location={"latitude": "1", "longitude": 2}), "latitude is not a number"),
        (posts.generic_message("oi", location={"latitude": 1, "longitude": True}), "longitude is not a number"),
        (posts.generic_message("oi", button="2"), "data.button is not an object"),
        ({"type": "message.status", "data": {"id": "1", "status": "teleported"}}, "data.status is not known"),
        ({"type": "message.status", "data": {"status": "sent"}}, "data.id is not there"),
        ({"type": "contact.preference", "data": {"from": "ana"}}, "data.opted_in is not true or false"),
        (
            {"type": "contact.preference", "data": {"from": "ana", "opted_in": False, "reason": "admin"}},
            "data.reason is not known",
        ),
    ],
)
def test_an_event_with_a_fault_is_refused_with_its_place(event: dict[str, Any], fault: str) -> None:
    with pytest.raises(UnparsableError) as caught:
        PROVIDER.parse(post(event), HELD)
    assert fault in str(caught.value)


def test_a_number_that_is_none_is_no_place() -> None:
    body = b'{"type": "message.received", "data": {"id": "1", "from": "a", "location": {"latitude": 1e999}}}'
    with pytest.raises(UnparsableError):
        PROVIDER.parse(post(body), HELD)


def test_of_many_files_the_first_twenty_are_kept() -> None:
    files = [{"type": "image", "url": f"https://x/{number}"} for number in range(30)]
    assert len(PROVIDER.parse(message(media=files), HELD).messages[0].body["media"]) == 20


def test_a_reason_without_end_is_cut() -> None:
    event = {"type": "message.status", "data": {"id": "1", "status": "failed", "code": "c" * 900, "reason": "r" * 9000}}
    (status,) = PROVIDER.parse(post(event), HELD).statuses
    assert (len(status.code), len(status.reason)) == (64, 500)


def test_a_file_is_fetched_from_where_the_bridge_says() -> None:
    assert PROVIDER.media is not None
    request = PROVIDER.media({"type": "image", "url": "https://bridge.example.com/7?token=x"}, HELD)
    assert (request.method, request.url, dict(request.headers)) == ("GET", "https://bridge.example.com/7?token=x", {})
    with pytest.raises(UnparsableError):
        PROVIDER.media({"type": "image"}, HELD)


def test_the_account_is_part_of_everything() -> None:
    delivery = PROVIDER.parse(post(json.loads(message().body)), HELD)
    assert delivery.messages[0].account == "generic:app"
