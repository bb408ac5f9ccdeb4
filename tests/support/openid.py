"""A provider of OpenID Connect on this computer: it lets everybody in at once, and bends what it says when told."""

import base64
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from joserfc import jwt
from joserfc.jwk import RSAKey
from yarl import URL

from tests.support.bot import Clock

CLIENT_ID, CLIENT_SECRET = "recado", "s3cret: of the client"
Bend = Callable[[dict[str, Any]], None]


@cache
def signing_key(kid: str = "one") -> RSAKey:
    """A key, made once: that takes long."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})


@dataclass(slots=True)
class IdentityServer:
    """The provider, and what it does.

    Attributes:
        clock: by which its tokens are dated.
        person: the claims of whoever comes.
        document: what its document says besides, or otherwise; None leaves a line out.
        bend: changes the claims of a token before it is signed.
        sign: makes the token of (header, claims); None for as it should be.
        keys: what it shows as its public keys; None for what it signs with.
        answer: what it brings back to us in place of a code.
        token_answer: what it answers to a code, in place of a token: (status, content).
        userinfo: what it tells at its userinfo endpoint.
        issuer: as it calls itself.
        asked: each request, as method and path.
        sent: the query of each browser that came.
        forms: what was posted for a token.
    """

    clock: Clock
    person: dict[str, Any] = field(
        default_factory=lambda: {"sub": "1000", "email": "ana@example.com", "email_verified": True, "name": "Ana Souza"}
    )
    document: dict[str, Any] = field(default_factory=dict)
    bend: Bend | None = None
    sign: Callable[[dict[str, Any], dict[str, Any]], str] | None = None
    keys: list[Any] | None = None
    answer: dict[str, str] | None = None
    token_answer: tuple[int, Any] | None = None
    userinfo: dict[str, Any] = field(default_factory=dict)
    issuer: str = ""
    asked: list[str] = field(default_factory=list)
    sent: list[Mapping[str, str]] = field(default_factory=list)
    forms: list[dict[str, Any]] = field(default_factory=list)
    _codes: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def settings(self) -> dict[str, str]:
        """Those by which people sign in here."""
        return {
            "BOT_OIDC_ISSUER": self.issuer,
            "BOT_OIDC_CLIENT_ID": CLIENT_ID,
            "BOT_OIDC_CLIENT_SECRET": CLIENT_SECRET,
            "BOT_OIDC_NAME": "Shop ID",
        }

    def app(self) -> web.Application:
        """The server."""
        app = web.Application(middlewares=[self._note])
        app.router.add_get("/.well-known/openid-configuration", self._describe)
        app.router.add_get("/authorize", self._authorize)
        app.router.add_post("/token", self._exchange)
        app.router.add_get("/keys", self._show_keys)
        app.router.add_get("/me", self._tell_more)
        return app

    @web.middleware
    async def _note(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _describe(self, _request: web.Request) -> web.Response:
        paths = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        said: dict[str, Any] = {name: f"{self.issuer}/{path}" for name, path in paths.items()}
        said |= {"issuer": self.issuer, "userinfo_endpoint": f"{self.issuer}/me", **self.document}
        return web.json_response({name: value for name, value in said.items() if value is not None})

    async def _authorize(self, request: web.Request) -> web.Response:
        self.sent.append(dict(request.query))
        code = f"code-{len(self.sent)}"
        self._codes[code] = dict(request.query)
        back = URL(request.query["redirect_uri"])
        answer = {"code": code} if self.answer is None else self.answer
        return web.Response(
            status=302, headers={"Location": str(back.with_query({"state": request.query["state"], **answer}))}
        )

    async def _exchange(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.forms.append({**form, "authorization": request.headers.get("Authorization", "")})
        if self.token_answer is not None:
            status, content = self.token_answer
            if isinstance(content, bytes):
                return web.Response(status=status, body=content)
            return web.json_response(content, status=status)
        # As a real one, it takes each code once.
        asked = self._codes.pop(form["code"], None)
        challenge = (
            base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().strip("=")
        )
        if (
            asked is None
            or asked["code_challenge_method"] != "S256"
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != form["redirect_uri"]
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        now = int(self.clock.now.timestamp())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        claims |= self.person
        if self.bend is not None:
            self.bend(claims)
        header = {"alg": "RS256", "kid": "one"}
        token = self.sign(header, claims) if self.sign else jwt.encode(header, claims, signing_key())
        return web.json_response({"id_token": token, "access_token": "access", "token_type": "Bearer"})

    async def _show_keys(self, _request: web.Request) -> web.Response:
        shown = [signing_key().as_dict(private=False)] if self.keys is None else self.keys
        return web.json_response({"keys": shown})

    async def _tell_more(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Bearer access":
            return web.Response(status=401)
        return web.json_response(self.userinfo)


@asynccontextmanager
async def identifying(clock: Clock | None = None) -> AsyncIterator[IdentityServer]:
    """A running one."""
    made = IdentityServer(clock or Clock())
    async with TestServer(made.app()) as running:
        made.issuer = str(running.make_url("")).rstrip("/")
        yield made
