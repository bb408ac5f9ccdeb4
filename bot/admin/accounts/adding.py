"""Adding an account: its provider is chosen, and then asked for is what that provider's credentials are."""

from typing import Any

from aiohttp import web

from bot.admin.accounts.pages import path_of
from bot.admin.accounts.typed import TypedAccount, read_account
from bot.admin.accounts.words import label_of
from bot.admin.answers import CONFLICT, INVALID, done, reason
from bot.channels.service import add_account, complete_ids, rate_of
from bot.conversations.shown.channel_words import CHANNELS
from bot.conversations.views import ACCOUNTS
from bot.core.errors import BotError, NotConfiguredError
from bot.providers.base import Provider
from bot.providers.table import PROVIDERS
from bot.users.views.known import actor_of
from bot.web.forms import Filled, empty_form
from bot.web.frame import render
from bot.web.keys import ENGINE, SETTINGS
from bot.web.pages import language

PATH = "/accounts/new"
OF = f"{PATH}/{{provider:[a-z0-9]{{1,32}}}}"


async def choose(request: web.Request) -> web.StreamResponse:
    """Ask for the provider."""
    _ = language(request)
    return await render(
        request,
        "admin/account_choose.html",
        title=_("Connect an account"),
        providers=[
            (name, _(each.title), [_(CHANNELS[channel]) for channel in each.channels], each.beta)
            for name, each in PROVIDERS.items()
        ],
        has_key=_has_key(request),
    )


async def ask(request: web.Request) -> web.StreamResponse:
    """Ask for what the provider's credentials are."""
    provider = _provider(request)
    shown = {f"c-{each.key}": each.default or "" for each in provider.credentials if not each.secret}
    rate = rate_of(provider, request.app[SETTINGS])
    return await _form(request, provider, empty_form(**shown, name="", rate=f"{rate:g}"))


async def add(request: web.Request) -> web.StreamResponse:
    """Store the accounts that the values stand for; one that is there already gets the new ones."""
    provider, _ = _provider(request), language(request)
    typed = read_account(request, provider.credentials)
    form: Filled[Any] = Filled(None, typed.shown, typed.errors)
    if typed.errors or typed.rate is None:
        return await _form(request, provider, form, INVALID)
    try:
        ids = complete_ids(provider, typed.values)
    except NotConfiguredError as error:
        field = f"c-{error.setting}"
        return await _form(request, provider, form.wrong(field, _("Fill this in.")), INVALID)
    except BotError as error:
        empty = [
            label_of(each.key) for each in provider.credentials if each.default is None and each.key not in typed.values
        ]
        more = _("Still empty: {fields}.", fields=", ".join(empty)) if empty else ""
        return await _form(request, provider, form.wrong("", f"{reason(request, error)} {more}".rstrip()), INVALID)
    return await _stored(request, provider, typed, form, ids)


async def _stored(
    request: web.Request, provider: Provider, typed: TypedAccount, form: Filled[Any], ids: list[str]
) -> web.Response:
    accounts, _ = request.app[ACCOUNTS], language(request)
    taken = [each for each in ids if (known := accounts.get(each)) is not None and not known.stored]
    if taken:
        said = _("{id} is configured by the server's settings: change it there.", id=taken[0])
        return await _form(request, provider, form.wrong("", said), CONFLICT)
    try:
        async with request.app[ENGINE].begin() as connection:
            await add_account(
                connection,
                accounts.vault,
                typed.values,
                ids=ids,
                provider=provider.name,
                name=typed.name,
                rate=typed.rate or provider.default_rate,
                by=actor_of(request),
            )
    except BotError as error:
        return await _form(request, provider, form.wrong("", reason(request, error)), CONFLICT)
    await accounts.refresh(request.app[ENGINE])
    said = _("{id} is stored; give its webhook address to {title}, then test it", id=ids[0], title=_(provider.title))
    return done(request, path_of(ids[0]) if len(ids) == 1 else "/accounts", said)


def _provider(request: web.Request) -> Provider:
    provider = PROVIDERS.get(request.match_info["provider"])
    if provider is None:
        raise web.HTTPNotFound(text="there is no such provider\n")
    return provider


async def _form(request: web.Request, provider: Provider, form: Filled[Any], status: int = 200) -> web.Response:
    _ = language(request)
    page = await render(
        request,
        "admin/account_new.html",
        title=_("Connect {title}", title=_(provider.title)),
        status=status,
        form=form,
        provider=provider,
        needed=[each for each in provider.credentials if each.default is None],
        others=[each for each in provider.credentials if each.default is not None],
        label_of=label_of,
        has_key=_has_key(request),
    )
    page.headers["Cache-Control"] = "no-store"
    return page


def _has_key(request: web.Request) -> bool:
    try:
        request.app[ACCOUNTS].vault.require_key()
    except BotError:
        return False
    return True
