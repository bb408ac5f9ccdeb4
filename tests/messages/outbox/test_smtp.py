"""Handing a mail to a mail server: real servers on this computer, well-behaved and otherwise."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from bot.channels.service import Accounts
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.messages import OutboundMessage
from bot.messages.outbox import smtp
from bot.messages.outbox.sending import send
from bot.messages.outbox.smtp import deliver
from bot.providers.base import HttpResponse, Refused, Sent, SmtpRequest, Unknown
from bot.settings import Settings
from tests.support.mail_server import PASSWORD, USER, Postbox, known, mail_server
from tests.support.tls import contexts

CONTENT = b"Message-ID: <c1@example.org>\r\nSubject: Oi\r\n\r\nOi!\r\n.\r\n.two dots\r\n"


@asynccontextmanager
async def saying(*lines: bytes) -> AsyncIterator[int]:
    """A server that greets with the first line, answers each command with the next, and then closes; its port."""
    speaking: list[asyncio.StreamWriter] = []

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        speaking.append(writer)
        for line in lines:
            writer.write(line)
            await reader.readline()
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()
        for writer in speaking:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


def request(port: int, **changed: Any) -> SmtpRequest:
    made = SmtpRequest("127.0.0.1", port, "", "", "oi@example.org", "ana@example.com", CONTENT)
    return replace(made, **changed)


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> None:
    """This computer counts as any other."""
    monkeypatch.setattr(smtp, "_LOOPBACK", frozenset())


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail has half a second."""
    monkeypatch.setattr(smtp, "TIMEOUT_SECONDS", 0.5)


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The context of a server at `localhost` whose certificate is trusted here."""
    server, client = contexts("localhost")
    monkeypatch.setattr(ssl, "create_default_context", lambda *_arguments, **_options: client)
    return server


async def test_a_mail_is_handed_over_as_it_is() -> None:
    postbox = Postbox()
    async with mail_server(postbox) as port:
        answer = await deliver(request(port))

    assert answer == HttpResponse(250, {"message-id": "<c1@example.org>"}, b"2.0.0 Ok: queued as 4XYZ")
    (mail,) = postbox.mails
    assert (mail.mail_from, mail.rcpt_tos, mail.content) == ("oi@example.org", ["ana@example.com"], CONTENT)


async def test_a_mail_without_a_message_id_has_none_in_its_answer() -> None:
    async with mail_server(Postbox()) as port:
        answer = await deliver(request(port, content=b"Subject: Oi\r\n\r\nMessage-ID: <x@y>\r\n"))
    assert isinstance(answer, HttpResponse)
    assert answer.headers == {}


async def test_copies_are_named_to_the_server_and_one_that_it_refuses_says_nothing_of_the_recipient() -> None:
    postbox = Postbox()
    copies = ("rui@example.org", "boss@example.org")
    async with mail_server(postbox) as port:
        await deliver(request(port, copies=copies))
        refused = await deliver(request(port, copies=("josé@example.org",)))
    (mail,) = postbox.mails
    assert mail.rcpt_tos == ["ana@example.com", *copies]
    assert isinstance(refused, Refused)
    assert (refused.code, refused.opt_out, refused.retryable) == ("not_writable", None, False)


async def test_letters_of_all_languages_arrive() -> None:
    postbox = Postbox()
    content = "Message-ID: <c1@example.org>\r\n\r\nMaçã\r\n".encode()
    async with mail_server(postbox, enable_SMTPUTF8=True) as port:
        await deliver(request(port, content=content, recipient="josé@example.com"))
    (mail,) = postbox.mails
    assert (mail.rcpt_tos, mail.content) == (["josé@example.com"], content)
    assert {"BODY=8BITMIME", "SMTPUTF8"} <= set(mail.mail_options)


async def test_a_server_that_takes_ascii_alone_refuses_the_rest() -> None:
    async with mail_server(Postbox()) as port:
        answer = await deliver(request(port, recipient="josé@example.com"))
    assert isinstance(answer, HttpResponse)
    assert 500 <= answer.status < 600


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("reply", ["451 4.3.0 try again later", "550 5.1.1 no such user"])
async def test_a_servers_refusal_is_its_answer(command: str, reply: str) -> None:
    async with mail_server(Postbox({command: reply})) as port:
        answer = await deliver(request(port))
    code, _, words = reply.partition(" ")
    assert answer == HttpResponse(int(code), {}, words.encode())


@pytest.mark.parametrize(("password", "status"), [(PASSWORD, 250), ("wrong", 535)])
async def test_it_logs_in_first(password: str, status: int) -> None:
    postbox = Postbox()
    async with mail_server(postbox, authenticator=known, auth_require_tls=False, auth_required=False) as port:
        answer = await deliver(request(port, user=USER, password=password))
        probed = await deliver(request(port, user=USER, password=password, content=b"", recipient=""))

    assert isinstance(answer, HttpResponse)
    assert isinstance(probed, HttpResponse)
    assert (answer.status, probed.status) == (status, status)
    assert len(postbox.mails) == (status == 250)


async def test_a_server_without_a_log_in_is_the_operators() -> None:
    # This one takes passwords only over TLS.
    async with mail_server(Postbox(), authenticator=known) as port:
        answer = await deliver(request(port, user=USER, password=PASSWORD))
    assert isinstance(answer, Refused)
    assert (answer.code, answer.operator, answer.retryable) == ("no_login", True, True)


async def test_nothing_is_sent_where_nothing_is_to_be_sent() -> None:
    postbox = Postbox()
    async with mail_server(postbox) as port:
        assert await deliver(request(port, content=b"")) == HttpResponse(250, {}, b"")
    assert postbox.mails == []


@pytest.mark.usefixtures("far")
async def test_without_tls_nothing_is_sent_to_another_computer() -> None:
    postbox = Postbox()
    async with mail_server(postbox, authenticator=known, auth_require_tls=False) as port:
        answer = await deliver(request(port, user=USER, password=PASSWORD))
    assert isinstance(answer, Refused)
    assert (answer.code, answer.operator, answer.retryable) == ("no_tls", True, True)
    assert postbox.mails == []


@pytest.mark.usefixtures("far")
async def test_tls_comes_before_the_log_in_and_the_mail(trusted: ssl.SSLContext) -> None:
    postbox = Postbox()
    options: dict[str, Any] = {"tls_context": trusted, "require_starttls": True, "authenticator": known}
    async with mail_server(postbox, **options) as port:
        answer = await deliver(request(port, host="localhost", user=USER, password=PASSWORD))
    assert isinstance(answer, HttpResponse)
    assert answer.status == 250
    assert len(postbox.mails) == 1


async def test_one_port_speaks_tls_from_the_first_byte(
    trusted: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    postbox = Postbox()
    async with mail_server(postbox, tls=trusted) as port:
        monkeypatch.setattr(smtp, "_TLS_PORT", port)
        answer = await deliver(request(port, host="localhost"))
    assert isinstance(answer, HttpResponse)
    assert len(postbox.mails) == 1


@pytest.mark.usefixtures("far")
@pytest.mark.parametrize("from_the_start", [True, False])
async def test_a_certificate_of_another_host_is_not_taken(
    trusted: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, from_the_start: bool
) -> None:
    postbox = Postbox()
    options: dict[str, Any] = {"tls": trusted} if from_the_start else {"tls_context": trusted}
    async with mail_server(postbox, **options) as port:
        if from_the_start:
            monkeypatch.setattr(smtp, "_TLS_PORT", port)
        answer = await deliver(request(port, host="127.0.0.1"))
    assert isinstance(answer, Refused)
    assert (answer.code, answer.operator, answer.retryable) == ("bad_certificate", True, True)
    assert postbox.mails == []


async def test_a_server_that_is_not_there_is_tried_again() -> None:
    async with saying() as port:
        pass
    answer = await deliver(request(port))
    assert isinstance(answer, Refused)
    assert (answer.code, answer.retryable, answer.operator) == ("no_connection", True, False)


@pytest.mark.usefixtures("hurried")
async def test_a_server_that_hangs_before_the_mail_is_tried_again() -> None:
    async with saying(b"", b"") as port:
        answer = await deliver(request(port))
    assert isinstance(answer, Refused)
    assert (answer.code, answer.retryable) == ("no_connection", True)


@pytest.mark.usefixtures("hurried")
async def test_a_server_that_hangs_after_the_mail_leaves_it_unknown() -> None:
    async with mail_server(Postbox(hangs=True)) as port:
        assert isinstance(await deliver(request(port)), Unknown)


async def test_a_connection_that_breaks_after_the_mail_leaves_it_unknown() -> None:
    async with mail_server(Postbox(cuts=True)) as port:
        assert isinstance(await deliver(request(port)), Unknown)


async def test_a_server_that_breaks_off_before_the_mail_is_tried_again() -> None:
    async with saying(b"220 mx\r\n", b"250 mx\r\n") as port:
        answer = await deliver(request(port))
    assert isinstance(answer, Refused)
    assert answer.retryable


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ([b"421 4.3.2 closing\r\n"], 421),
        ([b"554 5.7.1 not you\r\n"], 554),
        ([b"220 mx\r\n", b"250 mx\r\n", b"250 OK\r\n", b"250 OK\r\n", b"451 4.3.0 later\r\n"], 451),
    ],
)
async def test_a_refusal_at_any_point_is_its_answer(lines: Sequence[bytes], status: int) -> None:
    async with saying(*lines) as port:
        answer = await deliver(request(port))
    assert isinstance(answer, HttpResponse)
    assert answer.status == status


async def test_words_without_a_code_are_no_answer() -> None:
    async with saying(b"hello\r\n", b"hello\r\n") as port:
        answer = await deliver(request(port))
    assert isinstance(answer, Refused)
    assert answer.retryable


async def test_words_without_end_are_cut() -> None:
    lines = b"".join(b"550-" + b"x" * 400 + b"\r\n" for _ in range(10)) + b"550 end\r\n"
    async with saying(b"220 mx\r\n", b"250 mx\r\n", lines) as port:
        answer = await deliver(request(port))
    assert isinstance(answer, HttpResponse)
    assert len(answer.body) == 1000


@pytest.mark.parametrize("changed", [{"host": "mx\r\nx"}, {"recipient": "ana\r\nRCPT TO:<x@example.com>"}])
async def test_a_line_break_is_never_handed_over(changed: dict[str, str]) -> None:
    postbox = Postbox()
    async with mail_server(postbox) as port:
        answer = await deliver(request(port, **changed))
    assert isinstance(answer, Refused | HttpResponse)
    assert postbox.mails == []


async def test_a_message_leaves_by_the_mail_server_of_the_settings() -> None:
    postbox = Postbox()
    message = OutboundMessage(
        "cmgj3v5s00000abcdefghijkl",
        "mime:oi@example.org",
        Channel.EMAIL,
        Address(AddressKind.EMAIL, "ana@example.com"),
        "Maçã!",
    )
    async with mail_server(postbox) as port, aiohttp.ClientSession() as session:
        settings = {
            "MIME_FROM": "Pizzaria <oi@example.org>",
            "MIME_SMTP_HOST": "127.0.0.1",
            "MIME_SMTP_PORT": str(port),
        }
        outcome = await send(session, Accounts(Settings.read(settings)), message, "")

    assert outcome == Sent("<cmgj3v5s00000abcdefghijkl@example.org>")
    (mail,) = postbox.mails
    assert (mail.mail_from, mail.rcpt_tos) == ("oi@example.org", ["ana@example.com"])
