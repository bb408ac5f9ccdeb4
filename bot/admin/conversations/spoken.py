"""How people are called, who said a message, and what it says on one line."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.conversations.words import FILES, KINDS
from bot.contacts.service import ContactCard
from bot.conversations.service import BY_A_USER, BY_TERMINAL
from bot.core.text import cut, one_line
from bot.messages.media.service import entries, told
from bot.messages.models import Direction
from bot.messages.records import ECHO, MessageView
from bot.search.service import Span
from bot.users.service import names_of
from bot.web.i18n import Translator

_SHOWN = 160
_BEFORE = 40
"""Characters that are shown before the first word that was looked for."""


class Piece(NamedTuple):
    """A part of a line.

    Attributes:
        text: what it says.
        is_mark: whether it was looked for.
    """

    text: str
    is_mark: bool = False


async def users_of(connection: AsyncConnection, messages: Iterable[MessageView]) -> Mapping[str, str]:
    """The names of those users who wrote some of the messages, by id."""
    ids = {_user_of(each) for each in messages} - {""}
    return await names_of(connection, ids) if ids else {}


def speaker(message: MessageView, users: Mapping[str, str], _: Translator) -> str:
    """Who on our side said it; empty where the person did."""
    if message.direction == Direction.INBOUND:
        return ""
    if message.body.get(ECHO):
        return _("Somebody, in the provider's app")
    user = _user_of(message)
    if user:
        return one_line(users.get(user, _("Somebody who is gone")))
    if message.origin == BY_TERMINAL:
        return _("Somebody, from the terminal")
    return _("The system") if message.origin else _("The bot")


def is_the_bots(message: MessageView) -> bool:
    """Whether the bot said it by itself."""
    return message.direction == Direction.OUTBOUND and not message.origin and not message.body.get(ECHO)


def name_of(card: ContactCard | None, _: Translator) -> str:
    """How somebody is called on a page: by their name, else by where they are reached."""
    if card is None:
        return _("Somebody who is gone")
    return one_line(card.name or card.phone or card.email or next(iter(card.reached), "")) or _("Somebody")


def line(message: MessageView, marks: Sequence[Span], _: Translator) -> Sequence[Piece]:
    """What it says on one line, cut, with what was looked for marked."""
    text = message.content
    if not text.strip():
        return (Piece(_wordless(message, _)),)
    begin = 0
    if marks and marks[0][1] > _SHOWN:
        begin = max(0, marks[0][0] - _BEFORE)
    shown = [(start - begin, stop - begin) for start, stop in marks if start >= begin]
    return [*([Piece("…")] if begin else []), *marked(text[begin:], shown, _SHOWN)]


def marked(text: str, marks: Sequence[Span], most: int = 255) -> Sequence[Piece]:
    """A text on one line, cut at `most` characters, with what was looked for marked.

    >>> marked("Ana Souza", [(4, 9)])
    [Piece(text='Ana ', is_mark=False), Piece(text='Souza', is_mark=True)]
    """
    pieces: list[Piece] = []
    at = 0
    for start, stop in marks:
        if start < at or stop > most:
            continue
        pieces += [Piece(one_line(text[at:start])), Piece(one_line(text[start:stop]), is_mark=True)]
        at = stop
    pieces.append(Piece(one_line(cut(text[at:], max(1, most - at)))))
    return [each for each in pieces if each.text]


def _wordless(message: MessageView, _: Translator) -> str:
    files = [
        f"{_(FILES[kind])} {told(each, 'filename')}".strip() if (kind := told(each, "type")) in FILES else _("File")
        for each in entries(message.body)
    ]
    return one_line(", ".join(files)) or _(KINDS.get(message.kind, KINDS["other"]))


def _user_of(message: MessageView) -> str:
    origin = message.origin or ""
    return origin.removeprefix(BY_A_USER) if origin.startswith(BY_A_USER) else ""
