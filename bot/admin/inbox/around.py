"""What is shown of a person beside what is said with them now: notes, earlier conversations, flows that may begin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.conversations.agreed import places_of
from bot.admin.conversations.contact import Person, said
from bot.admin.conversations.contact_edit import spelled
from bot.admin.inbox.words import ENDINGS
from bot.conversations.views import INTAKE
from bot.core.text import cut, one_line
from bot.inbox.service import EarlierConversation, NoteCard, earlier_conversations, notes
from bot.web.access import signed_in
from bot.web.pages import language

_NOTES = 5
_EARLIER = 5
_LONGEST = 300
"""Characters of a note."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that is kept of a person.

    Attributes:
        name: its own.
        shown: its value as it is read.
        typed: the same as it is typed.
        is_text: whether it is text, be it all digits.
    """

    name: str
    shown: str
    typed: str
    is_text: bool


@dataclass(frozen=True, slots=True)
class Around:
    """What stands beside a conversation.

    Attributes:
        name: how the person is called; empty for unknown.
        kept: what is kept of them.
        places: where a word about messages may hold, `channel:address id`: how that is called.
        notes: the newest ones that whoever looks may see: who wrote it, and what.
        earlier: conversations that are over, each with why it ended.
        flows: that the bot may begin, `bundle/flow`.
    """

    name: str
    kept: Sequence[Kept]
    places: Mapping[str, str]
    notes: Sequence[tuple[NoteCard, str]]
    earlier: Sequence[tuple[EarlierConversation, str]]
    flows: Sequence[str]


async def read_around(request: web.Request, connection: AsyncConnection, person: Person) -> Around:
    """What stands beside the conversation with a person."""
    _, card, me = language(request), person.card, signed_in(request).user_id
    typed = spelled(card)
    noted = await notes(connection, person.family, me, _NOTES)
    earlier = await earlier_conversations(connection, person.family, _EARLIER)
    return Around(
        name=one_line(card.name or ""),
        kept=[
            Kept(name, said(value, _), typed[name], isinstance(value, str))
            for name, value in sorted(card.attributes.items())
        ],
        places=places_of(person.addresses, _),
        notes=[(each, one_line(cut(each.content, _LONGEST))) for each in noted],
        earlier=[(each, _(ENDINGS[each.ended_as])) for each in earlier],
        flows=sorted(request.app[INTAKE].catalogue.definitions.published),
    )
