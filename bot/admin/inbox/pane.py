"""The pane of the list: the lists that there are, and the rows of the one that is asked for, or what was looked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection
from yarl import URL

from bot.admin.inbox.found import Found, found_beside, rows_of_messages
from bot.admin.inbox.lists import LIST, PATH, SORT, WORDS, Team, read_asked
from bot.admin.inbox.rows import Row, row_of
from bot.admin.inbox.words import BOTS, FIRST, LISTS
from bot.inbox.service import (
    ConversationFilter,
    ConversationList,
    FindFilter,
    PendingFilter,
    PendingPlace,
    Place,
    Sort,
    count_lists,
    find,
    list_conversations,
    list_pending,
)
from bot.web.access import signed_in
from bot.web.keys import CLOCK
from bot.web.lists import Asked, Page
from bot.web.pages import language


@dataclass(frozen=True, slots=True)
class Tab:
    """A list that one may look at.

    Attributes:
        label: marked for translation.
        url: where it is, narrowed as this one.
        count: of its conversations, as `bot.db.counting` counts; 0 where nobody counts.
        is_here: whether it is shown.
        is_first: whether it stands beside the others; else under More.
    """

    label: str
    url: str
    count: int
    is_here: bool
    is_first: bool


@dataclass(frozen=True, slots=True)
class Pane:
    """A list as it is shown.

    Attributes:
        list: which one: a ConversationList, or `BOTS`; empty where everything is looked through.
        tabs: all of them.
        asked: how it is narrowed.
        order: the URL of the same in the other order, empty where there is but one; and whether it is by who waits
            longest.
        page: the rows.
        found: what was found beside them; None where nothing is looked for.
    """

    list: str
    tabs: Sequence[Tab]
    asked: Asked
    order: tuple[str, bool]
    page: Page[Row]
    found: Found | None = None


async def read_pane(request: web.Request, connection: AsyncConnection, team: Team) -> Pane:
    """The list that is asked for, or what was looked for."""
    asked = read_asked(request, team.agents, {each.id: each.name for each in team.labels})
    chosen = asked.one(LIST) or ("" if asked.one(WORDS) else ConversationList.ALL)
    counts = await count_lists(connection, signed_in(request).user_id)
    tabs = [_tab(asked, each, counts, each == chosen) for each in LISTS]
    if asked.one(WORDS):
        page, found = await _found(request, connection, asked, chosen)
        return Pane(chosen, tabs, asked, ("", False), page, found)
    if chosen == BOTS:
        return Pane(chosen, tabs, asked, ("", False), await _pending(request, connection, asked))
    list_, by_waiting = ConversationList(chosen), Sort.WAITING in asked.all(SORT)
    is_sorted = list_ not in (ConversationList.WAITING, ConversationList.MENTIONED)
    other = _with(asked, SORT, () if by_waiting else (Sort.WAITING,)) if is_sorted else ""
    return Pane(chosen, tabs, asked, (other, by_waiting), await _listed(request, connection, asked, list_))


async def _listed(
    request: web.Request, connection: AsyncConnection, asked: Asked, list_: ConversationList
) -> Page[Row]:
    _, who, now = language(request), signed_in(request), request.app[CLOCK]()
    by_waiting = Sort.WAITING in asked.all(SORT) or list_ is ConversationList.WAITING
    wanted = ConversationFilter(
        list=list_,
        channels=asked.all("channel"),
        labels=asked.all("label"),
        assignees=asked.all("assignee"),
        sort=Sort.WAITING if by_waiting else Sort.NEWEST,
    )
    after = None if asked.after is None else Place.read(asked.after)
    placed = await list_conversations(connection, wanted, who.user_id, now, asked.limit, after)
    page = asked.page(placed, lambda each: each.place.values)
    return Page([row_of(asked, each.conversation, _, who.user_id) for each in page.rows], page.next, page.first)


async def _pending(request: web.Request, connection: AsyncConnection, asked: Asked) -> Page[Row]:
    """Those that the bot has; nobody of ours has any of them."""
    if asked.all("assignee"):
        return Page((), "", "")
    _, who, now = language(request), signed_in(request), request.app[CLOCK]()
    wanted = PendingFilter(channels=asked.all("channel"), labels=asked.all("label"))
    after = None if asked.after_moment is None else PendingPlace(*asked.after_moment)
    placed, further = await list_pending(connection, wanted, who.user_id, now, asked.limit, after)
    page = asked.page(placed, lambda each: each[0], further)
    return Page([row_of(asked, of, _, who.user_id) for _place, of in page.rows], page.next, page.first, page.is_cut)


async def _found(
    request: web.Request, connection: AsyncConnection, asked: Asked, chosen: str
) -> tuple[Page[Row], Found]:
    _, me, now = language(request), signed_in(request).user_id, request.app[CLOCK]()
    wanted = FindFilter(
        list=ConversationList(chosen) if chosen and chosen != BOTS else None,
        bots=chosen == BOTS,
        channels=asked.all("channel"),
        labels=asked.all("label"),
        assignees=asked.all("assignee"),
    )
    found = await find(connection, asked.one(WORDS), wanted, me, now, asked.limit, asked.after_number)
    further = None if found.further is None else (found.further,)
    page = asked.page(found.messages, lambda each: (each.cursor,), further)
    rows = await rows_of_messages(connection, asked, found, page.rows, _)
    return Page(rows, page.next, page.first, page.is_cut), found_beside(asked, found, _)


def _tab(asked: Asked, each: str, counts: Mapping[ConversationList, int], is_here: bool) -> Tab:
    count = 0 if each == BOTS else counts[ConversationList(each)]
    return Tab(LISTS[each], _with(asked, LIST, (each,)), count, is_here, each in FIRST)


def _with(asked: Asked, name: str, values: Sequence[str]) -> str:
    """The list with another choice of one filter."""
    pairs = [(key, value) for key, given in {**asked.values, name: tuple(values)}.items() for value in given]
    return str(URL(PATH).with_query(pairs))
