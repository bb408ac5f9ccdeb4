"""Fetching one file by its provider's own steps, from hosts on the open internet alone.

Where a file lies is told by a post, and a redirect by whoever answers: both are hostile. So nothing but https is
spoken, never to an address of this computer's or its network's neighbours, and what proves who we are goes to the host
that the provider's module named and to no other. The one exception is the host in the account's own `…_API_URL`
setting, which its operator chose.
"""

import asyncio
import base64
import binascii
import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import aiohttp
from yarl import URL

from bot.channels.service import ConfiguredAccount
from bot.core.errors import NotConfiguredError, UnparsableError
from bot.db.faults import is_full
from bot.messages.media.files import Entry, FileVerdict, judge, told, too_large
from bot.messages.media.models import MediaState
from bot.messages.media.store import Store
from bot.providers.base import HttpRequest, HttpResponse
from bot.providers.kit.http import retry_after
from bot.web.outgoing import NoHttpsError, OpenInternetResolver, PrivateAddressError, require_open_internet

TIMEOUT_SECONDS = 90.0
"""For all steps of one file; a claim's lease must be longer."""
MOST_REDIRECTS = 3
_CONNECT_SECONDS = 10.0
_SILENT_SECONDS = 30.0
_MAX_ANSWER = 64 * 1024
"""Bytes of an answer that only says where the file is."""
_OK = 200
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({404, 410})
_MEANT = frozenset({_OK, 400}) | _GONE
_HEX_DIGITS = 64
GONE = "The provider no longer has it."
NO_WAY = "Its provider has no way to fetch it."
FULL = "The disk that holds the files is full."


class Later(NamedTuple):
    """It could not be fetched now.

    Attributes:
        reason: one plain sentence.
        after: seconds the other side asked for, or None.
    """

    reason: str
    after: float | None = None


class _RefusedError(Exception):
    """It is not fetched from there, or not at all; its text is a plain sentence."""


class _LaterError(Exception):
    """As Later, from within."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.later = Later(reason, after)


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer that is no redirect, cut where it has more than was to be read; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytearray
    is_cut: bool


async def download(account: ConfiguredAccount, entry: Entry, store: Store, limit: int) -> FileVerdict | Later:
    """Fetch one file and put it into the store; never raises for what the network or the provider does.

    Args:
        account: the one it came through.
        entry: of the message's `body["media"]`.
        store: where it goes.
        limit: bytes it may have.
    """
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            content = await _fetch(account, entry, limit)
            return await _keep(content, entry, store, limit)
    except _RefusedError as error:
        return FileVerdict(MediaState.REFUSED, error=str(error))
    except NoHttpsError:
        return FileVerdict(MediaState.REFUSED, error="It is said to lie where no https leads.")
    except PrivateAddressError:
        return FileVerdict(MediaState.REFUSED, error="It is said to lie on a private address.")
    except _LaterError as error:
        return error.later
    except UnparsableError:
        return FileVerdict(MediaState.REFUSED, error="The provider gave nothing by which to fetch it.")
    except NotConfiguredError as error:
        return Later(str(error))
    except Exception as error:  # noqa: BLE001 - whatever the network's, the disk's or the module's fault is, only this file may suffer
        if is_full(error):
            return Later(FULL)
        # The error's own text may quote an address with a token in it.
        return Later(f"It could not be fetched or stored ({type(error).__name__}).")


async def _keep(content: bytearray, entry: Entry, store: Store, limit: int) -> FileVerdict:
    judged = await asyncio.to_thread(judge, content, entry, limit)
    if judged.state is MediaState.STORED:
        if not _is_as_told(judged.sha256, told(entry, "sha256")):
            raise _LaterError("It did not arrive as the provider has it: its SHA-256 is another one.")
        await store.put(content, judged.content_type)
    return judged


def _is_as_told(sha256: str, given: str) -> bool:
    """Whether the provider's SHA-256, in hex or base64, is this one; it need not give any."""
    if len(given) != _HEX_DIGITS:
        try:
            given = base64.b64decode(given, validate=True).hex()
        except (binascii.Error, ValueError):
            given = ""
    return len(given) != _HEX_DIGITS or hmac.compare_digest(given.lower().encode(), sha256.encode())


async def _fetch(account: ConfiguredAccount, entry: Entry, limit: int) -> bytearray:
    provider, credentials = account.provider, account.credentials
    if provider.media is None:
        raise _RefusedError(NO_WAY)
    own = _origin(credentials.get("api_url"))
    async with _open_session(own) as session:
        request: HttpRequest | None = provider.media(entry, credentials)
        if request is not None and provider.media_found is not None:
            where = _told(await _ask(session, request, own, _MAX_ANSWER))
            request = provider.media_found(where, credentials)
        if request is None:
            raise _RefusedError(GONE)
        answer = _taken(await _ask(session, request, own, limit))
        if answer.is_cut:
            raise _RefusedError(too_large(limit))
        return answer.body


def _told(answer: _Answer) -> HttpResponse:
    """The answer to the question where a file is: that it has none (any more) is for the provider's module to see."""
    if answer.status not in _MEANT:
        raise _later(answer)
    return HttpResponse(answer.status, answer.headers, bytes(answer.body))


def _taken(answer: _Answer) -> _Answer:
    """The answer, where it gives what was asked for; the others are sorted."""
    if answer.status == _OK:
        return answer
    if answer.status in _GONE:
        raise _RefusedError(GONE)
    raise _later(answer)


def _later(answer: _Answer) -> _LaterError:
    after = retry_after(HttpResponse(answer.status, answer.headers, b""))
    return _LaterError(f"The provider answered {answer.status}.", after)


async def _ask(session: aiohttp.ClientSession, request: HttpRequest, own: Collection[URL], limit: int) -> _Answer:
    """Make a request and follow where it leads; raises _RefusedError, and what aiohttp and the guard raise."""
    url, method, body = _url(request.url), request.method, request.body or None
    headers = dict(request.headers)
    require_open_internet(url, own)
    for _hop in range(MOST_REDIRECTS + 1):
        async with session.request(method, url, data=body, headers=headers, allow_redirects=False) as response:
            if response.status not in _REDIRECTS:
                return await _read(response, limit)
            target = url.join(_url(response.headers.get("Location", "")))
        require_open_internet(target, own)
        if target.origin() != url.origin():
            # The headers prove who we are, and were meant for the host before.
            headers = {}
        url, method, body = target, "GET", None
    raise _RefusedError("It was redirected too often.")


async def _read(response: aiohttp.ClientResponse, limit: int) -> _Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise _RefusedError("It came compressed, which was not asked for.")
    body = bytearray()
    is_cut = (response.content_length or 0) > limit
    if not is_cut:
        async for piece in response.content.iter_any():
            body += piece
            if is_cut := len(body) > limit:
                break
    return _Answer(response.status, headers, body, is_cut)


def _open_session(own: Collection[URL]) -> aiohttp.ClientSession:
    """A session for the steps of one file: bounded in time, without cookies, compression and a proxy's settings."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=OpenInternetResolver(own), use_dns_cache=False, limit=1),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=_SILENT_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        # A few bytes can unpack to gigabytes.
        auto_decompress=False,
        headers={"Accept-Encoding": "identity"},
    )


def _url(spelled: str) -> URL:
    """The URL exactly as it is spelled: it may be signed."""
    try:
        return URL(spelled, encoded=True)
    except ValueError:
        raise _RefusedError("The provider gave no valid URL for it.") from None


def _origin(api_url: str) -> tuple[URL, ...]:
    return (URL(api_url).origin(),) if api_url else ()
