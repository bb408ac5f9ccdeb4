"""A row of the inbox's list: a conversation, with what was last said in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.admin.conversations.spoken import Piece
from bot.admin.conversations.words import KINDS
from bot.admin.inbox.lists import PATH, called
from bot.admin.inbox.words import AUTHORS
from bot.core.text import one_line
from bot.inbox.service import Author, LastWords, ListedConversation
from bot.web.i18n import Translator
from bot.web.lists import Asked


@dataclass(frozen=True, slots=True)
class Row:
    """A conversation in the list.

    Attributes:
        id: the contact's.
        link: where it is shown beside this list.
        name: how the contact is called.
        by: who said the words; empty where the contact did.
        words: they, on one line, with what was looked for marked.
        at: when they were said.
        of: all else.
        shown_name: the name likewise.
        unread: how many messages are, in words; empty for none.
        key: tells rows apart that are of one conversation; empty where there is one of each.
    """

    id: str
    link: str
    name: str
    by: str
    words: Sequence[Piece]
    at: datetime | None
    of: ListedConversation
    shown_name: Sequence[Piece]
    unread: str = ""
    key: str = ""


def row_of(asked: Asked, each: ListedConversation, _: Translator, me: str) -> Row:
    """A conversation as it stands; `me` is who looks."""
    last, name = each.last, called(each, _)
    return Row(
        id=each.contact_id,
        link=asked.url(at=f"{PATH}/{each.contact_id}"),
        name=name,
        by="" if last is None else _said_by(last, _, me),
        words=(Piece(_("Nothing was said yet") if last is None else _said(last, _)),),
        at=each.last_at if last is None else last.at,
        of=each,
        shown_name=(Piece(name),),
        unread=_.plural("{count} unread message", "{count} unread messages", each.unread) if each.unread else "",
    )


def _said_by(last: LastWords, _: Translator, me: str) -> str:
    if last.author is Author.CONTACT:
        return ""
    if last.author is Author.USER:
        return _("You") if last.user_id == me else one_line(last.name)
    return _(AUTHORS[last.author])


def _said(last: LastWords, _: Translator) -> str:
    return one_line(last.text) or _(KINDS.get(last.kind, KINDS["other"]))
