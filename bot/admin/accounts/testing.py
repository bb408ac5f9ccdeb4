"""Asking an account's provider whether it knows the credentials, and for its templates: seconds, in no transaction."""

from aiohttp import web

from bot.admin.accounts.pages import account_of, detail, path_of
from bot.admin.answers import done, reason
from bot.channels.service import ask_for_templates, can_list, record_templates
from bot.conversations.views import ACCOUNTS
from bot.core.errors import BotError
from bot.core.text import one_line
from bot.messages.service import ask_provider, record_answer
from bot.providers.base import Refused
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language

_OK = 200
_SECONDS = 20.0
"""As long as somebody waits for a list of templates."""


async def test(request: web.Request) -> web.StreamResponse:
    """Ask; what it answers is kept, so that the account counts as connected or as failing."""
    _, listed, accounts = language(request), await account_of(request), request.app[ACCOUNTS]
    account = accounts.get(listed.id)
    if account is None:
        return await detail(request, _("It has no credentials that can be used."))
    try:
        answered = await ask_provider(account)
    except BotError as error:
        return await detail(request, reason(request, error))
    async with request.app[ENGINE].begin() as connection:
        await record_answer(connection, account, answered, request.app[CLOCK]())
    await accounts.refresh(request.app[ENGINE])
    if answered.is_known:
        return done(request, path_of(listed.id), _("{title} knows the credentials", title=_(account.provider.title)))
    return await detail(request, one_line(answered.words(_)), status=_OK)


async def list_templates(request: web.Request) -> web.StreamResponse:
    """Ask the provider now, and keep what it lists."""
    _, listed, accounts = language(request), await account_of(request), request.app[ACCOUNTS]
    account = accounts.get(listed.id)
    if account is None or not can_list(account):
        return await detail(request, _("Its templates cannot be asked for: it has no business account id."))
    result = await ask_for_templates(account, _SECONDS)
    async with request.app[ENGINE].begin() as connection:
        await record_templates(connection, account, result, request.app[CLOCK]())
    if isinstance(result, Refused):
        return await detail(request, one_line(_(result.reason)))
    said = _.plural("{count} template is listed", "{count} templates are listed", len(result))
    return done(request, f"{path_of(listed.id)}#templates", said)
