"""Lists of the inbox: how they are narrowed, and where each is, with a conversation beside it or without."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection
from yarl import URL

from bot.admin.inbox.words import LISTS
from bot.conversations.shown.channel_words import CHANNELS
from bot.core.permissions import Permission
from bot.core.text import one_line
from bot.inbox.service import LabelRow, ListedConversation, Sort, labels
from bot.users.service import able
from bot.web.i18n import N_, Translator
from bot.web.lists import Asked, Choice, Filters, Words

PATH = "/inbox"
LIST, SORT, WORDS = "list", "sort", "q"
_ROWS = 50
_NAMES = frozenset({LIST, SORT, WORDS, "channel", "label", "assignee"})
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


def read_asked(request: web.Request, agents: Mapping[str, str], named: Mapping[str, str]) -> Asked:
    """How the list is narrowed, whatever is shown beside it.

    Args:
        request: its query counts.
        agents: who may have conversations, by id.
        named: the labels, by id.
    """
    return Filters(
        Words(WORDS, N_("Search people, words and notes")),
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


def called(conversation: ListedConversation, _: Translator) -> str:
    """How a contact is called."""
    return one_line(conversation.name or conversation.phone or conversation.email) or _("Somebody")
