"""A provider that keeps files: its server on loopback, which gives them by its own two steps, and misbehaves when told.

In a test:

    async with keeping_files() as server:
        server.files["f1"] = PICTURE
        ... an account with `server.credentials` of the provider `TWO_STEPS` ...
        ... entry {"id": "f1"} ...
        assert server.asked == [("/media/f1", "Bearer secret"), ("/files/f1", "Bearer secret")]
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import orjson
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.core.messages import JsonObject
from bot.providers.base import Credentials, HttpRequest, HttpResponse
from tests.support.loopback import LOOPBACK

PICTURE = b"\x89PNG\r\n\x1a\n" + b"not really, but it begins as one" * 8
TOKEN = "secret"

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _get(url: str, credentials: Credentials) -> HttpRequest:
    return HttpRequest("GET", url, {"Authorization": f"Bearer {credentials['token']}"}, b"")


def _media(entry: JsonObject, credentials: Credentials) -> HttpRequest:
    return _get(f"{credentials['api_url']}/media/{entry['id']}", credentials)


def _media_found(response: HttpResponse, credentials: Credentials) -> HttpRequest | None:
    url = orjson.loads(response.body).get("url") if response.status == 200 else None
    return None if url is None else _get(url, credentials)


TWO_STEPS = replace(LOOPBACK, media=_media, media_found=_media_found)
"""Asks `/media/{id}` where a file is, then fetches it from there, both with the token."""
ONE_STEP = replace(LOOPBACK, media=lambda entry, credentials: _get(entry["url"], credentials))
"""Fetches a file from where the message says that it is."""


@dataclass(slots=True)
class FileServer:
    """The provider's side.

    Attributes:
        url: where it listens.
        files: what it has, by id.
        asked: the path and the Authorization of each request, in order.
        answers: what it does instead, by path.
    """

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)

    @property
    def settings(self) -> dict[str, str]:
        """The environment that connects the loopback provider to it."""
        return {"LOOPBACK_API_URL": self.url, "LOOPBACK_TOKEN": TOKEN}

    @property
    def credentials(self) -> Credentials:
        """The loopback provider's, pointing at it."""
        return Credentials({"api_url": self.url, "token": TOKEN}, {})

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Write down the request and answer it."""
        self.asked.append((request.path, request.headers.get("Authorization", "")))
        if request.path in self.answers:
            return await self.answers[request.path](request)
        step, _, file_id = request.path.removeprefix("/").partition("/")
        if file_id not in self.files:
            raise web.HTTPNotFound
        if step == "media":
            return web.json_response({"url": f"{self.url}/files/{file_id}"})
        return web.Response(body=self.files[file_id], content_type="application/octet-stream")


@asynccontextmanager
async def keeping_files() -> AsyncIterator[FileServer]:
    """A running server."""
    server = FileServer()
    app = web.Application()
    app.router.add_get("/{path:.*}", server.handle)
    async with TestServer(app) as running:
        server.url = str(running.make_url("")).rstrip("/")
        yield server


def redirects(target: str) -> Answer:
    """Sends on to `target`."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": target})

    return answer


def gives(body: bytes, **headers: str) -> Answer:
    """Answers 200 with `body` and `headers` (underscores for hyphens)."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return answer


def gives_in_pieces(body: bytes) -> Answer:
    """Answers 200 with `body`, without saying how long it is."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        await response.write(body)
        await response.write_eof()
        return response

    return answer
