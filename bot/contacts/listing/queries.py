"""The statements over all contacts, the newest first.

Nothing that a turn changes of a contact is indexed, so a statement looks at so many of them at most, and tells how far
it has looked: whoever asked may go on from there.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.contacts.listing.wanted import Agreement, ContactFilter
from bot.contacts.models import Consent, Contact, ContactAddress, ContactTag, Tag
from bot.contacts.rules import as_tag, attributes_in
from bot.core.addresses import KINDS_BY_CHANNEL, AddressKind, Channel
from bot.db.counting import count_some
from bot.engine.conversation import StateValue

LOOKED_AT = 10_000
"""Contacts that one statement looks at."""
_SEEN = (Contact.id, Contact.responder, Contact.locale, Contact.waiting_since)
_MOST_TAGS = 200
_RECENT = 500
"""Contacts by whom it is told which attributes there are."""


class Stretch(NamedTuple):
    """Some contacts of the list.

    Attributes:
        ids: theirs, the newest first.
        further: behind which id others may fit; None where enough fit, or there are no more.
    """

    ids: Sequence[str]
    further: str | None


async def stretch(connection: AsyncConnection, wanted: ContactFilter, limit: int, after: str | None) -> Stretch:
    """The newest contacts that fit, up to `limit`, behind the id `after`; None for the newest."""
    seen = _seen(wanted)
    if after is not None:
        seen = seen.where(seen.selected_columns.id < after)
    seen = seen.order_by(seen.selected_columns.id.desc())
    if not wanted.picks:
        return Stretch((await connection.scalars(seen.limit(limit))).all(), None)
    fitting = _fitting(wanted, seen.limit(LOOKED_AT))
    ids = (await connection.scalars(fitting.limit(limit))).all()
    if len(ids) == limit:
        return Stretch(ids, None)
    last = seen.offset(LOOKED_AT - 1).limit(1)
    return Stretch(ids, (await connection.scalars(last)).one_or_none())


def _fitting(wanted: ContactFilter, seen: Select[str]) -> Select[str]:
    """Those that fit of those that are seen, the newest first."""
    if wanted.tags:
        inner = seen.subquery()
        fitting = select(Contact.id).join(inner, inner.c.id == Contact.id).where(*conditions(wanted))
        return fitting.order_by(Contact.id.desc())
    # Were they joined, PostgreSQL would go through all contacts for an answer that it takes for rare.
    among_them = aliased(Contact, seen.with_only_columns(*_SEEN, maintain_column_froms=True).subquery())
    return select(among_them.id).where(*conditions(wanted, among_them)).order_by(among_them.id.desc())


def conditions(wanted: ContactFilter, contact: type[Contact] = Contact) -> list[ColumnElement[bool]]:
    """What the filter asks of a contact."""
    found: list[ColumnElement[bool]] = []
    if wanted.tags:
        found.append(contact.merged_into.is_(None))
    if wanted.waiting:
        found.append(contact.waiting_since.is_not(None))
    if wanted.responders:
        found.append(contact.responder.in_(wanted.responders))
    if wanted.locales:
        found.append(contact.locale.in_(wanted.locales))
    if wanted.tags:
        tagged = exists().where(ContactTag.contact_id == contact.id, ContactTag.tag_id.in_(_tag_ids(wanted)))
        found.append(tagged)
    if wanted.channels:
        reached = or_(*(_reached(Channel(each)) for each in wanted.channels))
        found.append(exists().where(ContactAddress.contact_id == contact.id, reached))
    if wanted.agreements:
        agreed = or_(*(_AGREED[Agreement(each)] for each in wanted.agreements))
        said = exists().where(ContactAddress.contact_id == contact.id, Consent.address_id == ContactAddress.id, agreed)
        found.append(said)
    return found


async def count_contacts(connection: AsyncConnection) -> int:
    """How many contacts there are, as `count_some` counts; with a filter, no index would bound that."""
    return await count_some(connection, select(Contact.id).where(Contact.merged_into.is_(None)))


async def all_tags(connection: AsyncConnection) -> Sequence[str]:
    """The tags that there are, by name; the first ones of very many."""
    return (await connection.scalars(select(Tag.name).order_by(Tag.name).limit(_MOST_TAGS))).all()


async def waiting(connection: AsyncConnection, limit: int) -> Sequence[str]:
    """The ids of the contacts who wait for a person, the longest first."""
    statement = (
        select(Contact.id)
        .where(Contact.waiting_since.is_not(None), Contact.merged_into.is_(None))
        .order_by(Contact.waiting_since, Contact.id)
        .limit(limit)
    )
    return (await connection.scalars(statement)).all()


async def recent_locales(connection: AsyncConnection) -> Sequence[str]:
    """The languages that the newest contacts have."""
    newest = select(Contact.locale).order_by(Contact.id.desc()).limit(LOOKED_AT).subquery()
    statement = select(newest.c.locale).where(newest.c.locale.is_not(None)).distinct().order_by(newest.c.locale)
    return [each for each in await connection.scalars(statement) if each]


async def recent_attributes(connection: AsyncConnection) -> Mapping[str, StateValue]:
    """The attributes that the newest contacts have, by name: what the newest of them has there."""
    newest = select(Contact.attributes).order_by(Contact.id.desc()).limit(_RECENT)
    found = dict[str, StateValue]()
    for column in await connection.scalars(newest):
        for name, value in attributes_in(column).items():
            found.setdefault(name, value)
    return dict(sorted(found.items()))


_AGREED = {
    Agreement.OPTED_OUT: Consent.opted_in.is_(False),
    Agreement.PROMOTIONS: and_(Consent.opted_in.is_(True), Consent.marketing_opted_in.is_(True)),
    Agreement.NO_PROMOTIONS: or_(Consent.opted_in.is_(False), Consent.marketing_opted_in.is_(False)),
}


def _seen(wanted: ContactFilter) -> Select[str]:
    if wanted.waiting and not wanted.tags:
        # Few wait, and have an index of their own.
        return select(Contact.id).where(Contact.waiting_since.is_not(None), Contact.merged_into.is_(None))
    if not wanted.tags:
        return select(Contact.id).where(Contact.merged_into.is_(None))
    # Few have a tag, so those who have it are looked at first.
    return select(ContactTag.contact_id.label("id")).where(ContactTag.tag_id.in_(_tag_ids(wanted))).distinct()


def _tag_ids(wanted: ContactFilter) -> Select[str]:
    return select(Tag.id).where(Tag.name.in_({as_tag(each) for each in wanted.tags}))


def _reached(channel: Channel) -> ColumnElement[bool]:
    made_up = and_(
        ContactAddress.kind == AddressKind.SIMULATOR, ContactAddress.value.startswith(f"{channel}:", autoescape=True)
    )
    return or_(ContactAddress.kind.in_(KINDS_BY_CHANNEL[channel]), made_up)
