"""One mail to a mail server, and its reply."""

import asyncio
import contextlib
import re
import ssl

import aiosmtplib

from bot.providers.base import HttpResponse, Refused, SmtpRequest, Unknown

TIMEOUT_SECONDS = 9.0
"""For one mail; together with the farewell it is no longer than a request over HTTP, which claims reckon with."""
_FAREWELL_SECONDS = 1.0
_TLS_PORT = 465
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_OK = 250
_REPLIES = range(200, 600)
_MAX_WORDS = 1_000
_MAX_HEAD = 64 * 1024
_MESSAGE_ID = re.compile(rb"^Message-ID:\s{0,9}(<[^<>\s]{1,500}>)", re.IGNORECASE | re.MULTILINE)


async def deliver(request: SmtpRequest) -> HttpResponse | Refused | Unknown:
    """Hand a mail over; never raises for what the server or the network does.

    A reply of the server comes back as a response with its code as the status, and with the mail's own Message-ID as
    the header `message-id`, since what a mail server calls a mail may soon be the name of another. TLS is never given
    up: a server that does not offer it is spoken to on loopback only. Where there is no content nothing is sent: the
    connection and the log-in are tried.
    """
    written = False
    try:
        client = _client(request)
    except ValueError as error:
        return _failed(error, written=False)
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            refused = await _open(client, request)
            if refused is not None:
                return refused
            if not request.content:
                return HttpResponse(_OK, {}, b"")
            await _envelope(client, request)
            written = True
            reply = await client.data(request.content)
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):
            await client.quit(timeout=_FAREWELL_SECONDS)
        return HttpResponse(_OK, _own_id(request.content), _bounded(reply.message))
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        return _failed(error, written=written)
    finally:
        client.close()


def _client(request: SmtpRequest) -> aiosmtplib.SMTP:
    domain = request.sender.rpartition("@")[2]
    return aiosmtplib.SMTP(
        hostname=request.host,
        port=request.port,
        timeout=TIMEOUT_SECONDS,
        # To look up this computer's own name takes as long as its resolver likes.
        local_hostname=domain if domain.isascii() and domain else "localhost",
        use_tls=request.port == _TLS_PORT,
        start_tls=False,
    )


async def _open(client: aiosmtplib.SMTP, request: SmtpRequest) -> Refused | None:
    """Connect, secure, log in; what keeps us from it, where the server offers less than that takes."""
    await client.connect()
    await client.ehlo()
    # On this computer nobody listens, and its mail server has no certificate for `localhost`.
    if request.port != _TLS_PORT and request.host not in _LOOPBACK:
        if not client.supports_extension("starttls"):
            reason = "The mail server does not offer TLS, and without it nothing is sent."
            return Refused("no_tls", reason, retryable=True, operator=True)
        await client.starttls()
        await client.ehlo()
    if request.user:
        if not client.supported_auth_methods:
            reason = "The mail server does not let anyone log in here; look at its name and port."
            return Refused("no_login", reason, retryable=True, operator=True)
        await client.login(request.user, request.password)
    return None


async def _envelope(client: aiosmtplib.SMTP, request: SmtpRequest) -> None:
    """Name sender and recipient; a server that lacks what they or the content need refuses the option by a reply.

    Raises ValueError where one of them is no single address.
    """
    for address in (request.sender, request.recipient, *request.copies):
        # The library would look for an address within it, and find another one.
        if "@" not in address or not address.isprintable() or set(' <>,"') & set(address):
            raise ValueError("it is no address")
    options = [] if request.content.isascii() else ["BODY=8BITMIME"]
    if not (request.sender + request.recipient).isascii():
        options.append("SMTPUTF8")
    await client.mail(request.sender, options=options, encoding="utf-8")
    await client.rcpt(request.recipient, encoding="utf-8")
    for address in request.copies:
        try:
            await client.rcpt(address, encoding="utf-8")
        except aiosmtplib.SMTPResponseException as error:
            # It says nothing of the recipient, whom its code would opt out.
            raise ValueError("a copy is refused") from error


def _failed(error: Exception, *, written: bool) -> HttpResponse | Refused | Unknown:
    if isinstance(error, aiosmtplib.SMTPResponseException) and error.code in _REPLIES:
        return HttpResponse(error.code, {}, _bounded(error.message))
    kind = type(error).__name__
    if written:
        return Unknown(f"The mail server's reply did not arrive ({kind}).")
    if any(isinstance(each, ssl.SSLCertVerificationError) for each in (error, error.__cause__)):
        reason = "The mail server's certificate is not good for its name."
        return Refused("bad_certificate", reason, retryable=True, operator=True)
    if isinstance(error, ValueError):
        # Such as an address with a blank, or a host with a line break.
        return Refused("not_writable", f"The mail could not be handed over as it is ({kind}).")
    return Refused("no_connection", f"The mail server was not reached ({kind}).", retryable=True)


def _own_id(content: bytes) -> dict[str, str]:
    found = _MESSAGE_ID.search(content[:_MAX_HEAD].partition(b"\r\n\r\n")[0])
    return {"message-id": found[1].decode(errors="replace")} if found else {}


def _bounded(words: str) -> bytes:
    return words[:_MAX_WORDS].encode(errors="replace")
