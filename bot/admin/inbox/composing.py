"""Words to the person whose conversation is open, or a note about them."""

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, StringConstraints
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.answers import CONFLICT, INVALID, done, reason
from bot.admin.inbox.changes import REOPENS_FOR
from bot.admin.inbox.lists import here_of
from bot.admin.inbox.notes import mentioned
from bot.admin.inbox.page import inbox
from bot.conversations.service import send_by_hand
from bot.conversations.views import INTAKE
from bot.core.addresses import Channel
from bot.core.errors import BotError
from bot.core.permissions import Permission
from bot.core.text import MAX_TEXT
from bot.inbox.service import DraftMode, NoteType, add_note, resolve, save_draft
from bot.users.service import able
from bot.users.views.known import actor_of
from bot.web.access import signed_in
from bot.web.forms import read_form
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language
from bot.web.posted import posted_by

_MOST_KEY = 64
_Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT)]


class Reply(BaseModel):
    """Words to a contact.

    Attributes:
        text: they.
        channel: where they go; None: where the contact last wrote.
        once: the page's own for this one reply, so that pressing twice sends once.
        then: `resolve` where it is resolved with them.
    """

    text: _Words
    channel: Channel | None = None
    once: Annotated[str, StringConstraints(max_length=_MOST_KEY)]
    then: Annotated[str, StringConstraints(max_length=_MOST_KEY)] = ""


class Noted(BaseModel):
    """A note, which has a field of its own: whatever is chosen, it never goes to the contact.

    Attributes:
        note: what it says.
        private: whether its author alone sees it.
    """

    note: _Words
    private: bool = False


async def write(request: web.Request) -> web.StreamResponse:
    """Send what somebody typed, or keep it as a note."""
    is_note = posted_by(request).last("mode") == DraftMode.NOTE
    return await (_keep(request) if is_note else _send(request))


async def _send(request: web.Request) -> web.StreamResponse:
    """Twice by mistake is once."""
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
            await _written(request, connection, DraftMode.REPLY)
            if reply.then == "resolve":
                await resolve(connection, [contact_id], by, now, reopens_for=REOPENS_FOR)
    except BotError as error:
        return await inbox(request, CONFLICT, send_form=form.wrong("text", reason(request, error)))
    intake.on_queued()
    said = _("Sent and resolved") if reply.then == "resolve" else _("On its way")
    return done(request, here_of(request, contact_id), said)


async def _keep(request: web.Request) -> web.StreamResponse:
    form, contact_id, _ = read_form(request, Noted), request.match_info["id"], language(request)
    if form.value is None:
        return await inbox(request, INVALID, send_form=form)
    note, now = form.value, request.app[CLOCK]()
    kind = NoteType.PRIVATE if note.private else NoteType.PUBLIC
    try:
        async with request.app[ENGINE].begin() as connection:
            names = mentioned(note.note, await able(connection, Permission.MESSAGES_READ))
            await add_note(connection, contact_id, note.note, kind, actor_of(request), now, mentions=names)
            await _written(request, connection, DraftMode.NOTE)
    except BotError as error:
        return await inbox(request, CONFLICT, send_form=form.wrong("note", reason(request, error)))
    return done(request, here_of(request, contact_id), _("Noted"))


async def _written(request: web.Request, connection: AsyncConnection, mode: DraftMode) -> None:
    """What was begun is written."""
    who, now = signed_in(request).user_id, request.app[CLOCK]()
    await save_draft(connection, request.match_info["id"], who, mode, "", now)
