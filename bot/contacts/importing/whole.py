"""A whole sheet, slice by slice: a dry run first, and doing it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.holding import ContactsHeldError
from bot.contacts.identify import ContactsChangedError
from bot.contacts.importing.applying import SLICE, SeenHere, apply, look
from bot.contacts.importing.claim import Claim
from bot.contacts.importing.person import Faulty, Person
from bot.contacts.importing.planning import Plan
from bot.contacts.importing.reading import Sheet, people
from bot.core.backoff import backoff
from bot.core.clock import Clock
from bot.core.errors import Blame, BotError
from bot.core.i18n import N_
from bot.core.ids import jitter
from bot.db.faults import is_contention

_MOST_TRIES = 30
_LONGEST_PAUSE = 2.0
T = TypeVar("T")
Connecting = Callable[[], AbstractAsyncContextManager[AsyncConnection]]
"""Begins a transaction, and commits it."""
Note = Callable[[AsyncConnection], Awaitable[None]]
"""Writes down, within a transaction, that it has begun."""


@dataclass(frozen=True, slots=True)
class Import:
    """A sheet that is to be imported.

    Attributes:
        file: open, at any position.
        sheet: what its beginning tells.
        country: of phones without their country's code, and of dates; empty for none.
        claim: what it says of consents.
    """

    file: BinaryIO
    sheet: Sheet
    country: str
    claim: Claim

    async def dry_run(self, connecting: Connecting, clock: Clock) -> AsyncIterator[Plan | Faulty]:
        """What each row would come to, in their order; reads alone."""
        seen = SeenHere()
        for read in _slices(people(self.file, self.sheet, self.country)):
            async with connecting() as connection:
                looked = await look(connection, _good(read), self.claim, seen, clock())
            for each in sorted([*looked, *(each for each in read if isinstance(each, Faulty))], key=_line):
                yield each

    async def apply(
        self,
        connecting: Connecting,
        clock: Clock,
        without: frozenset[int],
        first: Note,
    ) -> AsyncIterator[Plan | Faulty]:
        """Do what each row comes to, a transaction for each slice; gives what each came to once that is committed.

        Args:
            connecting: begins a transaction.
            clock: tells the time.
            without: lines that are left out.
            first: is awaited in the first transaction.
        """
        pending: Note | None = first
        good = (
            each
            for each in people(self.file, self.sheet, self.country)
            if isinstance(each, Person) and each.line not in without
        )
        for read in _slices(good):
            done = await _patiently(connecting, read, self.claim, clock, pending)
            pending = None
            for each in done:
                yield each


def _line(looked: Plan | Faulty) -> int:
    return looked.line if isinstance(looked, Faulty) else looked.person.line


def _good(read: Iterable[Person | Faulty]) -> list[Person]:
    return [each for each in read if isinstance(each, Person)]


def _slices(items: Iterator[T]) -> Iterator[list[T]]:
    while some := list(islice(items, SLICE)):
        yield some


async def _patiently(
    connecting: Connecting, read: list[Person], claim: Claim, clock: Clock, note: Note | None
) -> list[Plan | Faulty]:
    """A slice in a transaction, again and again while others hold what it needs; raises BotError after a while."""
    tries = 0
    while True:
        try:
            async with connecting() as connection:
                if note is not None:
                    await note(connection)
                return await apply(connection, read, claim, clock())
        except (ContactsHeldError, ContactsChangedError) as error:
            why: Exception = error
        except DBAPIError as error:
            if not is_contention(error):
                raise
            why = error
        tries += 1
        if tries == _MOST_TRIES:
            mend = N_("What is done stays so: import the sheet again in a moment, and it goes on.")
            raise BotError(
                N_("others hold some of these contacts all the time"), mend=mend, blame=Blame.SURROUNDINGS
            ) from why
        await asyncio.sleep(min(_LONGEST_PAUSE, backoff(tries, jitter()) / 10))
