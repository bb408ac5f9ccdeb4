"""One request to an endpoint, and what its answer, or the lack of one, means."""

import asyncio
from collections.abc import Collection
from datetime import datetime
from http import HTTPStatus

import aiohttp
from aiohttp import hdrs
from yarl import URL

from bot.endpoints.delivery.claimed import Claimed, Outcome
from bot.endpoints.kinds import AttemptError
from bot.endpoints.rules import asked_wait
from bot.providers.kit.standard_webhooks import signed
from bot.web.outgoing import NoHttpsError, OpenInternetResolver, PrivateAddressError, require_open_internet

TIMEOUT_SECONDS = 15.0
"""For the whole of one request; a claim's lease must be longer."""
MOST_ANSWER = 1024
"""Bytes of an answer that are read and kept."""
_KEEP_ALIVE_SECONDS = 4.0
"""Less than servers keep a connection: a request on one that they are closing would fail."""


def open_session(own: Collection[URL]) -> aiohttp.ClientSession:
    """A session for requests to endpoints, which lie on the open internet or at one of the `own` origins."""
    connector = aiohttp.TCPConnector(resolver=OpenInternetResolver(own), limit=0, keepalive_timeout=_KEEP_ALIVE_SECONDS)
    return aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        # A few bytes can unpack to gigabytes.
        auto_decompress=False,
        headers={
            hdrs.ACCEPT_ENCODING: "identity",
            hdrs.CONTENT_TYPE: "application/json",
            hdrs.USER_AGENT: "Recado (Standard Webhooks)",
        },
    )


async def send(session: aiohttp.ClientSession, claimed: Claimed, own: Collection[URL], now: datetime) -> Outcome:
    """Tell an endpoint what happened, once; never raises for what it or the network does.

    Args:
        session: of `open_session`.
        claimed: what is told to whom.
        own: as the session's.
        now: the moment, which is signed.
    """
    clock = asyncio.get_running_loop().time
    began = clock()
    status, answer, asked = None, "", None
    try:
        if not claimed.keys:
            return Outcome(AttemptError.SEALED, None, 0, "")
        url = URL(claimed.url)
        require_open_internet(url, own)
        headers = signed(claimed.event_id, claimed.payload, claimed.keys, now)
        async with (
            asyncio.timeout(TIMEOUT_SECONDS),
            session.post(url, data=claimed.payload, headers=headers, allow_redirects=False) as response,
        ):
            answer = await _beginning(response)
            status = response.status
            asked = asked_wait(response.headers.get(hdrs.RETRY_AFTER, ""), now)
        error = _judged(status)
    except Exception as raised:  # noqa: BLE001 - whatever went wrong, it is this delivery's alone
        error = _reason(raised)
    return Outcome(error, status, round((clock() - began) * 1000), answer, asked)


async def _beginning(response: aiohttp.ClientResponse) -> str:
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) >= MOST_ANSWER:
            response.close()
            break
    # PostgreSQL has no text with that character.
    return bytes(body[:MOST_ANSWER]).decode(errors="replace").replace("\0", "\ufffd")


def _judged(status: int) -> AttemptError | None:
    if status == HTTPStatus.GONE:
        return AttemptError.GONE
    match status // 100:
        case 2:
            return None
        case 3:
            return AttemptError.REDIRECT
        case _:
            return AttemptError.STATUS


def _reason(error: Exception) -> AttemptError:
    match error:
        case TimeoutError():
            return AttemptError.TIMEOUT
        case PrivateAddressError():
            return AttemptError.PRIVATE_ADDRESS
        case NoHttpsError():
            return AttemptError.NO_HTTPS
        case aiohttp.ClientConnectorCertificateError():
            return AttemptError.BAD_CERTIFICATE
        case aiohttp.ClientConnectorError():
            return AttemptError.NO_CONNECTION
        case _:
            return AttemptError.BROKEN_ANSWER
