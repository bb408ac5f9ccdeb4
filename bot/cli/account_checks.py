"""Whether an account's credentials are complete, and whether its provider knows them."""

from dataclasses import dataclass

import aiohttp
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.channels.service import (
    Accounts,
    ConfiguredAccount,
    NoAnswerError,
    answer_of,
    ask,
    record_checked,
    record_refused,
    require_complete,
)
from bot.cli.common import _
from bot.cli.findings import Finding, Verdict, fault, unreachable
from bot.core.clock import utc_now
from bot.core.did_you_mean import near
from bot.core.errors import Blame, BotError, NotConfiguredError
from bot.messages.service import smtp
from bot.providers.base import Credentials, HttpRequest, Provider
from bot.providers.table import PROVIDERS


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


async def status_of(session: aiohttp.ClientSession, request: HttpRequest) -> int:
    """The HTTP status that answers `request`; a redirect is an answer."""
    return (await answer_of(session, request)).status


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


async def remember(
    engine: AsyncEngine, accounts: Accounts, account: ConfiguredAccount, findings: list[Finding]
) -> None:
    """Note whether its provider knows an account, which counts as connected from now on, or as refused."""
    async with engine.begin() as connection:
        await accounts.store(connection)
        if all(each.verdict is Verdict.GOOD for each in findings):
            await record_checked(connection, [account], utc_now())
        elif any(each.refused for each in findings):
            await record_refused(connection, account, utc_now())


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
        answered = await ask(subject.provider, subject.credentials, session, smtp.deliver)
    except NoAnswerError as error:
        cause = error.__cause__
        return fault(subject.title, unreachable(error.origin, cause if isinstance(cause, Exception) else error))
    except BotError as error:
        return fault(subject.title, error)
    if answered.is_known:
        return Finding(subject.title, Verdict.GOOD, answered.words(_))
    return Finding(subject.title, Verdict.FAULT, answered.words(_), subject.mend, refused=True)
