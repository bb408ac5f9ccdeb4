"""What `doctor` looks at: each check finds something in one sentence, and says how to mend it."""

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import timedelta
from ipaddress import ip_address

import aiohttp
from sqlalchemy.ext.asyncio import AsyncEngine
from yarl import URL

from bot.channels.service import MAKE_A_KEY, Accounts, AccountStatus, account_statuses, asking
from bot.cli.account_checks import check_account, check_settings, is_untouched, remember, status_of
from bot.cli.common import _
from bot.cli.database import require_file
from bot.cli.env_example import setting_names
from bot.cli.failures import plain_error
from bot.cli.findings import Finding, Verdict, fault, unreachable
from bot.cli.identity_checks import check_identity_providers
from bot.cli.misspelt import misspelt, told
from bot.cli.public_doors import check_doors
from bot.db.clock import ahead_of_database
from bot.db.engine import reach, reading
from bot.db.migrate import require_current
from bot.flows.service import listing
from bot.providers.base import HttpRequest, Provider
from bot.settings import Settings

_KEY_LENGTH = 32
_CLOCKS_APART = timedelta(minutes=1)


async def examine(settings: Settings, engine: AsyncEngine, providers: Sequence[Provider]) -> list[Finding]:
    """Everything found about the settings, the database, the public address, and the accounts of `providers`."""
    accounts = Accounts(settings)
    database = await _database(engine)
    answers = database.verdict is Verdict.GOOD
    clock = await _clock(engine) if answers else []
    stands = await _stored(accounts, engine) if answers else []
    connected = any(True for _account in accounts)
    bundles = await _bundles(engine, needed=connected) if answers else []
    # Who asks about all has not heard of most: one line for them.
    untouched = [each for each in providers if is_untouched(each, accounts)] if len(providers) > 1 else []
    recording = engine if answers else None
    async with asking() as session:
        checks: list[Awaitable[list[Finding]]] = [
            _public_url(settings, session, needed=connected),
            *(_asked(each, accounts, recording, session) for each in providers if each not in untouched),
            *([check_identity_providers(settings)] if len(providers) > 1 else []),
        ]
        found = await asyncio.gather(*checks)
    names = {each.name for each in providers}
    return [
        *_keys(settings),
        *_misspelt(settings),
        database,
        *clock,
        *bundles,
        *(finding for findings in found for finding in findings),
        *(fault(id_, error) for id_, error in accounts.sealed.items() if id_.partition(":")[0] in names),
        *(_paused(each) for each in stands if each.paused and each.provider in names),
        *([_unconnected(untouched)] if untouched else []),
    ]


async def _stored(accounts: Accounts, engine: AsyncEngine) -> list[AccountStatus]:
    """Read the stored accounts, and how each account stands."""
    await accounts.refresh(engine)
    async with reading(engine) as connection:
        return list((await account_statuses(connection)).values())


async def _asked(
    provider: Provider, accounts: Accounts, engine: AsyncEngine | None, session: aiohttp.ClientSession
) -> list[Finding]:
    """What is found of each account of `provider`; those that it knows count as connected from now on."""
    own = [each for each in accounts if each.provider is provider]
    of_settings = [each for each in own if not each.stored]
    found = [(of_settings, await check_settings(provider, accounts, session))]
    found += [([each], await check_account(each, session)) for each in own if each.stored]
    if engine is not None:
        for asked, findings in found:
            for each in asked:
                await remember(engine, accounts, each, findings)
    return [each for _accounts, findings in found for each in findings]


async def _bundles(engine: AsyncEngine, *, needed: bool) -> list[Finding]:
    async with reading(engine) as connection:
        live = [f"{each.name} {each.version}" for each in await listing(connection) if each.status == "published"]
    if live:
        return [Finding(_("Bundles"), Verdict.GOOD, _("Live: {names}.", names=", ".join(live)))]
    mend = _("Load your bundles: `bot.py flows load flows/`.")
    verdict = Verdict.FAULT if needed else Verdict.NOTE
    return [Finding(_("Bundles"), verdict, _("None is published, so the bot has nothing to say."), mend)]


def _misspelt(settings: Settings) -> list[Finding]:
    found = misspelt(settings.given, setting_names())
    return [Finding(_("Settings"), Verdict.NOTE, *told(each)) for each in found]


def _keys(settings: Settings) -> list[Finding]:
    subject, keys = _("Secret key"), [each.get_secret_value() for each in settings.secret_key]
    mend = _(MAKE_A_KEY)
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


async def _database(engine: AsyncEngine) -> Finding:
    subject = _("Database")
    try:
        require_file(engine.url)
        await reach(engine)
        await require_current(engine)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the database is what was asked
        return fault(subject, plain_error(error))
    message = _("{database} answers, and its schema is current.", database=engine.url.render_as_string())
    return Finding(subject, Verdict.GOOD, message)


async def _clock(engine: AsyncEngine) -> list[Finding]:
    """Whether this computer's clock is one that certificates and signatures can be checked by."""
    ahead = await ahead_of_database(engine)
    if abs(ahead) <= _CLOCKS_APART:
        return []
    seconds = f"{abs(ahead).total_seconds():.0f}"
    if ahead > timedelta():
        message = _("This computer's clock is {seconds} s before the database's.", seconds=seconds)
    else:
        message = _("This computer's clock is {seconds} s behind the database's.", seconds=seconds)
    mend = _("Let both keep time by NTP; until then the database's time is taken.")
    return [Finding(_("Clock"), Verdict.FAULT, message, mend)]


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
        status = await status_of(session, HttpRequest("GET", f"{public_url}/health/live", {}, b""))
    except Exception as error:  # noqa: BLE001 - whatever keeps the address from answering is what was asked
        return [fault(subject, unreachable(public_url, error))]
    if status != 200:  # noqa: PLR2004 - HTTP's own figure for OK
        message = _("{url}/health/live answers {status}.", url=public_url, status=status)
        mend = _("Start `bot.py run`, and point the tunnel or the proxy to its port.")
        return [Finding(subject, Verdict.FAULT, message, mend)]
    reached = Finding(subject, Verdict.GOOD, _("{url} reaches this server.", url=public_url))
    return [reached, *await check_doors(session, settings)]


def _unconnected(providers: Sequence[Provider]) -> Finding:
    titles = ", ".join(each.title for each in providers)
    mend = _("docs/providers/README.md tells how to connect one; `bot.py doctor PROVIDER` what it lacks.")
    return Finding(_("Not connected"), Verdict.NOTE, f"{titles}.", mend)


def _paused(status: AccountStatus) -> Finding:
    message = _("It is paused: {reason}", reason=status.paused_reason)
    mend = _("Once that is mended: `bot.py accounts resume {id}`.", id=status.id)
    return Finding(status.id, Verdict.NOTE, message, mend)


def _is_local(url: str) -> bool:
    host = URL(url).host or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
