"""Slices of a sheet: what they would come to, and doing it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import queries
from bot.contacts.changed import changed
from bot.contacts.consent import SetConsent, consents_of, set_consents
from bot.contacts.identify import ContactsChangedError, Sender, identify
from bot.contacts.importing.claim import Claim
from bot.contacts.importing.person import Fault, Faulty, Person
from bot.contacts.importing.planning import Known, Plan, Verdict, plan, spelled
from bot.contacts.importing.queries import UPDATE_PEOPLE
from bot.contacts.rules import attributes_in, stored
from bot.contacts.tags import change_tags
from bot.contacts.telling import tell_contacts
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.consents import Agreed
from bot.core.i18n import N_
from bot.engine.conversation import ChangeContact

SLICE = 500
"""Rows of one transaction."""
Keys = Sequence[tuple[str, int]]
"""By what rows are told to be about the same person, with their lines."""
Seen = Callable[[Keys], Awaitable[Mapping[str, int]]]
"""Takes the keys of a slice and gives for each the first line of the sheet that has it."""


@dataclass(slots=True)
class SeenHere:
    """The keys of one sheet, in memory."""

    _lines: dict[str, int] = field(default_factory=dict)

    async def __call__(self, keys: Keys) -> Mapping[str, int]:
        """As `Seen`."""
        return {key: self._lines.setdefault(key, line) for key, line in keys}


async def look(
    connection: AsyncConnection, people: Sequence[Person], claim: Claim, seen: Seen, now: datetime
) -> list[Plan | Faulty]:
    """What each of the rows would come to, in their order; nothing is written.

    Somebody for whom the sheet has a row already is told, with both lines.
    """
    plans = await _plans(connection, people, claim, now)
    keys = [(key, each.person.line) for each in plans if isinstance(each, Plan) for key in _keys(each)]
    first = await seen(keys)
    return [_once(each, first) if isinstance(each, Plan) else each for each in plans]


async def apply(
    connection: AsyncConnection, people: Sequence[Person], claim: Claim, now: datetime
) -> list[Plan | Faulty]:
    """Do what each of the rows comes to, in the caller's transaction; returns what it came to, in their order.

    The rows are about different people. Raises ContactsHeldError and ContactsChangedError, when somebody else holds
    some of them or was first: roll back and try again.
    """
    plans = await _plans(connection, people, claim, now)
    wanted = [each for each in plans if isinstance(each, Plan) and each.verdict is not Verdict.SAME]
    if not wanted:
        return plans
    found = await identify(connection, [_sender(each) for each in wanted], now)
    # Once more, under their locks.
    fresh = await _plans(connection, [each.person for each in wanted], claim, now)
    pairs = [(each, found[_sender(before).addresses[0]].id) for before, each in zip(wanted, fresh, strict=True)]
    if any(isinstance(each, Faulty) or each.contact is None or each.contact.id != id_ for each, id_ in pairs):
        raise ContactsChangedError
    known = [(each, each.contact) for each in fresh if isinstance(each, Plan) and each.contact is not None]
    await _write(connection, known, now)
    made = {each.id for each in found.values() if each.is_new}
    await tell_contacts(connection, made, {contact.id for _each, contact in known} - made, now)
    # Whoever hears of it is told of somebody before they are told what these agree to.
    await _write_consents(connection, known, now)
    others = {each.person.line: each for each in fresh if isinstance(each, Plan) and not _is_made(each, now)}
    return [
        others.get(each.person.line, each) if isinstance(each, Plan) and each.contact is None else each
        for each in plans
    ]


def _is_made(planned: Plan, now: datetime) -> bool:
    """Whether it is us who have just made the contact, and nobody else while we waited."""
    return planned.contact is not None and planned.contact.created_at == now


def _sender(wanted: Plan) -> Sender:
    if wanted.contact is None:
        return Sender(wanted.addresses, wanted.person.name)
    # By an address that is certainly theirs; the sheet's come after it.
    own = min(wanted.contact.addresses)
    return Sender((own, *(each for each in wanted.addresses if each != own)))


def _keys(planned: Plan) -> tuple[str, ...]:
    return planned.person.keys if planned.contact is None else (*planned.person.keys, planned.contact.id)


def _once(planned: Plan, first: Mapping[str, int]) -> Plan | Faulty:
    line = planned.person.line
    earlier = min(first[key] for key in _keys(planned))
    if earlier == line:
        return planned
    mend = N_("Leave one of the two rows.")
    return Faulty(line, (Fault(N_("line {line} is about the same person"), mend, {"line": earlier}),))


async def _plans(
    connection: AsyncConnection, people: Sequence[Person], claim: Claim, now: datetime
) -> list[Plan | Faulty]:
    wanted = {address for each in people for address in spelled(each)}
    rows = await queries.addresses_of(connection, wanted)
    owners = {Address.stored(AddressKind(kind), key): owner for _id, owner, kind, key in rows}
    contacts = await _known(connection, {*owners.values(), *(each.id for each in people if each.id)})
    return [plan(each, owners.get, contacts, claim, now) for each in people]


async def _known(connection: AsyncConnection, contact_ids: set[str]) -> dict[str, Known]:
    if not contact_ids:
        return {}
    tags: dict[str, set[str]] = {}
    for contact_id, name in await queries.tags_of_contacts(connection, contact_ids):
        tags.setdefault(contact_id, set()).add(name)
    addresses: dict[str, dict[Address, str]] = {}
    for address_id, contact_id, kind, key in await queries.addresses_of_contacts(connection, contact_ids):
        addresses.setdefault(contact_id, {})[Address.stored(AddressKind(kind), key)] = address_id
    consents = await consents_of(connection, [each for of_one in addresses.values() for each in of_one.values()])
    by_address: dict[str, dict[Channel, Agreed]] = {}
    for (address_id, channel), agreed in consents.items():
        by_address.setdefault(address_id, {})[channel] = agreed
    known = {}
    for row in await queries.contacts_of(connection, contact_ids):
        own = addresses.get(row.id, {})
        if not own:
            # Whoever is reached nowhere any more is nobody's row.
            continue
        known[row.id] = Known(
            row.id,
            row.name or "",
            row.phone or "",
            row.email or "",
            row.locale or "",
            row.timezone or "",
            attributes_in(row.attributes),
            frozenset(tags.get(row.id, ())),
            own,
            {
                (address, channel): agreed
                for address, address_id in own.items()
                for channel, agreed in by_address.get(address_id, {}).items()
            },
            row.created_at,
        )
    return known


async def _write(connection: AsyncConnection, known: Sequence[tuple[Plan, Known]], now: datetime) -> None:
    await UPDATE_PEOPLE.execute(connection, [_row(each, contact, now) for each, contact in known])
    tagged = {contact.id: dict.fromkeys(each.person.tags, True) for each, contact in known if each.person.tags}
    if tagged:
        await change_tags(connection, tagged, now)
    await changed(connection, [contact.id for _each, contact in known], now)


async def _write_consents(connection: AsyncConnection, known: Sequence[tuple[Plan, Known]], now: datetime) -> None:
    said = [
        SetConsent(contact.addresses[address], channel, said)
        for each, contact in known
        for address, channel, said in each.said
    ]
    await set_consents(connection, said, now)


def _row(planned: Plan, contact: Known, now: datetime) -> dict[str, object]:
    person = planned.person
    first = {each.kind: each.value for each in reversed(planned.addresses)}
    attributes = ChangeContact(attributes=person.attributes).attributes_after(contact.attributes)
    return {
        "id": contact.id,
        "name": person.name or contact.name or None,
        "phone": contact.phone or first.get(AddressKind.PHONE),
        "email": contact.email or first.get(AddressKind.EMAIL),
        "locale": person.locale or contact.locale or None,
        "timezone": person.timezone or contact.timezone or None,
        "attributes": stored(attributes),
        "updated_at": now,
    }
