"""Asking an account's provider whether it knows the credentials: seconds, within no transaction."""

from aiohttp import web

from bot.admin.accounts.pages import account_of, detail, path_of
from bot.admin.answers import done, reason
from bot.conversations.views import ACCOUNTS
from bot.core.errors import BotError
from bot.core.text import one_line
from bot.messages.service import ask_provider, record_answer
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language

_OK = 200


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
