"""What is done with all conversations that are chosen in the list: by one post, undone by one."""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, StringConstraints
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.answers import done
from bot.admin.inbox.lists import PATH, here_of, list_of
from bot.admin.inbox.snoozing import asked_moment, why_not
from bot.admin.inbox.words import REFUSALS
from bot.core.text import one_line
from bot.inbox.service import (
    Code,
    NotThereError,
    Outcomes,
    assign,
    give_back,
    label,
    labels,
    mark_all_read,
    reopen,
    resolve,
    snooze,
)
from bot.users.service import names_of
from bot.users.views.known import actor_of
from bot.web.access import signed_in
from bot.web.forms import read_form
from bot.web.frame import place_of
from bot.web.i18n import Translator
from bot.web.keys import CLOCK, ENGINE, SETTINGS
from bot.web.pages import language

MOST = 500
"""Conversations of one post."""
_APART = "~"
"""Between contacts' ids and who has their conversations, as a row shows it."""
_LONGEST = 4_096
_Id = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Asked(BaseModel):
    """What is to be done with them.

    Attributes:
        id: the contacts, several apart by commas, each with who had the conversation as a row shows it.
        open: whose conversation stands open beside the list; empty for nobody's.
        user_id: who is to have them; empty for whoever asks.
        label_id: a label.
        when: until when they are put off: one of `WHEN`, or
        at: a moment of the reader's zone.
    """

    id: tuple[Annotated[str, StringConstraints(max_length=_LONGEST)], ...] = ()
    open: _Id = ""
    user_id: _Id = ""
    label_id: _Id = ""
    when: _Id = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Bulk:
    """Conversations that are chosen, and what is asked for.

    Attributes:
        request: that does.
        connection: in a transaction.
        asked: what is to be done.
        seen: the contacts, each with who had the conversation as the list showed it; empty for nobody.
        now: the moment.
    """

    request: web.Request
    connection: AsyncConnection
    asked: Asked
    seen: Mapping[str, str]
    now: datetime

    @property
    def ids(self) -> Collection[str]:
        """The contacts."""
        return self.seen.keys()


@dataclass(frozen=True, slots=True)
class _Done:
    """What came of them.

    Attributes:
        outcomes: for each.
        said: the sentence about those that were done.
        undo: what takes it back; empty for nothing.
        fields: what that is told beside the contacts.
    """

    outcomes: Outcomes
    said: str = ""
    undo: str = ""
    fields: Sequence[tuple[str, str]] = field(default_factory=tuple)


_Change = Callable[[_Bulk], Awaitable[_Done]]


def handler(change: _Change) -> Handler:
    """A handler that does `change` with all that are chosen, and says what of it was done and what was not."""

    async def take(request: web.Request) -> web.StreamResponse:
        _, asked = language(request), read_form(request, Asked).value or Asked()
        seen = dict(_seen(asked.id))
        if not seen:
            return _back(request, asked, _("Choose some conversations first."))
        if len(seen) > MOST:
            return _back(request, asked, _("Choose at most {most} at once.", most=MOST))
        try:
            async with request.app[ENGINE].begin() as connection:
                found = await change(_Bulk(request, connection, asked, seen, request.app[CLOCK]()))
        except NotThereError:
            return _back(request, asked, _("This label is not there any more."))
        of = sorted(found.outcomes.done)
        said = " ".join((found.said, *_not_done(found.outcomes, _))).strip()
        undo = list_of(request, f"{PATH}/list/{found.undo}") if found.undo and of else ""
        fields = (("open", asked.open), *found.fields, *_together(of, seen, found.undo)) if undo else ()
        return _back(request, asked, said or _("Nothing was changed."), undo, fields)

    return take


def _seen(values: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The contacts that were chosen, each with who had the conversation; several may stand in one value."""
    for value in values:
        ids, _apart, user_id = value.partition(_APART)
        yield from ((each, user_id) for each in ids.split(",") if each)


def _together(ids: Sequence[str], seen: Mapping[str, str], undo: str) -> Iterator[tuple[str, str]]:
    """As few fields as may be, since they travel in a cookie."""
    for user_id in sorted({seen[each] for each in ids}) if undo == "return" else [""]:
        theirs = [each for each in ids if seen[each] == user_id or undo != "return"]
        yield "id", f"{','.join(theirs)}{_APART}{user_id}" if user_id else ",".join(theirs)


def _not_done(outcomes: Outcomes, _: Translator) -> Iterator[str]:
    """What was not done, and why."""
    codes = [each.code for each in outcomes.refused.values()]
    held = codes.count(Code.HELD)
    if held:
        names = sorted({one_line(each.name) for each in outcomes.refused.values() if each.name})
        yield _.plural(
            "{count} was somebody else's meanwhile ({names}).",
            "{count} were somebody else's meanwhile ({names}).",
            held,
            names=", ".join(names[:3]),
        )
    bots = codes.count(Code.NOT_OPEN)
    if bots:
        yield _.plural("{count} is the bot's.", "{count} are the bot's.", bots)
    gone = codes.count(Code.GONE)
    if gone:
        yield _.plural("{count} is not there any more.", "{count} are not there any more.", gone)
    yield from (_(REFUSALS[code]) for code in (Code.NO_USER, Code.PAST) if code in codes)
    if outcomes.already:
        yield _.plural("{count} was so before.", "{count} were so before.", len(outcomes.already))


def _back(
    request: web.Request, asked: Asked, said: str, undo: str = "", fields: Sequence[tuple[str, str]] = ()
) -> web.Response:
    path = here_of(request, asked.open) if asked.open.isalnum() else list_of(request)
    return done(request, path, said, undo=undo, fields=tuple(fields))


async def _take(bulk: _Bulk) -> _Done:
    _, me = language(bulk.request), signed_in(bulk.request)
    user_id = bulk.asked.user_id or me.user_id
    by = actor_of(bulk.request)
    outcomes = await assign(bulk.connection, bulk.ids, user_id, by, bulk.now, instead_of=bulk.seen)
    count, name = len(outcomes.done), (await names_of(bulk.connection, [user_id])).get(user_id, "")
    if user_id == me.user_id:
        said = _.plural("You have {count} conversation now.", "You have {count} conversations now.", count)
    else:
        said = _.plural(
            "{name} has {count} conversation now.", "{name} has {count} conversations now.", count, name=one_line(name)
        )
    return _Done(outcomes, said if count else "", "return", (("user_id", user_id),))


async def _return(bulk: _Bulk) -> _Done:
    _, by = language(bulk.request), actor_of(bulk.request)
    outcomes = await give_back(bulk.connection, bulk.seen, by, bulk.now, user_id=bulk.asked.user_id)
    return _Done(outcomes, _("Taken back.") if outcomes.done else "")


async def _resolve(bulk: _Bulk) -> _Done:
    _, by = language(bulk.request), actor_of(bulk.request)
    hours = timedelta(hours=bulk.request.app[SETTINGS].inbox_reopen_hours)
    outcomes = await resolve(bulk.connection, bulk.ids, by, bulk.now, reopens_for=hours)
    count = len(outcomes.done)
    said = _.plural(
        "{count} is resolved; the bot answers there.", "{count} are resolved; the bot answers there.", count
    )
    return _Done(outcomes, said if count else "", "reopen")


async def _reopen(bulk: _Bulk) -> _Done:
    _, outcomes = language(bulk.request), await reopen(bulk.connection, bulk.ids, actor_of(bulk.request), bulk.now)
    count = len(outcomes.done)
    return _Done(outcomes, _.plural("{count} is open again.", "{count} are open again.", count) if count else "")


async def _snooze(bulk: _Bulk) -> _Done:
    _, asked = language(bulk.request), bulk.asked
    until = asked_moment(asked.when, asked.at, place_of(bulk.request), bulk.now)
    if until is None:
        return _Done(Outcomes(), _("Choose until when first."))
    if why := why_not(until, bulk.now):
        return _Done(Outcomes(), _(why))
    outcomes = await snooze(bulk.connection, bulk.ids, until, actor_of(bulk.request), bulk.now)
    count = len(outcomes.done)
    said = _.plural(
        "{count} is put off; it comes back by itself, or when they write.",
        "{count} are put off; they come back by themselves, or when somebody writes.",
        count,
    )
    return _Done(outcomes, said if count else "", "reopen")


def _labelling(*, has: bool) -> _Change:
    async def change(bulk: _Bulk) -> _Done:
        _, label_id, by = language(bulk.request), bulk.asked.label_id, actor_of(bulk.request)
        outcomes = await label(bulk.connection, bulk.ids, label_id, by, bulk.now, has=has)
        name = next(each.name for each in await labels(bulk.connection) if each.id == label_id)
        count = len(outcomes.done)
        if has:
            said = _.plural(
                "{count} has the label {label} now.", "{count} have the label {label} now.", count, label=name
            )
        else:
            said = _.plural(
                "{count} has lost the label {label}.", "{count} have lost the label {label}.", count, label=name
            )
        undo = "unlabel" if has else "label"
        return _Done(outcomes, said if count else "", undo, (("label_id", label_id),))

    return change


async def _read(bulk: _Bulk) -> _Done:
    _, me = language(bulk.request), signed_in(bulk.request).user_id
    count = len(await mark_all_read(bulk.connection, bulk.ids, me, bulk.now))
    return _Done(Outcomes(), _.plural("{count} is read.", "{count} are read.", count))


UNDER: tuple[tuple[str, _Change], ...] = (
    ("take", _take),
    ("return", _return),
    ("resolve", _resolve),
    ("reopen", _reopen),
    ("snooze", _snooze),
    ("label", _labelling(has=True)),
    ("unlabel", _labelling(has=False)),
    ("read", _read),
)
"""What posts do with all that are chosen, by the last part of their path."""
