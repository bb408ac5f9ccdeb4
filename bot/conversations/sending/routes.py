"""Where a contact is reached: on which channel, at which address, through which account."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.service import SIMULATOR
from bot.contacts import service as contacts
from bot.contacts.service import LockedContact
from bot.conversations.sending import queries
from bot.conversations.sending.queries import AccountRow, LastMessage
from bot.conversations.sending.requests import Code, Refused
from bot.core.addresses import KINDS_BY_CHANNEL, Address, AddressKind, Channel
from bot.messages import service as messages
from bot.messages.service import Recipient
from bot.providers.table import PROVIDERS


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """A way to a contact, equal to itself alone.

    Attributes:
        to: the recipient's columns.
        last: where the conversation was last on that account; None where it never was.
    """

    to: Recipient
    last: LastMessage | None = None


@dataclass(frozen=True, slots=True)
class Routes:
    """All that is known of the ways to some contacts.

    Attributes:
        accounts: ours, by id, the oldest first.
        last: where each contact's conversation was last, by contact; likewise by channel.
    """

    accounts: Mapping[str, AccountRow]
    last: Mapping[str, LastMessage]
    last_on: Mapping[Channel, Mapping[str, LastMessage]]

    def find(self, contact: LockedContact, account: str, channels: Sequence[Channel]) -> Route | Refused:
        """The way to a contact: through an account, else on the first channel that leads there, else as it was last.

        Of an account with several channels it is the first that is asked for, if it has any of those.
        """
        if account:
            carried = channels_of(self.accounts[account]) if account in self.accounts else ()
            return self._through(account, contact, next((each for each in channels if each in carried), None))
        if not channels:
            last = self.last.get(contact.id)
            return Refused(Code.NO_CONVERSATION) if last is None else self._through(last.account, contact)
        refused = Refused(Code.NO_ADDRESS)
        for channel in channels:
            found = self._on(channel, contact)
            if isinstance(found, Route):
                return found
            # What stands in the way on a channel where they have an address tells more than that they have none.
            refused = found if refused.code is Code.NO_ADDRESS else refused
        return refused

    def _through(self, account_id: str, contact: LockedContact, channel: Channel | None = None) -> Route | Refused:
        """The way through an account: on one channel, or as it was last, else on the first that leads there."""
        account = self.accounts.get(account_id)
        if account is None:
            return Refused(Code.NO_ACCOUNT, account_id)
        if account.paused:
            return Refused(Code.ACCOUNT_PAUSED, account_id)
        channels = channels_of(account) if channel is None else (channel,)
        known = [self.last_on.get(each, {}) for each in channels]
        lasts = [each.get(contact.id) for each in (known if channel else [self.last, *known])]
        before = (_went_on(contact, each) for each in lasts if each is not None and each.account == account_id)
        ways = itertools.chain(before, (_way(account, each, contact) for each in channels))
        return next((way for way in ways if way is not None), Refused(Code.NO_ADDRESS))

    def _on(self, channel: Channel, contact: LockedContact) -> Route | Refused:
        last = self.last_on[channel].get(contact.id)
        if last is not None and last.account in self.accounts:
            return self._through(last.account, contact, channel)
        carrying = [each for each in self.accounts.values() if channel in channels_of(each)]
        ways = [(each, way) for each in carrying if (way := _way(each, channel, contact)) is not None]
        if not ways:
            has_account = any(each.provider != SIMULATOR for each in carrying)
            return Refused(Code.NO_ADDRESS) if has_account else Refused(Code.NO_ACCOUNT, channel)
        open_ways = [way for account, way in ways if not account.paused]
        return open_ways[0] if open_ways else Refused(Code.ACCOUNT_PAUSED, ways[0][0].id)


def ways(accounts: Iterable[AccountRow], contact: LockedContact) -> Iterable[tuple[AccountRow, Channel]]:
    """The accounts that reach a contact, each with the channels on which it does."""
    for account in accounts:
        for channel in channels_of(account):
            if _way(account, channel, contact) is not None:
                yield account, channel


def _went_on(contact: LockedContact, last: LastMessage) -> Route | None:
    for address, id_ in contact.address_ids.items():
        if id_ == last.address_id:
            return Route(_recipient(contact, last.account, last.channel, address, id_), last)
    return None


def _way(account: AccountRow, channel: Channel, contact: LockedContact) -> Route | None:
    for address, id_ in _reached(account, channel, contact.address_ids):
        return Route(_recipient(contact, account.id, channel, address, id_))
    return None


def _reached(account: AccountRow, channel: Channel, addresses: Mapping[Address, str]) -> Iterable[tuple[Address, str]]:
    """The contact's addresses that the account reaches on the channel, the preferred ones first."""
    if account.provider == SIMULATOR:
        mine = f"{channel}:"
        return [
            each
            for each in addresses.items()
            if each[0].kind is AddressKind.SIMULATOR and each[0].value.startswith(mine)
        ]
    kinds = KINDS_BY_CHANNEL[channel]
    usable = [each for each in addresses.items() if each[0].kind in kinds and each[0].scope in {"", account.id}]
    return sorted(usable, key=lambda each: (kinds.index(each[0].kind), each[0].value))


def channels_of(account: AccountRow) -> Sequence[Channel]:
    """The channels that an account carries."""
    if account.provider == SIMULATOR:
        return tuple(Channel)
    provider = PROVIDERS.get(account.provider)
    return () if provider is None else provider.channels


def _recipient(contact: LockedContact, account: str, channel: Channel, address: Address, id_: str) -> Recipient:
    return {
        "contact_id": contact.id,
        "account": account,
        "channel": channel,
        "address_id": id_,
        "address": address.value,
        "address_kind": address.kind,
    }


async def last_of(connection: AsyncConnection, contact: LockedContact) -> LastMessage | None:
    """Where the conversation with a contact was last; what says nothing else goes there."""
    merged = await contacts.merged(connection, [contact.id] if contact.has_merged else [])
    return (await _last(connection, [contact.id], merged)).get(contact.id)


async def read_routes(
    connection: AsyncConnection, locked: Mapping[str, LockedContact], wanted: Iterable[tuple[str, Sequence[Channel]]]
) -> Routes:
    """What is known of the ways to contacts.

    Args:
        connection: that holds the contacts' locks.
        locked: the contacts by id.
        wanted: the account, or else the channels, by which somebody is to be reached; neither for as it was last.
    """
    accounts = {row.id: row for row in await queries.accounts(connection)}
    channels: set[Channel] = set()
    for account, asked in wanted:
        channels.update(channels_of(accounts[account]) if account in accounts else asked)
    merged = await contacts.merged(connection, [each.id for each in locked.values() if each.has_merged])
    last_on = {channel: await _last(connection, locked, merged, channel) for channel in sorted(channels)}
    return Routes(accounts, await _last(connection, locked, merged), last_on)


async def _last(
    connection: AsyncConnection, contact_ids: Iterable[str], merged: Mapping[str, str], channel: Channel | None = None
) -> Mapping[str, LastMessage]:
    """Where each conversation was last, on one channel or on any; `merged` are who was merged, with who goes on."""
    found = dict(await queries.last_messages(connection, [*contact_ids, *merged], channel))
    for each, kept in merged.items():
        if each in found:
            both = [found.pop(each), *([found[kept]] if kept in found else ())]
            found[kept] = max(both, key=lambda last: (last.is_inbound, last.at))
    return found


async def closed_routes(connection: AsyncConnection, routes: Iterable[Route], now: datetime) -> frozenset[Route]:
    """Those on which only an approved template may be sent at `now`."""
    limited: dict[tuple[str, Channel], list[Route]] = {}
    for route in routes:
        account, channel = route.to["account"], Channel(route.to["channel"])
        if channel in messages.windows_of(account):
            limited.setdefault((account, channel), []).append(route)
    closed: set[Route] = set()
    for (account, channel), those in limited.items():
        ids = {each.to["contact_id"] for each in those}
        heard = await messages.heard_within(connection, account, channel, ids, now)
        closed.update(each for each in those if each.to["contact_id"] not in heard)
    return frozenset(closed)
