"""Asking systems which messages of a batch are words of theirs: one question a system."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversations.state import ConversationState
from bot.engine.actions import SystemWord
from bot.engine.text import compare_equal
from bot.flows.service import Heard, WordSource
from bot.messages.records import MessageRow


class WordSourceError(Exception):
    """A system could not tell whether a message is a word of its own, by no fault of the database's."""


async def words_meant(
    connection: AsyncConnection,
    sources: Sequence[WordSource],
    told: Iterable[tuple[int, str, ConversationState]],
    now: datetime,
) -> Mapping[int, SystemWord]:
    """What messages mean to systems, of those that mean anything; raises what a system raises.

    Args:
        connection: under the contacts' locks.
        sources: the first one that knows a word has it.
        told: a number of the caller's for each message, what it says, and the contact's state.
        now: the batch's moment.
    """
    compared = [(number, compare_equal(text), state) for number, text, state in told]
    left = {number: Heard(state.contact.id, text, state.locale) for number, text, state in compared if text}
    meant: dict[int, SystemWord] = {}
    for source in sources:
        numbers = list(left)
        try:
            words = await source(connection, list(left.values()), now) if left else ()
        except OSError as error:
            # Raised here it would tell that the database is away, and nobody would be answered.
            raise WordSourceError from error
        for number, word in zip(numbers, words, strict=True):
            if word is not None:
                meant[number] = word
                del left[number]
    return meant


def said_in(row: MessageRow) -> str:
    """What an inbound message says, as the engine takes it."""
    return str((row["body"] or {}).get("answer", row["content"]))
