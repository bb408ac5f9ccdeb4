"""Gathering the words of messages and contacts, within the caller's transaction."""

import asyncio
from collections.abc import Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.search import queries
from bot.search.models import ContactWords, MessageWords
from bot.search.queries import WordsRow
from bot.search.rules import words_of, words_of_contact

_AT_ONCE = 50
"""Texts that are taken apart between two looks at what else there is to do."""


async def gather_messages(
    connection: AsyncConnection, texts: Sequence[tuple[str, str]], *, first: int, step: int
) -> None:
    """Write the words of messages, given as (id, text), with the ranks from `first` on, by `step`."""
    words = await _taken_apart((words_of(text) for _id, text in texts), len(texts))
    rows: list[WordsRow] = [
        {"rank": first + step * number, "id": id_, "words": found}
        for number, ((id_, _text), found) in enumerate(zip(texts, words, strict=True))
    ]
    await queries.write(connection, MessageWords, rows)


async def gather_contacts(connection: AsyncConnection, contact_ids: Iterable[str], *, first: int, step: int) -> None:
    """Write the words of those contacts that there are; the ranks as those of messages."""
    names = await queries.names_of(connection, contact_ids)
    addresses: dict[str, list[tuple[str, str]]] = {id_: [] for id_ in names}
    for contact_id, kind, value in await queries.addresses_of(connection, names):
        addresses[contact_id].append((kind, value))
    words = await _taken_apart((words_of_contact(name, addresses[id_]) for id_, name in names.items()), len(names))
    rows: list[WordsRow] = [
        {"rank": first + step * number, "id": id_, "words": found}
        for number, (id_, found) in enumerate(zip(names, words, strict=True))
    ]
    await queries.write(connection, ContactWords, rows)


async def _taken_apart(found: Iterable[Sequence[str]], count: int) -> list[str]:
    words: list[str] = []
    for each in found:
        words.append(" ".join(each))
        if len(words) % _AT_ONCE == 0 and len(words) < count:
            await asyncio.sleep(0)
    return words
