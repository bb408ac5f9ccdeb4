"""A row of a sheet as a person, or what is wrong with it."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from bot.contacts.importing.columns import Column, Columns, Kind
from bot.contacts.importing.rules import phone_of, value_of, yes_or_no
from bot.contacts.importing.sheet import Row
from bot.contacts.rules import attribute_of, tags_of
from bot.core.email_addresses import read_email
from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.core.phones import alias
from bot.core.purposes import ConsentPurpose
from bot.core.sheets import unguarded
from bot.core.spelled import read_locale, read_name, read_timezone
from bot.engine.conversation import StateValue

T = TypeVar("T")
_LONGEST_ID = 255
"""Characters by which a row is told from others; no id of ours has as many."""


class Fault(NamedTuple):
    """What is wrong with a row; both texts are marked for translation, with `{name}` for each of the values."""

    message: str
    mend: str = ""
    values: Mapping[str, Any] = MappingProxyType({})

    @classmethod
    def of(cls, error: BotError) -> "Fault":
        """What an error says."""
        return cls(*error.templates, error.values)

    def words(self, translate: Callable[[str], str]) -> tuple[str, str]:
        """Message and mend in a language."""
        return BotError(self.message, mend=self.mend, **self.values).words(translate)


class Word(NamedTuple):
    """What a cell says of a consent.

    Attributes:
        purpose: of what; None where the column leaves it open.
        channel: where; empty for wherever they are reached.
        opted_in: whether they agree.
    """

    purpose: ConsentPurpose | None
    channel: str
    opted_in: bool


class Person(NamedTuple):
    """What a row says of somebody; empty where it says nothing.

    Attributes:
        line: where it begins.
        id: of a contact.
        phone: `+` and digits.
        email: as it is compared.
        name: how they are called.
        locale: `pt-BR`.
        timezone: by the tz database's name.
        tags: those that they have.
        attributes: what else is known, by name.
        words: what it says of consents.
    """

    line: int
    id: str = ""
    phone: str = ""
    email: str = ""
    name: str = ""
    locale: str = ""
    timezone: str = ""
    tags: tuple[str, ...] = ()
    attributes: Mapping[str, StateValue] = MappingProxyType({})
    words: tuple[Word, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """By what two rows are about the same person; a number has one for both of its spellings."""
        phone = min(self.phone, alias(self.phone) or self.phone)
        return tuple(key for key in (self.id, phone, self.email) if key)


class Faulty(NamedTuple):
    """A row with which something is wrong.

    Attributes:
        line: where it begins.
        faults: what; never empty.
    """

    line: int
    faults: tuple[Fault, ...]


_UNREADABLE = MappingProxyType(
    {
        "open_quote": Fault(
            N_("a quotation mark is opened and never closed, so that nothing behind it can be read"),
            N_("Close it, or double it where it is meant as such."),
        ),
        "too_long": Fault(N_("the row has more than 20,000 characters"), N_("Part it from the next one.")),
        "nul": Fault(N_("the row holds a character that no text has"), N_("Save the sheet as CSV anew.")),
    }
)


def _read_id(spelled: str) -> str:
    if len(spelled) > _LONGEST_ID:
        mend = N_("Take it from an export, or leave the cell empty.")
        raise BotError(N_("nobody has the id {id}"), mend=mend, id=spelled[:64])
    return spelled


_OF_ONE_CELL: Mapping[Kind, Callable[[str], str | tuple[str, ...]]] = MappingProxyType(
    {
        Kind.ID: _read_id,
        Kind.EMAIL: read_email,
        Kind.NAME: read_name,
        # A sheet has few of them, again and again.
        Kind.LOCALE: lru_cache(maxsize=100)(read_locale),
        Kind.TIMEZONE: lru_cache(maxsize=100)(read_timezone),
        Kind.TAGS: tags_of,
    }
)


def read_person(columns: Columns, row: Row, country: str) -> Person | Faulty:
    """What a row says, or all that is wrong with it.

    Args:
        columns: what the header says.
        row: as it stands in the file.
        country: of phones without their country's code, and of dates; two capital letters, or empty.
    """
    if row.fault:
        return Faulty(row.line, (_UNREADABLE[row.fault],))
    wrong_size = _wrong_size(columns, row)
    if wrong_size is not None:
        return Faulty(row.line, (wrong_size,))
    read = _Reading(country)
    for column, cell in zip(columns, row.cells, strict=False):
        text = unguarded(cell.strip())
        if column is not None and column.kind is not Kind.NOTE and text:
            read.take(column, text)
    person = Person(row.line, **read.fields, attributes=read.attributes, words=tuple(read.words))
    if not read.faults and not person.keys:
        read.faults.append(Fault(N_("the row has neither a phone nor an e-mail address"), N_("Fill one of them in.")))
    return Faulty(row.line, tuple(read.faults)) if read.faults else person


class _Reading:
    """A row, cell by cell."""

    def __init__(self, country: str) -> None:
        self.fields: dict[str, Any] = {}
        self.attributes: dict[str, StateValue] = {}
        self.words: list[Word] = []
        self.faults: list[Fault] = []
        self._country = country

    def take(self, column: Column, text: str) -> None:
        try:
            self._take(column, text)
        except BotError as error:
            self.faults.append(Fault.of(error))

    def _take(self, column: Column, text: str) -> None:
        match column.kind:
            case Kind.PHONE:
                self.fields["phone"] = phone_of(text, self._country)
            case Kind.ATTRIBUTE:
                if column.name in self.attributes:
                    mend = N_("Leave one of the two.")
                    raise BotError(N_("{name} is given twice, as two types"), mend=mend, name=column.name)
                value = value_of(text, column.type, column.header, self._country)
                self.attributes[column.name] = attribute_of(column.name, value)
            case Kind.CONSENT | Kind.MARKETING:
                self._hear(column, yes_or_no(text, column.header))
            case kind:
                self.fields[kind.value] = _OF_ONE_CELL[kind](text)

    def _hear(self, column: Column, opted_in: bool) -> None:
        purpose = ConsentPurpose.MARKETING if column.kind is Kind.MARKETING else None
        if purpose is None and not opted_in:
            purpose = ConsentPurpose.ALL
        self.words.append(Word(purpose, column.name, opted_in))


def _wrong_size(columns: Columns, row: Row) -> Fault | None:
    if len(row.cells) < len(columns):
        return Fault(
            N_("the row has {cells} cells, and the header {columns}"),
            N_("Let a column that is filled in every row stand last: some programs leave empty cells at the end out."),
            {"cells": len(row.cells), "columns": len(columns)},
        )
    named = [*columns, *[None] * (len(row.cells) - len(columns))]
    pairs = enumerate(zip(named, row.cells, strict=True), start=1)
    without = next((number for number, (column, cell) in pairs if column is None and cell.strip()), None)
    if without is None:
        return None
    return Fault(N_("cell {number} stands in no column of the header"), N_("Name its column."), {"number": without})
