"""Sending an approved template that somebody chose and filled in."""

from dataclasses import replace
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, StringConstraints
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.answers import CONFLICT, INVALID, reason
from bot.admin.inbox.composing import queue_composed, tell_sent, undo_of
from bot.admin.inbox.filing import NotTakenError, take_in
from bot.admin.inbox.own import Seq
from bot.admin.inbox.page import inbox
from bot.admin.inbox.templates import VALUE, Source, fields_of, find_source
from bot.admin.inbox.ways import read_ways
from bot.contacts.service import cards
from bot.conversations.service import Composed, FromProvider, FromTemplate
from bot.conversations.views import INTAKE
from bot.core.errors import BotError
from bot.core.text import clean
from bot.inbox.service import DraftFile, assign, files_to_send, mark_sent
from bot.messages.media.service import own_kind
from bot.users.service import writing_of
from bot.users.views.known import actor_of
from bot.web.access import signed_in
from bot.web.forms import Filled, read_form
from bot.web.i18n import Translator
from bot.web.keys import CLOCK, ENGINE, READER
from bot.web.pages import language
from bot.web.posted import posted_by

HEADER = "header"
"""The field of the file above the words."""
_MOST_VALUE, _MOST_SENT = 1024, 16 * 1024


class ChosenTemplate(BaseModel):
    """A template that somebody chose.

    Attributes:
        template: names it.
        header: the id of the file above its words, where that was given before.
        once: the page's own for this one message, so that pressing twice sends once.
        seen: the number of the last message that stood there; None where the page did not say.
    """

    template: Annotated[str, StringConstraints(max_length=300)]
    header: Annotated[str, StringConstraints(max_length=64)] = ""
    once: Annotated[str, StringConstraints(max_length=64)]
    seen: Seq | None = None


async def send(request: web.Request) -> web.StreamResponse:
    """Send it; twice by mistake is once."""
    form, contact_id, _ = _read(request), request.match_info["id"], language(request)
    if form.value is None:
        return await inbox(request, INVALID, chosen_form=form)
    source = await _source(request, contact_id, form.value.template)
    if source is None:
        return await inbox(
            request, CONFLICT, chosen_form=form.wrong("", _("It cannot be sent any more: choose another one."))
        )
    try:
        given = await take_in(request, contact_id)
    except NotTakenError as error:
        return await inbox(request, INVALID, chosen_form=form.wrong(HEADER, error.words(request)))
    header = given[-1] if given else form.value.header
    form = replace(form, typed={**form.typed, HEADER: header})
    async with request.app[READER].reading() as connection:
        file = await _file(request, connection, contact_id, header)
    form = _checked(form, source, file, _)
    if form.value is None:
        return await inbox(request, INVALID, chosen_form=form)
    return await _queue(request, contact_id, form, form.value, source, file)


async def _queue(
    request: web.Request,
    contact_id: str,
    form: Filled[ChosenTemplate],
    chosen: ChosenTemplate,
    source: Source,
    file: DraftFile | None,
) -> web.Response:
    intake, now, by, me = request.app[INTAKE], request.app[CLOCK](), actor_of(request), signed_in(request).user_id
    composed = Composed(
        contact_id=contact_id,
        say=_say(form, source, file),
        account=source.offer.way.account,
        key=f"{contact_id}:{chosen.once}",
        seen=chosen.seen,
    )
    try:
        async with request.app[ENGINE].begin() as connection:
            # Whoever answers has it, for as long as they do: a colleague's it stays.
            await assign(connection, [contact_id], me, by, now)
            composed = replace(composed, undo=undo_of(await writing_of(connection, me)))
            sent = await queue_composed(connection, intake.catalogue, composed, by, now)
            await mark_sent(connection, [] if file is None else [file.id], now)
    except BotError as error:
        return await inbox(request, CONFLICT, chosen_form=form.wrong("", reason(request, error)))
    intake.on_queued()
    return tell_sent(request, sent, "")


def _read(request: web.Request) -> Filled[ChosenTemplate]:
    """What was posted, with what was typed into the blanks."""
    form, posted = read_form(request, ChosenTemplate), posted_by(request).form
    names = {each.name for each in posted or () if each.name.startswith(VALUE) and not each.is_file}
    values = {} if posted is None else {name: posted.all(name)[-1].text(_MOST_SENT) for name in sorted(names)}
    values = {name: clean(value, _MOST_VALUE)[0] for name, value in values.items()}
    return replace(form, typed={**form.typed, **values})


def _checked(
    form: Filled[ChosenTemplate], source: Source, file: DraftFile | None, _: Translator
) -> Filled[ChosenTemplate]:
    """The same with what is missing."""
    wanted = None if source.listed is None else source.listed.template.header_file
    if wanted is not None and (file is None or own_kind(file.file) is not wanted):
        form = form.wrong(HEADER, _("Choose the file that stands above the words."))
    for each in fields_of(source, _):
        has_default = source.listed is None and each.example
        if not str(form.typed.get(each.name, "")).strip() and not has_default:
            form = form.wrong(each.name, _("Fill this in."))
    return form


def _say(form: Filled[Any], source: Source, file: DraftFile | None) -> FromProvider | FromTemplate:
    typed = {name.removeprefix(VALUE): str(value) for name, value in form.typed.items() if name.startswith(VALUE)}
    if source.listed is None:
        known = source.variables or {}
        return FromTemplate(source.offer.id, {name: value for name, value in typed.items() if value and name in known})
    template = source.listed.template
    keys = {each.key for each in template.blanks}
    given = {key: value for key, value in typed.items() if key in keys}
    return FromProvider(template.name, template.language, given, None if file is None else file.file)


async def _source(request: web.Request, contact_id: str, wanted: str) -> Source | None:
    async with request.app[READER].reading() as connection:
        (card, *_others) = await cards(connection, [contact_id]) or (None,)
        if card is None:
            raise web.HTTPNotFound(text="there is no such contact\n")
        ways = await read_ways(request, connection, contact_id)
        return await find_source(request, connection, card, ways, wanted)


async def _file(request: web.Request, connection: AsyncConnection, contact_id: str, file_id: str) -> DraftFile | None:
    me = signed_in(request).user_id
    found = await files_to_send(connection, contact_id, me, [file_id] if file_id else [])
    return found[0] if found else None
