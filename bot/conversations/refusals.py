"""The answers to posts that are not taken, each with its line in the log.

They are answers rather than raised: an error would keep the frames that it came through, and so the post's body.
"""

import structlog
from aiohttp import hdrs, web

from bot.conversations.authority import Unproven
from bot.providers.base import Provider
from bot.web.bodies import RETRY_AFTER
from bot.web.guard import client_address
from bot.web.keys import SETTINGS
from bot.web.local_token import hidden

log = structlog.get_logger()


def unknown() -> web.Response:
    """To a path that names no provider or no account."""
    return web.Response(status=404, text="no such provider or account\n")


def no_challenge() -> web.Response:
    """To a GET of a provider that only posts."""
    return web.Response(status=405, text="405: Method Not Allowed", headers={hdrs.ALLOW: hdrs.METH_POST})


def sealed(account: str, reason: str) -> web.Response:
    """To a post for an account whose credentials cannot be decrypted."""
    log.error("webhook refused, account cannot be used", account=account, reason=reason)
    return unavailable("this account cannot be used now")


def unproven(request: web.Request, provider: Provider, why: Unproven) -> web.Response:
    """To a post that no credentials prove."""
    if why.missing:
        return _not_configured(provider, why)
    url = public_url(request)
    # The query of a GET is what the person wrote.
    url = url if request.method != hdrs.METH_GET else url.partition("?")[0]
    seen = {"url": hidden(request, url), "mend": "BOT_PUBLIC_URL must be what the provider calls"}
    hint = seen if provider.signs_url else {}
    log.warning("webhook signature refused", provider=provider.name, reason=why.reason, client=_client(request), **hint)
    return web.Response(status=401, text=f"{why.reason}\n")


def unchallenged(request: web.Request, provider: Provider, why: Unproven) -> web.Response:
    """To a challenge with another token than ours."""
    if why.missing:
        return _not_configured(provider, why)
    log.warning("webhook challenge refused", provider=provider.name, reason=why.reason, client=_client(request))
    return web.Response(status=403, text=f"{why.reason}\n")


def used_again(request: web.Request, provider: Provider, reason: str) -> web.Response:
    """To a post with a one-time token that stood for something else."""
    log.warning("webhook signature used again", provider=provider.name, caller=_client(request))
    return web.Response(status=401, text=f"{reason}\n")


def unreadable(provider: Provider, reason: str) -> web.Response:
    """To an authentic post that is none of its provider's."""
    log.warning("webhook not readable", provider=provider.name, reason=reason)
    return web.Response(status=400, text=f"{reason}\n")


def unavailable(reason: str) -> web.Response:
    """To a post that cannot be taken now."""
    return web.Response(status=503, text=f"{reason}\n", headers=RETRY_AFTER)


def public_url(request: web.Request) -> str:
    """The URL as the provider called it: behind a proxy ours is another."""
    return f"{request.app[SETTINGS].public_url or f'http://{request.host}'}{request.raw_path}"


def _not_configured(provider: Provider, why: Unproven) -> web.Response:
    log.error("webhook refused, not configured", provider=provider.name, missing=why.missing)
    return unavailable("this provider is not configured here")


def _client(request: web.Request) -> str:
    """Who knocks, for the operator."""
    return client_address(request, request.app[SETTINGS].trusted_proxies)
