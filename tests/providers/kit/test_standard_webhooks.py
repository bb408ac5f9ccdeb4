"""Standard Webhooks, held against the specification's vector and the published library."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
import standardwebhooks

from bot.core.clock import utc_now
from bot.core.errors import SignatureError
from bot.providers.kit.standard_webhooks import check, key, signed
from tests.support.tables import for_each

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
OTHER = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
BODY = b'{"type":"message.received","data":{"id":1}}'
SENT_AT = datetime.fromtimestamp(1760000000, UTC)
SIGNATURE = "v1,y4G7qcUIH+tt6rwZZ5L+CAHVEF8xm79E4IaX1EvTcYI="
ASYMMETRIC = "v1a,wb0rJ/KqOy/NHbvK4MKPt/YoeXFzPTq1n8zY8p3MEIPsylnAWLZVA33heC75mjngpOOuhw85Yxz4LcF8xfRFAQ=="
HEADERS = {"webhook-id": "msg_test_0001", "webhook-timestamp": "1760000000", "webhook-signature": SIGNATURE}


def test_the_specifications_vector_is_taken() -> None:
    check(HEADERS, BODY, [key(SECRET)], SENT_AT)


def test_the_vector_is_what_we_sign() -> None:
    assert signed("msg_test_0001", BODY, [key(SECRET)], SENT_AT) == HEADERS


def test_the_published_library_takes_what_we_sign() -> None:
    now = utc_now()
    headers = signed("msg_1", BODY, [key(OTHER), key(SECRET)], now)
    assert standardwebhooks.Webhook(SECRET).verify(BODY, headers) == json.loads(BODY)
    assert standardwebhooks.Webhook(OTHER).verify(BODY, headers) == json.loads(BODY)


def test_we_take_what_the_published_library_signs() -> None:
    signature = standardwebhooks.Webhook(SECRET).sign("msg_2", SENT_AT, BODY.decode())
    check(HEADERS | {"webhook-id": "msg_2", "webhook-signature": signature}, BODY, [key(SECRET)], SENT_AT)


@for_each("signatures", [f"{ASYMMETRIC} {SIGNATURE}", f"v1,AAAA {SIGNATURE}", f"  {SIGNATURE}  v9,x", f"x {SIGNATURE}"])
def test_one_signature_that_fits_is_enough(signatures: str) -> None:
    check(HEADERS | {"webhook-signature": signatures}, BODY, [key(SECRET)], SENT_AT)


def test_either_of_two_keys_is_taken() -> None:
    check(HEADERS, BODY, [key(OTHER), key(SECRET)], SENT_AT)


@for_each(
    ("headers", "body"),
    [
        *(({name: value for name, value in HEADERS.items() if name != missing}, BODY) for missing in HEADERS),
        *((HEADERS | {name: ""}, BODY) for name in HEADERS),
        (HEADERS, BODY + b" "),
        (HEADERS, BODY.replace(b"1", b"2")),
        (HEADERS, b""),
        (HEADERS | {"webhook-id": "msg_test_0002"}, BODY),
        (HEADERS | {"webhook-id": "m" * 1000}, BODY),
        (HEADERS | {"webhook-timestamp": "1760000001"}, BODY),
        (HEADERS | {"webhook-signature": ASYMMETRIC}, BODY),
        (HEADERS | {"webhook-signature": SIGNATURE.removeprefix("v1,")}, BODY),
        (HEADERS | {"webhook-signature": SIGNATURE.replace("v1,", "v2,")}, BODY),
        (HEADERS | {"webhook-signature": SIGNATURE.lower()}, BODY),
        (HEADERS | {"webhook-signature": "v1,"}, BODY),
        (HEADERS | {"webhook-signature": "v1,ç \udcff"}, BODY),
        (HEADERS | {"webhook-signature": " ".join([*["v1,AAAA"] * 20, SIGNATURE])}, BODY),
        (HEADERS | {"webhook-id": "\udcff"}, BODY),
    ],
)
def test_a_missing_or_wrong_signature_is_refused(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(SignatureError):
        check(headers, body, [key(SECRET)], SENT_AT)


@for_each("late", [timedelta(minutes=5), -timedelta(minutes=5)])
def test_a_post_is_fresh_for_five_minutes(late: timedelta) -> None:
    check(HEADERS, BODY, [key(SECRET)], SENT_AT + late)
    with pytest.raises(SignatureError):
        check(HEADERS, BODY, [key(SECRET)], SENT_AT + late * 1.01)


@for_each("timestamp", ["soon", "1e400", "nan", "-", "9" * 400])
def test_a_time_that_is_none_is_refused_although_it_is_signed(timestamp: str) -> None:
    headers = signed("msg_1", b"", [key(SECRET)], SENT_AT)
    content = f"msg_1.{timestamp}.".encode()
    digest = standardwebhooks.webhooks.hmac_data(key(SECRET), content)
    headers |= {"webhook-timestamp": timestamp, "webhook-signature": f"v1,{base64.b64encode(digest).decode()}"}
    with pytest.raises(SignatureError):
        check(headers, b"", [key(SECRET)], SENT_AT)


def test_a_secret_may_be_spelled_without_its_prefix() -> None:
    assert key(SECRET) == key(SECRET.removeprefix("whsec_")) == bytes(range(32))


@for_each("secret", ["", "whsec_", "whsec_AAEC", "whsec_" + "A" * 100, "made-up", "whsec_ç", "a b"])
def test_a_secret_that_is_no_key_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="the secret"):
        key(secret)
