"""Mails with copies: seen, unseen, through each carrier; whatever was typed adds nobody and ends no header."""

import base64
import email
from dataclasses import replace
from datetime import UTC, datetime
from email.policy import default
from typing import Any
from urllib.parse import parse_qs

import orjson

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.messages import EmailHeaders, OutboundMessage
from bot.providers.base import Circumstances, Credentials, HttpRequest, SmtpRequest
from bot.providers.table import PROVIDERS

NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
CREDENTIALS = Credentials(
    {
        "from": "Shop <shop@example.com>",
        "api_key": "k",
        "server_token": "k",
        "domain": "example.com",
        "access_key_id": "k",
        "secret_access_key": "k",
        "region": "us-east-1",
        "api_url": "https://api.example.com",
        "smtp_host": "127.0.0.1",
        "smtp_port": "25",
        "inbound": "",
    },
    {},
)
HOSTILE = (
    "ana@example.net",
    "x@example.org\r\nBcc: evil@example.org",
    "a@b.example, c@d.example",
    "Rui <rui@example.org>",
)
MAIL = OutboundMessage(
    id="cmgfixture000000000000001",
    account="smtp:shop@example.com",
    channel=Channel.EMAIL,
    to=Address(AddressKind.EMAIL, "ana@example.net"),
    text="Ready.",
    email=EmailHeaders(
        subject="Glasses",
        cc=("rui@example.org", "Rui@example.org", "maçã@example.org", *HOSTILE),
        bcc=("boss@example.org", "rui@example.org", *HOSTILE),
    ),
)
CC, BCC = ["rui@example.org", "maçã@example.org"], ["boss@example.org"]


def sent(name: str, message: OutboundMessage = MAIL) -> Any:
    """The body that the provider gets, or the mail server's request."""
    made = PROVIDERS[name].build(message, CREDENTIALS, Circumstances(NOW))
    if isinstance(made, SmtpRequest):
        return made
    assert isinstance(made, HttpRequest)
    return parse_qs(made.body.decode()) if name == "mailgun" else orjson.loads(made.body)


def test_copies_go_along_through_each_carrier_and_what_was_typed_adds_nobody() -> None:
    person = sent("sendgrid")["personalizations"][0]
    assert [[each["email"] for each in person[name]] for name in ("to", "cc", "bcc")] == [["ana@example.net"], CC, BCC]
    form = sent("mailgun")
    assert (form["to"], form["cc"], form["bcc"]) == (["ana@example.net"], [", ".join(CC)], BCC)
    posted = sent("postmark")
    assert (posted["To"], posted["Cc"], posted["Bcc"]) == ("ana@example.net", ", ".join(CC), *BCC)
    ses = sent("ses")
    ascii_cc = ["rui@example.org", "invalid"]
    assert ses["Destination"] == {"ToAddresses": ["ana@example.net"], "CcAddresses": ascii_cc, "BccAddresses": BCC}
    smtp = sent("mime")
    assert (smtp.recipient, smtp.copies) == ("ana@example.net", (*ascii_cc, *BCC))
    for raw in (smtp.content, base64.b64decode(ses["Content"]["Raw"]["Data"])):
        read = email.message_from_bytes(raw, policy=default)
        assert (read["to"], read["cc"], read["bcc"]) == ("ana@example.net", ", ".join(ascii_cc), None)
        assert b"evil" not in raw
        assert b"boss" not in raw


def test_without_copies_nothing_is_said_of_them() -> None:
    alone = replace(MAIL, email=EmailHeaders(subject="Glasses"))
    assert set(sent("sendgrid", alone)["personalizations"][0]) == {"to", "custom_args"}
    assert not {"cc", "bcc"} & set(sent("mailgun", alone))
    assert not {"Cc", "Bcc"} & set(sent("postmark", alone))
    assert set(sent("ses", alone)["Destination"]) == {"ToAddresses"}
    assert sent("mime", alone).copies == ()
    assert b"\r\nCc:" not in sent("mime", alone).content
