"""What a row of a sheet comes to, for who is known and who is not."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from bot.contacts.importing.claim import Claim
from bot.contacts.importing.columns import PREFIX, Kind
from bot.contacts.importing.person import Fault, Faulty, Person
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.consents import NOTHING, Agreed, Said, refuses, settle
from bot.core.i18n import N_
from bot.core.phones import alias
from bot.engine.conversation import StateValue


class Verdict(StrEnum):
    """What becomes of a row."""

    MADE = "made"
    UPDATED = "updated"
    SAME = "same"
    """They are known so already."""
    FAULTY = "faulty"


class Known(NamedTuple):
    """A contact as it is.

    Attributes:
        addresses: with their ids.
        agreed: by address and channel; what was never spoken of is missing.
    """

    id: str
    name: str
    phone: str
    email: str
    locale: str
    timezone: str
    attributes: Mapping[str, StateValue]
    tags: frozenset[str]
    addresses: Mapping[Address, str]
    agreed: Mapping[tuple[Address, Channel], Agreed]
    created_at: datetime | None = None


Spoken = tuple[Address, Channel, Said]
"""Something to be said of what an address agrees to."""


class Plan(NamedTuple):
    """What is to be done for a row.

    Attributes:
        person: what it says.
        contact: who it is; None for somebody new.
        addresses: the row's, as they are spelled with us.
        fields: what changes, as columns are called; of somebody new, what is said of them.
        said: what is said of their consents, and changes something.
        refused: whether it is claimed that they agree, and they had refused.
    """

    person: Person
    contact: Known | None
    addresses: tuple[Address, ...]
    fields: tuple[str, ...]
    said: tuple[Spoken, ...]
    refused: bool

    @property
    def verdict(self) -> Verdict:
        """What becomes of the row."""
        if self.contact is None:
            return Verdict.MADE
        return Verdict.UPDATED if self.fields else Verdict.SAME

    @property
    def new_addresses(self) -> tuple[Address, ...]:
        """Those that the contact has not yet."""
        known = {} if self.contact is None else self.contact.addresses
        return tuple(each for each in self.addresses if each not in known)


_NOBODY = Known("", "", "", "", "", "", MappingProxyType({}), frozenset(), MappingProxyType({}), MappingProxyType({}))


def spelled(person: Person) -> tuple[Address, ...]:
    """By what the person may be known: each address of the row in each of its spellings."""
    numbers = (person.phone, alias(person.phone)) if person.phone else ()
    phones = tuple(Address(AddressKind.PHONE, each) for each in numbers if each)
    return (*phones, Address(AddressKind.EMAIL, person.email)) if person.email else phones


def plan(
    person: Person,
    owner_of: Callable[[Address], str | None],
    contacts: Mapping[str, Known],
    claim: Claim,
    now: datetime,
) -> Plan | Faulty:
    """What a row comes to, or why it cannot.

    Args:
        person: what it says.
        owner_of: a contact's id, of those addresses of `spelled` that somebody has.
        contacts: whoever has one of them, and those of the ids that the sheet names and that there are; by id.
        claim: what the import says of consents.
        now: when.
    """
    addresses = tuple(_as_known(person, owner_of))
    owners = dict.fromkeys(owner for each in addresses if (owner := owner_of(each)) is not None)
    if person.id in contacts:
        owners.setdefault(person.id)
    if len(owners) > 1:
        return Faulty(person.line, (_two(owners),))
    if not owners and not addresses:
        fault = Fault(N_("nobody has the id {id}"), N_("Give a phone or an e-mail address too."), {"id": person.id})
        return Faulty(person.line, (fault,))
    contact = contacts[next(iter(owners))] if owners else None
    known = contact or _NOBODY
    said, refused = _changing(known, claim.said(person.words, addresses), now)
    fields = (*_fields(person, known, addresses), *(["consent"] if said else ()))
    return Plan(person, contact, addresses, fields, said, refused)


def _as_known(person: Person, owner_of: Callable[[Address], str | None]) -> Iterator[Address]:
    if person.phone:
        phone = Address(AddressKind.PHONE, person.phone)
        other = Address(AddressKind.PHONE, alias(person.phone))
        yield other if owner_of(phone) is None and owner_of(other) is not None else phone
    if person.email:
        yield Address(AddressKind.EMAIL, person.email)


def _two(owners: Mapping[str, object]) -> Fault:
    return Fault(
        N_("the row is two people: {one} and {other}"),
        N_("They have these addresses with us. Part the row, or take one address out."),
        dict(zip(("one", "other"), owners, strict=False)),
    )


def _fields(person: Person, known: Known, addresses: tuple[Address, ...]) -> Iterator[str]:
    for each in addresses:
        if each not in known.addresses:
            yield Kind.PHONE.value if each.kind is AddressKind.PHONE else Kind.EMAIL.value
    # A provider's name may have blanks around it, which no sheet keeps.
    if person.name not in {"", known.name, known.name.strip()}:
        yield Kind.NAME.value
    if person.locale not in {"", known.locale}:
        yield Kind.LOCALE.value
    if person.timezone not in {"", known.timezone}:
        yield Kind.TIMEZONE.value
    if not known.tags.issuperset(person.tags):
        yield Kind.TAGS.value
    for name, value in person.attributes.items():
        if not _is_same(known.attributes.get(name), value):
            yield f"{PREFIX}{name}"


def _is_same(one: StateValue | None, other: StateValue) -> bool:
    """Whether a value is kept so; 1 is not true."""
    return one == other and isinstance(one, bool) is isinstance(other, bool)


def _changing(known: Known, spoken: Iterator[Spoken], now: datetime) -> tuple[tuple[Spoken, ...], bool]:
    """What of it changes anything, and whether something of it cannot, since they had refused."""
    agreed, said_of, refused = dict(known.agreed), [], False
    for address, channel, said in spoken:
        if said.is_claimed and any(
            refuses(each, said.purpose)
            for (other, where), each in known.agreed.items()
            if where is channel and other.kind is address.kind
        ):
            refused = True
            continue
        present = agreed.get((address, channel), NOTHING)
        agreed[address, channel], _purposes = settle(present, said, now)
        if agreed[address, channel] != present:
            said_of.append((address, channel, said))
    return tuple(said_of), refused
