"""Whether an account's credentials are complete, and whether its provider knows them."""

import contextlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

import aiohttp
from sqlalchemy.ext.asyncio import AsyncEngine
from yarl import URL

from bot.channels.service import Accounts, ConfiguredAccount, record_checked
from bot.cli.common import _
from bot.cli.findings import Finding, Verdict, fault, unreachable
from bot.core.clock import utc_now
from bot.core.did_you_mean import near
from bot.core.errors import Blame, BotError, NotConfiguredError, SignatureError
from bot.messages.service import smtp
from bot.providers.base import (
    Circumstances,
    Credentials,
    HttpRequest,
    HttpResponse,
    Provider,
    Refused,
    SmtpRequest,
    Unknown,
    WebhookRequest,
)
from bot.providers.table import PROVIDERS

_TIMEOUT = aiohttp.ClientTimeout(total=10)
_MAX_ANSWER = 64 * 1024
_REFUSED = frozenset({401, 403, 530, 535})
"""What HTTP, and mail servers, answer to credentials that they do not know."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is looked at.

    Attributes:
        title: as people write it.
        provider: its module.
        credentials: whether these are right is the question.
        mend: what to do when they are not.
    """

    title: str
    provider: Provider
    credentials: Credentials
    mend: str


def the_provider(name: str) -> Provider:
    """The provider of that name; raises BotError when there is none."""
    spelled = {each.title.casefold(): each for each in PROVIDERS.values()} | dict(PROVIDERS)
    provider = spelled.get(name) or spelled.get(name.casefold())
    if provider is not None:
        return provider
    meant = near(name, spelled).get("near")
    mend = _("Choose one of {names}.", names=", ".join(PROVIDERS))
    if meant is not None:
        mend = _("Did you mean {near}?", near=spelled[meant].name)
    raise BotError(_("there is no provider {name}", name=name), mend=mend, blame=Blame.USAGE)


@asynccontextmanager
async def asking() -> AsyncIterator[aiohttp.ClientSession]:
    """A session for questions to providers."""
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
        yield session


async def status_of(session: aiohttp.ClientSession, request: HttpRequest) -> int:
    """The HTTP status that answers `request`; a redirect is an answer."""
    return (await answer_of(session, request)).status


async def answer_of(session: aiohttp.ClientSession, request: HttpRequest) -> HttpResponse:
    """What answers `request`, with the beginning of its body; a redirect is an answer."""
    async with session.request(
        request.method,
        URL(request.url, encoded=True),
        headers=request.headers,
        data=request.body or None,
        allow_redirects=False,
    ) as response:
        headers = {name.lower(): value for name, value in response.headers.items()}
        return HttpResponse(response.status, headers, await response.content.read(_MAX_ANSWER))


async def check_settings(provider: Provider, accounts: Accounts, session: aiohttp.ClientSession) -> list[Finding]:
    """What the settings say of `provider`: nothing, a part, or an account to ask it about."""
    credentials = accounts.credentials(provider.name)
    if not provider.identity(credentials):
        return _not_configured(provider, accounts)
    mend = _("Compare {settings} with the provider's console.", settings=_needed(provider))
    return await _check(_Subject(provider.title, provider, credentials, mend), session)


async def check_account(account: ConfiguredAccount, session: aiohttp.ClientSession) -> list[Finding]:
    """What one stored account's credentials are worth."""
    mend = _(
        "Compare them with the provider's console, and give them anew: `bot.py accounts add {provider}`.",
        provider=account.provider.name,
    )
    title = f"{account.provider.title} {account.identity}"
    return await _check(_Subject(title, account.provider, account.credentials, mend), session)


async def remember(engine: AsyncEngine, accounts: Accounts, known: Iterable[ConfiguredAccount]) -> None:
    """Note that their providers know these accounts, which count as connected from now on."""
    async with engine.begin() as connection:
        await accounts.store(connection)
        await record_checked(connection, known, utc_now())


def require_complete(provider: Provider, credentials: Credentials) -> None:
    """Raises NotConfiguredError when posts could not be verified, or nothing sent, for want of a value."""
    # An unsigned request tells a missing secret from a present one, in the provider's own way.
    unsigned = WebhookRequest("POST", "https://localhost/", {}, {}, b"")
    with contextlib.suppress(SignatureError):
        provider.verify(unsigned, credentials, utc_now())
    with contextlib.suppress(SignatureError):
        if provider.challenge is not None:
            provider.challenge(unsigned, credentials)


async def _check(subject: _Subject, session: aiohttp.ClientSession) -> list[Finding]:
    return [_signature(subject), await _credentials(subject, session)]


def is_untouched(provider: Provider, accounts: Accounts) -> bool:
    """Whether nothing of `provider` is set, and no account of it is stored."""
    credentials = accounts.credentials(provider.name)
    is_set = any(credentials.get(each.key) for each in provider.credentials if each.default is None)
    return not is_set and not accounts.configured(provider.name)


def _not_configured(provider: Provider, accounts: Accounts) -> list[Finding]:
    credentials = accounts.credentials(provider.name)
    needed = [each for each in provider.credentials if each.default is None]
    missing = [each.setting for each in needed if not credentials.get(each.key)]
    mend = _(
        "Set {settings}; docs/providers/{name}.md tells where to find them.",
        settings=", ".join(missing),
        name=provider.name,
    )
    if not missing:
        mend = _("Compare {settings} with docs/providers/{name}.md.", settings=_needed(provider), name=provider.name)
        return [Finding(provider.title, Verdict.FAULT, _("Its settings do not say which account they are for."), mend)]
    if len(missing) < len(needed):
        return [Finding(provider.title, Verdict.FAULT, _("Only a part of its settings is there."), mend)]
    # Whoever has stored an account needs no settings for another.
    if accounts.configured(provider.name):
        return []
    return [Finding(provider.title, Verdict.NOTE, _("Not connected."), mend)]


def _needed(provider: Provider) -> str:
    """The names of the settings that have no default."""
    return ", ".join(each.setting for each in provider.credentials if each.default is None)


def _signature(subject: _Subject) -> Finding:
    try:
        require_complete(subject.provider, subject.credentials)
    except NotConfiguredError as error:
        return fault(subject.title, error)
    return Finding(subject.title, Verdict.GOOD, _("Its signatures can be checked."))


async def _credentials(subject: _Subject, session: aiohttp.ClientSession) -> Finding:
    try:
        request = subject.provider.probe(subject.credentials, Circumstances(utc_now()))
    except BotError as error:
        return fault(subject.title, error)
    return await (_log_in(subject, request) if isinstance(request, SmtpRequest) else _ask(subject, request, session))


async def _ask(subject: _Subject, request: HttpRequest, session: aiohttp.ClientSession) -> Finding:
    try:
        answer = await answer_of(session, request)
    except Exception as error:  # noqa: BLE001 - whatever keeps the provider from answering is what was asked
        # Of the address only its beginning: a provider may want a secret in the rest.
        return fault(subject.title, unreachable(str(URL(request.url).origin()), error))
    outcome = subject.provider.read(answer) if answer.status >= HTTPStatus.BAD_REQUEST else None
    judged = _judged(subject, answer.status)
    if isinstance(outcome, Refused) and outcome.operator and not outcome.code.startswith("http_"):
        # The provider says what is wrong by an error of its own.
        return Finding(judged.subject, judged.verdict, f"{judged.message} {outcome.reason}", judged.mend)
    return judged


async def _log_in(subject: _Subject, request: SmtpRequest) -> Finding:
    answer = await smtp.deliver(request)
    if isinstance(answer, Refused | Unknown):
        return Finding(subject.title, Verdict.FAULT, answer.reason, subject.mend)
    return _judged(subject, answer.status)


def _judged(subject: _Subject, status: int) -> Finding:
    if 200 <= status < 300:  # noqa: PLR2004 - the figures for success, of HTTP and of mail servers
        return Finding(subject.title, Verdict.GOOD, _("It knows the credentials."))
    if status in _REFUSED:
        message = _("It refuses the credentials ({status}).", status=status)
    else:
        message = _("It answers {status} to a request about the account.", status=status)
    return Finding(subject.title, Verdict.FAULT, message, subject.mend)
