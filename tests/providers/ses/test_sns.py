"""Amazon SNS's envelope: which signatures are taken, and which URLs are asked."""

import base64
import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

from bot.core.errors import SignatureError, UnparsableError
from bot.providers.ses.certificate import check_signature
from bot.providers.ses.sns import (
    TOLERANCE,
    certificate_url,
    check,
    confirm_url,
    read_envelope,
    signed_content,
)
from tests.support.sns import NOW, TOPIC, certificate, signed_envelope, sns_post
from tests.support.tables import for_each

# The vector of the facts' collection, which the `cryptography` package verified.
VECTOR: dict[str, Any] = {
    "Type": "Notification",
    "MessageId": "00000000-0000-4000-8000-0000000000aa",
    "TopicArn": "arn:aws:sns:us-east-1:123456789012:inbound",
    "Subject": "s",
    "Message": '{"notificationType":"Received"}',
    "Timestamp": "2025-10-09T08:53:20.000Z",
    "SignatureVersion": "2",
    "SigningCertURL": "https://sns.us-east-1.amazonaws.com/cert.pem",
    "UnsubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe",
}
MODULUS = (
    "23NK/1ud61ljs+lRIfkxeeQzSenzuWynjhfHmTsLfZyi+T2yuHTwzgfLXMnKE34ob/9V05y91YcvfeIpi+b6sY/1PtiaZ+TiVjzRjRlrZ43M"
    "xkeIjpJ+xjoIzi/hkIl6+uLoPUJwIXNo989+Osu2cpzkWj1SPBxrgOlb1B2jOZQzX77vNjnmW47Nv/ccHcrJVUyMsWwoKJJ45xkqkxbvq25w"
    "3eoA4GNRP3vVwXxX69O9N7ll77kY82s1CBGtClXZmhxglBYVxyWGxexSJCEyosidVpQ4F7Vz+uNNDf1zTOcXMbpiinydMe2fk7ARxlAuHSrz"
    "oXnbYDejpHu016OCHw=="
)
SIGNATURE = (
    "zEhOb8I+0aRnLtNgce/MHGPnxQAC2NdetmdTczvcz/CxHTbl3baM9gS+uq99n9dJQ3MJaRx2abxaM5E0l9eg93PqQiem8IqyIjJd0gKY7Ud0"
    "4AIVOPmxliy55hx+LY4ftyMztMmbwhvqnoHrKbmgjnoHuMaiVAE0mpGl2XT0+YAhH4J3RI7i7Euui/k6iRg+bSjaVdzplkInI7ax9f/xGeH2"
    "dy/r6aKRJl0bdL5r0ClgHRR672LDW0rOZby480M8+BFIhcHKHWicag4jK+lPF29oT9f2cJfaINVpqurDf6ySdjKgh+NL1VI4qkJT+F1Ej+9h"
    "KPKRGYXmdJ85A4QbOQ=="
)
PUBLIC_KEY = RSAPublicNumbers(65537, int.from_bytes(base64.b64decode(MODULUS))).public_key()
ENVELOPE = {**VECTOR, "TopicArn": TOPIC}
CONFIRMATION = {
    "Type": "SubscriptionConfirmation",
    "MessageId": "1",
    "Token": "2336",
    "TopicArn": TOPIC,
    "Message": "You have chosen to subscribe.",
    "SubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=a:b&Token=2336",
    "Timestamp": "2025-10-09T08:53:20.000Z",
}


def checked(body: bytes, proof: bytes | None = None, versions: tuple[str, ...] = ("2",), late: float = 0) -> None:
    proof = certificate() if proof is None else proof
    check(sns_post(body, proof), topics=(TOPIC,), versions=versions, now=NOW + timedelta(seconds=late))


def test_what_is_signed_is_the_vectors_text() -> None:
    content = signed_content(read_envelope(sns_post(json.dumps(VECTOR).encode())))
    assert hashlib.sha256(content).hexdigest() == "39729687a489cb0654e6d37053e964d1217ffa1bec39d3236f82830495540adc"
    assert hashlib.sha1(content, usedforsecurity=False).hexdigest() == "7db12c1bc122b56ffe19d1beaa297e64c501343b"


def test_the_vectors_signature_is_taken_by_its_key() -> None:
    content = signed_content(read_envelope(sns_post(json.dumps(VECTOR).encode())))
    check_signature(PUBLIC_KEY, "2", SIGNATURE, content)
    for version, signature in (("1", SIGNATURE), ("3", SIGNATURE), ("2", SIGNATURE[4:]), ("2", "ç"), ("2", "")):
        with pytest.raises(SignatureError):
            check_signature(PUBLIC_KEY, version, signature, content)
    with pytest.raises(SignatureError):
        check_signature(PUBLIC_KEY, "2", SIGNATURE, content + b" ")


@for_each("envelope", [ENVELOPE, CONFIRMATION, {**CONFIRMATION, "Type": "UnsubscribeConfirmation"}])
def test_a_post_signed_by_the_certificates_key_is_taken(envelope: dict[str, Any]) -> None:
    checked(signed_envelope(envelope))


def test_a_post_without_a_subject_is_taken() -> None:
    checked(signed_envelope({name: value for name, value in ENVELOPE.items() if name != "Subject"}))


def test_version_1_is_taken_only_where_it_is_allowed() -> None:
    checked(signed_envelope(ENVELOPE, "1"), versions=("1", "2"))
    with pytest.raises(SignatureError):
        checked(signed_envelope(ENVELOPE, "1"))


@for_each("late", [TOLERANCE.total_seconds(), -TOLERANCE.total_seconds()])
def test_a_post_is_fresh_for_an_hour(late: float) -> None:
    checked(signed_envelope(ENVELOPE), late=late)
    with pytest.raises(SignatureError):
        checked(signed_envelope(ENVELOPE), late=late * 1.001)


@for_each("spelled", ["yesterday", "", "2025-13-09T08:53:20Z"])
def test_a_time_that_is_none_is_refused_although_it_is_signed(spelled: str) -> None:
    with pytest.raises(SignatureError):
        checked(signed_envelope({**ENVELOPE, "Timestamp": spelled}))


@for_each(
    "changed",
    [
        {"Message": "{}"},
        {"Subject": "t"},
        {"MessageId": "2"},
        {"Signature": "AAAA"},
        {"Signature": None},
        {"Signature": 7},
        {"SignatureVersion": "1"},
        {"SignatureVersion": None},
        {"TopicArn": "arn:aws:sns:us-east-1:999999999999:recado"},
        {"TopicArn": ["x"]},
        {"Type": "SubscriptionConfirmation"},
        {"Type": "Rumour"},
        {"Message": {"a": 1}},
        {"Timestamp": None},
    ],
)
def test_a_post_that_was_changed_is_refused(changed: dict[str, Any]) -> None:
    body = json.loads(signed_envelope(ENVELOPE)) | changed
    with pytest.raises(SignatureError):
        checked(json.dumps(body).encode())


@for_each("body", [b"", b"[]", b"hello", b"{}", b"\xff"])
def test_a_body_that_is_no_envelope_is_refused(body: bytes) -> None:
    with pytest.raises(SignatureError):
        checked(body)
    with pytest.raises(SignatureError):
        certificate_url(sns_post(body), {TOPIC})


@for_each(
    "proof",
    [
        b"",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        certificate(NOW - timedelta(days=3), NOW - timedelta(days=2)),
        certificate(NOW + timedelta(days=2), NOW + timedelta(days=3)),
        certificate(of_rsa=False),
    ],
    ids=["none", "damaged", "past", "future", "another kind"],
)
def test_a_certificate_that_is_not_good_is_refused(proof: bytes) -> None:
    with pytest.raises(SignatureError):
        checked(signed_envelope(ENVELOPE), proof)


@for_each(
    "url",
    [
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123abcd.pem",
        "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-0123abcd.pem",
        "https://sns.us-gov-west-1.amazonaws.com/a.pem",
    ],
)
def test_the_certificate_is_asked_for_at_sns(url: str) -> None:
    assert certificate_url(sns_post(json.dumps({**ENVELOPE, "SigningCertURL": url}).encode()), {TOPIC}) == url


NOT_SNS = [
    "http://sns.us-east-1.amazonaws.com/",
    "https://sns.us-east-1.amazonaws.com.evil.example/",
    "https://evil.example/sns.us-east-1.amazonaws.com/",
    "https://sns.us-east-1.amazonaws.com@evil.example/",
    "https://me@sns.us-east-1.amazonaws.com/",
    "https://sns.us-east-1.amazonaws.com:8443/",
    "https://sns.evil.example#.amazonaws.com/",
    "https://sns.us-east-1.s3.amazonaws.com/",
    "https://sns-us-east-1.amazonaws.com/",
    "https://SNS.us-east-1.amazonaws.com/",
    "https://sns.us-east-1.amazonaws.com\\@evil.example/",
    "https://sns.us-east-1.amazonaws.com/\t",
    " https://sns.us-east-1.amazonaws.com/",
    "https://169.254.169.254/",
    "",
]


@for_each(
    "url",
    [
        *(f"{each}a.pem" for each in NOT_SNS),
        "https://sns.us-east-1.amazonaws.com/a.pem?x",
        "https://sns.us-east-1.amazonaws.com/a.pem\n",
        "https://sns.us-east-1.amazonaws.com/a.crt",
        "https://sns.us-east-1.amazonaws.com/../a.pem",
        "https://sns.us-east-1.amazonaws.com/%2e%2e/a.pem",
        "https://sns.us-east-1.amazonaws.com/" + "a" * 999 + ".pem",
        None,
        ["x"],
    ],
)
def test_the_certificate_is_asked_for_nowhere_else(url: object) -> None:
    with pytest.raises(SignatureError):
        certificate_url(sns_post(json.dumps({**ENVELOPE, "SigningCertURL": url}).encode()), {TOPIC})


def test_for_a_post_of_another_topic_no_certificate_is_asked_for() -> None:
    with pytest.raises(SignatureError, match="TopicArn"):
        certificate_url(sns_post(json.dumps({**ENVELOPE, "TopicArn": f"{TOPIC}2"}).encode()), {TOPIC})


def test_a_subscription_is_confirmed_at_sns() -> None:
    assert confirm_url(read_envelope(sns_post(json.dumps(CONFIRMATION).encode()))) == CONFIRMATION["SubscribeURL"]


@for_each(
    "url",
    [
        *(f"{each}?Action=ConfirmSubscription&Token=1" for each in NOT_SNS),
        "https://sns.us-east-1.amazonaws.com/",
        "https://sns.us-east-1.amazonaws.com/x?Action=ConfirmSubscription",
        "https://sns.us-east-1.amazonaws.com/?Action=a b",
        "https://sns.us-east-1.amazonaws.com/?Action=a#b",
        None,
    ],
)
def test_a_subscription_is_confirmed_nowhere_else(url: object) -> None:
    with pytest.raises(UnparsableError):
        confirm_url(read_envelope(sns_post(json.dumps({**CONFIRMATION, "SubscribeURL": url}).encode())))
