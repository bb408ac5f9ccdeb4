"""What an address agreed to hear: the one door by which it is set and read, and how it came about.

What holds after something was said is told by `bot.core.consents`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import queries
from bot.contacts.holding import ContactsHeldError, hold_owners
from bot.contacts.rows import ConsentChangeRow, ConsentRow
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.consents import NOTHING, Agreed, ConsentReason, Preference, Said, Standing, purpose_of, settle
from bot.core.events import ConsentChanged
from bot.core.hints import Topic
from bot.core.ids import new_id
from bot.core.phones import alias
from bot.core.purposes import ConsentPurpose
from bot.core.text import cut
from bot.db.bulk import together
from bot.db.hub import hint
from bot.listeners.service import tell

_LONGEST_DETAIL = 255

ConsentKey = tuple[str, Channel]
"""(address's id, channel)."""


class SetConsent(NamedTuple):
    """Something that was said of what an address agrees to on a channel.

    Attributes:
        address_id: an existing address; another one's consent fails by its foreign key.
        channel: where it holds.
        said: what was said.
    """

    address_id: str
    channel: Channel
    said: Said


@dataclass(frozen=True, slots=True)
class PastConsent:
    """A change of what an address agreed to, as it is shown.

    Attributes:
        address: whose.
        channel: where.
        purpose: for what, a ConsentPurpose.
        opted_in: what held from then on.
        reason: who or what set it, a ConsentReason.
        detail: the person's word, or the provider's code; empty for none.
        changed_at: when we came to know it.
        said_at: when it was said, or None.
    """

    address: str
    channel: str
    purpose: str
    opted_in: bool
    reason: str
    detail: str
    changed_at: datetime
    said_at: datetime | None


async def set_consents(
    connection: AsyncConnection, changes: Sequence[SetConsent], now: datetime
) -> list[ConsentChanged]:
    """Take what was said, in its order, with a line in the history for each change; returns what truly changed.

    The contacts are locked first, as in a turn, so that the two never wait for each other crosswise; their copy of the
    consent follows what was said last of all messages. Listeners are told of what changed.

    Args:
        connection: the caller's transaction.
        changes: any number of them; none costs nothing.
        now: when.
    """
    if not changes:
        return []
    address_ids = {each.address_id for each in changes}
    owners = await queries.owners_of(connection, address_ids)
    await queries.lock_contacts(connection, owners.values())
    known = await consents_of(connection, address_ids)
    settled: dict[ConsentKey, Agreed] = {}
    news: list[ConsentChanged] = []
    for address_id, channel, said in changes:
        key = (address_id, channel)
        settled[key], purposes = settle(settled.get(key, known.get(key, NOTHING)), said, now)
        news += [consent_changed(owners.get(address_id, ""), key, purpose, said, now) for purpose in purposes]
    written = sorted((key, agreed) for key, agreed in settled.items() if agreed != known.get(key, NOTHING))
    hint(connection, Topic.CONTACTS, {owners[address_id] for (address_id, _), _ in written if address_id in owners})
    opt_ins = {
        # What is claimed for one address says nothing of what was refused at another.
        each.contact_id: each.opted_in
        for each in news
        if each.purpose is ConsentPurpose.ALL and not (each.opted_in and each.reason is ConsentReason.IMPORT)
    }
    await together(
        connection,
        (queries.UPSERT_CONSENTS, [consent_row(key, agreed, now) for key, agreed in written]),
        (queries.INSERT_CONSENT_CHANGES, [change_row(each) for each in news]),
        (queries.SET_OPT_IN, [{"id": id_, "opt_in": opt_ins[id_], "updated_at": now} for id_ in sorted(opt_ins)]),
    )
    await tell(connection, news, now)
    return news


async def consents_of(connection: AsyncConnection, address_ids: Iterable[str]) -> dict[ConsentKey, Agreed]:
    """What those of the addresses agree to that ever said something."""
    return {
        (row.address_id, Channel(row.channel)): Agreed.stored(
            Standing(row.opted_in, ConsentReason(row.reason), row.changed_at, row.said_at),
            None
            if row.marketing_opted_in is None
            else Standing(
                row.marketing_opted_in,
                ConsentReason(row.marketing_reason),
                row.marketing_changed_at,
                row.marketing_said_at,
            ),
            row.reminded_at,
        )
        for row in await queries.consents_of(connection, address_ids)
    }


def consent_row(key: ConsentKey, agreed: Agreed, now: datetime) -> ConsentRow:
    """The row of a consent; `agreed` tells of something."""
    marketing = agreed.marketing
    of_all = agreed.all
    if of_all is None:
        assert marketing is not None  # noqa: S101 - where nothing was said there is nothing to write
        of_all = Standing(opted_in=True, reason=marketing.reason, changed_at=marketing.changed_at)
    return {
        "id": new_id(),
        "address_id": key[0],
        "channel": key[1],
        "opted_in": of_all.opted_in,
        "reason": of_all.reason,
        "changed_at": of_all.changed_at,
        "said_at": of_all.said_at,
        "reminded_at": agreed.reminded_at,
        "marketing_opted_in": None if marketing is None else marketing.opted_in,
        "marketing_reason": None if marketing is None else marketing.reason,
        "marketing_changed_at": None if marketing is None else marketing.changed_at,
        "marketing_said_at": None if marketing is None else marketing.said_at,
        "created_at": now,
        "updated_at": now,
    }


def change_row(change: ConsentChanged) -> ConsentChangeRow:
    """The row of the history for a change of a consent."""
    return {
        "id": new_id(),
        "address_id": change.address_id,
        "channel": change.channel,
        "purpose": change.purpose,
        "opted_in": change.opted_in,
        "reason": change.reason,
        "detail": change.detail or None,
        "changed_at": change.at,
        "said_at": change.said_at,
    }


async def apply_preferences(
    connection: AsyncConnection, preferences: Iterable[Preference], now: datetime
) -> list[Preference]:
    """Set what providers say of addresses, in order; returns those whose address nobody has, of whom nothing is kept.

    Raises ContactsHeldError, by the addresses that the preferences name, when somebody else holds some of the contacts;
    nothing for an address that is not known: it makes no contact.
    """
    preferences = list(preferences)
    spelled = {each.address: spellings(each.address) for each in preferences}
    rows = await queries.addresses_of(connection, (address for each in spelled.values() for address in each))
    known = {Address.stored(AddressKind(row.kind), row.value): row.id for row in rows}
    ids = {
        named: next((known[address] for address in both if address in known), None) for named, both in spelled.items()
    }
    held = await hold_owners(connection, filter(None, ids.values()))
    if held:
        raise ContactsHeldError(frozenset(named for named, address_id in ids.items() if address_id in held))
    changes, unknown = [], []
    for each in preferences:
        address_id = ids[each.address]
        if address_id is None:
            unknown.append(each)
        else:
            said = Said(each.opted_in, each.reason, purpose_of(each.reason), each.said_at)
            changes.append(SetConsent(address_id, each.channel, said))
    await set_consents(connection, changes, now)
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
    known = await consents_of(connection, {each for ids in sources.values() for each in ids})
    changes = [
        SetConsent(address_id, channel, said)
        for address_id, ids in sorted(sources.items())
        for (source, channel), agreed in known.items()
        if source in ids
        for said in _refused(agreed)
    ]
    # Of several the last one counts; one of which nobody told the time may be it.
    await set_consents(connection, sorted(changes, key=lambda each: each.said.said_at or now, reverse=True), now)


def _refused(agreed: Agreed) -> Iterable[Said]:
    """What somebody does not want, as it is said of another address of theirs."""
    if agreed.all is not None and agreed.refuses and agreed.all.reason is not ConsentReason.BOUNCE:
        yield Said(opted_in=False, reason=agreed.all.reason, said_at=agreed.all.said_at)
    marketing = agreed.of_marketing
    if marketing is not None and not marketing.opted_in:
        yield Said(False, marketing.reason, ConsentPurpose.MARKETING, marketing.said_at)


def consent_changed(
    contact_id: str, key: ConsentKey, purpose: ConsentPurpose, said: Said, now: datetime
) -> ConsentChanged:
    """The value that tells of a change, as its line of the history does."""
    return ConsentChanged(
        contact_id=contact_id,
        address_id=key[0],
        channel=key[1],
        purpose=purpose,
        opted_in=said.opted_in,
        reason=said.reason,
        detail=cut(said.detail, _LONGEST_DETAIL),
        said_at=None if said.said_at is None else min(said.said_at, now),
        at=now,
    )


def spellings(address: Address) -> tuple[Address, ...]:
    """The address, and the other spelling of a number that has one."""
    other = alias(address.value) if address.kind is AddressKind.PHONE else ""
    return (address, Address(AddressKind.PHONE, other)) if other else (address,)


async def consent_history(connection: AsyncConnection, contact_id: str, limit: int = 50) -> list[PastConsent]:
    """The changes of what a contact's addresses agreed to, newest first."""
    return [
        PastConsent(
            row.value, row.channel, row.purpose, row.opted_in, row.reason, row.detail or "", row.changed_at, row.said_at
        )
        for row in await queries.consent_changes(connection, contact_id, limit)
    ]
