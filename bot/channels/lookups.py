"""What a webhook makes us ask for: the certificate that it was signed with, and a URL that confirms that we want it.

Which URLs these may be is the provider's to say; here they are held to HTTPS, and to a bounded answer of that very URL.
"""

import asyncio
from typing import NamedTuple

import aiohttp
import structlog
from yarl import URL

from bot.core.errors import Blame, BotError
from bot.core.shares import Shares

_SECONDS = 10.0
_LARGEST = 64 * 1024
_FRESH_SECONDS = 86_400.0
"""How long a certificate is believed to be the one at its URL."""
_MOST_KEPT = 32
_MOST_UNDER_WAY = 8
"""Certificates asked for at once, which the hosts share."""
_OWN_UNDER_WAY = 2
"""Certificates that may be asked of each host beside those, so that none waits for another that hangs."""

log = structlog.get_logger()


class LookupFailedError(BotError):
    """What had to be asked for was not had: HTTP 503, and the provider sends its post again."""

    blame = Blame.SURROUNDINGS


class _Certificate(NamedTuple):
    content: bytes
    until: float


class Lookups:
    """Asks over HTTPS, without following redirects; keeps certificates for a day."""

    def __init__(self, connector: aiohttp.BaseConnector | None = None) -> None:
        """Within a running loop; `connector` says how hosts are found and trusted, if not as usual."""
        self._session = aiohttp.ClientSession(
            connector=connector or aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        self._kept: dict[str, _Certificate] = {}
        self._under_way: dict[str, asyncio.Task[bytes]] = {}
        self._asked = Shares(_MOST_UNDER_WAY, _OWN_UNDER_WAY)

    async def close(self) -> None:
        """Break off what is under way."""
        for task in self._under_way.values():
            task.cancel()
        await self._session.close()

    async def certificate(self, url: str) -> bytes:
        """What is at `url`, at most a day old and 64 KiB; raises LookupFailedError."""
        kept = self._kept.get(url)
        if kept is not None and kept.until > asyncio.get_running_loop().time():
            return kept.content
        task = self._under_way.get(url)
        if task is None:
            host = _address(url).host or ""
            if not self._asked.room(host):
                raise LookupFailedError(f"too many certificates are asked of {host} at once")
            self._asked.take(host)
            task = self._under_way[url] = asyncio.get_running_loop().create_task(self._keep(url))
            task.add_done_callback(lambda done: self._end(url, host, done))
        # Whoever waits may go away; the others do not.
        return await asyncio.shield(task)

    async def confirm(self, url: str) -> None:
        """Ask `url` once, and log that it was done; raises LookupFailedError."""
        await self._get(url)
        log.info("webhook subscription confirmed", host=URL(url).host)

    async def _keep(self, url: str) -> bytes:
        content = await self._get(url)
        while len(self._kept) >= _MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[url] = _Certificate(content, asyncio.get_running_loop().time() + _FRESH_SECONDS)
        return content

    def _end(self, url: str, host: str, done: asyncio.Task[bytes]) -> None:
        del self._under_way[url]
        self._asked.give(host)
        if not done.cancelled():
            # Perhaps nobody waits for it any more; then nobody is to hear of its error either.
            done.exception()

    async def _get(self, url: str) -> bytes:
        address = _address(url)
        try:
            async with self._session.get(address, allow_redirects=False) as response:
                if response.status != 200:  # noqa: PLR2004 - HTTP's own figure for OK
                    raise LookupFailedError(f"{address.host} answers {response.status}")
                content = bytearray()
                async for piece in response.content.iter_any():
                    content += piece
                    if len(content) > _LARGEST:
                        raise LookupFailedError(f"{address.host} answers more than {_LARGEST} bytes")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise LookupFailedError(f"{address.host} does not answer ({type(error).__name__})") from error
        return bytes(content)


def _address(url: str) -> URL:
    """The URL, to be asked for exactly as it is spelled; raises LookupFailedError for one that never is."""
    try:
        address = URL(url, encoded=True)
    except ValueError:
        raise LookupFailedError("a URL that is none was to be asked") from None
    if address.scheme != "https" or not address.host or address.user is not None:
        raise LookupFailedError("only https URLs are asked")
    return address
