"""The list of accounts, and all that is known of one; secrets never leave the database for a page."""

from typing import Any
from urllib.parse import quote

from aiohttp import web

from bot.admin.accounts.templates import templates_shown
from bot.admin.accounts.words import SOURCES, STANDINGS, STATES, label_of
from bot.admin.answers import CONFLICT, reason
from bot.channels.service import Accounts
from bot.conversations.views import ACCOUNTS
from bot.core.permissions import Permission
from bot.core.text import cut, one_line
from bot.messages.service import ListedAccount, NoAccountError, Traffic, listed_account, listed_accounts, traffic
from bot.providers.base import Provider
from bot.providers.table import PROVIDERS
from bot.web.access import signed_in
from bot.web.forms import Filled, empty_form
from bot.web.frame import render
from bot.web.i18n import N_
from bot.web.keys import CLOCK, READER, SETTINGS
from bot.web.lists import Choice, Filters, counted
from bot.web.pages import base_of, language

PATH = "/accounts"
ONE = f"{PATH}/{{id}}"
FILTERS = Filters(
    Choice("state", N_("State"), STATES),
    Choice("provider", N_("Provider"), {name: each.title for name, each in PROVIDERS.items()}),
)
_GLANCE = 120


async def show(request: web.Request) -> web.StreamResponse:
    """The accounts that are configured, stored, or have a queue left."""
    _, asked = language(request), FILTERS.read(request)
    async with request.app[READER].reading() as connection:
        found = await listed_accounts(connection, request.app[ACCOUNTS])
        lately = await traffic(connection)
    after = "" if asked.after is None else str(asked.after[0])
    states, providers = asked.all("state"), asked.all("provider")
    fitting = [
        each for each in found if (not states or each.state in states) and (not providers or each.provider in providers)
    ]
    page = asked.page([each for each in fitting if each.id > after][: asked.limit], lambda each: (each.id,))
    return await render(
        request,
        "admin/accounts.html",
        title=_("Accounts"),
        asked=asked,
        page=page,
        count=counted("{count} account", "{count} accounts", len(fitting), _),
        titles={name: _(each.title) for name, each in PROVIDERS.items()},
        channels={name: [channel.value for channel in each.channels] for name, each in PROVIDERS.items()},
        standings={each.id: STANDINGS[each.state] for each in page.rows},
        paths={each.id: path_of(each.id) for each in page.rows},
        traffic={each.id: lately.get(each.id, Traffic()) for each in page.rows},
        why={each.id: cut(_why(request, each), _GLANCE) for each in page.rows},
        manages=Permission.ACCOUNTS_MANAGE in signed_in(request).permissions,
    )


async def one(request: web.Request) -> web.StreamResponse:
    """All of one."""
    return await detail(request)


async def detail(
    request: web.Request, refused: str = "", form: Filled[Any] | None = None, status: int = CONFLICT
) -> web.Response:
    """All of one; `refused` says why something was not done, `form` has what was typed."""
    _, account = language(request), await account_of(request)
    async with request.app[READER].reading() as connection:
        lately = (await traffic(connection)).get(account.id, Traffic())
        known = request.app[ACCOUNTS].get(account.id)
        templates = await templates_shown(connection, known, request.app[CLOCK](), _)
    provider = PROVIDERS.get(account.provider)
    usual = {"name": account.name, "rate": f"{account.rate:g}" if account.rate is not None else "", "keep": "on"}
    return await render(
        request,
        "admin/account.html",
        title=account.name or one_line(account.id),
        status=status if refused or form is not None else 200,
        account=account,
        path=path_of(account.id),
        identity=one_line(account.id.partition(":")[2]),
        provider=_(provider.title) if provider is not None else account.provider,
        channels=[channel.value for channel in provider.channels] if provider is not None else [],
        standing=STANDINGS[account.state],
        why=_why(request, account),
        source=SOURCES[account.source],
        webhook=webhook_of(request, account),
        has_public_url=bool(request.app[SETTINGS].public_url),
        traffic=lately,
        templates=templates,
        refused=refused,
        lost=_.plural(
            "{count} message that waits is given up.", "{count} messages that wait are given up.", account.queued
        )
        if account.queued
        else "",
        form=form or empty_form(**usual),
        changeable=[each for each in provider.credentials if each.is_changed_apart] if provider is not None else [],
        label_of=label_of,
        has_old=provider is not None and has_old_secrets(request.app[ACCOUNTS], account.id, provider),
        manages=Permission.ACCOUNTS_MANAGE in signed_in(request).permissions,
        may_test=account.fault is None and account.source != "removed",
    )


async def account_of(request: web.Request) -> ListedAccount:
    """The account that the path names; raises HTTPNotFound."""
    async with request.app[READER].reading() as connection:
        try:
            return await listed_account(connection, request.app[ACCOUNTS], request.match_info["id"])
        except NoAccountError:
            raise web.HTTPNotFound(text="there is no such account\n") from None


def path_of(account_id: str) -> str:
    """Where an account is looked at."""
    return f"{PATH}/{quote(account_id, safe=':@+')}"


def webhook_of(request: web.Request, account: ListedAccount) -> str:
    """The address that its provider is to call; empty for one that no provider of this version has."""
    return f"{base_of(request)}{account.webhook_path}" if account.webhook_path else ""


def has_old_secrets(accounts: Accounts, account_id: str, provider: Provider) -> bool:
    """Whether what an old secret of a stored account proves is taken, too."""
    account = accounts.get(account_id)
    if account is None or not account.stored:
        return False
    several = (each.key for each in provider.credentials if each.several and account.credentials.get(each.key))
    return any(len(account.credentials.each(key)) > 1 for key in several)


def _why(request: web.Request, account: ListedAccount) -> str:
    """What is wrong, or empty."""
    _ = language(request)
    if account.fault is not None:
        return one_line(reason(request, account.fault))
    if account.source == "removed":
        return _("It has no credentials any more; messages wait.")
    if account.refused_at is not None:
        return _("Its provider does not know the credentials.")
    return one_line(account.paused_reason) if account.paused else ""
