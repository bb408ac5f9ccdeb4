"""Words to the person whose conversation is open."""

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, StringConstraints

from bot.admin.answers import CONFLICT, INVALID, done, reason
from bot.admin.inbox.changes import REOPENS_FOR
from bot.admin.inbox.lists import PATH, read_asked
from bot.admin.inbox.page import inbox
from bot.conversations.service import send_by_hand
from bot.conversations.views import INTAKE
from bot.core.addresses import Channel
from bot.core.errors import BotError
from bot.core.text import MAX_TEXT
from bot.inbox.service import resolve
from bot.users.views.known import actor_of
from bot.web.forms import read_form
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language

_MOST_KEY = 64


class Reply(BaseModel):
    """Words to a contact.

    Attributes:
        text: they.
        channel: where they go; None: where the contact last wrote.
        once: the page's own for this one reply, so that pressing twice sends once.
        then: `resolve` where it is resolved with them.
    """

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT)]
    channel: Channel | None = None
    once: Annotated[str, StringConstraints(max_length=_MOST_KEY)]
    then: Annotated[str, StringConstraints(max_length=_MOST_KEY)] = ""


async def send(request: web.Request) -> web.StreamResponse:
    """Send what somebody typed; twice by mistake is once."""
    form, contact_id, _ = read_form(request, Reply), request.match_info["id"], language(request)
    if form.value is None:
        return await inbox(request, INVALID, send_form=form)
    reply, intake, now, by = form.value, request.app[INTAKE], request.app[CLOCK](), actor_of(request)
    try:
        async with request.app[ENGINE].begin() as connection:
            key = f"{contact_id}:{reply.once}"
            await send_by_hand(
                connection, intake.catalogue, contact_id, reply.text, by, now, channel=reply.channel, key=key
            )
            if reply.then == "resolve":
                await resolve(connection, [contact_id], by, now, reopens_for=REOPENS_FOR)
    except BotError as error:
        return await inbox(request, CONFLICT, send_form=form.wrong("text", reason(request, error)))
    intake.on_queued()
    there = read_asked(request, {}).url(at=f"{PATH}/{contact_id}")
    return done(request, there, _("Sent and resolved") if reply.then == "resolve" else _("On its way"))
