"""Giving a conversation back to the bot: at once, or with a flow that it is to begin."""

from datetime import timedelta
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, StringConstraints

from bot.admin.answers import CONFLICT, INVALID, done, reason
from bot.admin.inbox.lists import here_of
from bot.admin.inbox.page import inbox
from bot.conversations.views import INTAKE
from bot.core.errors import BotError
from bot.core.text import one_line
from bot.inbox.service import NotThereError, resolve, start_flow
from bot.users.views.known import actor_of
from bot.web.forms import read_form
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language


class Begun(BaseModel):
    """A flow that is to begin."""

    flow: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]


async def hand_back(request: web.Request) -> web.StreamResponse:
    """Let the bot answer from now on, what they write next too, which would be a person's where it is resolved."""
    _, contact_id, now = language(request), request.match_info["id"], request.app[CLOCK]()
    here = here_of(request, contact_id)
    async with request.app[ENGINE].begin() as connection:
        outcomes = await resolve(connection, [contact_id], actor_of(request), now, reopens_for=timedelta())
    if contact_id not in outcomes.done:
        return done(request, here, _("It is so already."))
    return done(request, here, _("The bot answers them from now on"), undo=here_of(request, contact_id, "reopen"))


async def start(request: web.Request) -> web.StreamResponse:
    """Let the bot begin a flow; the conversation is the bot's from then on."""
    form, _, contact_id = read_form(request, Begun), language(request), request.match_info["id"]
    if form.value is None:
        return await inbox(request, INVALID, flow_form=form)
    flow, intake, now = form.value.flow, request.app[INTAKE], request.app[CLOCK]()
    try:
        async with request.app[ENGINE].begin() as connection:
            await start_flow(connection, intake.catalogue, contact_id, flow, actor_of(request), now)
    except NotThereError as error:
        raise web.HTTPNotFound(text="there is no such contact\n") from error
    except BotError as error:
        return await inbox(request, CONFLICT, flow_form=form.wrong("flow", reason(request, error)))
    intake.on_queued()
    return done(request, here_of(request, contact_id), _("The bot has begun {flow}", flow=one_line(flow)))
