"""Telnyx's webhooks: what is taken for Telnyx's, and what its posts mean."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.core.errors import NotConfiguredError, SignatureError, UnparsableError
from bot.core.messages import UnknownEvent
from bot.providers.base import Credentials, WebhookRequest
from bot.providers.telnyx.provider import CREDENTIALS, PROVIDER
from tests.support.captured import Case, cases, normalised
from tests.support.sends import NO_CREDENTIALS
from tests.support.tables import for_each

NOW = datetime.fromtimestamp(1760000000, UTC)
NAMES = {each.key: each.setting for each in CREDENTIALS}
URL = "https://bot.example.com/webhooks/telnyx"
TIMESTAMP = "1760000000"
BODY = b'{"data":{"event_type":"message.received","id":"evt-1","payload":{"id":"msg-1"}}}'
SIGNATURE = "MDwqkwFVmDqnojiENXRPKDWmjiRP6Lm5GOlaXxVBAe0gth6OC9yQsy7Ko20VaNfKnUYevjX++N3RZQIczGATAg=="
PUBLIC_KEY = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
PRIVATE_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = b64encode(Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()).decode()


def held(public_key: str = PUBLIC_KEY) -> Credentials:
    return Credentials({"public_key": public_key}, NAMES)


def post(signature: str | None = SIGNATURE, timestamp: str | None = TIMESTAMP, body: bytes = BODY) -> WebhookRequest:
    named = {"telnyx-signature-ed25519": signature, "telnyx-timestamp": timestamp}
    headers = {name: value for name, value in named.items() if value is not None}
    return WebhookRequest("POST", URL, headers, {}, body)


def signed(body: bytes, timestamp: str = TIMESTAMP) -> WebhookRequest:
    signature = b64encode(PRIVATE_KEY.sign(timestamp.encode() + b"|" + body)).decode()
    return post(signature, timestamp, body)


@for_each("case", cases("telnyx"))
def test_a_post_means_what_its_fixture_says(case: Case) -> None:
    assert normalised(PROVIDER.parse(case.request, NO_CREDENTIALS)) == case.expected


@for_each("case", cases("telnyx"))
def test_a_signed_post_is_taken_for_its_body_alone(case: Case) -> None:
    request = signed(case.request.body)
    PROVIDER.verify(request, held(), NOW)
    with pytest.raises(SignatureError):
        PROVIDER.verify(request._replace(body=case.request.body + b" "), held(), NOW)


@for_each("away", [timedelta(0), timedelta(seconds=300), -timedelta(seconds=300)])
def test_the_documented_signature_is_taken_for_five_minutes(away: timedelta) -> None:
    PROVIDER.verify(post(), held(), NOW + away)


@for_each("away", [timedelta(seconds=301), -timedelta(seconds=301)])
def test_an_old_signature_and_one_of_the_future_are_refused(away: timedelta) -> None:
    with pytest.raises(SignatureError):
        PROVIDER.verify(post(), held(), NOW + away)


def test_either_of_two_keys_is_taken_while_they_change() -> None:
    PROVIDER.verify(post(), held(f"{OTHER_KEY}, {PUBLIC_KEY}"), NOW)


@for_each(
    "request_",
    [
        post(None),
        post(timestamp=None),
        post(""),
        post(timestamp=""),
        post("not base64!"),
        post("AAAA"),
        post("\udcff"),
        post(SIGNATURE.swapcase()),
        post(timestamp="1760000001"),
        post(timestamp="1" * 30),
        post(timestamp="\udcff"),
        post(body=BODY.replace(b"evt-1", b"evt-2")),
        post(body=b""),
        signed(BODY, "soon"),
    ],
)
def test_a_missing_or_wrong_signature_is_refused(request_: WebhookRequest) -> None:
    with pytest.raises(SignatureError):
        PROVIDER.verify(request_, held(), NOW)


def test_under_another_key_nothing_is_taken() -> None:
    with pytest.raises(SignatureError):
        PROVIDER.verify(post(), held(OTHER_KEY), NOW)


@for_each("key", ["AAAA", "not a key"])
def test_what_can_be_no_key_is_not_configured(key: str) -> None:
    with pytest.raises(NotConfiguredError, match="TELNYX_PUBLIC_KEY"):
        PROVIDER.verify(post(), held(public_key=key), NOW)


def test_without_a_key_nothing_is_taken() -> None:
    with pytest.raises(NotConfiguredError) as caught:
        PROVIDER.verify(post(), held(""), NOW)
    assert caught.value.setting == "TELNYX_PUBLIC_KEY"


@for_each("body", [b"", b"not json", b"[]", b"{}", b'{"data":[]}', b'{"data":{}}'])
def test_a_body_that_is_not_telnyxs_is_named(body: bytes) -> None:
    with pytest.raises(UnparsableError):
        PROVIDER.parse(post(body=body), NO_CREDENTIALS)


def test_a_post_whose_words_are_no_text_is_kept_and_not_taken_for_an_empty_message() -> None:
    said = (
        b'{"data":{"event_type":"message.received","payload":{"id":"m","from":{"phone_number":"+15551230001"},'
        b'"to":[{"phone_number":"+15559870002"}],"text":%s,"media":[{"url":{}}]}}}'
    )
    unread = PROVIDER.parse(post(body=said % b'{"body":"hi"}'), NO_CREDENTIALS)
    empty = PROVIDER.parse(post(body=said % b'""'), NO_CREDENTIALS)

    assert (unread.messages, unread.unknown) == ((), (UnknownEvent("message.received"),))
    assert [each.text for each in empty.messages] == [""]


def test_a_groups_message_is_kept_and_not_answered() -> None:
    body = (
        b'{"data":{"event_type":"message.received","payload":{"id":"m","from":{"phone_number":"+15551230001"},'
        b'"to":[{"phone_number":"+15551239999"},{"phone_number":"+15559870002"}],"text":"hi"}}}'
    )
    own = Credentials({"from": "+1 555 987 0002"}, {})
    assert PROVIDER.parse(post(body=body), own).unknown == (UnknownEvent("group message", "telnyx:+15559870002"),)
    assert PROVIDER.parse(post(body=body), NO_CREDENTIALS).unknown == (UnknownEvent("group message"),)


def test_the_numbers_of_the_settings_are_the_accounts() -> None:
    assert PROVIDER.identity(Credentials({"from": "+1 (555) 987-0002, 12345"}, {})) == ("+15559870002", "12345")
    assert PROVIDER.identity(NO_CREDENTIALS) == ()


def test_a_post_is_answered_200() -> None:
    assert PROVIDER.parse(post(), NO_CREDENTIALS).answer.status == 200
