"""Whether people can sign in at the providers that the settings name."""

import asyncio

from bot.cli.caller import own_url
from bot.cli.common import _
from bot.cli.findings import Finding, Verdict, fault
from bot.core.clock import utc_now
from bot.core.errors import BotError
from bot.settings import Settings
from bot.users.openid.service import Exchange, IdentityProvider, back_at, identity_providers


async def check_identity_providers(settings: Settings) -> list[Finding]:
    """Ask each of them about itself; nothing is found where none is named."""
    try:
        providers = identity_providers(settings)
    except BotError as error:
        return [fault(_("Signing in"), error)]
    return await asyncio.gather(*(_check(settings, each) for each in providers.values()))


async def _check(settings: Settings, provider: IdentityProvider) -> Finding:
    subject = _("Signing in with {name}", name=provider.name)
    exchange = Exchange(provider, utc_now)
    try:
        await exchange.endpoints()
    except BotError as error:
        message, _mend = error.words(_)
        mend = _("Compare BOT_OIDC_ISSUER with what the provider calls itself, and check this computer's connection.")
        return Finding(subject, Verdict.FAULT, f"{message}.", mend)
    finally:
        await exchange.close()
    where = back_at(own_url(settings), provider)
    return Finding(subject, Verdict.GOOD, _("It answers. Its redirect URI for us must be {where}", where=where))
