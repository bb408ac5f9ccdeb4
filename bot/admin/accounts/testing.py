"""Asking an account's provider whether it knows the credentials: seconds, within no transaction."""

import asyncio

from aiohttp import web

from bot.admin.accounts.pages import account_of, detail, path_of
from bot.admin.answers import done, reason
from bot.channels.service import Answered, NoAnswerError, ask, asking, record_checked, record_refused, require_complete
from bot.conversations.views import ACCOUNTS
from bot.core.errors import BotError
from bot.core.text import one_line
from bot.messages.service import smtp
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language

_SECONDS = 12.0
_OK = 200


async def test(request: web.Request) -> web.StreamResponse:
    """Ask; what it answers is kept, so that the account counts as connected or as failing."""
    _, listed, accounts = language(request), await account_of(request), request.app[ACCOUNTS]
    account = accounts.get(listed.id)
    if account is None:
        return await detail(request, _("It has no credentials that can be used."))
    try:
        require_complete(account.provider, account.credentials)
        async with asyncio.timeout(_SECONDS), asking() as session:
            answered = await ask(account.provider, account.credentials, session, smtp.deliver)
    except TimeoutError:
        return await detail(
            request, _("Its provider has not answered within {seconds} seconds.", seconds=int(_SECONDS))
        )
    except NoAnswerError as error:
        if isinstance(error.__cause__, TimeoutError):
            return await detail(request, _("{url} has not answered in time.", url=error.origin))
        return await detail(request, reason(request, error))
    except BotError as error:
        return await detail(request, reason(request, error))
    await _keep(request, answered)
    if answered.is_known:
        return done(request, path_of(listed.id), _("{title} knows the credentials", title=_(account.provider.title)))
    return await detail(request, one_line(answered.words(_)), status=_OK)


async def _keep(request: web.Request, answered: Answered) -> None:
    accounts = request.app[ACCOUNTS]
    account = accounts.get(request.match_info["id"])
    if account is None:
        return
    async with request.app[ENGINE].begin() as connection:
        if answered.is_known:
            await record_checked(connection, [account], request.app[CLOCK]())
        else:
            await record_refused(connection, account, request.app[CLOCK]())
    await accounts.refresh(request.app[ENGINE])
