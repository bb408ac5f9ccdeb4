"""Merging two contacts, and undoing it: each leads back to where it was asked for, with a way to take it back."""

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, StringConstraints
from sqlalchemy.ext.asyncio import AsyncConnection
from yarl import URL

from bot.admin.answers import done, reason
from bot.admin.conversations.contact import PATH
from bot.admin.conversations.spoken import name_of
from bot.admin.merging.back import LIST, lead_back
from bot.contacts.service import cards, cards_of_merged, find_merge, kept_id
from bot.conversations.service import merge, undo_merge
from bot.conversations.views import INTAKE
from bot.core.errors import BotError
from bot.db.engine import reading
from bot.users.views.known import actor_of
from bot.web.forms import read_form
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language

_Id = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)]


class Asked(BaseModel):
    """Who is merged into whom, or which merge is undone.

    Attributes:
        other: the id of who is merged.
        merge: that of the merge.
        back: where somebody came from: see `lead_back`.
    """

    other: _Id = ""
    merge: _Id = ""
    back: Annotated[str, StringConstraints(max_length=80)] = ""


async def join(request: web.Request) -> web.StreamResponse:
    """Let two be one."""
    _, contact_id, asked = language(request), request.match_info["id"], _read(request)
    try:
        async with request.app[ENGINE].begin() as connection:
            made = await merge(connection, contact_id, asked.other, actor_of(request), request.app[CLOCK]())
            kept = (await cards(connection, [made.kept_id]))[0]
            merged = (await cards_of_merged(connection, [made.merged_id])).get(made.merged_id)
    except BotError as error:
        return await _refused(request, contact_id, asked, error)
    # What was queued may go by another address of theirs now.
    request.app[INTAKE].on_queued()
    said = _("{name} and {other} are one contact now", name=name_of(kept, _), other=name_of(merged, _))
    fields = (("merge", made.id), ("other", made.merged_id), ("back", asked.back))
    return done(
        request, lead_back(asked.back, made.kept_id), said, undo=f"{PATH}/{made.kept_id}/unmerge", fields=fields
    )


async def part(request: web.Request) -> web.StreamResponse:
    """Let two who were merged be two again."""
    _, asked = language(request), _read(request)
    try:
        async with request.app[ENGINE].begin() as connection:
            undone = await undo_merge(connection, asked.merge, actor_of(request), request.app[CLOCK]())
    except BotError as error:
        return await _not_undone(request, asked, error)
    request.app[INTAKE].on_queued()
    path = f"{PATH}/{undone.kept_id}"
    fields = (("other", undone.merged_id), ("back", asked.back))
    said = _("They are two contacts again, each with what was theirs")
    return done(request, lead_back(asked.back, undone.kept_id), said, undo=f"{path}/merge", fields=fields)


async def _refused(request: web.Request, contact_id: str, asked: Asked, error: BotError) -> web.Response:
    """Say why two were not merged, where whoever asked sees how they stand by now."""
    _ = language(request)
    async with reading(request.app[ENGINE]) as connection:
        there = await _there(connection, contact_id, asked.other)
        one, other = await kept_id(connection, contact_id), await kept_id(connection, asked.other)
    if not there:
        return done(request, LIST, _("One of the two is not there any more."))
    if one == other:
        return done(request, lead_back(asked.back, one), _("They are one contact already: nothing was changed"))
    if (one, other) != (contact_id, asked.other):
        again = URL(f"{PATH}/{one}/merge").with_query({"with": other, "back": asked.back})
        said = _("One of the two was merged with somebody a moment ago: look at it once more")
        return done(request, str(again), said)
    return done(request, lead_back(asked.back, one), reason(request, error))


async def _not_undone(request: web.Request, asked: Asked, error: BotError) -> web.Response:
    _, contact_id = language(request), request.match_info["id"]
    async with reading(request.app[ENGINE]) as connection:
        made = await find_merge(connection, asked.merge)
        kept = await kept_id(connection, contact_id)
    if made is None:
        said = reason(request, error)
    elif made.undone_at is not None:
        said = _("They are two contacts already: it was undone before")
    else:
        said = _("Another merge came after it: undo that one first")
    return done(request, lead_back(asked.back, kept), said)


async def _there(connection: AsyncConnection, *contact_ids: str) -> bool:
    """Whether there are all of those contacts, be they merged."""
    return len(await cards_of_merged(connection, sorted(set(contact_ids)))) == len(set(contact_ids))


def _read(request: web.Request) -> Asked:
    return read_form(request, Asked).value or Asked()
