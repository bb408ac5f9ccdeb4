"""What goes to the contact later, as it stands where one writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversations.service import Scheduled, scheduled
from bot.conversations.shown.channel_words import CHANNELS
from bot.core.text import one_line
from bot.users.service import MOST_UNDO, names_of
from bot.web.access import signed_in
from bot.web.forms import Filled, empty_form
from bot.web.frame import place_of
from bot.web.keys import CLOCK
from bot.web.pages import language

_FIELD = "%Y-%m-%dT%H:%M"
"""As a field of a page has a day and a time."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that goes later.

    Attributes:
        id: of its first part.
        words: the beginning of its words, on one line.
        at: when it goes.
        seconds: until then; None where that is not a matter of seconds.
        channel: on which, as it is called.
        by: who wrote it; empty for whoever looks.
        unless_heard: it goes only if the contact has not written by then.
        form: what stands in the fields by which it is changed.
    """

    id: str
    words: str
    at: datetime
    seconds: int | None
    channel: str
    by: str
    unless_heard: bool
    form: Filled[Any]


async def read_waiting(
    request: web.Request,
    connection: AsyncConnection,
    contact_id: str,
    refused: tuple[str, Filled[Any]] | None = None,
) -> Sequence[Waiting]:
    """What goes to a contact later, the next one first; `refused` is the id of one whose change was, with its form."""
    found = await scheduled(connection, contact_id)
    if not found:
        return ()
    _, me, now, zone = language(request), signed_in(request).user_id, request.app[CLOCK](), place_of(request)
    names = await names_of(connection, {each.user_id for each in found if each.user_id})

    def shown(each: Scheduled) -> Waiting:
        id_ = each.message_ids[0]
        left = each.at - now
        author = "" if each.user_id == me else one_line(names.get(each.user_id, "")) or _("Somebody")
        as_it_is = empty_form(text=each.text, at=each.at.astimezone(zone).strftime(_FIELD))
        return Waiting(
            id=id_,
            words=one_line(each.text) or ", ".join(one_line(name) or _("File") for _sha256, name in each.files),
            at=each.at,
            seconds=max(0, round(left.total_seconds())) if left <= timedelta(seconds=MOST_UNDO) else None,
            channel=_(CHANNELS[each.channel]),
            by=author,
            unless_heard=each.unless_heard,
            form=refused[1] if refused is not None and refused[0] == id_ else as_it_is,
        )

    return [shown(each) for each in found]
