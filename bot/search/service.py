"""The public face of search: contacts and messages by words, each with where the words stand in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.contacts.service import ContactCard, ContactFilter
from bot.db.base import Base
from bot.messages import service as messages
from bot.messages.records import MessageView
from bot.messages.service import MessageFilter
from bot.search import queries
from bot.search.building import HANDLERS
from bot.search.follower import Follower
from bot.search.queries import Among
from bot.search.rules import Span, marks_of, marks_of_number, terms_of, words_of

__all__ = [
    "HANDLERS",
    "Among",
    "Follower",
    "FoundContact",
    "FoundMessage",
    "FoundMessages",
    "Span",
    "find_in",
    "keep",
    "marks",
    "search_contacts",
    "search_messages",
]

LIMIT = 50
EVERYTHING, EVERYBODY = MessageFilter(), ContactFilter()


@dataclass(frozen=True, slots=True)
class FoundContact:
    """A contact who was looked for.

    Attributes:
        contact: as it is shown.
        name_marks: where what was looked for stands in their name.
        address_marks: the same by address, of those where it does.
        cursor: `after` for those that follow.
    """

    contact: ContactCard
    name_marks: Sequence[Span]
    address_marks: Mapping[str, Sequence[Span]]
    cursor: int


@dataclass(frozen=True, slots=True)
class FoundMessage:
    """A message that was looked for.

    Attributes:
        message: as it is shown.
        marks: where what was looked for stands in its content.
        cursor: `after` for those that follow.
    """

    message: MessageView
    marks: Sequence[Span]
    cursor: int


@dataclass(frozen=True, slots=True)
class FoundMessages:
    """Messages that were looked for.

    Attributes:
        messages: the newest first.
        further: `after` for others that may fit, where the look ended before there were enough; else None.
    """

    messages: Sequence[FoundMessage]
    further: int | None


@dataclass(frozen=True, slots=True)
class FoundContacts:
    """Contacts who were looked for; as `FoundMessages`."""

    contacts: Sequence[FoundContact]
    further: int | None


async def search_contacts(
    connection: AsyncConnection,
    words: str,
    *,
    wanted: ContactFilter = EVERYBODY,
    within: Sequence[Among] = (),
    limit: int = LIMIT,
    after: int | None = None,
) -> FoundContacts:
    """The contacts whose name and addresses have all words that begin as these do, the newest first.

    Of a phone number any digits that follow each other are found. Nothing is found by no words. What was written in
    the last seconds may be missing.

    Args:
        connection: reads.
        words: whatever somebody typed.
        wanted: what else is asked of them.
        within: among whom each of these says that they must be.
        limit: how many at most.
        after: the cursor of the last one before them, or `further` of the page before; None for the first ones.
    """
    terms = terms_of(words)
    if not terms:
        return FoundContacts([], None)
    rows, further = await queries.find_contacts(connection, terms, wanted, within=within, limit=limit, after=after)
    ranks = {row.id: row.rank for row in rows}
    found = [
        FoundContact(
            contact=card,
            name_marks=marks_of(card.name or "", terms),
            address_marks={value: marks for value in card.reached if (marks := _marks_of_address(value, terms))},
            cursor=ranks[card.id],
        )
        for card in await contacts.cards(connection, list(ranks))
    ]
    return FoundContacts(found, further)


async def search_messages(
    connection: AsyncConnection,
    words: str,
    *,
    contact_id: str | None = None,
    wanted: MessageFilter = EVERYTHING,
    within: Sequence[Among] = (),
    limit: int = LIMIT,
    after: int | None = None,
) -> FoundMessages:
    """The messages that have all words that begin as these do, the newest first; as `search_contacts`.

    Args:
        connection: reads.
        words: whatever somebody typed.
        contact_id: of this contact alone.
        wanted: what else is asked of them.
        within: of whose conversation each of these says that they must be.
        limit: how many at most.
        after: the cursor of the last one before them, or `further` of the page before; None for the first ones.
    """
    terms = terms_of(words)
    if not terms:
        return FoundMessages([], None)
    contact_ids = None if contact_id is None else await contacts.family(connection, contact_id)
    rows, further = await queries.find_messages(
        connection, terms, wanted, contact_ids=contact_ids, within=within, limit=limit, after=after
    )
    ranks = {row.id: row.rank for row in rows}
    found = [
        FoundMessage(view, marks_of(view.content, terms), ranks[view.id])
        for view in await messages.messages_of(connection, list(ranks))
    ]
    return FoundMessages(found, further)


async def keep(connection: AsyncConnection, model: type[Base], key: str, id_: str, content: str) -> None:
    """Write the words of one thing, in the transaction that writes the thing itself, instead of those of before.

    That is for what people write, one at a time: no turn waits for it.

    Args:
        connection: in a transaction.
        model: the table of words: its `rank` counts by itself, its `words` are `Words`, and it is `indexed`.
        key: its unique column that names the thing.
        id_: that of the thing.
        content: what it says.
    """
    await queries.keep(connection, model, key, id_, " ".join(words_of(content)))


async def find_in(
    connection: AsyncConnection, model: type[Base], statement: Select[*tuple[Any, ...]], words: str, limit: int
) -> Sequence[Row[Any]]:
    """Rows of `statement`, over a table that `keep` writes, that have all words that begin as these do.

    The newest first; none by no words.
    """
    terms = terms_of(words)
    return await queries.find_in(connection, model, statement, terms, limit) if terms else []


def marks(text: str, words: str) -> Sequence[Span]:
    """Where what somebody looks for stands in a text."""
    return marks_of(text, terms_of(words))


def _marks_of_address(value: str, terms: Sequence[str]) -> list[Span]:
    return marks_of_number(value, terms) if value.startswith("+") else marks_of(value, terms)
