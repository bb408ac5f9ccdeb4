"""What people do with a conversation that stands open: take it, give it, resolve, reopen and put it off."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, StringConstraints
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.answers import chosen, done
from bot.admin.inbox.lists import here_of
from bot.admin.inbox.snoozing import asked_moment, why_not
from bot.admin.inbox.words import REFUSALS
from bot.conversations.service import MAX_REQUESTS, NOT_AGAIN, retry
from bot.conversations.views import INTAKE
from bot.core.errors import BotError
from bot.core.text import one_line
from bot.inbox.service import (
    Code,
    NotThereError,
    Outcomes,
    assign,
    label,
    label_by_name,
    reopen,
    resolve,
    snooze,
    unassign,
)
from bot.users.service import names_of
from bot.users.views.known import actor_of
from bot.web.access import signed_in
from bot.web.forms import read_form, sentence_of
from bot.web.frame import place_of
from bot.web.keys import CLOCK, ENGINE, SETTINGS
from bot.web.pages import language

_Id = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)]
_Fields = tuple[tuple[str, str], ...]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_Change = Callable[[AsyncConnection], Awaitable[Outcomes]]


class Whose(BaseModel):
    """Who is to have it.

    Attributes:
        user_id: who; empty for whoever asks.
        instead_of: who has it, as the page shows; empty for nobody.
    """

    user_id: _Id = ""
    instead_of: _Id = ""


class Labelled(BaseModel):
    """A label."""

    label_id: _Id = ""


class NamedLabel(BaseModel):
    """A label, by its name."""

    name: str = ""


class Until(BaseModel):
    """Until when it is put off: one of `WHEN`, or a moment of the reader's zone."""

    when: _Id = ""
    at: datetime | None = None


async def take(request: web.Request) -> web.StreamResponse:
    """Let somebody have it: whoever asks, or whom they choose."""
    _, contact_id, me = language(request), request.match_info["id"], signed_in(request)
    asked = read_form(request, Whose).value or Whose()
    user_id, before = asked.user_id or me.user_id, asked.instead_of

    async def change(connection: AsyncConnection) -> Outcomes:
        now = request.app[CLOCK]()
        return await assign(connection, [contact_id], user_id, actor_of(request), now, instead_of=before)

    async with request.app[ENGINE].connect() as connection:
        name = (await names_of(connection, [user_id])).get(user_id, "")
    said = (
        _("You have this conversation; the bot is silent")
        if user_id == me.user_id
        else _("{name} has it now", name=name)
    )
    if before:
        return await _changed(request, change, said, "take", (("user_id", before), ("instead_of", user_id)))
    return await _changed(request, change, said, "release", (("user_id", user_id),))


async def release(request: web.Request) -> web.StreamResponse:
    """Let nobody have it, of whom the page says that they do."""
    contact_id = request.match_info["id"]
    user_id = (read_form(request, Whose).value or Whose()).user_id or signed_in(request).user_id

    async def change(connection: AsyncConnection) -> Outcomes:
        return await unassign(connection, [contact_id], actor_of(request), request.app[CLOCK](), user_id=user_id)

    _ = language(request)
    return await _changed(
        request, change, _("Nobody has it now; it waits to be taken"), "take", (("user_id", user_id),)
    )


async def settle(request: web.Request) -> web.StreamResponse:
    """Resolve it: the bot answers again."""
    contact_id = request.match_info["id"]

    async def change(connection: AsyncConnection) -> Outcomes:
        return await resolve_for(request, connection, contact_id)

    _ = language(request)
    return await _changed(request, change, _("Resolved; the bot answers them again"), "reopen")


async def resolve_for(request: web.Request, connection: AsyncConnection, contact_id: str) -> Outcomes:
    """Let the bot have it again; what they write soon after is a person's all the same, as long as it is set to be."""
    hours = timedelta(hours=request.app[SETTINGS].inbox_reopen_hours)
    return await resolve(connection, [contact_id], actor_of(request), request.app[CLOCK](), reopens_for=hours)


async def open_again(request: web.Request) -> web.StreamResponse:
    """Let people have it again, or see now what is put off."""
    contact_id = request.match_info["id"]

    async def change(connection: AsyncConnection) -> Outcomes:
        return await reopen(connection, [contact_id], actor_of(request), request.app[CLOCK]())

    _ = language(request)
    return await _changed(request, change, _("Open again"))


async def put_off(request: web.Request) -> web.StreamResponse:
    """Put it off until a moment, or until the contact writes."""
    _, contact_id, now = language(request), request.match_info["id"], request.app[CLOCK]()
    asked = read_form(request, Until).value or Until()
    until = asked_moment(asked.when, asked.at, place_of(request), now)
    if until is None:
        return _back(request, _("Choose until when first."))
    if why := why_not(until, now):
        return _back(request, _(why))

    async def change(connection: AsyncConnection) -> Outcomes:
        return await snooze(connection, [contact_id], until, actor_of(request), now)

    return await _changed(request, change, _("Put off; it comes back by itself, or when they write"), "reopen")


def labelled(*, has: bool) -> Handler:
    """A handler that gives it a label, or takes one away; undone by the other one."""

    async def change_label(request: web.Request) -> web.StreamResponse:
        _, contact_id = language(request), request.match_info["id"]
        label_id = (read_form(request, Labelled).value or Labelled()).label_id

        async def change(connection: AsyncConnection) -> Outcomes:
            return await label(connection, [contact_id], label_id, actor_of(request), request.app[CLOCK](), has=has)

        said = _("It has the label now") if has else _("The label is taken away")
        try:
            return await _changed(request, change, said, "unlabel" if has else "label", (("label_id", label_id),))
        except NotThereError:
            return _back(request, _("This label is not there any more."))

    return change_label


async def label_anew(request: web.Request) -> web.StreamResponse:
    """Give it the label of a name, which is made where there is none of that name yet."""
    _, contact_id, by, now = language(request), request.match_info["id"], actor_of(request), request.app[CLOCK]()
    name = (read_form(request, NamedLabel).value or NamedLabel()).name
    try:
        async with request.app[ENGINE].begin() as connection:
            given, outcomes = await label_by_name(connection, [contact_id], name, by, now)
    except NotThereError:
        return _back(request, _(REFUSALS[Code.GONE]))
    except BotError as error:
        return _back(request, sentence_of(error, _))
    return _told(request, outcomes, _("It has the label now"), "unlabel", (("label_id", given.id),))


async def try_again(request: web.Request) -> web.StreamResponse:
    """Queue what was not sent anew."""
    _ = language(request)
    async with request.app[ENGINE].begin() as connection:
        retried = await retry(connection, chosen(request)[:MAX_REQUESTS], actor_of(request), request.app[CLOCK]())
    if retried.queued:
        request.app[INTAKE].on_queued()
        return _back(request, _("It is tried again"))
    why = next((_(NOT_AGAIN[code]) for code in retried.refused), "")
    return _back(request, _("It is not tried again: {why}", why=why) if why else _("It is so already."))


async def _changed(
    request: web.Request, change: _Change, said: str, undo: str = "", fields: _Fields = ()
) -> web.Response:
    """Do it, and say so there where it was asked for; or why it was not done."""
    async with request.app[ENGINE].begin() as connection:
        outcomes = await change(connection)
    return _told(request, outcomes, said, undo, fields)


def _told(request: web.Request, outcomes: Outcomes, said: str, undo: str, fields: _Fields) -> web.Response:
    """Say what came of it there where it was asked for."""
    _, contact_id = language(request), request.match_info["id"]
    refusal = outcomes.refused.get(contact_id)
    if refusal is not None:
        return _back(request, _(REFUSALS[refusal.code], name=one_line(refusal.name)))
    if contact_id in outcomes.already:
        return _back(request, _("It is so already."))
    return _back(request, said, here_of(request, contact_id, undo) if undo else "", fields)


def _back(request: web.Request, said: str, undo: str = "", fields: _Fields = ()) -> web.Response:
    return done(request, here_of(request, request.match_info["id"]), said, undo=undo, fields=fields)


UNDER: tuple[tuple[str, Handler], ...] = (
    ("take", take),
    ("release", release),
    ("resolve", settle),
    ("reopen", open_again),
    ("snooze", put_off),
    ("label", labelled(has=True)),
    ("unlabel", labelled(has=False)),
    ("retry", try_again),
)
"""What posts do, by the last part of their path."""
