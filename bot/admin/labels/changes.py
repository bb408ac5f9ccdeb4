"""What is done with labels: made, changed, merged into another one, deleted."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, TypeVar

from aiohttp import web
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.answers import CONFLICT, INVALID, done
from bot.admin.labels.pages import MANY, PATH, detail, label_here, new, spelled
from bot.core.errors import BotError
from bot.core.text import clean, one_line
from bot.inbox.service import (
    AskedError,
    LabelRow,
    NotThereError,
    TakenError,
    add_label,
    change_label,
    count_labelled,
    delete_label,
    hold_label,
    merge_labels,
)
from bot.users.views.known import actor_of
from bot.web.forms import Filled, read_form, sentence_of
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language
from bot.web.posted import posted_by

Found = TypeVar("Found")
_Needed = Annotated[str, Field(min_length=1, validate_default=True)]
_MOST_ID = 64


class TypedLabel(BaseModel):
    """What somebody wants of a label.

    Attributes:
        name: how it is to be called.
        colour: how it is to look.
        was: its name and colour as the page had shown them; empty for a new one.
    """

    name: _Needed = ""
    colour: _Needed = ""
    was: str = ""


async def add(request: web.Request) -> web.StreamResponse:
    """Make one."""
    form, _, now = read_form(request, TypedLabel), language(request), request.app[CLOCK]()
    if form.value is None:
        return await new(request, form, INVALID)
    try:
        async with request.app[ENGINE].begin() as connection:
            added = await add_label(connection, form.value.name, form.value.colour, actor_of(request), now)
    except BotError as error:
        return await new(request, _wrong(request, form, error), _status(error))
    return done(request, PATH, _("{name} is there", name=one_line(added.name)))


async def change(request: web.Request) -> web.StreamResponse:
    """Call one otherwise, or let it look otherwise."""
    form, _, now = read_form(request, TypedLabel), language(request), request.app[CLOCK]()
    if form.value is None:
        return await detail(request, form, status=INVALID)
    name, colour, was = form.value.name, form.value.colour, form.value.was

    async def changed(connection: AsyncConnection) -> LabelRow | None:
        before = await hold_label(connection, request.match_info["id"])
        if was not in ("", spelled(before)):
            return before
        await change_label(connection, before.id, name, colour, actor_of(request), now)
        return None

    try:
        other = await _there(request, changed)
    except BotError as error:
        return await detail(request, _wrong(request, form, error), status=_status(error))
    if other is not None:
        said = _("It was changed meanwhile, as it stands above. Press once more to change that.")
        seen = replace(form, typed={**form.typed, "was": spelled(other)})
        return await detail(request, seen.wrong("", said), status=CONFLICT)
    return done(request, PATH, _("The label is changed"))


async def merge(request: web.Request) -> web.StreamResponse:
    """Let the conversations that have it have another one."""
    _, now = language(request), request.app[CLOCK]()
    label_id, into = request.match_info["id"], clean(posted_by(request).last("into"), _MOST_ID)[0]
    try:
        async with request.app[ENGINE].begin() as connection:
            before = await label_here(request, connection)
            await merge_labels(connection, label_id, into, actor_of(request), now)
    except NotThereError:
        return await detail(request, refused=_("Choose a label that is there."), status=CONFLICT)
    except AskedError as error:
        return await detail(request, refused=sentence_of(error, _), status=INVALID)
    return done(request, f"{PATH}/{into}", _("{name} is merged into this one", name=one_line(before.name)))


async def delete(request: web.Request) -> web.StreamResponse:
    """Delete it; where many conversations have it, only with its name."""
    _, now = language(request), request.app[CLOCK]()
    confirmed = posted_by(request).last("confirm").strip()

    async def gone(connection: AsyncConnection) -> tuple[LabelRow, int] | None:
        label = await label_here(request, connection)
        count = (await count_labelled(connection))[label.id]
        if count >= MANY and confirmed != label.name:
            return None
        await delete_label(connection, label.id, actor_of(request), now)
        return label, count

    was = await _there(request, gone)
    if was is None:
        return await detail(request, refused=_("Type its name to delete it."), status=INVALID)
    label, count = was
    said = _("{name} is deleted", name=one_line(label.name))
    if count:
        return done(request, PATH, said)
    # What no conversation had is the same once it is made again.
    return done(request, PATH, said, undo=PATH, fields=(("name", label.name), ("colour", label.colour)))


async def _there(request: web.Request, change: Callable[[AsyncConnection], Awaitable[Found]]) -> Found:
    """What `change` gives; raises HTTPNotFound where a label is gone."""
    try:
        async with request.app[ENGINE].begin() as connection:
            return await change(connection)
    except NotThereError as error:
        raise web.HTTPNotFound(text="there is no such label\n") from error


def _wrong(request: web.Request, form: Filled[TypedLabel], error: BotError) -> Filled[TypedLabel]:
    field = error.field if isinstance(error, AskedError) else ""
    return form.wrong(field, sentence_of(error, language(request)))


def _status(error: BotError) -> int:
    return INVALID if isinstance(error, AskedError) and not isinstance(error, TakenError) else CONFLICT
