"""Asking a provider whether it knows an account's credentials: it may take seconds, so never within a transaction."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

import aiohttp
from yarl import URL

from bot.core.clock import utc_now
from bot.core.errors import Blame, BotError
from bot.core.i18n import N_
from bot.providers.base import (
    Circumstances,
    Credentials,
    HttpRequest,
    HttpResponse,
    Provider,
    Refused,
    SmtpRequest,
    Unknown,
)

ASKING_SECONDS = 10
"""The longest that a question takes."""
_MAX_ANSWER = 64 * 1024
_REFUSED = frozenset({401, 403, 530, 535})
"""What HTTP, and mail servers, answer to credentials that they do not know."""

LogIn = Callable[[SmtpRequest], Awaitable[HttpResponse | Refused | Unknown]]
"""Tries a log-in at a mail server."""


class NoAnswerError(BotError):
    """The provider's host did not answer; `__cause__` is why."""

    blame = Blame.SURROUNDINGS

    def __init__(self, origin: str) -> None:
        super().__init__(
            N_("{url} does not answer"), mend=N_("Check the address and this computer's connection."), url=origin
        )
        self.origin = origin


@dataclass(frozen=True, slots=True)
class Answered:
    """What a provider said of an account.

    Attributes:
        is_known: it knows the credentials.
        said: what that means in a sentence, marked for translation, with `{status}`.
        status: of its answer; 0 for none.
        reason: why not, in its own words; or empty.
    """

    is_known: bool
    said: str
    status: int = 0
    reason: str = ""

    def words(self, translate: Callable[[str], str]) -> str:
        """The sentences in the language that `translate` gives."""
        return f"{translate(self.said).format(status=self.status)} {self.reason}".strip()


@asynccontextmanager
async def asking() -> AsyncIterator[aiohttp.ClientSession]:
    """A session for questions to providers."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ASKING_SECONDS)) as session:
        yield session


async def ask(provider: Provider, credentials: Credentials, session: aiohttp.ClientSession, log_in: LogIn) -> Answered:
    """Ask for nothing but whether it knows them; raises BotError when nothing can be asked, or nobody answers."""
    request = provider.probe(credentials, Circumstances(utc_now()))
    if isinstance(request, SmtpRequest):
        answer = await log_in(request)
        if isinstance(answer, Refused | Unknown):
            return Answered(is_known=False, said="", reason=answer.reason)
        return _judged(answer.status)
    try:
        answer = await answer_of(session, request)
    except (aiohttp.ClientError, OSError, ValueError) as error:
        # Of the address only its beginning: a provider may want a secret in the rest.
        raise NoAnswerError(str(URL(request.url).origin())) from error
    outcome = provider.read(answer) if answer.status >= HTTPStatus.BAD_REQUEST else None
    # Some providers say what is wrong by an error of their own.
    says_why = isinstance(outcome, Refused) and outcome.operator and not outcome.code.startswith("http_")
    return _judged(answer.status, outcome.reason if isinstance(outcome, Refused) and says_why else "")


async def answer_of(session: aiohttp.ClientSession, request: HttpRequest, most: int = _MAX_ANSWER) -> HttpResponse:
    """What answers `request`, with the first `most` bytes of its body; a redirect is an answer."""
    async with session.request(
        request.method,
        URL(request.url, encoded=True),
        headers=request.headers,
        data=request.body or None,
        allow_redirects=False,
    ) as response:
        headers = {name.lower(): value for name, value in response.headers.items()}
        return HttpResponse(response.status, headers, await _beginning(response, most))


async def _beginning(response: aiohttp.ClientResponse, most: int) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(8192):
        body += chunk
        if len(body) >= most:
            response.close()
            break
    return bytes(body[:most])


def _judged(status: int, reason: str = "") -> Answered:
    if 200 <= status < 300:  # noqa: PLR2004 - the figures for success, of HTTP and of mail servers
        return Answered(is_known=True, said=N_("It knows the credentials."), status=status)
    said = (
        N_("It refuses the credentials ({status}).")
        if status in _REFUSED
        else N_("It answers {status} to a request about the account.")
    )
    return Answered(is_known=False, said=said, status=status, reason=reason)
