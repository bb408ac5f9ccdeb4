"""What people do with a conversation that stands open: take it, give it, resolve, reopen and put it off."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, StringConstraints
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.answers import done
from bot.admin.inbox.lists import PATH, read_asked
from bot.admin.inbox.snoozing import WHEN, moment_of
from bot.admin.inbox.words import REFUSALS
from bot.core.text import one_line
from bot.inbox.service import Outcomes, assign, reopen, resolve, snooze, unassign
from bot.users.service import names_of
from bot.users.views.known import actor_of
from bot.web.access import signed_in
from bot.web.forms import read_form
from bot.web.frame import place_of
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language

REOPENS_FOR = timedelta(hours=24)
_Id = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)]
_Fields = tuple[tuple[str, str], ...]
_Change = Callable[[AsyncConnection], Awaitable[Outcomes]]


class Whose(BaseModel):
    """Who is to have it.

    Attributes:
        user_id: who; empty for whoever asks.
        instead_of: who has it, as the page shows; empty for nobody.
    """

    user_id: _Id = ""
    instead_of: _Id = ""


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

    said = language(request)("Nobody has it now; it waits to be taken")
    return await _changed(request, change, said, "take", (("user_id", user_id),))


async def settle(request: web.Request) -> web.StreamResponse:
    """Resolve it: the bot answers again."""
    contact_id = request.match_info["id"]

    async def change(connection: AsyncConnection) -> Outcomes:
        now = request.app[CLOCK]()
        return await resolve(connection, [contact_id], actor_of(request), now, reopens_for=REOPENS_FOR)

    return await _changed(request, change, language(request)("Resolved; the bot answers them again"), "reopen")


async def open_again(request: web.Request) -> web.StreamResponse:
    """Let people have it again, or see now what is put off."""
    contact_id = request.match_info["id"]

    async def change(connection: AsyncConnection) -> Outcomes:
        return await reopen(connection, [contact_id], actor_of(request), request.app[CLOCK]())

    return await _changed(request, change, language(request)("Open again"))


async def put_off(request: web.Request) -> web.StreamResponse:
    """Put it off until a moment, or until the contact writes."""
    _, contact_id, now = language(request), request.match_info["id"], request.app[CLOCK]()
    asked, zone = read_form(request, Until).value or Until(), place_of(request)
    if asked.when in WHEN:
        until = moment_of(asked.when, zone, now)
    elif asked.at is not None:
        until = (asked.at if asked.at.tzinfo else asked.at.replace(tzinfo=zone)).astimezone(UTC)
    else:
        return _back(request, _("Choose until when first."))

    async def change(connection: AsyncConnection) -> Outcomes:
        return await snooze(connection, [contact_id], until, actor_of(request), now)

    return await _changed(request, change, _("Put off; it comes back by itself, or when they write"), "reopen")


async def _changed(
    request: web.Request, change: _Change, said: str, undo: str = "", fields: _Fields = ()
) -> web.Response:
    """Do it, and say so there where it was asked for; or why it was not done."""
    _, contact_id = language(request), request.match_info["id"]
    async with request.app[ENGINE].begin() as connection:
        outcomes = await change(connection)
    refusal = outcomes.refused.get(contact_id)
    if refusal is not None:
        return _back(request, _(REFUSALS[refusal.code], name=one_line(refusal.name)))
    if contact_id in outcomes.already:
        return _back(request, _("It is so already."))
    return _back(request, said, _there(request, undo) if undo else "", fields)


def _back(request: web.Request, said: str, undo: str = "", fields: _Fields = ()) -> web.Response:
    return done(request, _there(request), said, undo=undo, fields=fields)


def _there(request: web.Request, what: str = "") -> str:
    """Where it is shown, or `what` is done with it, beside the list that it was chosen from."""
    path = f"{PATH}/{request.match_info['id']}"
    return read_asked(request, {}).url(at=f"{path}/{what}" if what else path)


UNDER: tuple[tuple[str, Callable[[web.Request], Awaitable[web.StreamResponse]]], ...] = (
    ("take", take),
    ("release", release),
    ("resolve", settle),
    ("reopen", open_again),
    ("snooze", put_off),
)
"""What posts do, by the last part of their path."""
