"""What goes later is changed, sent now, or taken back into the composer, as long as nobody has begun to send it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, StringConstraints
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.answers import CONFLICT, INVALID, done
from bot.admin.inbox.lists import here_of
from bot.admin.inbox.mailing import NEW_THREAD, unsigned
from bot.admin.inbox.own import changing
from bot.admin.inbox.page import inbox
from bot.admin.inbox.snoozing import asked_moment, why_not
from bot.contacts.service import family, kept_id
from bot.conversations.service import (
    REASONS,
    Refused,
    Scheduled,
    Thread,
    TooLate,
    cancel_by_hand,
    change_scheduled,
    scheduled,
    threads_with,
)
from bot.conversations.service import Code as Why
from bot.conversations.views import INTAKE
from bot.core.text import MAX_TEXT
from bot.inbox.service import DraftMode, bring_back, drafts, reopen, save_draft
from bot.messages.service import message
from bot.users.service import writing_of
from bot.users.views.known import actor_of
from bot.web.access import signed_in
from bot.web.forms import read_form
from bot.web.frame import place_of
from bot.web.i18n import N_
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language

_Id = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)]
_LEFT = N_("It has left already, or was taken back.")
_LEFT_AS_IT_WAS = N_("It has left already, or was taken back. What you wrote stands in the composer.")


class Which(BaseModel):
    """One that goes later.

    Attributes:
        message: the id of its first part.
        then: what was done with the conversation when it was written, and is undone with it; empty for nothing.
    """

    message: _Id = ""
    then: _Id = ""


class Changed(BaseModel):
    """How one that goes later is to be.

    Attributes:
        message: the id of its first part.
        text: its words; empty where files go alone.
        at: when it goes, in the reader's zone; None for when it was to go.
        now: whether it goes at once instead.
    """

    message: _Id = ""
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_TEXT)] = ""
    at: datetime | None = None
    now: bool = False


async def take_back(request: web.Request) -> web.StreamResponse:
    """Do not send it; its words stand where one writes."""
    _, contact_id, now = language(request), request.match_info["id"], request.app[CLOCK]()
    which, by, me = read_form(request, Which).value or Which(), actor_of(request), signed_in(request).user_id
    async with request.app[ENGINE].begin() as connection:
        # What was sent to somebody who was merged since goes to whoever goes on. Of others nothing is taken back here.
        contact_id = await kept_id(connection, contact_id)
        listed = {each.message_ids[0]: each for each in await scheduled(connection, contact_id)}
        found = listed.get(which.message)
        is_back = found is not None and await cancel_by_hand(connection, which.message, by, now)
        if found is not None and is_back:
            words = unsigned(found.text, found.channel, await writing_of(connection, found.user_id))
            chosen = options_of(found, await threads_with(connection, contact_id) if found.email else ())
            await _into_composer(connection, contact_id, me, words, now, chosen)
            await bring_back(connection, contact_id, me, {sha256 for sha256, _name in found.files} - {""})
            if which.then:
                await reopen(connection, [contact_id], by, now)
    said = _("It is not sent; its words stand in the composer") if is_back else _(_LEFT)
    return done(request, here_of(request, contact_id), said)


async def change(request: web.Request) -> web.StreamResponse:
    """Let it say something else, or go at another moment."""
    form, contact_id, _ = read_form(request, Changed), request.match_info["id"], language(request)
    now, me = request.app[CLOCK](), signed_in(request).user_id
    if form.value is None:
        return await inbox(request, INVALID, change_form=(str(form.typed.get("message", "")), form))
    asked = form.value
    at = now if asked.now else asked_moment("", asked.at, place_of(request), now)
    if at is not None and at != now and (why := why_not(at, now)):
        return await inbox(request, INVALID, change_form=(asked.message, form.wrong("at", _(why))))
    async with changing(request) as connection:
        contact_id = await kept_id(connection, contact_id)
        if not await _is_theirs(connection, asked.message, contact_id):
            return done(request, here_of(request, contact_id), _(_LEFT))
        outcome = await change_scheduled(connection, asked.message, actor_of(request), now, text=asked.text, at=at)
        went_otherwise = isinstance(outcome, TooLate) and outcome.text.split() != asked.text.split()
        if went_otherwise:
            await _into_composer(connection, contact_id, me, asked.text, now)
    if isinstance(outcome, Refused):
        wrong = form.wrong("text", _(REASONS[outcome.code], detail=outcome.detail))
        status = INVALID if outcome.code is Why.NO_WORDS else CONFLICT
        return await inbox(request, status, change_form=(asked.message, wrong))
    if isinstance(outcome, TooLate):
        return done(request, here_of(request, contact_id), _(_LEFT_AS_IT_WAS) if went_otherwise else _(_LEFT))
    request.app[INTAKE].on_queued()
    return done(request, here_of(request, contact_id), _("On its way") if asked.now else _("It is changed"))


def options_of(found: Scheduled, threads: Sequence[Thread]) -> Mapping[str, str]:
    """What was chosen of something that goes later, by the names of the page's fields."""
    options = {"way": f"{found.channel}/{found.account}"}
    if found.email is None:
        return options
    thread = next((each for each in threads if found.thread_id and each.thread_id == found.thread_id), None)
    has_subject_of_its_own = thread is None or thread.subject != found.email.subject
    return {
        **options,
        "answers": NEW_THREAD if thread is None else thread.message_id,
        "subject": found.email.subject if has_subject_of_its_own else "",
        "cc": ", ".join(found.email.cc),
        "bcc": ", ".join(found.email.bcc),
    }


async def _is_theirs(connection: AsyncConnection, message_id: str, contact_id: str) -> bool:
    """Whether it goes, or went, to the contact of the page: what another page has is not changed here."""
    found = await message(connection, message_id)
    return found is not None and await kept_id(connection, found.contact_id) == contact_id


async def _into_composer(
    connection: AsyncConnection,
    contact_id: str,
    user_id: str,
    words: str,
    now: datetime,
    options: Mapping[str, str] | None = None,
) -> None:
    """Put words before those that somebody has begun to write as a reply; what was chosen then is chosen again."""
    begun = (await drafts(connection, await family(connection, contact_id), user_id)).get(DraftMode.REPLY)
    both = words if begun is None else f"{words}\n\n{begun.content}"
    chosen = options or ({} if begun is None else begun.options)
    await save_draft(connection, contact_id, user_id, DraftMode.REPLY, both, now, options=chosen)


UNDER = (("take-back", take_back), ("change", change))
"""What posts do, by the last part of their path."""
