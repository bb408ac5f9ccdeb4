"""A batch of postings as it goes on: the accounts as they stand by now, and the rows that are to be written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from bot.core.ids import new_id, new_number
from bot.loyalty.kinds import EntryKind, PendingStatus
from bot.loyalty.ledger.asked import Entry, Once, Pend, Pending, Posting
from bot.loyalty.ledger.keys import digest, kept_key
from bot.loyalty.ledger.queries import AccountRow, Keyed
from bot.loyalty.ledger.state import Account, Change, applied
from bot.loyalty.lives import day_of, end_of
from bot.loyalty.values import Programme

Limit = tuple[str, str, date]
"""A programme, a user and a day."""


@dataclass(slots=True)
class Origins:
    """What was posted before and is given back or taken back now.

    Attributes:
        entries: those that are named, by id.
        postings: all entries of what they belong to, by the posting's id.
        reversed: how many points of an entry were given back or taken back already.
        taken: pairs of a lot and what an entry took out of it, by the entry's id.
        lots: the lot that an entry made, by the entry's id.
        ended: how many points of a lot have ended.
        pending: points that are pending, or were, by id.
    """

    entries: dict[str, Entry] = field(default_factory=dict)
    postings: dict[str, list[Entry]] = field(default_factory=dict)
    reversed: dict[str, int] = field(default_factory=dict)
    taken: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    lots: dict[str, str] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)
    pending: dict[str, Pending] = field(default_factory=dict)


@dataclass(slots=True)
class Writes:
    """The rows to be written, each kind by its table's columns."""

    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    entries: list[dict[str, Any]] = field(default_factory=list)
    lots: dict[str, dict[str, Any]] = field(default_factory=dict)
    allocations: list[dict[str, Any]] = field(default_factory=list)
    pending: dict[str, dict[str, Any]] = field(default_factory=dict)
    settled: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(slots=True)
class Book:
    """What a batch knows under its locks, and what it has come to so far.

    Attributes:
        now: the moment of all that is posted.
        programmes: by id.
        rows: the accounts as they were read, by id; those made meanwhile among them.
        heads: who goes on for a contact, by the contact's id.
        accounts: as they stand by now, by id.
        keyed: what was asked with a key, by programme and key.
        posted: how much somebody whose limit counts has given and taken.
    """

    now: datetime
    programmes: Mapping[str, Programme]
    heads: dict[str, str] = field(default_factory=dict)
    rows: dict[str, AccountRow] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    keyed: dict[tuple[str, str], Keyed] = field(default_factory=dict)
    posted: dict[Limit, int] = field(default_factory=dict)
    origins: Origins = field(default_factory=Origins)
    writes: Writes = field(default_factory=Writes)
    changed: set[str] = field(default_factory=set)
    _families: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    _lots: dict[str, str] = field(default_factory=dict)

    def know(self, rows: Iterable[AccountRow]) -> None:
        """Accounts that are locked."""
        for row in rows:
            self.rows[row.id] = row
            self.accounts[row.id] = Account(row.id, row.balance, row.owed, row.last_active_on)
            if row.contact_id is not None:
                head = self.heads.get(row.contact_id, row.contact_id)
                self._families.setdefault((row.programme_id, head), []).append(row.id)

    def today(self, programme: Programme) -> date:
        """The day in the programme's zone."""
        return day_of(self.now, programme.zone)

    def family(self, programme_id: str, contact_id: str) -> list[str]:
        """The accounts of a person, by id, their own first."""
        head = self.heads.get(contact_id, contact_id)
        ids = self._families.get((programme_id, head), [])
        return sorted(ids, key=lambda each: (self.rows[each].contact_id != head, each))

    def family_of(self, account_id: str) -> list[str]:
        """The accounts of whoever has that one, the account itself first."""
        row = self.rows[account_id]
        if row.contact_id is None:
            return [account_id]
        return sorted(self.family(row.programme_id, row.contact_id), key=lambda each: each != account_id)

    def open(self, programme_id: str, contact_id: str) -> str:
        """Make an account for a contact who has none; its id."""
        id_, head = new_id(), self.heads[contact_id]
        self.know([AccountRow(id_, programme_id, head, 0, 0, None)])
        self.writes.accounts[id_] = {
            "id": id_,
            "programme_id": programme_id,
            "contact_id": head,
            "number": new_number(),
            "created_at": self.now,
        }
        self.changed.add(id_)
        return id_

    def post(
        self,
        programme: Programme,
        changes: Sequence[Change],
        asked: Posting | None = None,
        reverses: Mapping[str, str] | None = None,
    ) -> list[Entry]:
        """Post changes as one, at least one of them; `reverses` has the entry that is reversed, by account."""
        posting_id = new_id()
        entries = []
        for at, change in enumerate(changes):
            key = asked.key if isinstance(asked, Once) and not at else None
            until = None if change.lot is None else change.lot.expires_on
            entry = Entry(
                id=new_id() if at else posting_id,
                programme_id=programme.id,
                account_id=change.account,
                posting_id=posting_id,
                kind=change.kind,
                credit=change.credit,
                debit=change.debit,
                expires_at=None if until is None else end_of(until, programme.zone),
                reason="" if asked is None else asked.reason,
                reference="" if asked is None else asked.reference,
                key=None if key is None else kept_key(key),
                reverses_id=None if reverses is None else reverses[change.account],
                created_at=self.now,
            )
            self._write(entry, None if asked is None or key is None else digest(asked))
            self._apply(entry.id, change)
            entries.append(entry)
        return entries

    def touch(self, account_ids: Iterable[str], today: date) -> None:
        """Something was given to them or redeemed."""
        for each in account_ids:
            account = self.accounts[each]
            if account.last_active_on is None or account.last_active_on < today:
                self.accounts[each] = replace(account, last_active_on=today)
                self.changed.add(each)

    def pend(self, pending: Pending, asked: Pend) -> None:
        """Points that are to be confirmed."""
        self.writes.pending[pending.id] = {
            "id": pending.id,
            "programme_id": pending.programme_id,
            "account_id": pending.account_id,
            "points": pending.points,
            "reason": pending.reason,
            "reference": pending.reference,
            "idempotency_key": pending.key,
            "key_digest": None if pending.key is None else digest(asked),
            "status": pending.status.value,
            "entry_id": None,
            "created_at": self.now,
            "settled_at": None,
        }

    def settle(self, pending: Pending, status: PendingStatus, entry_id: str | None) -> Pending:
        """Points that were pending are not any more."""
        settled = replace(pending, status=status, entry_id=entry_id, settled_at=self.now)
        self.origins.pending[pending.id] = settled
        values = {"id": pending.id, "status": status.value, "entry_id": entry_id, "settled_at": self.now}
        self.writes.settled[pending.id] = values
        return settled

    def _write(self, entry: Entry, digest_: str | None) -> None:
        self.writes.entries.append(
            {
                "id": entry.id,
                "programme_id": entry.programme_id,
                "account_id": entry.account_id,
                "posting_id": entry.posting_id,
                "kind": entry.kind.value,
                "credit": entry.credit,
                "debit": entry.debit,
                "expires_at": entry.expires_at,
                "reason": entry.reason,
                "reference": entry.reference,
                "idempotency_key": entry.key,
                "key_digest": digest_,
                "reverses_id": entry.reverses_id,
                "created_at": entry.created_at,
            }
        )

    def _apply(self, entry_id: str, change: Change) -> None:
        lot_key = new_id() if change.lot is not None else ""
        self.accounts[change.account] = applied(self.accounts[change.account], change, lot_key)
        self.changed.add(change.account)
        if change.lot is not None:
            points, expires_on = change.lot
            self.writes.lots[lot_key] = {
                "id": lot_key,
                "account_id": change.account,
                "entry_id": entry_id,
                "earned": points,
                "expires_on": expires_on,
            }
        for lot_id, n in change.allocations:
            self.writes.allocations.append({"entry_id": entry_id, "lot_id": lot_id, "n": n})
            self._lots[lot_id] = change.account
            if change.kind is EntryKind.EXPIRE:
                self.origins.ended[lot_id] = self.origins.ended.get(lot_id, 0) + n

    def lots_to_write(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The rows of lots that are new, and those of lots that have another rest."""
        rests = {
            lot.key: lot.remaining
            for account_id in {*self._lots.values(), *(row["account_id"] for row in self.writes.lots.values())}
            for lot in self.accounts[account_id].lots
        }
        new = [{**row, "remaining": rests[lot_id]} for lot_id, row in self.writes.lots.items()]
        known = sorted(self._lots.keys() - self.writes.lots.keys())
        return new, [{"id": each, "remaining": rests[each]} for each in known]

    def accounts_to_write(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The rows of accounts that are new, and those of accounts that stand otherwise."""
        rows = {
            each: {
                "id": each,
                "balance": self.accounts[each].balance,
                "owed": self.accounts[each].owed,
                "last_active_on": self.accounts[each].last_active_on,
                "updated_at": self.now,
            }
            for each in sorted(self.changed)
        }
        made = self.writes.accounts
        return (
            [{**made[each], **row} for each, row in rows.items() if each in made],
            [row for each, row in rows.items() if each not in made],
        )
