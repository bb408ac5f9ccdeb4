"""Questions to a provider: bounded in time and size; asked where its operator has it, else on the open internet."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
from aiohttp import hdrs
from yarl import URL

from bot.core.i18n import N_, Phrase
from bot.users.openid.errors import ProviderAwayError, ProviderUntrustedError
from bot.users.openid.providers import IdentityProvider
from bot.web.outgoing import NoHttpsError, OpenInternetResolver, PrivateAddressError, require_open_internet

_SECONDS = 10.0
_MOST = 256 * 1024
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Answer:
    """What it answered.

    Attributes:
        status: HTTP's.
        content: the JSON object of the body; empty where it is none.
    """

    status: int
    content: Mapping[str, Any]


class Line:
    """Asks one provider; follows no redirects, keeps no cookies."""

    def __init__(self, provider: IdentityProvider) -> None:
        """Within a running loop."""
        self._provider = provider
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=OpenInternetResolver((provider.origin,)), limit=_AT_ONCE),
            timeout=aiohttp.ClientTimeout(total=_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            # A few bytes can unpack to gigabytes.
            auto_decompress=False,
            headers={hdrs.ACCEPT: "application/json", hdrs.ACCEPT_ENCODING: "identity"},
        )

    async def close(self) -> None:
        """Break off what is under way."""
        await self._session.close()

    async def ask(
        self, url: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """What is at `url`, or answers the `form`; raises ProviderAwayError, ProviderUntrustedError."""
        try:
            address = URL(url, encoded=True)
            require_open_internet(address, (self._provider.origin,))
            method = hdrs.METH_GET if form is None else hdrs.METH_POST
            async with self._session.request(
                method, address, data=form, headers=headers, allow_redirects=False
            ) as response:
                return Answer(response.status, _object(await self._read(response)))
        except (NoHttpsError, PrivateAddressError, ValueError):
            raise ProviderUntrustedError(
                self._provider.name, Phrase(N_("it leads to an address that is not asked"))
            ) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            reason = Phrase(N_("it does not answer ({error})"), {"error": type(error).__name__})
            raise ProviderAwayError(self._provider.name, reason) from error

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        if response.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
            raise self._untrusted(N_("its answer came compressed, which was not asked for"))
        async for piece in response.content.iter_any():
            body += piece
            if len(body) > _MOST:
                raise self._untrusted(N_("its answer is too long"))
        return bytes(body)

    def _untrusted(self, reason: str) -> ProviderUntrustedError:
        return ProviderUntrustedError(self._provider.name, Phrase(reason))


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return content if isinstance(content, dict) else {}
