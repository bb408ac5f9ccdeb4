"""Sending through a mail server: what it is handed, and what its replies mean."""

from datetime import UTC, datetime
from email import message_from_bytes

import pytest

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.consents import ConsentReason
from bot.core.errors import NotConfiguredError
from bot.core.messages import Choice, EmailHeaders, OutboundMessage
from bot.providers.base import Circumstances, Credentials, HttpResponse, Outcome, Refused, Sent, SmtpRequest, Unknown
from bot.providers.mime.provider import CREDENTIALS, PROVIDER
from tests.support.tables import for_each

NOW = datetime(2025, 10, 9, 8, 53, 20, tzinfo=UTC)
NAMES = {each.key: each.setting for each in CREDENTIALS}
VALUES = {
    "from": "Pizzaria <Oi@example.org>",
    "smtp_host": " smtp.example.org ",
    "smtp_port": "587",
    "smtp_user": "oi",
    "smtp_password": "mail-password",
}
HELD = Credentials(VALUES, NAMES)
MESSAGE = OutboundMessage(
    id="cmgj3v5s00000abcdefghijkl",
    account="mime:oi@example.org",
    channel=Channel.EMAIL,
    to=Address(AddressKind.EMAIL, "ana@example.com"),
    text="Qual sabor? Maçã!\n.\n.oi",
    choices=(Choice("1", "Margherita"),),
    email=EmailHeaders(subject="Re: Pedido nº 1", in_reply_to="<a1@x>", references=("<a0@x>", "<a1@x>")),
)


def built(credentials: Credentials = HELD) -> SmtpRequest:
    request = PROVIDER.build(MESSAGE, credentials, Circumstances(NOW))
    assert isinstance(request, SmtpRequest)
    return request


def answer(status: int, words: str = "", **headers: str) -> Outcome:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return PROVIDER.read(HttpResponse(status, named, words.encode()))


def refused(status: int, words: str = "") -> Refused:
    outcome = answer(status, words)
    assert isinstance(outcome, Refused)
    assert outcome.reason.endswith(".")
    assert "ana@" not in outcome.reason
    return outcome


def test_a_mail_is_handed_over_with_its_envelope() -> None:
    request = built()
    assert (request.host, request.port, request.user, request.password) == (
        "smtp.example.org",
        587,
        "oi",
        "mail-password",
    )
    assert (request.sender, request.recipient) == ("oi@example.org", "ana@example.com")
    assert request.content.isascii()
    mail = message_from_bytes(request.content)
    assert mail["Message-ID"] == f"<{MESSAGE.id}@example.org>"
    assert mail["References"].split() == ["<a0@x>", "<a1@x>"]
    payload = mail.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.decode().startswith("Qual sabor? Maçã!")
    assert "mail-password" not in repr(request)


def test_a_server_without_a_log_in_is_given_none() -> None:
    request = built(Credentials({name: VALUES[name] for name in ("from", "smtp_host", "smtp_port")}, NAMES))
    assert (request.user, request.password) == ("", "")


@for_each("port", ["0", "65536", "smtp", "5 8 7", "²", "9" * 5000, "-1"])
def test_a_port_that_is_none_is_named(port: str) -> None:
    with pytest.raises(NotConfiguredError) as caught:
        built(Credentials(VALUES | {"smtp_port": port}, NAMES))
    assert caught.value.setting.startswith("MIME_SMTP_PORT")


@for_each("missing", ["from", "smtp_host"])
def test_the_missing_setting_is_named(missing: str) -> None:
    with pytest.raises(NotConfiguredError) as caught:
        built(Credentials({name: value for name, value in VALUES.items() if name != missing}, NAMES))
    assert caught.value.setting == NAMES[missing]


def test_doctor_connects_and_logs_in_and_sends_nothing() -> None:
    request = PROVIDER.probe(HELD, Circumstances(NOW))
    assert isinstance(request, SmtpRequest)
    assert (request.host, request.user, request.recipient, request.content) == ("smtp.example.org", "oi", "", b"")


def test_a_mail_is_known_by_its_own_message_id() -> None:
    assert answer(250, "2.0.0 Ok: queued as 4XYZ", message_id="<c1@example.org>") == Sent("<c1@example.org>")
    assert isinstance(answer(250, "Ok"), Unknown)


@for_each("status", [421, 450, 451, 452, 454, 455])
def test_a_reply_of_4xx_is_tried_again(status: int) -> None:
    outcome = refused(status, "4.7.0 try again later")
    assert (outcome.code, outcome.retryable, outcome.operator) == (f"smtp_{status}", True, False)


@for_each("status", [530, 534, 535, 538])
def test_a_refused_log_in_is_the_operators(status: int) -> None:
    outcome = refused(status, "5.7.8 Authentication failed")
    assert (outcome.operator, outcome.credentials, outcome.retryable) == (True, True, False)


@for_each(
    ("status", "words", "code", "opt_out"),
    [
        (550, "5.1.1 <ana@example.com>: user unknown", "5.1.1", ConsentReason.BOUNCE),
        (550, "5.1.10 null MX", "5.1.10", ConsentReason.BOUNCE),
        (550, "5.7.1 we do not like you", "5.7.1", None),
        (550, "no such user", "smtp_550", None),
        (551, "5.1.6 moved", "5.1.6", ConsentReason.BOUNCE),
        (552, "5.2.2 mailbox full", "5.2.2", None),
        (553, "5.1.3 bad address", "5.1.3", None),
        (554, "5.7.1 spam", "5.7.1", None),
        (500, "", "smtp_500", None),
        (599, "5.1.1", "5.1.1", ConsentReason.BOUNCE),
        (302, "", "smtp_302", None),
        (550, "\udcff 5.1.1", "smtp_550", None),
    ],
)
def test_a_reply_of_5xx_is_not_tried_again(status: int, words: str, code: str, opt_out: ConsentReason | None) -> None:
    outcome = PROVIDER.read(HttpResponse(status, {}, words.encode(errors="surrogateescape")))
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.retryable, outcome.operator) == (code, False, False)
    assert outcome.opt_out is opt_out
