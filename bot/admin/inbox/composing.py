"""Words to the person whose conversation is open, or a note about them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.answers import CONFLICT, INVALID, done, reason
from bot.admin.inbox.changes import resolve_for
from bot.admin.inbox.filing import NotTakenError, take_in
from bot.admin.inbox.lists import here_of
from bot.admin.inbox.mailing import Mailing, signed
from bot.admin.inbox.notes import mentioned
from bot.admin.inbox.own import OPTIONS, Seq, changing
from bot.admin.inbox.page import inbox
from bot.admin.inbox.snoozing import WHEN, asked_moment, moment_of, why_not
from bot.admin.inbox.ways import read_value
from bot.conversations.service import (
    REASONS,
    UNDO_DELAY,
    Composed,
    MailOptions,
    Overtaken,
    Refused,
    SentByHand,
    Words,
    compose,
    last_channel,
)
from bot.conversations.views import INTAKE
from bot.core.actors import Actor
from bot.core.addresses import Channel
from bot.core.errors import BotError
from bot.core.permissions import Permission
from bot.core.text import MAX_TEXT, clean
from bot.flows.service import Catalogue
from bot.inbox.service import (
    MOST_FILES,
    DraftFile,
    DraftMode,
    NoteType,
    add_note,
    assign,
    drop_draft_file,
    files_to_send,
    mark_sent,
    save_draft,
    snooze,
)
from bot.users.service import MOST_UNDO, Writing, able, writing_of
from bot.users.views.known import actor_of
from bot.web.access import signed_in
from bot.web.forms import Filled, read_form
from bot.web.frame import place_of
from bot.web.i18n import N_
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language
from bot.web.posted import posted_by
from bot.web.times import Times

RESOLVE, FILES = "resolve", "files"
_MOST_KEY, _MOST_WAY = 64, 300
_FILE_GONE = N_("a file was taken away meanwhile: look at what stands beside it, then send this again")
_OVERTAKEN = N_("something was said meanwhile: look at it, then send this again")
_Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT)]
_FewWords = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_TEXT)]
_Id = Annotated[str, StringConstraints(max_length=_MOST_KEY)]


class Reply(Mailing):
    """Words to a contact.

    Attributes:
        text: they; empty where files go alone.
        files: the ids of what goes along.
        way: where they go, as of `WayCard`; empty: where the conversation was last.
        once: the page's own for this one reply, so that pressing twice sends once.
        then: `resolve` where it is resolved with them; one of `WHEN` where it is put off.
        when: one of `WHEN` where they go later; anything else: at the moment of `at`, which must be there then.
        at: another moment when they do, in the reader's zone.
        unless_heard: they go only if the contact has not written by then.
        seen: the number of the last message that stood there; None where the page did not say.
    """

    text: _FewWords = ""
    files: Annotated[tuple[_Id, ...], Field(max_length=2 * MOST_FILES)] = ()
    way: Annotated[str, StringConstraints(max_length=_MOST_WAY)] = ""
    once: Annotated[str, StringConstraints(max_length=_MOST_KEY)]
    then: Annotated[str, StringConstraints(max_length=_MOST_KEY)] = ""
    when: Annotated[str, StringConstraints(max_length=_MOST_KEY)] = ""
    at: datetime | None = None
    unless_heard: bool = False
    seen: Seq | None = None


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
    try:
        # Without the page's module, what was chosen comes with the words.
        with_it = [*form.value.files, *await take_in(request, contact_id)]
    except NotTakenError as error:
        return await inbox(request, INVALID, send_form=form.wrong(FILES, error.words(request)))
    if not form.value.text and not with_it:
        return await inbox(request, INVALID, send_form=form.wrong("text", _("Write something, or attach a file.")))
    reply, intake, now, by = form.value, request.app[INTAKE], request.app[CLOCK](), actor_of(request)
    at = asked_moment(reply.when, reply.at, place_of(request), now)
    if reply.when and at is None:
        return await inbox(request, INVALID, send_form=form.wrong("at", _("Write a day and a time.")))
    if at is not None and (why := why_not(at, now)):
        return await inbox(request, INVALID, send_form=form.wrong("at", _(why)))
    me = signed_in(request).user_id
    try:
        async with request.app[ENGINE].begin() as connection:
            if at is None:
                # Whoever answers has it, for as long as they do: a colleague's it stays.
                await assign(connection, [contact_id], me, by, now)
            composed = await _composed(connection, contact_id, reply, at, await writing_of(connection, me))
            files = await _all_of(connection, contact_id, me, with_it)
            composed = replace(composed, files=tuple(each.file for each in files))
            sent = await queue_composed(connection, intake.catalogue, composed, by, now)
            await mark_sent(connection, [each.id for each in files], now)
            await _written(request, connection, DraftMode.REPLY)
            if at is None:
                await _follow(request, connection, contact_id, reply.then)
    except BotError as error:
        return await inbox(request, CONFLICT, send_form=form.wrong("text", reason(request, error)))
    intake.on_queued()
    return tell_sent(request, sent, reply.then if at is None else "")


async def _all_of(
    connection: AsyncConnection, contact_id: str, user_id: str, ids: Sequence[str]
) -> Sequence[DraftFile]:
    """The files of a reply; raises BotError where one is not there any more: without it the words may make no sense."""
    files = await files_to_send(connection, contact_id, user_id, ids)
    if len(files) < len(set(ids)):
        raise BotError(_FILE_GONE)
    return files


async def attach(request: web.Request) -> web.StreamResponse:
    """Put files beside what somebody writes, which stays as they typed it."""
    form, contact_id = read_form(request, Reply), request.match_info["id"]
    await _begun(request, form)
    try:
        await take_in(request, contact_id)
    except NotTakenError as error:
        wrong = replace(form, value=None, errors={FILES: error.words(request)})
        return await inbox(request, INVALID, send_form=wrong)
    return await inbox(request, send_form=replace(form, errors={}))


async def detach(request: web.Request) -> web.StreamResponse:
    """Take a file away again."""
    form, contact_id = read_form(request, Reply), request.match_info["id"]
    await _begun(request, form)
    async with request.app[ENGINE].begin() as connection:
        file_id = posted_by(request).last("file")[:_MOST_KEY]
        await drop_draft_file(connection, contact_id, signed_in(request).user_id, file_id)
    return await inbox(request, send_form=replace(form, errors={}))


async def _begun(request: web.Request, form: Filled[Reply]) -> None:
    """Keep what was typed beside a file, as the page's module does while one types."""
    text = clean(str(form.typed.get("text", "")), MAX_TEXT)[0]
    if text.strip():
        async with changing(request) as connection:
            me, now = signed_in(request).user_id, request.app[CLOCK]()
            options = {name: str(form.typed.get(name, "")) for name in OPTIONS}
            await save_draft(connection, request.match_info["id"], me, DraftMode.REPLY, text, now, options=options)


async def queue_composed(
    connection: AsyncConnection, catalogue: Catalogue, composed: Composed, by: Actor, now: datetime
) -> SentByHand:
    """Queue it; raises BotError where it is refused, and where something was said that its author has not seen."""
    outcome = await compose(connection, catalogue, composed, by, now)
    if isinstance(outcome, Overtaken):
        raise BotError(_OVERTAKEN)
    if isinstance(outcome, Refused):
        raise BotError(REASONS[outcome.code], detail=outcome.detail)
    return outcome


async def _follow(request: web.Request, connection: AsyncConnection, contact_id: str, then: str) -> None:
    """Do with the conversation what was to follow."""
    now = request.app[CLOCK]()
    if then == RESOLVE:
        await resolve_for(request, connection, contact_id)
    elif then in WHEN:
        await snooze(connection, [contact_id], moment_of(then, place_of(request), now), actor_of(request), now)


async def _composed(
    connection: AsyncConnection, contact_id: str, reply: Reply, at: datetime | None, writing: Writing
) -> Composed:
    account, channels = read_value(reply.way)
    channel = channels[0] if channels else await last_channel(connection, contact_id)
    is_mail = channel is Channel.EMAIL
    return Composed(
        contact_id=contact_id,
        say=Words(signed(reply.text, writing) if is_mail and reply.signed else reply.text),
        account=account,
        channels=channels,
        mail=reply.options if is_mail else MailOptions(),
        key=f"{contact_id}:{reply.once}",
        seen=reply.seen,
        undo=undo_of(writing),
        at=at,
        unless_heard=reply.unless_heard and at is not None,
    )


def undo_of(writing: Writing) -> Mapping[Channel, timedelta]:
    """By channel how long what somebody writes waits for them to take it back."""
    chats, mail = timedelta(seconds=writing.undo_chats or 0), UNDO_DELAY[Channel.EMAIL]
    if writing.undo_mail is not None:
        mail = timedelta(seconds=writing.undo_mail)
    return {**dict.fromkeys(Channel, chats), Channel.EMAIL: mail}


def tell_sent(request: web.Request, sent: SentByHand, then: str) -> web.Response:
    """Say that it goes, and when; as long as nobody has begun to send it, it can be taken back."""
    _, contact_id, now = language(request), request.match_info["id"], request.app[CLOCK]()
    here = here_of(request, contact_id)
    followed = then == RESOLVE or then in WHEN
    if sent.goes_at is None or sent.goes_at <= now:
        said = _("Sent and resolved") if then == RESOLVE else _("Sent and snoozed") if followed else _("On its way")
        return done(request, here, said)
    fields = (("message", sent.message_id), *((("then", then),) if followed else ()))
    seconds = round((sent.goes_at - now).total_seconds())
    if seconds > MOST_UNDO:
        zoned = Times(_, place_of(request), now)
        said = _("It goes out on {moment}", moment=zoned.full(sent.goes_at))
        return done(request, here, said, undo=here_of(request, contact_id, "take-back"), fields=fields)
    said = _.plural("Goes out in {count} second", "Goes out in {count} seconds", seconds)
    return done(request, here, said, undo=here_of(request, contact_id, "take-back"), fields=fields, seconds=seconds)


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
