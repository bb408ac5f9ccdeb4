"""Words to the person whose conversation is open, or a note about them."""

from datetime import datetime, timedelta
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.answers import CONFLICT, INVALID, done, reason
from bot.admin.inbox.changes import resolve_for
from bot.admin.inbox.lists import here_of
from bot.admin.inbox.notes import mentioned
from bot.admin.inbox.page import inbox
from bot.conversations.service import REASONS, Composed, Overtaken, Refused, Words, compose
from bot.conversations.views import INTAKE
from bot.core.actors import Actor
from bot.core.addresses import Channel
from bot.core.errors import BotError
from bot.core.permissions import Permission
from bot.core.text import MAX_TEXT
from bot.flows.service import Catalogue
from bot.inbox.service import DraftMode, NoteType, add_note, assign, save_draft
from bot.users.service import able
from bot.users.views.known import actor_of
from bot.web.access import signed_in
from bot.web.forms import read_form
from bot.web.i18n import N_
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language
from bot.web.posted import posted_by

_MOST_KEY = 64
_FURTHEST = 2**31 - 1
_OVERTAKEN = N_("something was said meanwhile: look at it, then send this again")
_Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT)]


class Reply(BaseModel):
    """Words to a contact.

    Attributes:
        text: they.
        channel: where they go; None: where the contact last wrote.
        once: the page's own for this one reply, so that pressing twice sends once.
        then: `resolve` where it is resolved with them.
        seen: the number of the last message that stood there; None where the page did not say.
    """

    text: _Words
    channel: Channel | None = None
    once: Annotated[str, StringConstraints(max_length=_MOST_KEY)]
    then: Annotated[str, StringConstraints(max_length=_MOST_KEY)] = ""
    seen: Annotated[int, Field(ge=0, le=_FURTHEST)] | None = None


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
            # Whoever answers has it, for as long as they do: a colleague's it stays.
            await assign(connection, [contact_id], signed_in(request).user_id, by, now)
            await _queue(connection, intake.catalogue, _composed(contact_id, reply), by, now)
            await _written(request, connection, DraftMode.REPLY)
            if reply.then == "resolve":
                await resolve_for(request, connection, contact_id)
    except BotError as error:
        return await inbox(request, CONFLICT, send_form=form.wrong("text", reason(request, error)))
    intake.on_queued()
    said = _("Sent and resolved") if reply.then == "resolve" else _("On its way")
    return done(request, here_of(request, contact_id), said)


async def _queue(
    connection: AsyncConnection, catalogue: Catalogue, composed: Composed, by: Actor, now: datetime
) -> None:
    """Queue it; raises BotError where it is refused, and where something was said that its author has not seen."""
    outcome = await compose(connection, catalogue, composed, by, now)
    if isinstance(outcome, Overtaken):
        raise BotError(_OVERTAKEN)
    if isinstance(outcome, Refused):
        raise BotError(REASONS[outcome.code], detail=outcome.detail)


def _composed(contact_id: str, reply: Reply) -> Composed:
    channels = () if reply.channel is None else (reply.channel,)
    # A page can change what waits nowhere yet, so nothing waits to be taken back.
    key, undo = f"{contact_id}:{reply.once}", timedelta()
    words = Words(reply.text)
    return Composed(contact_id=contact_id, say=words, channels=channels, key=key, seen=reply.seen, undo=undo)


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
