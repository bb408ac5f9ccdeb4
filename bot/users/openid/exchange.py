"""One provider: where to send somebody, and who they are when they come back with a code."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from aiohttp import hdrs
from yarl import URL

from bot.core.clock import Clock
from bot.core.i18n import N_, Phrase
from bot.core.text import one_line
from bot.users.openid.discovery import Endpoints, discover
from bot.users.openid.errors import ProviderAwayError, ProviderRefusedError, ProviderUntrustedError
from bot.users.openid.kept import Kept
from bot.users.openid.line import Line
from bot.users.openid.providers import IdentityProvider
from bot.users.signing.joining import Proof

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

_SCOPES = "openid email profile"
_LATELY = timedelta(seconds=30)
"""Keys that were asked for since then are not asked for again, whatever key a token names."""
_OK, _FAILS = 200, 500
_LONGEST_TOKEN = 64 * 1024


class Exchange:
    """Speaks with one provider."""

    def __init__(self, provider: IdentityProvider, clock: Clock) -> None:
        """Within a running loop."""
        self.provider = provider
        self._clock = clock
        self._line = Line(provider)
        self._endpoints = Kept(self._discover, clock)
        self._keys = Kept(self._ask_keys, clock)

    async def close(self) -> None:
        """Break off what is under way."""
        self._endpoints.close()
        self._keys.close()
        await self._line.close()

    async def endpoints(self) -> Endpoints:
        """Where it is asked; raises ProviderError."""
        return await self._endpoints.get()

    async def page(self, back: str, state: str, nonce: str, verifier: str, *, choose: bool) -> str:
        """The URL of its page of signing in, which leads to `back`; raises ProviderError.

        Args:
            back: our URL, as it is registered there.
            state: comes back with the browser.
            nonce: comes back within the token.
            verifier: is shown to nobody before the code is exchanged.
            choose: whether it asks which account is meant, even where it knows.
        """
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": back,
            "scope": _SCOPES,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        page = URL((await self.endpoints()).authorization)
        return str(page.update_query({**asked, "prompt": "select_account"} if choose else asked))

    async def proof(self, code: str, back: str, nonce: str, verifier: str) -> Proof:
        """Who came back with `code`; raises ProviderError."""
        from bot.users.openid.id_tokens import proof_of  # noqa: PLC0415 - its library is only loaded where it is needed

        endpoints = await self.endpoints()
        id_token, access_token = await self._exchanged(endpoints, code, back, verifier)
        claims = dict(await self._claims(id_token, nonce, self._clock()))
        if "email" not in claims and endpoints.userinfo and access_token:
            # Those that keep to the letter of the standard tell it there alone.
            answer = await self._line.ask(endpoints.userinfo, headers={hdrs.AUTHORIZATION: f"Bearer {access_token}"})
            if answer.status == _OK and answer.content.get("sub") == claims["sub"]:
                claims = {**answer.content, **claims}
        return proof_of(self.provider, claims)

    async def _exchanged(self, endpoints: Endpoints, code: str, back: str, verifier: str) -> tuple[str, str]:
        """The ID token, and the access token or an empty text."""
        own, secret = self.provider.client_id, self.provider.client_secret.get_secret_value()
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        headers: dict[str, str] = {}
        if endpoints.posts_secret:
            form |= {"client_id": own, "client_secret": secret}
        else:
            pair = base64.b64encode(f"{quote_plus(own)}:{quote_plus(secret)}".encode()).decode()
            headers[hdrs.AUTHORIZATION] = f"Basic {pair}"
        answer = await self._line.ask(endpoints.token, form, headers)
        if answer.status >= _FAILS:
            raise self._away(answer.status)
        if answer.status != _OK:
            error = answer.content.get("error")
            word = one_line(error)[:64] if isinstance(error, str) else str(answer.status)
            raise ProviderRefusedError(self.provider.name, Phrase(N_("it answers {error}"), {"error": word}))
        id_token, access_token = answer.content.get("id_token"), answer.content.get("access_token")
        if not isinstance(id_token, str) or len(id_token) > _LONGEST_TOKEN:
            raise ProviderUntrustedError(self.provider.name, Phrase(N_("it gave no token")))
        if not isinstance(access_token, str) or not access_token.isascii() or not access_token.isprintable():
            access_token = ""
        return id_token, access_token

    async def _claims(self, id_token: str, nonce: str, now: datetime) -> Mapping[str, Any]:
        from bot.users.openid.id_tokens import UnknownKeyError, read_id_token  # noqa: PLC0415 - as above

        try:
            return read_id_token(self.provider, id_token, await self._keys.get(), nonce, now)
        except UnknownKeyError:
            # It may have a new key since.
            keys = await self._keys.get(fresh=_LATELY)
        try:
            return read_id_token(self.provider, id_token, keys, nonce, now)
        except UnknownKeyError:
            reason = Phrase(N_("its token is signed by a key that it does not have"))
            raise ProviderUntrustedError(self.provider.name, reason) from None

    async def _discover(self) -> Endpoints:
        return await discover(self.provider, self._line)

    async def _ask_keys(self) -> "KeySet":
        from bot.users.openid.id_tokens import read_keys  # noqa: PLC0415 - as above

        answer = await self._line.ask((await self.endpoints()).keys)
        if answer.status != _OK:
            raise self._away(answer.status)
        return read_keys(self.provider, answer.content)

    def _away(self, status: int) -> ProviderAwayError:
        return ProviderAwayError(self.provider.name, Phrase(N_("it answers {status}"), {"status": str(status)}))
