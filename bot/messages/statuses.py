"""What providers report of messages we sent: a status only rises, in whatever order the reports come.

Where a report means that the person wants no more, their contact is locked before any message, as everywhere, and is
not waited for. Contacts of other reports are not touched.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.service import ContactsHeldError, SetConsent, hold_owners, set_consents
from bot.core.addresses import Channel
from bot.core.consents import Said, purpose_of
from bot.core.events import StatusChanged
from bot.core.hints import Topic
from bot.core.messages import RANK, Status, StatusUpdate
from bot.db.hub import hint
from bot.listeners.service import hears, tell
from bot.messages import queries
from bot.messages.kept import early_statuses
from bot.messages.kept import queries as kept
from bot.messages.models import UNCLAIMED
from bot.messages.queries import LockedRow
from bot.messages.telling import changed

_LONGEST_ID = 512
_LONGEST_CODE = 64
_LONGEST_REASON = 500

_Key = tuple[str, str]
"""account and provider_message_id."""


class _Left(NamedTuple):
    """Reports that were not applied.

    Attributes:
        unmatched: their message is not known.
        held: of messages by whose reports a person wants no more whose contact somebody else has locked.
    """

    unmatched: Sequence[StatusUpdate]
    held: Sequence[StatusUpdate]


async def apply(connection: AsyncConnection, updates: Sequence[StatusUpdate], now: datetime) -> None:
    """Apply a batch of reports, of whatever providers, so that all their messages are locked in one order.

    A message is found by our own id where the report echoes it, else by (account, provider's id). One that is
    not known yet is kept and applied when its id appears (`apply_kept`). Any report proves that the provider has the
    message, so an attempt of unknown outcome is settled by it, and a claim released.

    Raises ContactsHeldError, by the keys of the reports, when people want no more whose contacts somebody else holds.
    """
    news = [_bounded(each) for each in updates if len(each.provider_message_id) <= _LONGEST_ID]
    left = await _apply(connection, news, now)
    if left.held:
        raise ContactsHeldError(frozenset(each.key for each in left.held))
    # `queued` of a message that we will find sent anyway says nothing worth keeping.
    early = [each for each in left.unmatched if each.status is not Status.QUEUED and each.provider_message_id]
    if early:
        await early_statuses.keep_statuses(connection, early, now)


async def apply_kept(
    connection: AsyncConnection, now: datetime, *, provider_message_ids: Sequence[str] | None = None
) -> int:
    """Apply early statuses whose message has appeared, of those messages or of all; returns how many.

    One by which a person wants no more waits where somebody else holds their contact.
    """
    ripe = await early_statuses.ripe_statuses(connection, provider_message_ids)
    if not ripe:
        return 0
    held = (await _apply(connection, list(ripe.values()), now)).held
    applied = [event_id for event_id, report in ripe.items() if report not in held]
    await kept.mark_applied(connection, applied, now)
    return len(applied)


async def tend_kept(connection: AsyncConnection, now: datetime) -> None:
    """Apply early statuses whose message has appeared since, and forget those that are evidently not ours."""
    await apply_kept(connection, now)
    await kept.forget_statuses(connection, now - early_statuses.FORGET_STATUSES_AFTER)


@dataclass(slots=True)
class _Change:
    """A message's row as it is under its lock, and what the reports make of it.

    Attributes:
        reported_at: when the status that holds was reached, by the provider's clock, or None.
        opt_outs: why the person is not to get any more, in order.
    """

    row: LockedRow
    status: Status
    provider_message_id: str | None
    error: str | None
    error_reason: str | None
    reported_at: datetime | None = None
    opt_outs: list[Said] = field(default_factory=list)

    def take(self, report: StatusUpdate, *, free: bool) -> None:
        """Let `report` raise the status; its provider's id is taken where there is none and it is `free`."""
        # The provider has the message: that is what we call sent, whatever it calls it.
        status = Status.SENT if report.status is Status.QUEUED else report.status
        if RANK[status] > RANK[self.status]:
            failed = status is Status.FAILED
            self.status = status
            self.reported_at = report.at
            self.error = (report.code or "failed") if failed else None
            self.error_reason = report.reason or None if failed else None
        if self.provider_message_id is None and free:
            self.provider_message_id = report.provider_message_id or None
        if report.opt_out is not None:
            purpose = purpose_of(report.opt_out, self.row.purpose)
            self.opt_outs.append(Said(False, report.opt_out, purpose, report.at, report.code))

    def is_of_a_copy(self, report: StatusUpdate) -> bool:
        """Whether it may be about somebody who got a copy alone: it says nothing of the person then."""
        return bool(self.row.copied) and report.recipient.casefold() != self.row.address.casefold()

    @property
    def changed(self) -> bool:
        return (self.status, self.provider_message_id) != (self.before, self.row.provider_message_id)

    @property
    def before(self) -> Status:
        return Status(self.row.status)

    def told(self, now: datetime) -> StatusChanged:
        return changed(self.row, self.before, self.status, self.error, now, self.reported_at)

    def values(self, now: datetime) -> dict[str, Any]:
        return {
            **UNCLAIMED,
            "id": self.row.id,
            "status": self.status,
            "provider_message_id": self.provider_message_id,
            "error": self.error,
            "error_reason": self.error_reason,
            "updated_at": now,
        }


async def _apply(connection: AsyncConnection, reports: Sequence[StatusUpdate], now: datetime) -> _Left:
    """Apply `reports` as far as that can be done now."""
    by_key = await _ids_by_provider(connection, reports)
    refusing = _refusing(reports, by_key)
    whose = await _hold_owners(connection, refusing) if refusing else {}
    not_had = {id_ for id_, address_id in whose.items() if address_id is None}
    held = [each for each in reports if not not_had.isdisjoint(_names(each, by_key))] if not_had else []
    free = [each for each in reports if each not in held] if held else reports
    changes = await _locked(connection, {name for each in free for name in _names(each, by_key)} - {""})
    unmatched: list[StatusUpdate] = []
    for report in free:
        key = (report.account, report.provider_message_id)
        change = changes.get(report.message_id)
        if change is None or change.row.account != report.account:
            change = changes.get(by_key.get(key, ""))
        if change is None:
            unmatched.append(report)
            continue
        if change.is_of_a_copy(report):
            continue
        if report.opt_out is not None and whose.get(change.row.id) != change.row.address_id:
            # The message has just been given another address.
            held.append(report)
            continue
        owner = by_key.setdefault(key, change.row.id) if report.provider_message_id else None
        change.take(report, free=owner == change.row.id)
    await _write(connection, changes.values(), now)
    return _Left(unmatched, held)


def _refusing(reports: Sequence[StatusUpdate], by_key: Mapping[_Key, str]) -> set[str]:
    """The messages, by all their names, of which some report means that the person wants no more."""
    opt_outs = [each for each in reports if each.opt_out is not None]
    if not opt_outs:
        return set()
    keys = {(each.account, each.provider_message_id) for each in opt_outs if each.provider_message_id}
    same = [each for each in reports if (each.account, each.provider_message_id) in keys]
    return {name for each in (*opt_outs, *same) for name in _names(each, by_key)} - {""}


def _names(report: StatusUpdate, by_key: Mapping[_Key, str]) -> tuple[str, str]:
    """The ids of the messages of which it may be: by our own id, and by the provider's; empty for none."""
    return report.message_id, by_key.get((report.account, report.provider_message_id), "")


async def _hold_owners(connection: AsyncConnection, message_ids: Iterable[str]) -> Mapping[str, str | None]:
    """Lock the contacts to whom the messages go; gives the address of each, or None where somebody else holds them."""
    rows = await connection.execute(queries.addressed(connection.dialect.name), {"ids": sorted(message_ids)})
    whose = {row.id: row.address_id for row in rows}
    held = await hold_owners(connection, whose.values())
    return {id_: None if address_id in held else address_id for id_, address_id in whose.items()}


async def _ids_by_provider(connection: AsyncConnection, reports: Iterable[StatusUpdate]) -> dict[_Key, str]:
    """The messages that the reports name by the provider's ids, and perhaps another account's with one of those ids."""
    keys = {(each.account, each.provider_message_id) for each in reports if each.provider_message_id}
    parameters = {
        "accounts": sorted({account for account, _id in keys}),
        "ids": sorted({id_ for _account, id_ in keys}),
    }
    rows = await connection.execute(queries.by_provider_ids(connection.dialect.name), parameters)
    return {(row.account, row.provider_message_id or ""): row.id for row in rows}


async def _locked(connection: AsyncConnection, ids: Iterable[str]) -> Mapping[str, _Change]:
    """Lock the messages in the order of their ids, so that two batches never deadlock, and read them."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    return {
        row.id: _Change(row, Status(row.status), row.provider_message_id, row.error, row.error_reason)
        for row in await connection.execute(queries.locking(connection.dialect.name), {"ids": wanted})
    }


async def _write(connection: AsyncConnection, changes: Collection[_Change], now: datetime) -> None:
    await queries.RAISE_STATUSES.execute(connection, [change.values(now) for change in changes if change.changed])
    hint(connection, Topic.MESSAGES, (change.row.contact_id for change in changes if change.changed))
    if hears(connection, StatusChanged):
        await tell(connection, [change.told(now) for change in changes if change.status != change.before], now)
    opt_outs = [
        SetConsent(each.row.address_id, Channel(each.row.channel), said) for each in changes for said in each.opt_outs
    ]
    await set_consents(connection, opt_outs, now)


def _bounded(report: StatusUpdate) -> StatusUpdate:
    return replace(report, code=report.code[:_LONGEST_CODE], reason=report.reason[:_LONGEST_REASON])
