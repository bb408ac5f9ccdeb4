"""What SendGrid posts: whether it is SendGrid's, and what it means."""

import base64
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot.core.errors import NotConfiguredError, SignatureError, UnparsableError
from bot.core.messages import InboundMessage, UnknownEvent
from bot.providers.base import WebhookRequest
from bot.providers.mail.parse import MAX_FILE, MAX_FILES
from bot.providers.sendgrid.provider import MAX_BODY, PROVIDER, TOLERANCE
from tests.support.captured import Case, cases, normalised
from tests.support.mail_posts import (
    BASIC,
    SECONDS,
    SENDGRID,
    SENDGRID_KEY,
    credentials,
    multipart,
    raw_mail,
    request,
    sendgrid_events,
    sendgrid_message,
    signed_sendgrid,
)
from tests.support.posts import Post
from tests.support.sends import NO_CREDENTIALS
from tests.support.tables import for_each

NOW = datetime.fromtimestamp(SECONDS, UTC)
OURS = credentials(PROVIDER, SENDGRID)
UNPROVED = sendgrid_events({"event": "delivered", "email": "ana@example.net"})
VECTOR_BODY = (
    b'[{"email":"ana@example.com","timestamp":1760000000,"event":"delivered","sg_event_id":"ev-1",'
    b'"sg_message_id":"abc.filter0001"}]\r\n'
)
VECTOR_SIGNATURE = "MEQCIHoENpGGJWOsM0Ven3jY7hfhHMIlziIkFh8HJqBuSQWAAiBwWsS7HFqZYO9Fiulr5pTC24yoyRcyhAL1utgHAlIEhA=="


def vector(
    body: bytes = VECTOR_BODY, signature: str = VECTOR_SIGNATURE, timestamp: str = str(SECONDS)
) -> WebhookRequest:
    headers = {
        "Content-Type": "application/json",
        "X-Twilio-Email-Event-Webhook-Signature": signature,
        "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
    }
    return request((headers, body), "sendgrid")


def accepted(post: Post, now: datetime = NOW, **changed: str) -> bool:
    try:
        PROVIDER.verify(request(post, "sendgrid"), credentials(PROVIDER, SENDGRID, **changed), now)
    except SignatureError:
        return False
    return True


def test_the_vector_that_the_vendors_library_accepts_is_accepted() -> None:
    PROVIDER.verify(vector(), OURS, NOW)
    PROVIDER.verify(vector(), credentials(PROVIDER, SENDGRID, webhook_password=""), NOW)


@for_each(
    "changed",
    [
        vector(body=VECTOR_BODY.rstrip()),
        vector(body=VECTOR_BODY.replace(b"ev-1", b"ev-2")),
        vector(timestamp="1760000001"),
        vector(timestamp=""),
        vector(timestamp="é"),
        vector(signature=""),
        vector(signature="AAAA"),
        vector(signature="not base64!"),
        vector(signature="é"),
        vector(signature="A" * 10_000),
    ],
)
def test_what_is_changed_in_one_place_is_refused(changed: WebhookRequest) -> None:
    with pytest.raises(SignatureError):
        PROVIDER.verify(changed, OURS, NOW)


@for_each("minutes", [-4.9, 4.9])
def test_a_signature_is_fresh_for_five_minutes_either_way(minutes: float) -> None:
    assert accepted(signed_sendgrid(UNPROVED), NOW + timedelta(minutes=minutes))


@for_each("minutes", [-5.1, 5.1, 60 * 24])
def test_a_post_that_comes_again_much_later_is_refused(minutes: float) -> None:
    assert not accepted(signed_sendgrid(UNPROVED), NOW + timedelta(minutes=minutes))


def test_a_signed_time_that_is_none_is_refused() -> None:
    post = signed_sendgrid(UNPROVED)
    post[0]["X-Twilio-Email-Event-Webhook-Timestamp"] = "soon"
    assert not accepted(post)


def test_several_keys_are_tried() -> None:
    other = base64.b64encode(_other_key()).decode()
    post = signed_sendgrid(UNPROVED)

    assert accepted(post, public_key=f"{SENDGRID_KEY}, {SENDGRID_KEY}")
    assert not accepted(post, public_key=f"{other},{SENDGRID_KEY}")
    assert not accepted(post, public_key="nonsense", webhook_password="")
    assert not accepted(post, public_key="AAAA", webhook_password="")


def _other_key() -> bytes:
    key = rsa.generate_private_key(65537, 1024).public_key()  # noqa: S505 - it is never used
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def test_inbound_mail_is_signed_in_the_same_way() -> None:
    headers, body = signed_sendgrid(multipart(sendgrid_message("oi")))

    assert accepted((headers, body), webhook_password="")
    assert not accepted((headers, body.replace(b"oi", b"io")))


def test_a_post_that_is_not_signed_needs_the_password() -> None:
    headers, body = multipart(sendgrid_message("oi"))

    assert accepted(({**headers, "Authorization": BASIC}, body))
    assert accepted(
        ({**headers, "Authorization": BASIC}, body), public_key="", webhook_password="new, s3cret-for-tests"
    )
    assert accepted(({**signed_sendgrid((headers, body))[0], "Authorization": BASIC}, body), public_key="")
    assert not accepted((headers, body))
    assert not accepted(({**headers, "Authorization": BASIC}, body), webhook_password="")


@for_each(
    "authorization",
    [
        "",
        "Basic",
        "Basic !",
        "Basic é",
        "Basic /w==",
        "Bearer " + BASIC.partition(" ")[2],
        "Basic " + "A" * 5_000,
        "Basic " + base64.b64encode(b"recado:wrong").decode(),
        "Basic " + base64.b64encode(b"s3cret-for-tests").decode(),
    ],
)
def test_a_wrong_password_is_refused(authorization: str) -> None:
    headers, body = multipart(sendgrid_message("oi"))
    assert not accepted(({**headers, "Authorization": authorization}, body))


def test_with_neither_a_key_nor_a_password_nothing_is_taken() -> None:
    with pytest.raises(NotConfiguredError, match="SENDGRID_PUBLIC_KEY"):
        PROVIDER.verify(vector(), credentials(PROVIDER, SENDGRID, public_key="", webhook_password=""), NOW)


def test_the_account_is_the_domain_whose_mail_comes_in() -> None:
    assert PROVIDER.identity(OURS) == ("in.example.com",)
    assert PROVIDER.identity(credentials(PROVIDER, SENDGRID, domain="")) == ("example.com",)
    assert PROVIDER.identity(credentials(PROVIDER, SENDGRID, **{"from": ""})) == ()
    assert PROVIDER.identity(credentials(PROVIDER, SENDGRID, **{"from": "nobody", "domain": ""})) == ()


@for_each("case", cases("sendgrid"))
def test_a_post_means_what_its_fixture_says(case: Case) -> None:
    assert orjson.loads(orjson.dumps(normalised(PROVIDER.parse(case.request, OURS)))) == case.expected


def test_the_limits_on_the_page_are_those_of_the_code() -> None:
    page = (Path(__file__).parents[3] / "docs" / "providers" / "sendgrid.md").read_text(encoding="utf-8")

    assert f"up to {MAX_BODY >> 20} MiB" in page
    assert f"up to {MAX_FILES} of them and {MAX_FILE >> 20} MB each" in page
    assert timedelta(minutes=5) == TOLERANCE
    assert "a signature is fresh for five minutes" in page


# Inbound mail.


def parsed(post: Post) -> InboundMessage:
    (message,) = PROVIDER.parse(request(post, "sendgrid"), OURS).messages
    return message


def mail(text: str = "oi", **fields: Any) -> InboundMessage:
    return parsed(multipart(sendgrid_message(text, **fields)))


@for_each("field", ["email", "rawEmail"])
def test_a_raw_mail_is_read_by_its_own_character_set(field: str) -> None:
    fields: dict[str, str | bytes] = dict(sendgrid_message("not this"))
    raw = raw_mail("", "Content-Type: text/plain; charset=iso-8859-1").rstrip() + b"\r\n\r\np\xe3o de queijo\r\n"
    del fields["text"], fields["headers"]

    message = parsed(multipart({**fields, field: raw}))

    assert (message.text, message.name) == ("pão de queijo", "Ana")
    assert message.provider_message_id == "<r1@mail.example.net> bot@in.example.com"


@for_each(
    ("charset", "content", "expected"),
    [
        ("iso-8859-1", b"p\xe3o", "pão"),
        ("windows-1252", b"\x80 5", "€ 5"),
        ("utf-8", "pão".encode(), "pão"),
        ("nope", "pão".encode(), "pão"),
        ("punycode", "pão".encode(), "pão"),
        ("utf-8", b"p\xe3o", "p\ufffdo"),
    ],
)
def test_a_field_is_read_in_the_character_set_that_the_post_names(charset: str, content: bytes, expected: str) -> None:
    fields = sendgrid_message("", charsets=json.dumps({"text": charset}))
    assert parsed(multipart({**fields, "text": content})).text == expected


@for_each("charsets", ["", "[]", "{", '{"text": 5}', '{"text": ["utf-8"]}'])
def test_character_sets_that_cannot_be_read_mean_utf8(charsets: str) -> None:
    assert mail("pão", charsets=charsets).text == "pão"


def test_a_mail_to_two_of_our_addresses_is_two_messages() -> None:
    both = sendgrid_message(
        "oi", envelope=json.dumps({"to": ["a@in.example.com", "A@in.example.com", "b@in.example.com"]})
    )
    first, second = PROVIDER.parse(request(multipart(both), "sendgrid"), OURS).messages

    assert first.body["recipient"], second.body["recipient"] == ("a@in.example.com", "b@in.example.com")
    assert first.provider_message_id != second.provider_message_id
    assert first.account == second.account == "sendgrid:in.example.com"


@for_each("envelope", ["", "{", "[]", "{}", '{"to": []}', '{"to": [5, "nobody"]}', '{"to": {"a": 1}}'])
def test_a_form_that_names_no_recipient_is_kept(envelope: str) -> None:
    delivery = PROVIDER.parse(request(multipart(sendgrid_message("oi", envelope=envelope)), "sendgrid"), OURS)
    assert delivery.unknown == (UnknownEvent("form without a recipient"),)


def test_an_envelope_may_name_one_recipient_alone_and_no_sender() -> None:
    assert mail(envelope='{"to": "bot@in.example.com"}').automatic == ""
    assert mail(envelope='{"to": ["bot@in.example.com"], "from": ""}').automatic == "bounce"


@for_each(
    ("fields", "expected"),
    [
        ({"spam_score": "5.1"}, "spam"),
        ({"spam_score": "nan"}, ""),
        ({"spam_score": "much"}, ""),
        ({"SPF": "fail", "dkim": "none"}, "not authenticated"),
        ({"SPF": "SoftFail ", "dkim": "{@example.net : fail}"}, "not authenticated"),
        ({"SPF": "fail", "dkim": "{@example.net : pass}"}, ""),
        ({"SPF": "none", "dkim": "none"}, ""),
        ({"sender": "Bot <oi@example.com>"}, "own mail"),
        ({"sender": "Bot <oi@in.example.com>"}, "own mail"),
        ({"headers": ["List-Id: <people.example.net>"]}, "mailing list"),
    ],
)
def test_mail_that_no_machine_should_answer_says_why(fields: dict[str, Any], expected: str) -> None:
    assert mail(**fields).automatic == expected


def test_files_are_handed_over_and_those_within_the_text_are_marked() -> None:
    files = {
        "attachment1": ("nota.pdf", "application/pdf", b"%PDF"),
        "attachment2": ("logo.png", "image/png", b"\x89PNG"),
    }
    post = multipart(
        sendgrid_message("segue", attachments="2", **{"content-ids": '{"logo": "attachment2", "x": 1}'}), files
    )
    message = parsed(post)

    assert message.body["media"] == [
        {"type": "document", "mime_type": "application/pdf", "filename": "nota.pdf", "size": 4},
        {"type": "image", "mime_type": "image/png", "filename": "logo.png", "size": 4, "inline": True},
    ]
    assert [tuple(each) for each in message.files] == [(0, b"%PDF"), (1, b"\x89PNG")]


def test_a_mail_without_a_message_id_is_known_by_what_was_posted() -> None:
    first, again, other = (
        parsed(multipart(sendgrid_message(text) | {"headers": ""})).provider_message_id for text in ("oi", "oi", "olá")
    )
    assert first == again != other


# Events.


def events(*given: Any, **changed: str) -> Any:
    headers, body = sendgrid_events(*given)
    return PROVIDER.parse(request((headers, body), "sendgrid"), credentials(PROVIDER, SENDGRID, **changed))


def test_one_event_that_is_not_understood_does_not_cost_the_others() -> None:
    good = {"event": "delivered", "email": "ana@example.net", "sg_message_id": "a.b", "bot_msg": "c1"}
    delivery = events(good, "text", {"event": "invented"}, {"event": {"x": 1}}, {}, good | {"sg_message_id": "c.d"})

    assert [each.provider_message_id for each in delivery.statuses] == ["a", "c"]
    assert [each.kind for each in delivery.unknown] == ["event.", "event.invented", "event.", "event."]


@for_each(
    ("named", "account"),
    [
        ("sendgrid:else.example.com", "sendgrid:else.example.com"),
        ("mailgun:in.example.com", "sendgrid:in.example.com"),
        ("sendgrid:a\0b", "sendgrid:in.example.com"),
        ("", "sendgrid:in.example.com"),
        ({}, "sendgrid:in.example.com"),
    ],
)
def test_an_event_is_of_the_account_that_sent_the_mail(named: Any, account: str) -> None:
    event = {"event": "delivered", "sg_message_id": "a.b", "bot_account": named}
    assert events(event).statuses[0].account == account


def test_events_are_of_the_account_whose_key_signed_them() -> None:
    event = {"event": "delivered", "sg_message_id": "a.b"}

    assert events(event).statuses[0].account == "sendgrid:in.example.com"
    assert PROVIDER.parse(request(sendgrid_events(event), "sendgrid"), NO_CREDENTIALS).unknown == (
        UnknownEvent("event.delivered"),
    )


@for_each("event", [{"event": "delivered"}, {"event": "delivered", "sg_message_id": "a\0b"}])
def test_an_event_of_no_mail_is_kept(event: dict[str, str]) -> None:
    assert events(event).unknown == (UnknownEvent("event.delivered", "sendgrid:in.example.com"),)


def test_who_takes_newsletters_again_without_an_address_is_kept() -> None:
    assert events({"event": "group_resubscribe", "email": "nobody"}).unknown[0].kind == "event.group_resubscribe"


@for_each(
    ("body", "content_type"),
    [
        (b"", "application/json"),
        (b"{}", "application/json"),
        (b"null", "application/json"),
        (b"[", "application/json"),
        (b"a=b", "application/x-www-form-urlencoded"),
        (b"", "multipart/form-data"),
        (b"--b\r\n", "multipart/form-data; boundary=b"),
        (b"", ""),
    ],
)
def test_what_sendgrid_never_sends_is_unparsable(body: bytes, content_type: str) -> None:
    with pytest.raises(UnparsableError):
        PROVIDER.parse(request(({"Content-Type": content_type}, body), "sendgrid"), OURS)


def test_a_stranger_cannot_keep_the_server_busy() -> None:
    headers, _ = signed_sendgrid(UNPROVED)
    began = time.process_time()

    assert not accepted((headers, b"[" * 30_000_000))
    assert time.process_time() - began < 1
