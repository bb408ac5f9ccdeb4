"""What is done with an account: paused, resumed, given other secrets, removed."""

from typing import Any

from aiohttp import web

from bot.admin.accounts.pages import account_of, detail, path_of
from bot.admin.accounts.typed import read_account
from bot.admin.answers import INVALID, done, reason
from bot.channels.service import change_account, end_old_secrets, pause, resume
from bot.conversations.views import ACCOUNTS
from bot.core.errors import BotError, NotConfiguredError
from bot.core.text import clean
from bot.messages.service import QueueNotEmptyError, remove_account
from bot.providers.table import PROVIDERS
from bot.users.views.known import actor_of
from bot.web.forms import Filled
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language
from bot.web.posted import posted_by

_MOST_REASON = 500


async def stop(request: web.Request) -> web.StreamResponse:
    """Let nothing more be sent; the queue is kept."""
    account, _ = await account_of(request), language(request)
    why = clean(posted_by(request).last("reason").strip(), _MOST_REASON)[0] or "Paused by hand."
    async with request.app[ENGINE].begin() as connection:
        paused = await pause(connection, account.id, why, actor_of(request))
    said = _("{id} is paused; what is queued waits", id=account.id) if paused else _("It was paused before")
    return done(request, path_of(account.id), said, undo=f"{path_of(account.id)}/resume" if paused else "")


async def let_send(request: web.Request) -> web.StreamResponse:
    """Let it send again."""
    account, _ = await account_of(request), language(request)
    async with request.app[ENGINE].begin() as connection:
        resumed = await resume(connection, account.id, actor_of(request))
    said = _("{id} sends again", id=account.id) if resumed else _("It was not paused")
    return done(request, path_of(account.id), said)


async def change(request: web.Request) -> web.StreamResponse:
    """Give it other secrets, another name or rate; an empty secret stays as it is."""
    account, _ = await account_of(request), language(request)
    provider = PROVIDERS.get(account.provider)
    if provider is None or account.source != "stored":
        return await detail(request, _("Only what is stored here can be changed here."))
    typed = read_account(request, [each for each in provider.credentials if each.is_changed_apart])
    form: Filled[Any] = Filled(None, typed.shown, typed.errors)
    if typed.errors or typed.rate is None:
        return await detail(request, form=form, status=INVALID)
    try:
        async with request.app[ENGINE].begin() as connection:
            await change_account(
                connection,
                request.app[ACCOUNTS].vault,
                account.id,
                secrets=typed.values,
                name=typed.name,
                rate=typed.rate,
                keep_old=bool(typed.shown["keep"]),
                by=actor_of(request),
            )
    except NotConfiguredError as error:
        return await detail(request, form=form.wrong(f"c-{error.setting}", _("Fill this in.")), status=INVALID)
    except BotError as error:
        return await detail(request, form=form.wrong("", reason(request, error)))
    return await _changed(request, account.id, _("{id} is changed", id=account.id))


async def end_old(request: web.Request) -> web.StreamResponse:
    """Take nothing more that an old secret proves."""
    account, _ = await account_of(request), language(request)
    try:
        async with request.app[ENGINE].begin() as connection:
            ended = await end_old_secrets(connection, request.app[ACCOUNTS].vault, account.id, actor_of(request))
    except BotError as error:
        return await detail(request, reason(request, error))
    said = _("Only the newest secrets count now") if ended else _("There was no old secret any more")
    return await _changed(request, account.id, said)


async def remove(request: web.Request) -> web.StreamResponse:
    """Take its credentials away; what was said stays."""
    account, _ = await account_of(request), language(request)
    posted = posted_by(request)
    if account.source == "settings":
        return await detail(request, _("It is configured by the server's settings: delete it there."))
    if posted.last("confirm").strip() != account.id:
        return await detail(request, _("Type its id to remove it."))
    try:
        async with request.app[ENGINE].begin() as connection:
            now, force = request.app[CLOCK](), bool(posted.last("force"))
            given_up = await remove_account(connection, account.id, actor_of(request), now, force=force)
    except QueueNotEmptyError:
        return await detail(request, _("Messages wait to be sent through it: let them be sent first, or give them up."))
    except BotError as error:
        return await detail(request, reason(request, error))
    await request.app[ACCOUNTS].refresh(request.app[ENGINE])
    said = _("{id} is removed", id=account.id)
    if given_up:
        lost = _.plural("{count} message will not be sent", "{count} messages will not be sent", given_up)
        said = f"{said}; {lost}"
    return done(request, "/accounts", said)


async def _changed(request: web.Request, account_id: str, said: str) -> web.Response:
    await request.app[ACCOUNTS].refresh(request.app[ENGINE])
    return done(request, path_of(account_id), said)
