"""What an address agreed to hear: setting it, and how it came about.

What was said later holds (`bot.core.consents`). Setting what already holds changes nothing but when it was last said.
Whoever opted out stays so for the first reason there was, but for a bounce: that one ends when the person writes from
the address again, which evidently lives (opted in, with the same reason), and any other reason takes its place.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import queries
from bot.contacts.models import Consent, ConsentChange, Contact, ContactAddress
from bot.contacts.telling import tell_consents
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.consents import Word, holds, last_said_at
from bot.core.ids import new_id
from bot.core.messages import ConsentReason, Preference
from bot.core.phones import alias
from bot.core.text import cut

_LONGEST_DETAIL = 255


@dataclass(frozen=True, slots=True)
class PastConsent:
    """A change of what an address agreed to, as it is shown.

    Attributes:
        address: whose.
        channel: where.
        opted_in: what held from then on.
        reason: who or what set it, a ConsentReason.
        detail: the person's word, or the provider's code; empty for none.
        changed_at: when we came to know it.
        said_at: when it was said, or None.
    """

    address: str
    channel: str
    opted_in: bool
    reason: str
    detail: str
    changed_at: datetime
    said_at: datetime | None


async def set_consent(
    connection: AsyncConnection,
    address_id: str,
    channel: Channel,
    opted_in: bool,
    reason: ConsentReason,
    now: datetime,
    detail: str = "",
    said_at: datetime | None = None,
) -> None:
    """Set the consent of one address on one channel, and the contact's copy of it; the change goes into the history.

    Nothing is set against what was said later.

    The contact is locked first, as in a turn, so that the two never wait for each other crosswise.

    Args:
        connection: the caller's transaction.
        address_id: an existing address; another one's consent fails by its foreign key.
        channel: where it holds.
        opted_in: the new state.
        reason: why.
        now: when.
        detail: the person's word, or the provider's code; empty for none.
        said_at: when it was said; None where nobody told. One that is still to come counts as now.
    """
    said_at = None if said_at is None else min(said_at, now)
    owner = select(ContactAddress.contact_id).where(ContactAddress.id == address_id).scalar_subquery()
    await connection.execute(select(Contact.id).where(Contact.id == owner).with_for_update(key_share=True))
    present = select(Consent.id, Consent.opted_in, Consent.reason, Consent.changed_at, Consent.said_at).where(
        Consent.address_id == address_id, Consent.channel == channel
    )
    row = (await connection.execute(present)).one_or_none()
    word = Word(opted_in, now, said_at)
    last = None if row is None else Word(row.opted_in, row.changed_at, row.said_at)
    if not holds(word, last):
        return
    if not changes(None if row is None else (row.opted_in, row.reason), opted_in=opted_in, reason=reason):
        if row is not None and last is not None:
            again = {"said_at": last_said_at(word, last), "updated_at": now}
            await connection.execute(update(Consent).where(Consent.id == row.id).values(again))
        elif said_at is not None:
            # What was said before it may still come.
            said = _row(address_id, channel, opted_in=opted_in, reason=reason, now=now, said_at=said_at)
            await queries.UPSERT_CONSENTS.execute(connection, [said])
        return
    await connection.execute(update(Contact).where(Contact.id == owner).values(opt_in=opted_in, updated_at=now))
    consent = _row(address_id, channel, opted_in=opted_in, reason=reason, now=now, said_at=said_at)
    await queries.UPSERT_CONSENTS.execute(connection, [consent])
    change = change_row(address_id, channel, opted_in=opted_in, reason=reason, now=now, detail=detail, said_at=said_at)
    await queries.INSERT_CONSENT_CHANGES.execute(connection, [change])
    await tell_consents(connection, [change], now)


def changes(present: tuple[bool, str] | None, *, opted_in: bool, reason: ConsentReason) -> bool:
    """Whether something new is said.

    Args:
        present: the state and its reason; None when the address never said anything: it is opted in.
        opted_in: the state that is to be set.
        reason: why.
    """
    if present is None or present[0]:
        return not opted_in
    return opted_in or (present[1] == ConsentReason.BOUNCE and reason is not ConsentReason.BOUNCE)


def change_row(
    address_id: str,
    channel: Channel,
    *,
    opted_in: bool,
    reason: ConsentReason,
    now: datetime,
    detail: str = "",
    said_at: datetime | None = None,
) -> dict[str, Any]:
    """The row of the history for a change of a consent; a long `detail` is cut."""
    return {
        "id": new_id(),
        "address_id": address_id,
        "channel": channel,
        "opted_in": opted_in,
        "reason": reason,
        "detail": cut(detail, _LONGEST_DETAIL) or None,
        "changed_at": now,
        "said_at": said_at,
    }


async def apply_preferences(
    connection: AsyncConnection, preferences: Iterable[Preference], now: datetime
) -> list[Preference]:
    """Set what providers say of addresses, in order; returns those whose address nobody has, of whom nothing is kept.

    Raises nothing for an address that is not known: it makes no contact.
    """
    preferences = list(preferences)
    spelled = {each.address: spellings(each.address) for each in preferences}
    rows = await queries.addresses_of(connection, (address for each in spelled.values() for address in each))
    known = {Address.stored(AddressKind(row.kind), row.value): row.id for row in rows}
    unknown = []
    for each in preferences:
        address_id = next((known[address] for address in spelled[each.address] if address in known), None)
        if address_id is None:
            unknown.append(each)
        else:
            await set_consent(
                connection, address_id, each.channel, each.opted_in, each.reason, now, said_at=each.said_at
            )
    return unknown


async def take_over_opt_outs(
    connection: AsyncConnection, sources: Mapping[str, Collection[str]], now: datetime
) -> None:
    """Let who opted out stay so at new addresses of theirs; that an old one bounced says nothing of a new one.

    Args:
        connection: in a transaction that holds the locks of the contacts.
        sources: by the new address's id: the ids of the addresses by which the same person was known.
        now: when.
    """
    rows = await queries.opt_outs_of(connection, {each for ids in sources.values() for each in ids})
    said = {
        (address_id, Channel(row.channel)): (ConsentReason(row.reason), row.said_at)
        for address_id, ids in sources.items()
        # The last one counts; one of which nobody told the time may be it.
        for row in sorted(rows, key=lambda row: row.said_at or now)
        if row.address_id in ids and row.reason != ConsentReason.BOUNCE
    }
    each_said = sorted(said.items(), key=lambda item: item[0])
    consents = [_row(*key, opted_in=False, reason=why, now=now, said_at=at) for key, (why, at) in each_said]
    changed = [change_row(*key, opted_in=False, reason=why, now=now, said_at=at) for key, (why, at) in each_said]
    await queries.UPSERT_CONSENTS.execute(connection, consents)
    await queries.INSERT_CONSENT_CHANGES.execute(connection, changed)
    await tell_consents(connection, changed, now)


def _row(
    address_id: str,
    channel: Channel,
    *,
    opted_in: bool,
    reason: ConsentReason,
    now: datetime,
    said_at: datetime | None,
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "address_id": address_id,
        "channel": channel,
        "opted_in": opted_in,
        "reason": reason,
        "changed_at": now,
        "said_at": said_at,
        "reminded_at": None,
        "created_at": now,
        "updated_at": now,
    }


def spellings(address: Address) -> tuple[Address, ...]:
    """The address, and the other spelling of a number that has one."""
    other = alias(address.value) if address.kind is AddressKind.PHONE else ""
    return (address, Address(AddressKind.PHONE, other)) if other else (address,)


async def consent_history(connection: AsyncConnection, contact_id: str, limit: int = 50) -> list[PastConsent]:
    """The changes of what a contact's addresses agreed to, newest first."""
    statement = (
        select(ContactAddress.value, *ConsentChange.__table__.columns)
        .join_from(ContactAddress, ConsentChange, ConsentChange.address_id == ContactAddress.id)
        .where(ContactAddress.contact_id == contact_id)
        .order_by(ConsentChange.changed_at.desc(), ConsentChange.id.desc())
        .limit(limit)
    )
    return [
        PastConsent(row.value, row.channel, row.opted_in, row.reason, row.detail or "", row.changed_at, row.said_at)
        for row in await connection.execute(statement)
    ]
