"""A stand-in for Meta's Graph API in a process of its own: takes every message, as cheaply as can be.

It shares the machine with what it measures, so it is a bare protocol on uvloop: a request in, Meta's JSON out.

    python -m bench.graph --port 9001

`POST /anything` is a send, and gets an id that was never given before. `GET /sent` answers how many sends were taken.
"""

import argparse
import asyncio
import os
from typing import cast

import uvloop

_LENGTH = b"content-length:"
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\nContent-Length: %d\r\n\r\n"
_TAKEN = b'{"messaging_product":"whatsapp","contacts":[{"input":"0","wa_id":"0"}],"messages":[{"id":"wamid.%s%010d"}]}'


class _Graph(asyncio.Protocol):
    """One connection; how many sends were taken is counted over all of them."""

    sent = 0
    prefix = os.urandom(6).hex().encode()

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._waiting = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while self._waiting and self._take():
            pass

    def _take(self) -> bool:
        """Answer one request; False while it is not all there."""
        waiting = self._waiting
        end = waiting.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(waiting[:end]).lower()
        at = head.find(_LENGTH)
        length = int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(waiting) < end + 4 + length:
            return False
        del waiting[: end + 4 + length]
        self._answer(_sent() if head.startswith(b"get ") else _taken())
        return True

    def _answer(self, body: bytes) -> None:
        assert self._transport is not None
        self._transport.write(_HEAD % len(body) + body)


def _taken() -> bytes:
    _Graph.sent += 1
    return _TAKEN % (_Graph.prefix, _Graph.sent)


def _sent() -> bytes:
    return b"%d" % _Graph.sent


async def serve(port: int) -> None:
    """Serve until interrupted."""
    server = await asyncio.get_running_loop().create_server(_Graph, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    uvloop.run(serve(parser.parse_args().port))
