"""What a batch of postings locks and reads before anything is decided, and how what was decided is written."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.db.bulk import together
from bot.loyalty.kinds import EntryKind
from bot.loyalty.ledger import queries
from bot.loyalty.ledger.asked import (
    Cancel,
    Confirm,
    Earn,
    Entry,
    OfAccount,
    Once,
    Pend,
    Posting,
    Redeem,
    Refund,
    Return,
)
from bot.loyalty.ledger.book import Book, Limit
from bot.loyalty.ledger.keys import kept_key
from bot.loyalty.ledger.state import Lot
from bot.loyalty.lives import day_of
from bot.loyalty.programmes import queries as programmes


class Named(NamedTuple):
    """What postings name, read without a lock: none of it ever changes.

    Attributes:
        entries: by id.
        postings: all entries of what those belong to, by the posting's id.
        pending: the accounts of pending points, by their id.
        owners: by an account's id its contact, None where it is nobody's any more.
    """

    entries: dict[str, Entry]
    postings: dict[str, list[Entry]]
    pending: dict[str, str]
    owners: dict[str, str | None]

    def account_of(self, asked: Posting) -> str:
        """The account that a posting names, or that of what it names; empty for none."""
        match asked:
            case OfAccount():
                return asked.account_id
            case Refund() | Return():
                entry = self.entries.get(asked.entry_id)
                return "" if entry is None else entry.account_id
            case Confirm() | Cancel():
                return self.pending.get(asked.pending_id, "")

    def contact_of(self, asked: Posting) -> str:
        """The contact on whom a posting depends; empty for none."""
        account_id = self.account_of(asked)
        if account_id:
            return self.owners.get(account_id) or ""
        return asked.contact_id if isinstance(asked, OfAccount) else ""


async def begin(
    connection: AsyncConnection, batch: Sequence[Posting], now: datetime, *, wait: bool
) -> tuple[Book, Sequence[bool]]:
    """Lock what a batch needs and read it; gives of each posting whether its contact is held by somebody else.

    Contacts first, then accounts; with `wait` nobody's contact is left out.
    """
    book = Book(now, await programmes.by_ids(connection, (each.programme_id for each in batch)))
    named = await _named(connection, batch)
    wanted = {contact_id for each in batch if (contact_id := named.contact_of(each))}
    held = await _hold(connection, book, wanted, wait=wait)
    mine = [each for each in batch if named.contact_of(each) not in held]
    accounts = {account_id for each in mine if (account_id := named.account_of(each))}
    origins = [
        named.entries[each.entry_id]
        for each in mine
        if isinstance(each, Refund | Return)
        if each.entry_id in named.entries
    ]
    accounts |= {part.account_id for each in origins for part in named.postings[each.posting_id]}
    ids = (each.programme_id for each in mine)
    book.know(await queries.lock_accounts(connection, ids, book.heads, accounts))
    await _read_keys(connection, book, mine)
    await _read_origins(connection, book, named, mine, origins)
    await read_lots(connection, book)
    await _read_limits(connection, book, mine)
    return book, [named.contact_of(each) in held for each in batch]


async def write(connection: AsyncConnection, book: Book) -> None:
    """Write what a book has come to, each table in one statement, on PostgreSQL all in one."""
    new_accounts, accounts = book.accounts_to_write()
    new_lots, lots = book.lots_to_write()
    writes = book.writes
    for each in writes.settled.keys() & writes.pending.keys():
        writes.pending[each] |= writes.settled.pop(each)
    await together(
        connection,
        (queries.INSERT_ACCOUNTS, new_accounts),
        (queries.UPDATE_ACCOUNTS, accounts),
        (queries.INSERT_ENTRIES, writes.entries),
        (queries.INSERT_LOTS, new_lots),
        (queries.UPDATE_LOTS, lots),
        (queries.INSERT_ALLOCATIONS, writes.allocations),
        (queries.INSERT_PENDING, list(writes.pending.values())),
        (queries.SETTLE_PENDING, list(writes.settled.values())),
    )
    rows = [
        {"programme_id": programme, "user_id": user, "day": day, "points": points}
        for (programme, user, day), points in sorted(book.posted.items())
    ]
    await queries.WRITE_POSTED.execute(connection, rows)


async def _named(connection: AsyncConnection, batch: Sequence[Posting]) -> Named:
    entry_ids = {each.entry_id for each in batch if isinstance(each, Refund | Return)}
    entries = await queries.entries(connection, entry_ids) if entry_ids else {}
    postings = await queries.of_postings(connection, (each.posting_id for each in entries.values())) if entries else {}
    pending_ids = {each.pending_id for each in batch if isinstance(each, Confirm | Cancel)}
    found = await queries.pending(connection, pending_ids) if pending_ids else {}
    pending = {each.id: each.account_id for each in found.values()}
    named = Named(entries, postings, pending, {})
    accounts = {account_id for each in batch if (account_id := named.account_of(each))}
    return named._replace(owners=await queries.owners(connection, accounts) if accounts else {})


async def _hold(connection: AsyncConnection, book: Book, wanted: Collection[str], *, wait: bool) -> frozenset[str]:
    """Lock who goes on for each contact, and know whose accounts are theirs; gives who is held by somebody else."""
    if not wanted:
        return frozenset()
    held: frozenset[str] = frozenset()
    if wait:
        locked = await contacts.lock(connection, wanted)
    else:
        locked, held = await contacts.try_lock(connection, wanted)
    book.heads.update({asked: each.id for asked, each in locked.items()})
    book.heads.update({each.id: each.id for each in locked.values()})
    pooled = {each.id for each in locked.values() if each.has_merged}
    book.heads.update(await contacts.merged(connection, pooled))
    return held


async def _read_keys(connection: AsyncConnection, book: Book, batch: Iterable[Posting]) -> None:
    asked = [
        (each.programme_id, kept_key(each.key)) for each in batch if isinstance(each, Once) if each.key is not None
    ]
    if not asked:
        return
    book.keyed = await queries.keyed(connection, {each for each, _key in asked}, {key for _each, key in asked})
    entries = [each.found for each in book.keyed.values() if isinstance(each.found, Entry)]
    if entries:
        book.origins.postings.update(await queries.of_postings(connection, (each.posting_id for each in entries)))
        missing = {each.account_id for each in entries} - book.rows.keys()
        # Somebody else's key: it is refused, or the accounts are not this person's any more.
        book.know(await queries.lock_accounts(connection, (), (), missing) if missing else ())


async def _read_origins(
    connection: AsyncConnection, book: Book, named: Named, batch: Sequence[Posting], entries: Sequence[Entry]
) -> None:
    origins = book.origins
    pending_ids = {each.pending_id for each in batch if isinstance(each, Confirm | Cancel)}
    if pending_ids:
        origins.pending = await queries.pending(connection, pending_ids)
        became = {each.entry_id for each in origins.pending.values() if each.entry_id is not None}
        origins.postings.update(await queries.of_postings(connection, became) if became else {})
    if not entries:
        return
    origins.entries = {each.id: each for each in entries}
    parts = {part.id: part for each in entries for part in named.postings[each.posting_id]}
    origins.postings.update({part.posting_id: named.postings[part.posting_id] for part in parts.values()})
    origins.reversed = await queries.reversed_so_far(connection, parts)
    redeemed = [each.id for each in parts.values() if each.kind is EntryKind.REDEEM]
    for row in await queries.allocations(connection, redeemed) if redeemed else ():
        origins.taken.setdefault(row.entry_id, []).append((row.lot_id, row.n))
    earned = [each.id for each in parts.values() if each.kind is EntryKind.EARN]
    if earned:
        origins.lots = await queries.lots_of_entries(connection, earned)
        origins.ended = await queries.ended_of(connection, origins.lots.values())


async def read_lots(connection: AsyncConnection, book: Book) -> None:
    """Read the lots that the accounts of a book have points in, and those that have something given back."""
    known = [each for each, account in book.accounts.items() if account.balance + account.owed]
    further = {lot_id for taken in book.origins.taken.values() for lot_id, _n in taken}
    if not known and not further:
        return
    found: dict[str, list[Lot]] = {}
    for account_id, lot in await queries.lots(connection, known, further):
        found.setdefault(account_id, []).append(lot)
    for account_id, lots in found.items():
        book.accounts[account_id] = replace(book.accounts[account_id], lots=tuple(lots))


async def _read_limits(connection: AsyncConnection, book: Book, batch: Iterable[Posting]) -> None:
    limits = set[Limit]()
    for each in batch:
        programme = book.programmes.get(each.programme_id)
        if isinstance(each, Earn | Redeem | Pend) and each.limited and programme is not None and _user(each):
            limits.add((programme.id, _user(each), day_of(book.now, programme.zone)))
    if limits:
        found = await queries.hold_posted(connection, limits)
        book.posted = {each: found.get(each, 0) for each in limits}


def _user(asked: Posting) -> str:
    return "" if asked.by is None else asked.by.user_id or ""
