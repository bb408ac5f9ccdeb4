"""Whether a post is Mailgun's."""

import hashlib
import hmac
import time
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from bot.core.errors import NotConfiguredError, SignatureError
from bot.providers.base import Credentials, WebhookRequest
from bot.providers.mailgun.provider import PROVIDER
from tests.support.mailgun import CREDENTIALS, SIGNED, SIGNING_KEY, Case, cases, form_post, post
from tests.support.tables import for_each

SIGNED_AT = datetime.fromtimestamp(int(SIGNED["timestamp"]), UTC)


def event(signature: object) -> WebhookRequest:
    return post(orjson.dumps({"signature": signature, "event-data": {}}), "application/json")


def keyed(keys: str) -> Credentials:
    return Credentials({"signing_key": keys}, {"signing_key": "MAILGUN_SIGNING_KEY"})


@for_each("case", cases())
def test_every_post_signed_by_mailgun_is_accepted(case: Case) -> None:
    PROVIDER.verify(case.request, CREDENTIALS, SIGNED_AT)


@for_each("keys", [f"new-key,{SIGNING_KEY}", f"{SIGNING_KEY}, new-key"])
def test_two_keys_are_accepted_while_one_is_rotated(keys: str) -> None:
    PROVIDER.verify(form_post(SIGNED), keyed(keys), SIGNED_AT)


def test_a_numeric_timestamp_is_accepted() -> None:
    PROVIDER.verify(event(SIGNED | {"timestamp": int(SIGNED["timestamp"])}), CREDENTIALS, SIGNED_AT)


@for_each("hours", [-8.1, 0, 8.1])
def test_a_retry_of_the_last_eight_hours_and_a_clock_ahead_are_accepted(hours: float) -> None:
    PROVIDER.verify(form_post(SIGNED), CREDENTIALS, SIGNED_AT + timedelta(hours=hours))


@for_each("hours", [-9.1, 9.1, 24 * 365])
def test_an_old_or_future_signature_is_refused(hours: float) -> None:
    with pytest.raises(SignatureError, match="time is too far"):
        PROVIDER.verify(form_post(SIGNED), CREDENTIALS, SIGNED_AT + timedelta(hours=hours))


@for_each(
    "changed",
    [
        {"signature": "0" * 64},
        {"signature": SIGNED["signature"].upper()},
        {"signature": "é" * 64},
        {"signature": ""},
        {"signature": "a" * 10_000},
        {"token": "b" * 50},
        {"token": "ã"},
        {"timestamp": "1760000001"},
        {"timestamp": "not a time"},
    ],
)
def test_a_wrong_signature_is_refused(changed: dict[str, str]) -> None:
    for request in (form_post(SIGNED | changed), event(SIGNED | changed)):
        with pytest.raises(SignatureError):
            PROVIDER.verify(request, CREDENTIALS, SIGNED_AT)


@for_each("missing", SIGNED)
def test_a_missing_part_of_the_signature_is_refused(missing: str) -> None:
    rest = {name: value for name, value in SIGNED.items() if name != missing}
    for request in (form_post(rest), event(rest)):
        with pytest.raises(SignatureError):
            PROVIDER.verify(request, CREDENTIALS, SIGNED_AT)


def test_the_signature_is_the_last_field_of_its_name() -> None:
    forged = [("timestamp", "1"), ("token", "b"), ("signature", "c")]

    PROVIDER.verify(form_post([*forged, *SIGNED.items()]), CREDENTIALS, SIGNED_AT)

    with pytest.raises(SignatureError):
        PROVIDER.verify(form_post([*SIGNED.items(), *forged]), CREDENTIALS, SIGNED_AT)


def test_a_signed_time_that_is_none_is_refused() -> None:
    signature = hmac.new(SIGNING_KEY.encode(), b"soonb", hashlib.sha256).hexdigest()

    with pytest.raises(SignatureError, match="time"):
        PROVIDER.verify(form_post({"timestamp": "soon", "token": "b", "signature": signature}), CREDENTIALS, SIGNED_AT)


@for_each(
    "request_",
    [
        post(b"", "application/x-www-form-urlencoded"),
        post(b"", "multipart/form-data"),
        post(b"--b\r\n", "multipart/form-data; boundary=b"),
        post(b"{", "application/json"),
        post(b"[]", "application/json"),
        post(b"\xff\xfe", "text/plain"),
        event("none"),
        event([1]),
        event({"timestamp": [], "token": {}, "signature": True}),
    ],
)
def test_what_is_no_post_of_mailgun_is_refused(request_: WebhookRequest) -> None:
    with pytest.raises(SignatureError, match="there is no signature"):
        PROVIDER.verify(request_, CREDENTIALS, SIGNED_AT)


def test_an_event_of_more_than_a_mebibyte_is_not_read_though_it_is_signed() -> None:
    longest, longer = (event(SIGNED).body.ljust(size) for size in (2**20, 2**20 + 1))

    PROVIDER.verify(post(longest, "application/json"), CREDENTIALS, SIGNED_AT)
    with pytest.raises(SignatureError, match="too long"):
        PROVIDER.verify(post(longer, "application/json"), CREDENTIALS, SIGNED_AT)


@pytest.mark.parametrize("name", [b"timestamp", b"other"])
def test_a_stranger_cannot_keep_the_server_busy_with_a_huge_field(name: bytes) -> None:
    huge = post(name + b"=" + b"%41" * 8_000_000, "application/x-www-form-urlencoded")
    began = time.process_time()

    with pytest.raises(SignatureError):
        PROVIDER.verify(huge, CREDENTIALS, SIGNED_AT)

    assert time.process_time() - began < 1


def test_without_a_signing_key_nothing_is_accepted() -> None:
    with pytest.raises(NotConfiguredError, match="MAILGUN_SIGNING_KEY"):
        PROVIDER.verify(form_post(SIGNED), keyed(""), SIGNED_AT)

    with pytest.raises(SignatureError):
        PROVIDER.verify(form_post(SIGNED), keyed(" , "), SIGNED_AT)


def test_an_account_is_the_domain_in_lower_case() -> None:
    assert PROVIDER.identity(CREDENTIALS) == ("mg.example.com",)
    assert PROVIDER.identity(keyed("x")) == ()
