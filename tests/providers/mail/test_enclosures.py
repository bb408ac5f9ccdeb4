"""Files within a mail: as each carrier takes them, whole and under names that end no header."""

import email
import email.policy
from base64 import b64decode
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import orjson
import pytest

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.messages import Enclosure, OutboundMessage
from bot.providers.base import MOST_ENCLOSED, Circumstances, Credentials, HttpRequest, SmtpRequest, WebhookRequest
from bot.providers.kit.form import read_form
from bot.providers.table import PROVIDERS

NOW = Circumstances(datetime(2026, 3, 1, 12, tzinfo=UTC))
BINARY = bytes(range(256)) * 20 + b"\r\n--=_m1\r\n\r\n.\r\n"
FILES = (
    Enclosure("fatura março “1”.pdf", "application/pdf", BINARY),
    Enclosure('a"b.png', "image/png", b"\x89PNG"),
    Enclosure("", "text/plain", "olá\n".encode()),
)
GIVEN = {
    "from": "Shop <oi@shop.example>",
    "domain": "shop.example",
    "api_url": "https://api.example",
    "api_key": "k",
    "server_token": "t",
    "region": "eu-west-1",
    "access_key_id": "A",
    "secret_access_key": "S",
    "smtp_host": "mail.example",
    "smtp_port": "587",
}


def mail(*, html: str = "", files: tuple[Enclosure, ...] = FILES) -> OutboundMessage:
    to = Address(AddressKind.EMAIL, "ana@example.org")
    return OutboundMessage("m1", "mime:oi@shop.example", Channel.EMAIL, to, "Segue.", html=html, enclosures=files)


def built(provider: str, message: OutboundMessage) -> Any:
    return PROVIDERS[provider].build(message, Credentials(GIVEN, {}), NOW)


def parsed(content: bytes) -> EmailMessage:
    found = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


@pytest.mark.parametrize("html", ["", "<p>Segue.</p>"])
def test_a_whole_mail_has_its_words_and_every_byte_of_its_files(html: str) -> None:
    request = built("mime", mail(html=html))
    assert isinstance(request, SmtpRequest)
    assert request.content.isascii()
    assert max(map(len, request.content.split(b"\r\n"))) < 998
    found = parsed(request.content)
    body = found.get_body(("plain",))
    assert body is not None
    assert body.get_content().strip() == "Segue."
    assert (found.get_body(("html",)) is not None) is bool(html)
    files = list(found.iter_attachments())
    assert [each.get_filename() for each in files] == ["fatura março “1”.pdf", 'a"b.png', "file"]
    assert [each.get_content_type() for each in files] == ["application/pdf", "image/png", "text/plain"]
    assert [each.get_payload(decode=True) for each in files] == [each.content for each in FILES]
    assert built("mime", mail(html=html)) == request


def test_a_mail_without_files_is_as_it_was() -> None:
    request = built("mime", mail(files=()))
    assert isinstance(request, SmtpRequest)
    assert parsed(request.content).get_content_type() == "text/plain"


def test_ses_has_the_same_mail_within_its_json() -> None:
    request = built("ses", mail())
    raw = b64decode(orjson.loads(request.body)["Content"]["Raw"]["Data"])
    assert [each.get_payload(decode=True) for each in parsed(raw).iter_attachments()] == [
        each.content for each in FILES
    ]


@pytest.mark.parametrize(
    ("provider", "key", "name", "content"),
    [("sendgrid", "attachments", "filename", "content"), ("postmark", "Attachments", "Name", "Content")],
)
def test_carriers_that_speak_json_get_them_in_base64(provider: str, key: str, name: str, content: str) -> None:
    request = built(provider, mail())
    assert isinstance(request, HttpRequest)
    files = orjson.loads(request.body)[key]
    assert [each[name] for each in files] == ["fatura março “1”.pdf", 'a"b.png', "file"]
    assert [b64decode(each[content]) for each in files] == [each.content for each in FILES]
    assert key not in orjson.loads(built(provider, mail(files=())).body)


def test_mailgun_gets_a_form_with_files() -> None:
    request = built("mailgun", mail())
    headers = {name.lower(): value for name, value in request.headers.items()}
    form = read_form(WebhookRequest("POST", "", headers, {}, request.body))
    assert (form.last("to"), form.last("text")) == ("ana@example.org", "Segue.")
    assert [(each.name, each.type, each.content) for each in form.attachments()] == [
        ("fatura março “1”.pdf", "application/pdf", BINARY),
        ("a'b.png", "image/png", b"\x89PNG"),
        ("file", "text/plain", "olá\n".encode()),
    ]
    assert built("mailgun", mail()) == request
    assert built("mailgun", mail(files=())).headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_every_carrier_of_mails_takes_as_many_bytes() -> None:
    carriers = [each for each in PROVIDERS.values() if Channel.EMAIL in each.channels and not each.files]
    assert len(carriers) == 5
    assert {each.encloses for each in carriers} == {MOST_ENCLOSED}
    assert all(not each.encloses for each in PROVIDERS.values() if each not in carriers)
