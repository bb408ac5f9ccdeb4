"""A mail server on this computer, which takes mails and misbehaves when told."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.waiting import eventually

USER = "oi"
PASSWORD = "mail-password"


# Without slots: the library looks at every attribute, and early 3.11 cannot say what `__weakref__` of slots is.
@dataclass
class Postbox:
    """What a mail server does with mails, and what it got.

    Attributes:
        replies: instead of the usual, by the command they answer.
        mails: what it took.
        hangs: it never answers to a mail's content.
        cuts: it closes the connection instead.
        closing: lets go whatever hangs.
    """

    replies: dict[str, str] = field(default_factory=dict)
    mails: list[Envelope] = field(default_factory=list)
    hangs: bool = False
    cuts: bool = False
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_MAIL(  # noqa: N802 - the server's name for it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.replies.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802 - the server's name for it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.replies.get("RCPT", "250 OK")

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        if self.hangs:
            await self.closing.wait()
        if self.cuts and server.transport is not None:
            server.transport.close()
        self.mails.append(envelope)
        return self.replies.get("DATA", "250 2.0.0 Ok: queued as 4XYZ")


def known(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: Any) -> AuthResult:
    """Lets in who gives the right password."""
    right = isinstance(login, LoginPassword) and (login.login, login.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


@asynccontextmanager
async def mail_server(postbox: Postbox, *, tls: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[int]:
    """A running server; its port."""
    loop = asyncio.get_running_loop()
    speaking: list[SMTP] = []

    def answer() -> SMTP:
        speaking.append(SMTP(postbox, hostname="mx.example.org", loop=loop, **options))
        return speaking[-1]

    async def quiet() -> bool:
        return all(each.transport is None or each.transport.is_closing() for each in speaking)

    server = await loop.create_server(answer, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        postbox.closing.set()
        server.close()
        await server.wait_closed()
        await eventually(quiet)
        # A transport that is closing is closed in the loop's next round.
        await asyncio.sleep(0)
