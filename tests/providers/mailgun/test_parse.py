"""What Mailgun's posts mean."""

import copy
import json
from typing import Any
from urllib.parse import parse_qsl

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.consents import ConsentReason
from bot.core.errors import UnparsableError
from bot.core.messages import Delivery, InboundMessage, Status
from bot.core.text import MAX_ID, MAX_TEXT
from bot.providers.base import WebhookRequest
from bot.providers.mail.parse import MAX_FILES
from bot.providers.mailgun.provider import PROVIDER
from tests.support.mail_posts import bounce
from tests.support.mailgun import CREDENTIALS, SIGNED, Case, cases, form_post, normalised, post
from tests.support.sends import NO_CREDENTIALS
from tests.support.tables import for_each

CASES = {case.name: case for case in cases()}
FORMS = [case for case in CASES.values() if case.request.headers["content-type"].endswith("urlencoded")]
EVENTS = [case for case in CASES.values() if case.request.headers["content-type"].endswith("json")]


def fields(name: str = "inbound_text") -> dict[str, str]:
    return dict(parse_qsl(CASES[name].request.body.decode(), keep_blank_values=True))


def mail(**changed: str) -> InboundMessage:
    (message,) = PROVIDER.parse(form_post(fields() | changed), NO_CREDENTIALS).messages
    return message


@for_each("case", CASES.values())
def test_a_post_means_what_its_fixture_says(case: Case) -> None:
    assert json.loads(orjson.dumps(normalised(PROVIDER.parse(case.request, NO_CREDENTIALS)))) == case.expected


def test_the_same_mail_to_two_of_our_addresses_is_two_messages() -> None:
    first, second = mail(recipient="oi@mg.example.com"), mail(recipient="Vendas@MG.example.com")

    assert (first.provider_message_id, second.provider_message_id) == (
        "<a2@example.com> oi@mg.example.com",
        "<a2@example.com> vendas@mg.example.com",
    )
    assert first.account == second.account == "mailgun:mg.example.com"


def test_a_retry_with_a_fresh_signature_has_the_same_id() -> None:
    nameless = fields("inbound_no_message_id")
    first, again, other = (
        PROVIDER.parse(form_post(nameless | changed), NO_CREDENTIALS).messages[0].provider_message_id
        for changed in ({}, {"timestamp": "1760000600", "token": "b" * 50}, {"body-plain": "dois"})
    )

    assert first == again
    assert first != other


def test_a_very_long_id_is_hashed() -> None:
    long = json.dumps([["Message-Id", f"<{'m' * 380}@example.com>"]])

    message = mail(**{"message-headers": long, "recipient": f"{'r' * 200}@mg.example.com"})

    assert len(message.provider_message_id) <= MAX_ID
    assert message.email is not None
    assert len(message.email.message_id) > 380


def test_a_very_long_text_is_cut_and_says_so() -> None:
    message = mail(**{"body-plain": "ã" * 100_000})

    assert len(message.text) == MAX_TEXT
    assert message.cleaned


def test_nul_bytes_and_broken_utf8_do_no_harm() -> None:
    body = CASES["inbound_text"].request.body + b"&stripped-text=%00%FF&body-plain=a%00b"

    (message,) = PROVIDER.parse(post(body, "application/x-www-form-urlencoded"), NO_CREDENTIALS).messages

    assert message.text == "quero uma pizza"
    assert "\0" not in mail(**{"stripped-text": "a\0b"}).text


@for_each("listed", ["", "{", "[" * 100_000, '"text"', "{}"])
def test_an_unreadable_list_of_headers_leaves_the_fields(listed: str) -> None:
    message = mail(**{"message-headers": listed, "Precedence": "junk"})

    assert message.automatic == "bulk mail"
    assert message.text == "quero uma pizza"


def test_broken_headers_cost_only_themselves() -> None:
    listed = [["Message-Id", "<a9@example.com>"], ["List-Id"], "x", 1, None, [1, 2], ["Subject", None], {"a": "b"}]

    message = mail(**{"message-headers": json.dumps(listed)})

    assert message.provider_message_id.startswith("<a9@example.com> ")
    assert not message.automatic


def test_files_are_listed_and_handed_over() -> None:
    head = '--b\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n{}\r\n'
    parts = [head.format(name, "", value) for name, value in fields().items()]
    parts += [head.format(f"attachment-{n}", f'; filename="{n}.txt"', n) for n in range(60)]
    parts.append(head.format("content-id-map", "", '{"<a>": "attachment-2", "<b>": 5}'))

    delivery = PROVIDER.parse(
        post(f"{''.join(parts)}--b--\r\n".encode(), "multipart/form-data; boundary=b"), NO_CREDENTIALS
    )

    (message,) = delivery.messages
    listed = {"type": "document", "mime_type": "application/octet-stream", "size": 1}
    assert len(message.body["media"]) == len(message.files) == MAX_FILES
    assert message.body["media"][1] == listed | {"filename": "1.txt"}
    assert message.body["media"][2] == listed | {"filename": "2.txt", "inline": True}
    assert message.files[1] == (1, b"1")


def test_mail_from_our_own_sender_is_a_loop() -> None:
    own = form_post(fields() | {"from": "Pizzaria <OI@mg.example.com>", "recipient": "else@mg.example.com"})

    assert PROVIDER.parse(own, CREDENTIALS).messages[0].automatic == "own mail"
    assert PROVIDER.parse(own, NO_CREDENTIALS).messages[0].automatic == ""


def test_a_bounce_of_our_mail_is_a_status_of_it() -> None:
    original = "X-Recado: cmgfixture000000000000001\nMessage-ID: <b1@mg.example.com>\n"
    form = fields() | {"sender": "", "body-mime": bounce(original).decode()}

    (status,) = PROVIDER.parse(form_post(form), CREDENTIALS).statuses

    assert (status.account, status.provider_message_id) == ("mailgun:mg.example.com", "<b1@mg.example.com>")
    assert (status.status, status.opt_out) == (Status.FAILED, ConsentReason.BOUNCE)


@for_each(
    "request_",
    [
        post(b"", "application/json"),
        post(b"[]", "application/json"),
        post(b'{"event-data": 1}', "application/json"),
        post(b'{"event-data": {}}', "application/json"),
        post(b'{"event-data": {"event": {}}}', "application/json"),
        post(b"", "application/x-www-form-urlencoded"),
        post(b"", ""),
        post(b"&" * 6_000, "application/x-www-form-urlencoded"),
        post(b"a&" * 6_000, "application/x-www-form-urlencoded"),
        post(b"--b\r\n\r\nnameless\r\n--b--", "multipart/form-data; boundary=b"),
        post(b'--b\r\nX: ; name="a"\r\n\r\n' * 6_000, "multipart/form-data; boundary=b"),
        post(b"--\r\n", 'multipart/form-data; boundary=""'),
    ],
)
def test_what_mailgun_never_sends_is_unparsable(request_: WebhookRequest) -> None:
    with pytest.raises(UnparsableError):
        PROVIDER.parse(request_, NO_CREDENTIALS)


# Whatever arrives, and whatever is missing from it, ends in a Delivery or an UnparsableError.

_RETYPED = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.lists(st.text(), max_size=3),
    st.dictionaries(st.text(), st.integers(), max_size=3),
)
_TEXTS = st.one_of(
    st.text(),
    st.sampled_from(
        ["<>", "<", '"', "<[x]>", "=?utf-8?q?=0AX?= <a@b>", "=?nope?b?!!!?=", "a@x.org)b@y.org", "(" * 900]
    ),
)


def _tolerated(request: WebhookRequest) -> None:
    try:
        delivery = PROVIDER.parse(request, NO_CREDENTIALS)
    except UnparsableError:
        return
    assert isinstance(delivery, Delivery)
    orjson.dumps(normalised(delivery))
    for message in delivery.messages:
        assert 0 < len(message.provider_message_id) <= MAX_ID
        assert message.addresses[0].value == message.addresses[0].value.lower()
    for status in delivery.statuses:
        assert status.status in Status
        assert len(status.provider_message_id) <= MAX_ID


@given(case=st.sampled_from(FORMS), data=st.data())
def test_no_form_breaks_the_parser(case: Case, data: st.DataObject) -> None:
    sent = parse_qsl(case.request.body.decode(), keep_blank_values=True)
    kept = data.draw(st.lists(st.sampled_from(sent), min_size=1))
    changed = [(name, data.draw(_TEXTS) if data.draw(st.booleans()) else value) for name, value in kept]

    _tolerated(form_post([(name, value.encode(errors="replace").decode()) for name, value in changed]))


@given(pairs=st.lists(st.tuples(st.sampled_from(["From", "References", "Auto-Submitted", "Message-Id"]), _TEXTS)))
def test_no_header_breaks_the_parser(pairs: list[tuple[str, str]]) -> None:
    listed = {"message-headers": json.dumps(pairs)}
    _tolerated(form_post(fields() | listed | {"from": pairs[0][1].encode(errors="replace").decode() if pairs else ""}))


@given(case=st.sampled_from(EVENTS), data=st.data())
def test_no_event_breaks_the_parser(case: Case, data: st.DataObject) -> None:
    value: dict[str, Any] = copy.deepcopy(orjson.loads(case.request.body))
    spots: list[tuple[dict[str, Any], str]] = []
    stack = [value]
    while stack:
        part = stack.pop()
        spots += [(part, key) for key in part]
        stack += [each for each in part.values() if isinstance(each, dict)]
    for part, key in data.draw(st.lists(st.sampled_from(spots), min_size=1, max_size=4)):
        if data.draw(st.booleans()):
            part.pop(key, None)
        else:
            part[key] = data.draw(_RETYPED)

    _tolerated(post(json.dumps(value).encode(), "application/json"))


@given(
    case=st.sampled_from(list(CASES.values())),
    at=st.integers(0, 3_000),
    length=st.integers(0, 40),
    patch=st.binary(max_size=40),
)
def test_no_bytes_break_the_parser(case: Case, at: int, length: int, patch: bytes) -> None:
    body = case.request.body
    _tolerated(post(body[:at] + patch + body[at + length :], case.request.headers["content-type"]))


@given(raw=st.binary(max_size=400))
def test_no_raw_mail_breaks_the_parser(raw: bytes) -> None:
    parts = [(name, value.encode()) for name, value in {"recipient": "oi@mg.example.com", **SIGNED}.items()]
    body = b"".join(
        b'--bb\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value)
        for name, value in [*parts, ("sender", b"ana@example.com"), ("body-mime", raw)]
    )
    _tolerated(post(body + b"--bb--\r\n", "multipart/form-data; boundary=bb"))
