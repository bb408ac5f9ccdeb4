"""What strangers send to a server's doors, with a socket and nothing else."""

import asyncio
import gzip
import itertools
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import cache
from urllib.parse import quote

from bot.core.clock import utc_now
from tests.support import mail_posts, posts

MIB = 1024 * 1024
LARGE = 39 * MIB
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MULTIPART = {"Content-Type": "multipart/form-data; boundary=b"}
_PIECE = 256 * 1024
_PATIENCE_SECONDS = 60.0
_numbers = itertools.count(1)


class Stranger:
    """Somebody at a port, who may have an address of this computer's other than 127.0.0.1."""

    def __init__(self, port: int, address: str = "127.0.0.1") -> None:
        self._port = port
        self._address = (address, 0)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """One connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, local_addr=self._address)
        try:
            yield reader, writer
        finally:
            writer.close()

    async def get(self, path: str) -> int:
        """The status of the answer; 0 where there is none."""
        async with self.connected() as (reader, writer):
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            return await _status(reader)

    async def post(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        """The same of a post, which ends to be sent once it is answered."""
        with suppress(ConnectionError):
            async with self.connected() as (reader, writer):
                writer.write(head(path, headers, len(body)))
                answer = asyncio.create_task(_status(reader))
                with suppress(ConnectionError):
                    for at in range(0, len(body), _PIECE):
                        if answer.done():
                            break
                        writer.write(body[at : at + _PIECE])
                        await writer.drain()
                return await answer
        return 0

    async def begin(self, path: str, headers: Mapping[str, str], length: int, sent: int) -> None:
        """Send the head of a post and `sent` bytes of its body, and then nothing until this is cancelled."""
        with suppress(ConnectionError):
            async with self.connected() as (_reader, writer):
                writer.write(head(path, headers, length))
                for _ in range(sent // _PIECE):
                    writer.write(b"x" * _PIECE)
                    await writer.drain()
                await asyncio.Event().wait()

    async def linger(self) -> None:
        """Connect, and say nothing until this is cancelled."""
        with suppress(ConnectionError):
            async with self.connected():
                await asyncio.Event().wait()


def head(path: str, headers: Mapping[str, str], length: int) -> bytes:
    """The head of a post."""
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {length}"]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items()), "", ""]).encode()


@cache
def bomb() -> bytes:
    """39 MiB in 40 KB."""
    return gzip.compress(b"x" * LARGE)


@cache
def large() -> bytes:
    """39 MiB that say nothing."""
    return b"x" * LARGE


def mail_of_brackets(recipients: int) -> tuple[Mapping[str, str], bytes]:
    """A mail by SendGrid, its HTML half a million brackets, to that many of our addresses."""
    to = [f"bot{number}@in.example.com" for number in range(recipients)]
    envelope = json.dumps({"to": to, "from": "ana@example.net"})
    message = mail_posts.sendgrid_message("", envelope=envelope) | {"html": "<" * 500_000, "text": ""}
    headers, body = mail_posts.multipart(message)
    return {**headers, "Authorization": mail_posts.BASIC}, body


def mail_of_forty_mebibytes() -> tuple[Mapping[str, str], bytes]:
    """A signed mail with a file, as large as one may be."""
    file = b"JVBERi0x" * (4 * MIB + 3 * MIB // 4)
    text = f"--b\r\nContent-Type: text/plain\r\n\r\nhi {next(_numbers)}\r\n--b\r\n"
    about = "Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n"
    whole = f"{text}{about}Content-Transfer-Encoding: base64\r\n\r\n".encode() + file + b"\r\n--b--\r\n"
    more = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n"
    head = f"From: Rui <rui@example.com>\r\nTo: {posts.MIME_MAILBOX}\r\nMessage-ID: <{next(_numbers)}@x>\r\n{more}\r\n"
    return posts.signed_mime(head.encode() + whole)


def mailgun_mail(number: int) -> tuple[Mapping[str, str], bytes]:
    """A small signed mail of somebody's own."""
    message = posts.mailgun_message("hi", sender=f"Ana <ana{number}@example.com>")
    return posts.signed_mailgun(message, int(utc_now().timestamp()))


def unsigned_form(size: int) -> bytes:
    """A form of percent signs."""
    return f"From={quote('+15551230001')}&Body=".encode() + b"%" * size


async def _status(reader: asyncio.StreamReader) -> int:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            line = await reader.readuntil(b"\r\n")
    except (asyncio.IncompleteReadError, TimeoutError, ConnectionError):
        return 0
    return int(line.split(b" ")[1])
