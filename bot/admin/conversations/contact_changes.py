"""What people do with a contact: tags, who answers, and words to them; each change has its line in the audit."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, StringConstraints
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.answers import CONFLICT, INVALID, done, reason
from bot.admin.conversations.contact import PATH, detail, require_contact
from bot.contacts.service import tag
from bot.conversations.service import return_conversation, send_by_hand, take_conversation
from bot.conversations.views import INTAKE
from bot.core.actors import Actor
from bot.core.addresses import Channel
from bot.core.errors import BotError
from bot.core.text import MAX_TEXT
from bot.users.views.known import actor_of
from bot.web.forms import read_form
from bot.web.i18n import N_
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_MOST_TAGS = 1_000
_MOST_KEY = 64


class Tags(BaseModel):
    """Tags as somebody typed them, with commas between them."""

    tags: Annotated[str, StringConstraints(strip_whitespace=True, max_length=_MOST_TAGS)]


class Answer(BaseModel):
    """Words to a contact."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT)]
    channel: Channel | None = None
    once: Annotated[str, StringConstraints(max_length=_MOST_KEY)]


def tagged(*, has: bool) -> Handler:
    """A handler that gives them tags, or takes them away; undone by the other one."""

    async def change(request: web.Request) -> web.StreamResponse:
        form, contact_id, _ = read_form(request, Tags), request.match_info["id"], language(request)
        if form.value is None:
            return await detail(request, INVALID, tag_form=form)
        names = form.value.tags
        try:
            async with request.app[ENGINE].begin() as connection:
                contact_id = (await require_contact(connection, contact_id)).id
                await tag(connection, contact_id, names, actor_of(request), request.app[CLOCK](), has=has)
        except BotError as error:
            return await detail(request, CONFLICT, tag_form=form.wrong("tags", reason(request, error)))
        said = (
            _("They have the tag now: {tags}", tags=names) if has else _("They have lost the tag: {tags}", tags=names)
        )
        path = f"{PATH}/{contact_id}"
        return done(request, path, said, undo=f"{path}/{'untag' if has else 'tag'}", fields=(("tags", names),))

    return change


give_tags, take_tags = tagged(has=True), tagged(has=False)


async def take(request: web.Request) -> web.StreamResponse:
    """Let people have the conversation until somebody hands it back; twice is told once."""
    return await _answered_by(request, take_conversation, N_("The bot is silent now; you answer them"), "hand-back")


async def give_back(request: web.Request) -> web.StreamResponse:
    """Let the bot have the conversation again; where it has it already, nothing happens."""
    return await _answered_by(request, return_conversation, N_("The bot answers them again"), "take-over")


async def _answered_by(
    request: web.Request,
    change: Callable[[AsyncConnection, str, Actor, datetime], Awaitable[bool]],
    sentence: str,
    undo: str,
) -> web.StreamResponse:
    contact_id = request.match_info["id"]
    async with request.app[ENGINE].begin() as connection:
        contact_id = (await require_contact(connection, contact_id)).id
        await change(connection, contact_id, actor_of(request), request.app[CLOCK]())
    path = f"{PATH}/{contact_id}"
    return done(request, path, language(request)(sentence), undo=f"{path}/{undo}")


async def send(request: web.Request) -> web.StreamResponse:
    """Send what somebody typed; twice by mistake is once."""
    form, contact_id, _ = read_form(request, Answer), request.match_info["id"], language(request)
    if form.value is None:
        return await detail(request, INVALID, send_form=form)
    answer, intake = form.value, request.app[INTAKE]
    try:
        async with request.app[ENGINE].begin() as connection:
            contact_id = (await require_contact(connection, contact_id)).id
            await send_by_hand(
                connection,
                intake.catalogue,
                contact_id,
                answer.text,
                actor_of(request),
                request.app[CLOCK](),
                channel=answer.channel,
                key=f"{contact_id}:{answer.once}",
            )
    except BotError as error:
        return await detail(request, CONFLICT, send_form=form.wrong("text", reason(request, error)))
    intake.on_queued()
    return done(request, f"{PATH}/{contact_id}", _("Queued; the bot is silent towards them meanwhile"))
