"""`/inbox`: a list of conversations, and beside it the one that is open."""

from collections.abc import Set as AbstractSet
from typing import Any

from aiohttp import hdrs, web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.conversations.words import ADDRESS_KINDS, CONSENTS, FILES, STATE_KINDS, STATES
from bot.admin.inbox.bulk import UNDER
from bot.admin.inbox.conversation import Talk, read_change, read_talk
from bot.admin.inbox.filing import Filing, read_filing
from bot.admin.inbox.lists import PATH, Team, here_of, list_of, read_team
from bot.admin.inbox.own import OPTIONS
from bot.admin.inbox.pane import Pane, read_pane
from bot.admin.inbox.snoozing import WHEN
from bot.admin.inbox.templates import Choosing, read_choosing
from bot.admin.inbox.words import EMPTY
from bot.contacts.service import kept_id
from bot.conversations.shown.channel_words import CHANNELS
from bot.core.hints import Topic
from bot.core.ids import new_id
from bot.core.permissions import Permission
from bot.db.counting import MOST_COUNTED
from bot.inbox.service import MOST_UNREAD, DraftMode
from bot.web.access import signed_in
from bot.web.forms import Filled, empty_form
from bot.web.frame import fragment, render
from bot.web.keys import READER
from bot.web.pages import language
from bot.web.turnstile import Turnstile

_PART = "X-Part"
"""Tells what of a page is asked for; all where it does not."""
TURNSTILE = web.AppKey("inbox_turnstile", Turnstile)
"""Of the lists of all pages that are open."""
ONE = f"{PATH}/{{id:[0-9A-Za-z-]{{1,64}}}}"


async def show(request: web.Request) -> web.StreamResponse:
    """The list, and the one that is open beside it."""
    return await inbox(request)


async def inbox(
    request: web.Request,
    status: int = 200,
    *,
    send_form: Filled[Any] | None = None,
    chosen_form: Filled[Any] | None = None,
    change_form: tuple[str, Filled[Any]] | None = None,
    person_form: Filled[Any] | None = None,
    flow_form: Filled[Any] | None = None,
) -> web.Response:
    """The same, with what was refused in its place.

    That is a reply, a note, a template, the change of what goes later or of the person, or a flow that is to begin.
    """
    _, sought = language(request), request.match_info.get("id", "")
    async with request.app[READER].reading() as connection:
        # It is one conversation, be it asked for by somebody who was merged.
        contact_id = await kept_id(connection, sought) if sought else ""
        team = await read_team(connection)
        # A page that opens another conversation keeps its list.
        has_list = request.headers.get(_PART) != "talking"
        pane = await read_pane(request, connection, team) if has_list else None
        here = here_of(request, contact_id) if contact_id else list_of(request)
        talk = await read_talk(request, connection, sought, here, team, change_form) if sought else None
        choosing, filing = await _beside(request, connection, talk, chosen_form)
    answer = await render(
        request,
        "admin/inbox/inbox.html",
        title=_("Inbox"),
        status=status,
        talk=talk,
        waiting=() if talk is None else talk.waiting,
        ways=None if talk is None else talk.ways,
        standing=None if talk is None else talk.standing,
        choosing=choosing,
        filing=filing,
        here=here,
        send_form=send_form or _begun(talk),
        person_form=person_form,
        flow_form=flow_form or empty_form(flow=""),
        # Twice by mistake is once; what is corrected after a refusal is another one.
        send_once=new_id(),
        address_kinds=ADDRESS_KINDS,
        consents=CONSENTS,
        **({"pane": None} if pane is None else _of_list(request, pane, team)),
        **_of_talk(request, contact_id),
    )
    answer.headers[hdrs.VARY] = f"{answer.headers[hdrs.VARY]}, {_PART}"
    return answer


async def _beside(
    request: web.Request, connection: AsyncConnection, talk: Talk | None, chosen_form: Filled[Any] | None
) -> tuple[Choosing, Filing]:
    """What may go instead of words, and beside them, for who may write."""
    if talk is None or not talk.ways.cards:
        return Choosing(), Filing()
    card = talk.person.card
    choosing = await read_choosing(request, connection, card, talk.ways, chosen_form)
    return choosing, await read_filing(request, connection, card.id, talk.ways)


async def rows(request: web.Request) -> web.StreamResponse:
    """The list alone, as pages ask for it by themselves."""
    async with request.app[TURNSTILE].through():
        if request.transport is None:
            # The page is gone, or does not wait any more.
            return web.Response(status=503)
        async with request.app[READER].reading() as connection:
            team = await read_team(connection)
            pane = await read_pane(request, connection, team)
        of_list = _of_list(request, pane, team)
        return await fragment(request, "admin/inbox/rows.html", talk=None, **of_list, **_of_talk(request, ""))


async def news(request: web.Request) -> web.StreamResponse:
    """What is new in the conversation that is open, and how it stands now."""
    contact_id = request.match_info["id"]
    async with request.app[READER].reading() as connection:
        here = here_of(request, contact_id)
        change = await read_change(request, connection, contact_id, here, _topics(request))
    return await fragment(
        request,
        "admin/inbox/news.html",
        **change._asdict(),
        here=here,
        **_of_talk(request, contact_id),
    )


def _topics(request: web.Request) -> AbstractSet[str]:
    """What a page has heard of the conversation since it last asked; all where it does not say."""
    return set(request.query["told"].split(",") if "told" in request.query else Topic)


def _of_list(request: web.Request, pane: Pane, team: Team) -> dict[str, Any]:
    """What the template of the list knows."""
    return {
        "pane": pane,
        "team": team,
        "snoozes": WHEN,
        "bulk": {what: list_of(request, f"{PATH}/list/{what}") for what, _change in UNDER},
        "empty": EMPTY.get(pane.list, ()),
        "most_counted": MOST_COUNTED,
        "most_unread": MOST_UNREAD,
    }


def _of_talk(request: web.Request, contact_id: str) -> dict[str, Any]:
    """What the template of the conversation knows."""
    may = signed_in(request).permissions
    may_send = Permission.MESSAGES_SEND in may
    return {
        "contact_id": contact_id,
        # Where something is done with it.
        "at": lambda what: here_of(request, contact_id, what),
        "list_url": list_of(request),
        "may_send": may_send,
        "may_manage": Permission.INBOX_MANAGE in may,
        "may_see_person": Permission.CONTACTS_READ in may,
        "may_edit_person": Permission.CONTACTS_EDIT in may,
        "retry_path": here_of(request, contact_id, "retry") if may_send and contact_id else "",
        "channels": CHANNELS,
        "states": STATES,
        "kinds": STATE_KINDS,
        "files": FILES,
    }


def _begun(talk: Talk | None) -> Filled[Any]:
    """What whoever looks has begun to write."""
    drafts = {} if talk is None else talk.drafts
    typed = {mode.value: drafts[mode].content if mode in drafts else "" for mode in DraftMode}
    options = drafts[DraftMode.REPLY].options if DraftMode.REPLY in drafts else {}
    chosen = {name: str(options.get(name, "")) for name in OPTIONS}
    return empty_form(text=typed[DraftMode.REPLY], note=typed[DraftMode.NOTE], **chosen)
