"""The pane of the list: which conversations, how many in each list, and what each row shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection
from yarl import URL

from bot.admin.conversations.words import KINDS
from bot.admin.inbox.words import AUTHORS, FIRST, LISTS
from bot.conversations.shown.channel_words import CHANNELS
from bot.core.permissions import Permission
from bot.core.text import one_line
from bot.inbox.service import (
    Author,
    ConversationFilter,
    ConversationList,
    LabelRow,
    LastWords,
    ListedConversation,
    Place,
    Sort,
    count_lists,
    labels,
    list_conversations,
)
from bot.users.service import able
from bot.web.access import signed_in
from bot.web.i18n import N_, Translator
from bot.web.keys import CLOCK
from bot.web.lists import Asked, Choice, Filters, Page
from bot.web.pages import language

PATH = "/inbox"
LIST, SORT = "list", "sort"
_ROWS = 50
_NAMES = frozenset({LIST, SORT, "channel", "label", "assignee"})
"""What narrows the list."""
_ORDERS: Mapping[str, str] = {Sort.WAITING: N_("Longest waiting first")}


class Team(NamedTuple):
    """What a team has as a whole.

    Attributes:
        agents: who may have conversations, by id: how they are called.
        labels: all that there are.
    """

    agents: Mapping[str, str]
    labels: Sequence[LabelRow]


@dataclass(frozen=True, slots=True)
class Tab:
    """A list that one may look at.

    Attributes:
        label: marked for translation.
        url: where it is, narrowed as this one.
        count: of its conversations, as `bot.db.counting` counts.
        is_here: whether it is shown.
        is_first: whether it stands beside the others; else under More.
    """

    label: str
    url: str
    count: int
    is_here: bool
    is_first: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A conversation in the list.

    Attributes:
        id: the contact's.
        link: where it is shown beside this list.
        name: how the contact is called.
        by: who said the last words; empty where the contact did.
        words: they, on one line.
        at: when they were said.
        of: all else.
    """

    id: str
    link: str
    name: str
    by: str
    words: str
    at: datetime | None
    of: ListedConversation


@dataclass(frozen=True, slots=True)
class Pane:
    """A list as it is shown.

    Attributes:
        list: which one.
        tabs: all of them.
        asked: how it is narrowed.
        order: the URL of the same in the other order, and whether it is by who waits longest.
        page: the rows.
    """

    list: ConversationList
    tabs: Sequence[Tab]
    asked: Asked
    order: tuple[str, bool]
    page: Page[Row]


def read_asked(request: web.Request, agents: Mapping[str, str], named: Mapping[str, str]) -> Asked:
    """How the list is narrowed, whatever is shown beside it.

    Args:
        request: its query counts.
        agents: who may have conversations, by id.
        named: the labels, by id.
    """
    return Filters(
        Choice(LIST, N_("List"), LISTS),
        Choice(SORT, N_("Order"), _ORDERS),
        Choice("channel", N_("Channel"), CHANNELS),
        Choice("label", N_("Label"), named, is_marked=False),
        Choice("assignee", N_("Who has it"), agents, is_marked=False),
    ).read(request, _ROWS, PATH)


def list_of(request: web.Request, at: str = PATH) -> str:
    """Where the list is, narrowed as `request` has it; or something `at` another path beside that list."""
    return str(URL(at).with_query([(name, value) for name, value in request.query.items() if name in _NAMES]))


def here_of(request: web.Request, contact_id: str, what: str = "") -> str:
    """Where a conversation is shown beside that list, or `what` is done with it."""
    path = f"{PATH}/{contact_id}"
    return list_of(request, f"{path}/{what}" if what else path)


async def read_team(connection: AsyncConnection) -> Team:
    """What a team has as a whole."""
    return Team(await able(connection, Permission.MESSAGES_SEND), await labels(connection))


async def read_pane(request: web.Request, connection: AsyncConnection, team: Team) -> Pane:
    """The list that is asked for."""
    _, who, now = language(request), signed_in(request), request.app[CLOCK]()
    asked = read_asked(request, team.agents, {each.id: each.name for each in team.labels})
    chosen = ConversationList(asked.one(LIST) or ConversationList.ALL)
    by_waiting = Sort.WAITING in asked.all(SORT)
    wanted = ConversationFilter(
        list=chosen,
        channels=asked.all("channel"),
        labels=asked.all("label"),
        assignees=asked.all("assignee"),
        sort=Sort.WAITING if by_waiting or chosen is ConversationList.WAITING else Sort.NEWEST,
    )
    after = None if asked.after is None else Place.read(asked.after)
    placed = await list_conversations(connection, wanted, who.user_id, now, asked.limit, after)
    page = asked.page(placed, lambda each: each.place.values)
    counts = await count_lists(connection, who.user_id)
    return Pane(
        list=chosen,
        tabs=[_tab(asked, each, counts[each], each is chosen) for each in ConversationList],
        asked=asked,
        order=(_with(asked, SORT, () if by_waiting else (Sort.WAITING,)), by_waiting),
        page=Page([_row(asked, each.conversation, _, who.name) for each in page.rows], page.next, page.first),
    )


def called(conversation: ListedConversation, _: Translator) -> str:
    """How a contact is called."""
    return one_line(conversation.name or conversation.phone or conversation.email) or _("Somebody")


def _tab(asked: Asked, each: ConversationList, count: int, is_here: bool) -> Tab:
    return Tab(LISTS[each], _with(asked, LIST, (each,)), count, is_here, each in FIRST)


def _with(asked: Asked, name: str, values: Sequence[str]) -> str:
    """The list with another choice of one filter."""
    pairs = [(key, value) for key, given in {**asked.values, name: tuple(values)}.items() for value in given]
    return str(URL(PATH).with_query(pairs))


def _row(asked: Asked, each: ListedConversation, _: Translator, me: str) -> Row:
    last = each.last
    return Row(
        id=each.contact_id,
        link=asked.url(at=f"{PATH}/{each.contact_id}"),
        name=called(each, _),
        by="" if last is None else _said_by(last, _, me),
        words=_("Nothing was said yet") if last is None else _said(last, _),
        at=each.last_at if last is None else last.at,
        of=each,
    )


def _said_by(last: LastWords, _: Translator, me: str) -> str:
    if last.author is Author.CONTACT:
        return ""
    if last.author is Author.USER:
        return _("You") if last.name == me else one_line(last.name)
    return _(AUTHORS[last.author])


def _said(last: LastWords, _: Translator) -> str:
    return one_line(last.text) or _(KINDS.get(last.kind, KINDS["other"]))
