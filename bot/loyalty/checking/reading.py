"""Looking through accounts, some at a time, for what is not as it must be."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db.engine import Reading
from bot.loyalty.checking import queries
from bot.loyalty.checking.rules import CheckedAccount, CheckedEntry, CheckedLot, Fault, faults_of
from bot.loyalty.kinds import EntryKind

AT_ONCE = 500
"""Accounts that are read together; each as it is at one moment, on SQLite all of them."""


async def check(
    connection: AsyncConnection, after: str = "", *, programme_id: str = "", at_once: int = AT_ONCE
) -> tuple[Sequence[Fault], Sequence[str]]:
    """What is wrong with the next accounts behind an id, and which were looked at; none when there is no further one.

    What is posted meanwhile may look wrong where each statement sees what is committed by then, as on PostgreSQL
    outside of a repeatable read: look at what is found once more.
    """
    rows = await queries.accounts(connection, programme_id, after, at_once)
    ids = [row.id for row in rows]
    if not ids:
        return (), ()
    found = [fault for each in await _read(connection, rows, ids) for fault in faults_of(each)]
    return found, ids


async def check_all(reading: Reading, *, programme_id: str = "") -> AsyncIterator[tuple[Sequence[Fault], int]]:
    """What is wrong with all accounts, some at a time, and how many were looked at; no connection is kept meanwhile.

    What is found is looked at again, since it may have been posted to in the very moment.
    """
    after = ""
    while True:
        async with reading() as connection:
            found, ids = await check(connection, after, programme_id=programme_id)
            if found:
                found, _again = await check(connection, after, programme_id=programme_id, at_once=len(ids))
        if not ids:
            return
        yield found, len(ids)
        after = ids[-1]


async def _read(connection: AsyncConnection, rows: Sequence[Row[Any]], ids: Sequence[str]) -> list[CheckedAccount]:
    entries, lots = defaultdict[str, list[CheckedEntry]](list), defaultdict[str, list[CheckedLot]](list)
    of_lot, of_entry, foreign = Counter[str](), Counter[str](), set[str]()
    for row in await queries.allocations(connection, ids):
        of_lot[row.lot_id] += row.n
        of_entry[row.entry_id] += row.n
    for row in await queries.foreign(connection, ids):
        of_entry[row.entry_id] += row.n
        foreign.add(row.entry_id)
    reversed_ = Counter[str]()
    for row in await queries.reversals(connection, ids):
        reversed_[row.reverses_id] += row.credit + row.debit
    for row in await queries.lots(connection, ids):
        checked = CheckedLot(row.id, row.entry_id, row.earned, row.remaining, row.expires_on, of_lot[row.id])
        lots[row.account_id].append(checked)
    for row in await queries.entries(connection, ids):
        entry = _entry(row, of_entry[row.id], reversed_[row.id], is_foreign=row.id in foreign)
        entries[row.account_id].append(entry)
    pending = defaultdict[str, list[str]](list)
    for row in await queries.wrong_pending(connection, ids):
        pending[row.account_id].append(row.id)
    return [
        CheckedAccount(row.id, row.programme_id, row.balance, row.owed, entries[row.id], lots[row.id], pending[row.id])
        for row in rows
    ]


def _entry(row: Row[Any], taken: int, reversed_: int, *, is_foreign: bool) -> CheckedEntry:
    return CheckedEntry(
        id=row.id,
        programme_id=row.programme_id,
        kind=EntryKind(row.kind),
        credit=row.credit,
        debit=row.debit,
        taken=taken,
        is_foreign=is_foreign,
        reverses=None if row.reverses_kind is None else (row.reverses_programme, EntryKind(row.reverses_kind)),
        posting=None if row.posting_kind is None else (row.posting_programme, EntryKind(row.posting_kind)),
        reversed=reversed_,
    )
