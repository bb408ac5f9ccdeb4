"""One mail to a mail server, and its reply."""

import aiosmtplib

from bot.providers.base import HttpResponse, Refused, SmtpRequest, Unknown

_TIMEOUT_SECONDS = 10.0
_TLS_PORT = 465
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_OK = 250


async def deliver(request: SmtpRequest) -> HttpResponse | Refused | Unknown:
    """Hand a mail over; never raises for what the server or the network does.

    A reply of the server comes back as a response with its code as the status. TLS is never given up: a server that
    does not offer it is spoken to on loopback only.
    """
    written = False
    local = request.host in _LOOPBACK
    client = aiosmtplib.SMTP(
        hostname=request.host,
        port=request.port,
        timeout=_TIMEOUT_SECONDS,
        use_tls=request.port == _TLS_PORT,
        start_tls=None if local else request.port != _TLS_PORT,
    )
    try:
        async with client:
            if request.user:
                await client.login(request.user, request.password)
            await client.mail(request.sender)
            await client.rcpt(request.recipient)
            written = True
            reply = await client.data(request.content)
            return HttpResponse(_OK, {}, reply.message.encode(errors="replace"))
    except aiosmtplib.SMTPResponseException as error:
        return HttpResponse(error.code, {}, error.message.encode(errors="replace"))
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        if written:
            return Unknown(f"The mail server's reply did not arrive ({type(error).__name__}).")
        return Refused("no_connection", f"The mail server was not reached ({type(error).__name__}).", retryable=True)
