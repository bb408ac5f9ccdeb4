"""What was looked for in the inbox, as rows that lead to the place where it stands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection
from yarl import URL

from bot.admin.conversations.spoken import Piece, marked, speaker, users_of
from bot.admin.inbox.lists import PATH, called
from bot.admin.inbox.rows import Row
from bot.core.text import one_line
from bot.inbox.service import FoundHere, FoundNote, ListedConversation
from bot.search.service import FoundContact, FoundMessage, Span
from bot.web.i18n import Translator
from bot.web.lists import Asked

_SHOWN = 160
_AT_ONCE = 48
"""Characters that two lines of a narrow list show for certain."""
_BEFORE = 24
"""Of them what stands before the first word that was looked for, where it is further behind."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found beside messages, which are the list's own rows.

    Attributes:
        people: by their names and addresses.
        notes: by their words.
    """

    people: Sequence[Row]
    notes: Sequence[Row]


async def rows_of_messages(
    connection: AsyncConnection, asked: Asked, found: FoundHere, messages: Sequence[FoundMessage], _: Translator
) -> list[Row]:
    """Messages, each with a link to where it was said."""
    users = await users_of(connection, [each.message for each in messages])
    rows = list[Row]()
    for each in messages:
        said, of = each.message, found.conversations.get(each.message.contact_id)
        if of is not None:
            link = _link(asked, of, said.id, f"m-{said.id}")
            words, by = _snippet(said.content, each.marks), speaker(said, users, _)
            rows.append(_row(of, _, key=said.id, link=link, by=by, words=words, at=said.said_at))
    return rows


def found_beside(asked: Asked, found: FoundHere, _: Translator) -> Found:
    """People and notes."""
    known = found.conversations
    return Found(
        [_person(asked, each, known[each.contact.id], _) for each in found.people if each.contact.id in known],
        [_note(asked, each, known[each.note.contact_id], _) for each in found.notes if each.note.contact_id in known],
    )


def _person(asked: Asked, each: FoundContact, of: ListedConversation, _: Translator) -> Row:
    card = each.contact
    first = next(iter(each.address_marks), card.phone or card.email or next(iter(card.reached), ""))
    row = _row(of, _, key=card.id, link=_link(asked, of), words=marked(first, each.address_marks.get(first, ())))
    return replace(row, shown_name=marked(card.name, each.name_marks)) if card.name else row


def _note(asked: Asked, each: FoundNote, of: ListedConversation, _: Translator) -> Row:
    note, words = each.note, _snippet(each.note.content, each.marks)
    by, link = one_line(note.author) or _("Somebody who is gone"), _link(asked, of, each.after, f"n-{note.id}")
    return _row(of, _, key=note.id, link=link, by=by, words=words, at=note.created_at)


def _snippet(text: str, marks: Sequence[Span]) -> Sequence[Piece]:
    """A text from a little before what was looked for in it, with that marked."""
    begin = marks[0][0] - _BEFORE if marks and marks[0][1] > _AT_ONCE else 0
    shown = [(start - begin, stop - begin) for start, stop in marks]
    return [*([Piece("…")] if begin else []), *marked(text[begin:], shown, _SHOWN)]


def _link(asked: Asked, of: ListedConversation, at: str | None = None, place: str = "") -> str:
    """Where a conversation is shown beside what was found, around that message."""
    url = URL(asked.url(at=f"{PATH}/{of.contact_id}"))
    return str((url if at is None else url.update_query(at=at)).with_fragment(place or None))


def _row(
    of: ListedConversation,
    _: Translator,
    *,
    key: str,
    link: str,
    words: Sequence[Piece],
    by: str = "",
    at: datetime | None = None,
) -> Row:
    name = called(of, _)
    return Row(of.contact_id, link, name, by, words, at, of, (Piece(name),), key=key)
