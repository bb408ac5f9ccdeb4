"""The providers' send APIs on this computer: they check who calls, keep every request, and misbehave when told.

In a test:

    async with standing_in() as providers:
        settings = Settings.read(providers.settings())
        providers.next("whatsapp", Behaviour.refuse(429, retry_after=2), Behaviour("hang"))
        ...
        assert [each.payload["text"]["body"] for each in providers.sends("whatsapp")] == ["Oi!"]

As a process of its own: `python -m tests.support.standins --port 9000`; then `GET /_settings` gives the settings that
point at it, `GET /_recorded` what it was asked, `POST /_next/{provider}` takes a list of behaviours such as
`[{"kind": "refuse", "status": 429, "retry_after": 2}]`, `DELETE /_recorded` forgets everything.

Webhook posts, signed with the same secrets, are made by `tests.support.posts`.
"""

import argparse
import asyncio
import itertools
import socket
import struct
from base64 import b64decode
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

import orjson
from aiohttp import web

from tests.support import posts

ACCESS_TOKEN = "access-token-for-tests"
MAILGUN_API_KEY = "api-key-for-tests"
TWILIO_WHATSAPP_NUMBER = "whatsapp:+15559870003"
_TEMPLATES = Path(__file__).parents[1] / "fixtures" / "whatsapp_templates"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How one request is answered.

    Attributes:
        kind: `refuse` answers an error as the provider does; `not_json` takes the message and answers 200 with a
            page; `slow` takes it after `seconds`; `hang` reads it and never answers; `reset` reads it and resets
            the connection.
        status: of a refusal.
        code: the provider's error code in a refusal; none where it is 0.
        retry_after: for a Retry-After header.
        seconds: of a slow answer.
    """

    kind: Literal["refuse", "not_json", "slow", "hang", "reset"]
    status: int = 400
    code: int = 0
    retry_after: float | None = None
    seconds: float = 0.0

    @classmethod
    def refuse(cls, status: int, code: int = 0, retry_after: float | None = None) -> Self:
        """An error, e.g. `refuse(429, retry_after=2)`, `refuse(500)`, `refuse(401)`, `refuse(400, code=131047)`."""
        return cls("refuse", status, code, retry_after)

    @classmethod
    def slow(cls, seconds: float) -> Self:
        """The message is taken, the answer comes late."""
        return cls("slow", seconds=seconds)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One request.

    Attributes:
        provider: `whatsapp`, `twilio` or `mailgun`.
        sender: the phone number id, account SID or domain in its path.
        payload: its JSON or form; of a repeated field the last value.
        headers: by lower-cased name.
        provider_message_id: the id under which the message was taken; empty where it was not.
        status: what was answered; 0 where nothing was.
    """

    provider: str
    sender: str
    payload: dict[str, Any]
    headers: dict[str, str]
    provider_message_id: str
    status: int


@dataclass(slots=True)
class StandIns:
    """All three send APIs behind one loopback port.

    Attributes:
        url: where they are, e.g. `http://127.0.0.1:41234`.
        recorded: every send request, in order of arrival of its answer.
    """

    url: str = ""
    recorded: list[Recorded] = field(default_factory=list)
    _next: defaultdict[str, deque[Behaviour]] = field(default_factory=lambda: defaultdict(deque))
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _closing: asyncio.Event = field(default_factory=asyncio.Event)

    def next(self, provider: str, *behaviours: Behaviour) -> None:
        """Answer the next requests to `provider` so, one each; then well again."""
        self._next[provider].extend(behaviours)

    def sends(self, provider: str | None = None) -> list[Recorded]:
        """The requests whose message was taken, of one provider or all."""
        return [each for each in self.recorded if each.provider_message_id and provider in {None, each.provider}]

    def settings(self) -> dict[str, str]:
        """The environment that connects every provider to these stand-ins and to `tests.support.posts`."""
        return {
            "WHATSAPP_API_URL": f"{self.url}/v24.0",
            "WHATSAPP_PHONE_NUMBER_ID": posts.PHONE_NUMBER_ID,
            "WHATSAPP_ACCESS_TOKEN": ACCESS_TOKEN,
            "WHATSAPP_APP_SECRET": posts.APP_SECRET,
            "WHATSAPP_VERIFY_TOKEN": posts.VERIFY_TOKEN,
            "TWILIO_API_URL": self.url,
            "TWILIO_ACCOUNT_SID": posts.ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": posts.AUTH_TOKEN,
            "TWILIO_FROM": posts.TWILIO_NUMBER,
            "TWILIO_WHATSAPP_FROM": TWILIO_WHATSAPP_NUMBER,
            "MAILGUN_API_URL": self.url,
            "MAILGUN_DOMAIN": posts.MAILGUN_DOMAIN,
            "MAILGUN_API_KEY": MAILGUN_API_KEY,
            "MAILGUN_SIGNING_KEY": posts.MAILGUN_SIGNING_KEY,
            "MAILGUN_FROM": posts.MAILGUN_MAILBOX,
        }

    def app(self) -> web.Application:
        """The aiohttp application."""
        app = web.Application()
        app.router.add_get("/_recorded", self._show)
        app.router.add_delete("/_recorded", self._forget)
        app.router.add_post("/_next/{provider}", self._queue)
        app.router.add_get("/_settings", self._show_settings)
        app.router.add_post("/v3/{sender}/messages", self._mailgun)
        app.router.add_get("/v{version:[34]}/{path:.*}", self._mailgun_probe)
        app.router.add_post("/2010-04-01/Accounts/{sender}/Messages.json", self._twilio)
        app.router.add_get("/2010-04-01/Accounts/{sender}.json", self._twilio_probe)
        app.router.add_post("/{prefix:.*}/{sender}/messages", self._whatsapp)
        app.router.add_get("/{prefix:.*}/{business}/message_templates", self._whatsapp_templates)
        app.router.add_get("/{prefix:.*}/{sender}", self._whatsapp_probe)
        app.on_shutdown.append(self._release)
        return app

    async def _release(self, _app: web.Application) -> None:
        self._closing.set()

    async def _show(self, _request: web.Request) -> web.Response:
        return web.json_response([asdict(each) for each in self.recorded])

    async def _show_settings(self, _request: web.Request) -> web.Response:
        return web.json_response(self.settings())

    async def _forget(self, _request: web.Request) -> web.Response:
        self.recorded.clear()
        self._next.clear()
        return web.Response(status=204)

    async def _queue(self, request: web.Request) -> web.Response:
        self.next(request.match_info["provider"], *(Behaviour(**each) for each in await request.json()))
        return web.Response(status=204)

    async def _whatsapp(self, request: web.Request) -> web.StreamResponse:
        payload = await request.json()
        wa_id = payload.get("to", "").removeprefix("+")
        message_id = f"wamid.OUT{next(self._ids)}"
        taken = {
            "messaging_product": "whatsapp",
            "contacts": [{"input": payload.get("to") or payload.get("recipient"), "wa_id": wa_id}],
            "messages": [{"id": message_id}],
        }
        return await self._answer(request, "whatsapp", payload, message_id, web.json_response(taken))

    async def _twilio(self, request: web.Request) -> web.StreamResponse:
        payload = dict(await request.post())
        sid = f"SM{next(self._ids):032x}"
        taken = {"sid": sid, "status": "queued", "error_code": None, "num_segments": "1", "to": payload.get("To")}
        return await self._answer(request, "twilio", payload, sid, web.json_response(taken, status=201))

    async def _mailgun(self, request: web.Request) -> web.StreamResponse:
        payload = dict(await request.post())
        message_id = f"<{next(self._ids)}@{request.match_info['sender']}>"
        taken = {"id": message_id, "message": "Queued. Thank you."}
        return await self._answer(request, "mailgun", payload, message_id, web.json_response(taken))

    async def _answer(
        self, request: web.Request, provider: str, payload: dict[str, Any], message_id: str, taken: web.Response
    ) -> web.StreamResponse:
        """Answer as told, or well; keep the request either way."""
        waiting = self._next[provider]
        behaviour = waiting.popleft() if waiting else Behaviour.slow(0)
        if not _is_authorised(request, provider):
            behaviour = Behaviour.refuse(401, _AUTH_CODES.get(provider, 0))
        headers = {name.lower(): value for name, value in request.headers.items()}

        def keep(message_id: str, status: int) -> None:
            self.recorded.append(Recorded(provider, request.match_info["sender"], payload, headers, message_id, status))

        match behaviour.kind:
            case "refuse":
                keep("", behaviour.status)
                return _refusal(provider, behaviour)
            case "hang":
                keep("", 0)
                await self._closing.wait()
            case "reset":
                keep("", 0)
                _reset(request)
            case "not_json":
                keep(message_id, 200)
                return web.Response(text="<html>It works!</html>", content_type="text/html")
            case "slow":
                await asyncio.sleep(behaviour.seconds)
                keep(message_id, taken.status)
        return taken

    async def _whatsapp_probe(self, request: web.Request) -> web.Response:
        return _probed(request, "whatsapp", {"display_phone_number": "+1 555-777-0000"})

    async def _whatsapp_templates(self, request: web.Request) -> web.Response:
        """Two parts, as Meta gives them; the first one names the second."""
        part = "last_part" if request.query.get("after") else "first_part"
        answer = orjson.loads((_TEMPLATES / f"{part}.json").read_bytes())
        return _probed(request, "whatsapp", answer)

    async def _twilio_probe(self, request: web.Request) -> web.Response:
        return _probed(request, "twilio", {"sid": request.match_info["sender"], "status": "active"})

    async def _mailgun_probe(self, request: web.Request) -> web.Response:
        return _probed(request, "mailgun", {"domain": {"name": posts.MAILGUN_DOMAIN, "state": "active"}})


_AUTH_CODES = {"whatsapp": 190, "twilio": 20003}


def _is_authorised(request: web.Request, provider: str) -> bool:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if provider == "whatsapp":
        return (scheme, given) == ("Bearer", ACCESS_TOKEN)
    user, password = (posts.ACCOUNT_SID, posts.AUTH_TOKEN) if provider == "twilio" else ("api", MAILGUN_API_KEY)
    return scheme == "Basic" and b64decode(given).decode() == f"{user}:{password}"


def _probed(request: web.Request, provider: str, answer: dict[str, Any]) -> web.Response:
    if _is_authorised(request, provider):
        return web.json_response(answer)
    return _refusal(provider, Behaviour.refuse(401, _AUTH_CODES.get(provider, 0)))


def _refusal(provider: str, behaviour: Behaviour) -> web.Response:
    """An error in the provider's own form."""
    headers = {} if behaviour.retry_after is None else {"Retry-After": f"{behaviour.retry_after:g}"}
    error: dict[str, Any] = {"message": "refused", "code": behaviour.code or None}
    body = {
        "whatsapp": {"error": {**error, "type": "OAuthException", "fbtrace_id": "A1"}},
        "twilio": {**error, "status": behaviour.status, "more_info": "https://www.twilio.com/docs/errors"},
        "mailgun": {"message": "refused"},
    }[provider]
    return web.json_response(body, status=behaviour.status, headers=headers)


def _reset(request: web.Request) -> None:
    """Close so that the caller sees a reset connection, not an end."""
    transport = request.transport
    assert transport is not None
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


@asynccontextmanager
async def standing_in(port: int = 0) -> AsyncIterator[StandIns]:
    """Serve the stand-ins on a free loopback port, or on `port`."""
    providers = StandIns()
    runner = web.AppRunner(providers.app(), shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        providers.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield providers
    finally:
        await runner.cleanup()


async def _serve(port: int) -> None:
    async with standing_in(port) as providers:
        print(f"stand-ins on {providers.url}", flush=True)  # noqa: T201 - whoever started it reads the port
        await asyncio.Event().wait()


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    asyncio.run(_serve(parser.parse_args().port))


if __name__ == "__main__":
    main()
