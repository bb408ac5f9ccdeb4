"""What is done with reply templates: made, changed, looked at before they are, deleted."""

from dataclasses import replace
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from bot.admin.answers import CONFLICT, INVALID, done
from bot.admin.replies.pages import PATH, spelled, template_here, writing
from bot.core.addresses import Channel
from bot.core.errors import BotError
from bot.core.text import clean, cut, one_line
from bot.inbox.service import (
    AskedError,
    AskedTemplate,
    NotThereError,
    ReplyTemplateRow,
    TakenError,
    add_reply_template,
    change_reply_template,
    delete_reply_template,
    hold_reply_template,
)
from bot.users.views.known import actor_of
from bot.web.forms import Filled, read_form, sentence_of
from bot.web.keys import CLOCK, ENGINE, READER
from bot.web.pages import language
from bot.web.posted import posted_by

_Needed = Annotated[str, Field(min_length=1, validate_default=True)]
_MOST_ID = 64
_GLANCE = 300
"""Characters of what a colleague wrote meanwhile."""


class TypedReply(BaseModel):
    """What somebody wants of a template; `seen` is when the one that the page had shown was changed last."""

    name: _Needed = ""
    shortcut: _Needed = ""
    content: _Needed = ""
    category: str = ""
    channel: Channel | None = None
    active: bool = False
    seen: str = ""

    @property
    def asked(self) -> AskedTemplate:
        """The same."""
        return AskedTemplate(self.name, self.shortcut, self.content, self.channel, self.category, self.active)


async def add(request: web.Request) -> web.StreamResponse:
    """Make one."""
    form, _, now = read_form(request, TypedReply), language(request), request.app[CLOCK]()
    if form.value is None:
        return await writing(request, form, None, INVALID)
    try:
        async with request.app[ENGINE].begin() as connection:
            added = await add_reply_template(connection, form.value.asked, actor_of(request), now)
    except BotError as error:
        return await _refused(request, form, None, error)
    return done(request, PATH, _("{name} is there", name=one_line(added.name)))


async def change(request: web.Request) -> web.StreamResponse:
    """Change one."""
    form, _, now = read_form(request, TypedReply), language(request), request.app[CLOCK]()
    async with request.app[READER].reading() as connection:
        row = await template_here(connection, request.match_info["id"])
    if form.value is None:
        return await writing(request, form, row, INVALID)
    try:
        async with request.app[ENGINE].begin() as connection:
            before = await hold_reply_template(connection, row.id)
            is_as_seen = form.value.seen in ("", spelled(before))
            if is_as_seen:
                await change_reply_template(connection, row.id, form.value.asked, actor_of(request), now)
    except NotThereError as error:
        raise _gone() from error
    except BotError as error:
        return await _refused(request, form, row, error)
    if not is_as_seen:
        said = _("It was changed meanwhile, and says now: {words}", words=cut(one_line(before.content), _GLANCE))
        said = f"{said} {_('Press once more to put this in its place.')}"
        seen = replace(form, typed={**form.typed, "seen": spelled(before)})
        return await writing(request, seen.wrong("", said), before, CONFLICT)
    return done(request, PATH, _("The saved reply is changed"))


async def preview(request: web.Request) -> web.StreamResponse:
    """The form as it is typed, with what becomes of it; nothing is kept."""
    template_id = clean(posted_by(request).last("id"), _MOST_ID)[0]
    form, row = read_form(request, TypedReply), None
    if template_id:
        async with request.app[READER].reading() as connection:
            row = await template_here(connection, template_id)
    return await writing(request, Filled(None, form.typed), row)


async def delete(request: web.Request) -> web.StreamResponse:
    """Delete one."""
    _, now, template_id = language(request), request.app[CLOCK](), request.match_info["id"]
    try:
        async with request.app[ENGINE].begin() as connection:
            row = await template_here(connection, template_id)
            await delete_reply_template(connection, template_id, actor_of(request), now)
    except NotThereError as error:
        raise _gone() from error
    return done(request, PATH, _("{name} is deleted", name=one_line(row.name)))


async def _refused(
    request: web.Request, form: Filled[TypedReply], row: ReplyTemplateRow | None, error: BotError
) -> web.Response:
    field = error.field if isinstance(error, AskedError) else ""
    status = INVALID if isinstance(error, AskedError) and not isinstance(error, TakenError) else CONFLICT
    return await writing(request, form.wrong(field, sentence_of(error, language(request))), row, status)


def _gone() -> web.HTTPNotFound:
    return web.HTTPNotFound(text="there is no such template\n")
