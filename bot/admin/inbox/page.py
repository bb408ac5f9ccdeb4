"""`/inbox`: a list of conversations, and beside it the one that is open."""

from typing import Any

from aiohttp import web

from bot.admin.conversations.words import ADDRESS_KINDS, CONSENTS, FILES, STATE_KINDS, STATES
from bot.admin.inbox.conversation import read_talk
from bot.admin.inbox.lists import PATH, read_pane
from bot.admin.inbox.words import EMPTY, STATUSES
from bot.conversations.shown.channel_words import CHANNELS
from bot.core.ids import new_id
from bot.core.permissions import Permission
from bot.db.counting import MOST_COUNTED
from bot.inbox.service import MOST_UNREAD
from bot.web.access import signed_in
from bot.web.forms import Filled, empty_form
from bot.web.frame import render
from bot.web.keys import READER
from bot.web.pages import language

ONE = f"{PATH}/{{id:[0-9A-Za-z-]{{1,64}}}}"


async def show(request: web.Request) -> web.StreamResponse:
    """The list, and the one that is open beside it."""
    return await inbox(request)


async def inbox(request: web.Request, status: int = 200, *, send_form: Filled[Any] | None = None) -> web.Response:
    """The same, with what was refused in its place."""
    _, contact_id, may = language(request), request.match_info.get("id", ""), signed_in(request).permissions
    async with request.app[READER].reading() as connection:
        pane = await read_pane(request, connection)
        here = pane.asked.url(at=f"{PATH}/{contact_id}") if contact_id else pane.asked.url()
        talk = await read_talk(request, connection, contact_id, here) if contact_id else None
    return await render(
        request,
        "admin/inbox.html",
        title=_("Inbox"),
        status=status,
        pane=pane,
        talk=talk,
        empty=EMPTY[pane.list],
        here=here,
        may_send=Permission.MESSAGES_SEND in may,
        may_see_person=Permission.CONTACTS_READ in may,
        send_form=send_form or empty_form(text="", channel=""),
        # Twice by mistake is once; what is corrected after a refusal is another one.
        send_once=new_id(),
        channels=CHANNELS,
        statuses=STATUSES,
        states=STATES,
        kinds=STATE_KINDS,
        address_kinds=ADDRESS_KINDS,
        consents=CONSENTS,
        files=FILES,
        most_counted=MOST_COUNTED,
        most_unread=MOST_UNREAD,
    )
