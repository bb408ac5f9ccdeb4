"""What `doctor` looks at: each check finds something in one sentence, and says how to mend it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address

import aiohttp
from sqlalchemy.ext.asyncio import AsyncEngine
from yarl import URL

from bot.channels.service import Accounts
from bot.cli.common import _
from bot.cli.failures import plain_error
from bot.core.clock import utc_now
from bot.core.errors import BotError, NotConfiguredError, SignatureError
from bot.db.migrate import require_current
from bot.providers.base import Credentials, HttpRequest, Provider, WebhookRequest
from bot.settings import Settings

_TIMEOUT = aiohttp.ClientTimeout(total=10)
_KEY_LENGTH = 32


class Verdict(StrEnum):
    """What a check came to."""

    GOOD = "good"
    NOTE = "note"
    """Nothing is wrong, but something is not set up."""
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `doctor`.

    Attributes:
        subject: what was looked at.
        verdict: what it came to.
        message: one sentence.
        mend: what to do about it, or empty.
    """

    subject: str
    verdict: Verdict
    message: str
    mend: str = ""


async def examine(settings: Settings, engine: AsyncEngine, providers: Iterable[Provider]) -> list[Finding]:
    """Everything found about the settings, the database, the public address and `providers`."""
    accounts = Accounts(settings)
    connected = any(True for _account in accounts)
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
        checks: list[Awaitable[list[Finding]]] = [
            _database(engine),
            _public_url(settings, session, needed=connected),
            *(_provider(each, accounts.credentials(each.name), session) for each in providers),
        ]
        found = await asyncio.gather(*checks)
    return [*_keys(settings), *(finding for findings in found for finding in findings)]


def _keys(settings: Settings) -> list[Finding]:
    subject, keys = _("Secret key"), [each.get_secret_value() for each in settings.secret_key]
    mend = _("Set BOT_SECRET_KEY to the output of: python -c 'import secrets; print(secrets.token_urlsafe(32))'.")
    if not keys:
        found = [Finding(subject, Verdict.NOTE, _("BOT_SECRET_KEY is not set."), mend)]
    elif min(map(len, keys)) < _KEY_LENGTH:
        found = [Finding(subject, Verdict.FAULT, _("BOT_SECRET_KEY has fewer than 32 characters."), mend)]
    else:
        found = [Finding(subject, Verdict.GOOD, _("BOT_SECRET_KEY is set."))]
    if settings.insecure_webhooks:
        verdict = Verdict.FAULT if settings.public_url else Verdict.NOTE
        message = _("BOT_INSECURE_WEBHOOKS takes webhooks that nobody signed.")
        found.append(Finding(_("Signatures"), verdict, message, _("Remove it where others can reach this server.")))
    return found


async def _database(engine: AsyncEngine) -> list[Finding]:
    subject = _("Database")
    try:
        await require_current(engine)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the database is what was asked
        return [_fault(subject, plain_error(error))]
    message = _("{database} answers, and its schema is current.", database=engine.url.render_as_string())
    return [Finding(subject, Verdict.GOOD, message)]


async def _public_url(settings: Settings, session: aiohttp.ClientSession, *, needed: bool) -> list[Finding]:
    subject, public_url = _("Public address"), settings.public_url
    if not public_url:
        verdict = Verdict.FAULT if needed else Verdict.NOTE
        mend = _("Run a tunnel to this port and set BOT_PUBLIC_URL to its address.")
        return [Finding(subject, verdict, _("BOT_PUBLIC_URL is not set, so no provider can reach this server."), mend)]
    if public_url.startswith("http://") and not _is_local(public_url):
        mend = _("Put a proxy or a tunnel with TLS before the server and give its https:// address.")
        return [Finding(subject, Verdict.FAULT, _("BOT_PUBLIC_URL is not https, which providers insist on."), mend)]
    try:
        status = await _status(session, HttpRequest("GET", f"{public_url}/health/live", {}, b""))
    except Exception as error:  # noqa: BLE001 - whatever keeps the address from answering is what was asked
        return [_fault(subject, _unreachable(public_url, error))]
    if status != 200:  # noqa: PLR2004 - HTTP's own figure for OK
        message = _("{url}/health/live answers {status}.", url=public_url, status=status)
        mend = _("Start `bot.py run`, and point the tunnel or the proxy to its port.")
        return [Finding(subject, Verdict.FAULT, message, mend)]
    return [Finding(subject, Verdict.GOOD, _("{url} reaches this server.", url=public_url))]


async def _provider(provider: Provider, credentials: Credentials, session: aiohttp.ClientSession) -> list[Finding]:
    if not provider.identity(credentials):
        return [_not_configured(provider, credentials)]
    return [_signature(provider, credentials), await _credentials(provider, credentials, session)]


def _not_configured(provider: Provider, credentials: Credentials) -> Finding:
    needed = [each for each in provider.credentials if each.default is None]
    missing = [each.setting for each in needed if not credentials.get(each.key)]
    mend = _(
        "Set {settings}; docs/providers/{name}.md tells where to find them.",
        settings=", ".join(missing),
        name=provider.name,
    )
    if len(missing) == len(needed):
        return Finding(provider.title, Verdict.NOTE, _("Not connected."), mend)
    return Finding(provider.title, Verdict.FAULT, _("Only a part of its settings is there."), mend)


def _signature(provider: Provider, credentials: Credentials) -> Finding:
    # An unsigned request tells a missing secret from a present one, in the provider's own way.
    unsigned = WebhookRequest("POST", "https://localhost/", {}, {}, b"")
    try:
        with contextlib.suppress(SignatureError):
            provider.verify(unsigned, credentials, utc_now())
        with contextlib.suppress(SignatureError):
            if provider.challenge is not None:
                provider.challenge(unsigned, credentials)
    except NotConfiguredError as error:
        return _fault(provider.title, error)
    return Finding(provider.title, Verdict.GOOD, _("Its signatures can be checked."))


async def _credentials(provider: Provider, credentials: Credentials, session: aiohttp.ClientSession) -> Finding:
    try:
        request = provider.probe(credentials)
        status = await _status(session, request)
    except BotError as error:
        return _fault(provider.title, error)
    except Exception as error:  # noqa: BLE001 - whatever keeps the provider from answering is what was asked
        return _fault(provider.title, _unreachable(str(URL(request.url).origin()), error))
    if 200 <= status < 300:  # noqa: PLR2004 - HTTP's own figures for success
        return Finding(provider.title, Verdict.GOOD, _("It knows the credentials."))
    if status in {401, 403}:
        message = _("It refuses the credentials ({status}).", status=status)
        return Finding(provider.title, Verdict.FAULT, message, _credentials_mend(provider))
    message = _("It answers {status} to a request about the account.", status=status)
    return Finding(provider.title, Verdict.FAULT, message, _credentials_mend(provider))


def _credentials_mend(provider: Provider) -> str:
    settings = ", ".join(each.setting for each in provider.credentials if each.default is None)
    return _("Compare {settings} with the provider's console.", settings=settings)


async def _status(session: aiohttp.ClientSession, request: HttpRequest) -> int:
    async with session.request(
        request.method,
        URL(request.url, encoded=True),
        headers=request.headers,
        data=request.body or None,
        allow_redirects=False,
    ) as response:
        return response.status


def _is_local(url: str) -> bool:
    host = URL(url).host or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _unreachable(url: str, error: Exception) -> BotError:
    reason, _mend = plain_error(error).words(_)
    return BotError(
        _("{url} does not answer: {reason}", url=url, reason=reason),
        mend=_("Check the address and this computer's connection."),
    )


def _fault(subject: str, error: BotError) -> Finding:
    message, mend = error.words(_)
    return Finding(subject, Verdict.FAULT, f"{message}.", mend)
