"""What SNS posts for SES: what is taken for SNS's, and what its posts mean."""

import json
from datetime import timedelta
from typing import Any

import pytest

from bot.core.errors import NotConfiguredError, SignatureError, UnparsableError
from bot.core.messages import Delivery
from bot.providers.base import Credentials
from bot.providers.ses.provider import CREDENTIALS, PROVIDER
from tests.support.captured import Case, cases, normalised
from tests.support.sns import NOW, TOPIC, signed_envelope, sns_post
from tests.support.tables import for_each

NAMES = {each.key: each.setting for each in CREDENTIALS}
VALUES = {
    "from": "Pizzaria <Oi@example.org>",
    "topic_arns": f"arn:aws:sns:us-east-1:123456789012:events, {TOPIC}",
    "sns_version": "2",
}
HELD = Credentials(VALUES, NAMES)


def envelope(message: object, **more: Any) -> dict[str, Any]:
    return {
        "Type": "Notification",
        "MessageId": "1",
        "TopicArn": TOPIC,
        "Message": message if isinstance(message, str) else json.dumps(message),
        "Timestamp": "2025-10-09T08:53:20.000Z",
        "SigningCertURL": "https://sns.us-east-1.amazonaws.com/a.pem",
        **more,
    }


def parsed(message: object, **more: Any) -> Delivery:
    return PROVIDER.parse(sns_post(json.dumps(envelope(message, **more)).encode()), HELD)


@for_each("case", cases("ses"))
def test_a_post_means_what_its_fixture_says(case: Case) -> None:
    assert normalised(PROVIDER.parse(case.request, HELD)) == case.expected


def test_a_signed_post_of_our_topic_is_taken() -> None:
    request = sns_post(signed_envelope(envelope({"eventType": "Send"})))
    assert PROVIDER.certificate is not None
    assert PROVIDER.certificate(request, HELD) == "https://sns.us-east-1.amazonaws.com/a.pem"
    PROVIDER.verify(request, HELD, NOW)


@for_each(
    "changed",
    [
        {"topic_arns": "arn:aws:sns:us-east-1:999999999999:recado"},
        {"sns_version": "1"},
    ],
)
def test_another_topic_or_version_is_refused(changed: dict[str, str]) -> None:
    request = sns_post(signed_envelope(envelope({"eventType": "Send"})))
    with pytest.raises(SignatureError):
        PROVIDER.verify(request, Credentials(VALUES | changed, NAMES), NOW)


def test_the_weaker_version_is_taken_where_the_operator_says_so() -> None:
    request = sns_post(signed_envelope(envelope({"eventType": "Send"}), "1"))
    PROVIDER.verify(request, Credentials(VALUES | {"sns_version": "1,2"}, NAMES), NOW)
    with pytest.raises(SignatureError):
        PROVIDER.verify(request, HELD, NOW)


def test_a_post_without_a_certificate_or_of_yesterday_is_refused() -> None:
    body = signed_envelope(envelope({"eventType": "Send"}))
    with pytest.raises(SignatureError):
        PROVIDER.verify(sns_post(body, b""), HELD, NOW)
    with pytest.raises(SignatureError):
        PROVIDER.verify(sns_post(body), HELD, NOW + timedelta(hours=2))


def test_without_a_topic_nothing_is_taken() -> None:
    with pytest.raises(NotConfiguredError) as caught:
        PROVIDER.verify(sns_post(b"{}"), Credentials({}, NAMES), NOW)
    assert caught.value.setting == "SES_TOPIC_ARNS"


@for_each(("sender", "identity"), [("Pizzaria <Oi@example.org>", ("oi@example.org",)), ("", ()), ("Pizzaria", ())])
def test_the_account_is_the_senders_address(sender: str, identity: tuple[str, ...]) -> None:
    assert PROVIDER.identity(Credentials({"from": sender}, NAMES)) == identity


@for_each("body", [b"", b"[]", b"oi", b"{}", b'{"Type": "Rumour"}'])
def test_a_body_that_is_no_envelope_is_refused(body: bytes) -> None:
    with pytest.raises(UnparsableError):
        PROVIDER.parse(sns_post(body), HELD)


def test_a_confirmation_that_leads_elsewhere_is_refused() -> None:
    more = {"Type": "SubscriptionConfirmation", "Token": "2", "SubscribeURL": "https://evil.example/?Action=a"}
    with pytest.raises(UnparsableError):
        parsed("x", **more)


@for_each(
    "message",
    [
        "",
        "oi",
        "[]",
        [],
        {},
        {"eventType": ["x"]},
        {"eventType": "x" * 5000},
        {"notificationType": "Received"},
        {"notificationType": "Received", "mail": {"messageId": ""}, "receipt": {"recipients": ["a@b"]}, "content": "x"},
        {"notificationType": "Received", "mail": {}, "receipt": {"recipients": "a@b"}, "content": "x"},
        {"notificationType": "Received", "mail": {}, "receipt": {"recipients": [7, "nobody"]}, "content": "x"},
        {"notificationType": "Received", "mail": {"source": 1}, "receipt": {"recipients": ["a@b"]}, "content": []},
        {"eventType": "Bounce", "mail": {"messageId": "1"}},
        {"eventType": "Bounce", "mail": {"messageId": "1"}, "bounce": {"bounceType": {}}},
        {"eventType": "Send", "mail": {"messageId": ""}},
        {"eventType": "Subscription", "mail": {"messageId": "1"}, "subscription": {}},
    ],
)
def test_a_notice_that_is_not_understood_is_kept(message: object) -> None:
    delivery = parsed(message)
    (event,) = delivery.unknown
    assert delivery == Delivery(unknown=(event,))
    assert event.account == "ses:oi@example.org"
    assert 0 < len(event.kind) <= 100
