"""A stand-in for Meta's Graph API, in a process of its own: takes every message at once and keeps what it took.

It shares the machine with what is measured, so while messages come it only finds the end of each request and keeps
the body; bodies are read when they are asked for. Its other addresses are for the benchmark:

    GET /taken     {"count": 3, "last": 1234.5}; `last` in seconds of the machine's monotonic clock
    GET /messages  [["5511900000001", "Temos sim!"], …] in the order they came
    GET /follow    the count in a line of its own, again and again while it grows
    DELETE /       forget all of it

    python -m bench.peers.standin --port 9000
"""

import argparse
import asyncio
import itertools
import secrets
import time
from dataclasses import dataclass, field
from typing import cast

import orjson
import uvloop

_LENGTH = b"content-length:"
_CHUNKED = b"transfer-encoding: chunked"
_TICK = 0.001
"""Seconds; for so long messages gather before followers hear of them."""


@dataclass(slots=True)
class _Taken:
    """What was taken, and who follows the count."""

    bodies: list[bytes] = field(default_factory=list)
    last: float = 0.0
    followers: set[asyncio.Transport] = field(default_factory=set)
    _told: bool = True

    def keep(self, body: bytes) -> None:
        self.bodies.append(body)
        self.last = time.perf_counter()
        if self._told and self.followers:
            self._told = False
            asyncio.get_running_loop().call_later(_TICK, self._tell)

    def _tell(self) -> None:
        """Many messages, one line."""
        self._told = True
        for follower in self.followers:
            follower.write(b"%d\n" % len(self.bodies))

    def forget(self) -> None:
        self.bodies.clear()
        self.last = 0.0


class _Connection(asyncio.Protocol):
    """One kept-alive connection."""

    ids = itertools.count()
    run = secrets.token_hex(4).encode()  # no id is given out twice, whichever stand-in gave it

    def __init__(self, taken: _Taken) -> None:
        self._taken = taken
        self._transport: asyncio.Transport | None = None
        self._request = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, _error: Exception | None) -> None:
        self._taken.followers.discard(cast("asyncio.Transport", self._transport))

    def data_received(self, data: bytes) -> None:
        request = self._request + data if self._request else data
        while (whole := _size(request)) and whole <= len(request):
            self._take(request[:whole])
            request = request[whole:]
        self._request = request

    def _take(self, request: bytes) -> None:
        assert self._transport is not None
        line = request[: request.find(b"\r\n")]
        if line.startswith(b"POST") and b"/messages" in line:
            self._taken.keep(request[request.find(b"\r\n\r\n") + 4 :])
            name = b"wamid.%s%d" % (self.run, next(self.ids))
            answer = (
                b'{"messaging_product":"whatsapp","contacts":[{"input":"5511900000000","wa_id":"5511900000000"}],'
                b'"messages":[{"id":"%s"}],"message_id":"%s"}'
            ) % (name, name)
        elif line.startswith(b"GET /follow "):
            self._taken.followers.add(self._transport)
            return
        elif line.startswith(b"GET /taken "):
            answer = orjson.dumps({"count": len(self._taken.bodies), "last": self._taken.last})
        elif line.startswith(b"GET /messages "):
            answer = orjson.dumps([_message(body) for body in self._taken.bodies])
        elif line.startswith(b"DELETE / "):
            self._taken.forget()
            answer = b"{}"
        else:
            answer = b'{"id":"1","display_phone_number":"15557770000"}'  # a server that looks at its number first
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer)
        )


def _size(request: bytes) -> int:
    """How long the request at the start is, in bytes; 0 while its head is not all there."""
    end = request.find(b"\r\n\r\n")
    if end < 0:
        return 0
    head = request[:end].lower()
    if _CHUNKED in head:
        raise ValueError("the stand-in reads no chunked requests")
    at = head.find(_LENGTH)
    length = int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    return end + 4 + length


def _message(body: bytes) -> tuple[str, str]:
    """To whom, by the digits of the phone, and what: of the Cloud API's JSON or of Messenger's."""
    match orjson.loads(body):
        case {"recipient": {"id": to}, "message": {"text": text}} | {"to": to, "text": {"body": text}}:
            return to, text
        case {"recipient": user_id, "text": {"body": text}}:
            return user_id.removeprefix("BR."), text
    raise ValueError(f"no message: {body[:200]!r}")


async def _serve(port: int) -> None:
    taken = _Taken()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(taken), "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    uvloop.run(_serve(parser.parse_args().port))
