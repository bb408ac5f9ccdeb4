"""The statements of postings: what they read under lock, and what they write, each once for a whole batch."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Executable,
    Integer,
    Row,
    String,
    any_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db.bulk import BulkInsert, BulkUpdate, among
from bot.loyalty.kinds import EntryKind, PendingStatus
from bot.loyalty.ledger.asked import Entry, Pending
from bot.loyalty.ledger.state import Lot
from bot.loyalty.models import PointAccount, PointAllocation, PointEntry, PointLot, PointPending, PointsPosted

INSERT_ACCOUNTS = BulkInsert(
    PointAccount,
    ("id", "programme_id", "contact_id", "number", "balance", "owed", "last_active_on", "created_at", "updated_at"),
)
UPDATE_ACCOUNTS = BulkUpdate(PointAccount, "id", ("balance", "owed", "last_active_on", "updated_at"))
_OF_ENTRY = (
    *("id", "programme_id", "account_id", "posting_id", "kind", "credit", "debit", "expires_at", "reason"),
    *("reference", "idempotency_key", "key_digest", "reverses_id", "created_at"),
)
INSERT_ENTRIES = BulkInsert(PointEntry, _OF_ENTRY)
INSERT_LOTS = BulkInsert(PointLot, ("id", "account_id", "entry_id", "earned", "remaining", "expires_on"))
UPDATE_LOTS = BulkUpdate(PointLot, "id", ("remaining",))
INSERT_ALLOCATIONS = BulkInsert(PointAllocation, ("entry_id", "lot_id", "n"))
_OF_PENDING = (
    *("id", "programme_id", "account_id", "points", "reason", "reference", "idempotency_key", "key_digest"),
    *("status", "entry_id", "created_at", "settled_at"),
)
INSERT_PENDING = BulkInsert(PointPending, _OF_PENDING)
SETTLE_PENDING = BulkUpdate(PointPending, "id", ("status", "entry_id", "settled_at"))
NOTHING_POSTED = BulkInsert(
    PointsPosted, ("programme_id", "user_id", "day", "points"), keys=("programme_id", "user_id", "day")
)
WRITE_POSTED = BulkInsert(
    PointsPosted,
    ("programme_id", "user_id", "day", "points"),
    keys=("programme_id", "user_id", "day"),
    set_=("points",),
)

NOTHING = literal_column("0", Integer)
"""Not a parameter, for which no index of what is left would be taken."""
ENTRY = tuple(getattr(PointEntry, name) for name in _OF_ENTRY)
PENDING = tuple(getattr(PointPending, name) for name in _OF_PENDING)
_LOT = (PointLot.id, PointLot.account_id, PointLot.earned, PointLot.remaining, PointLot.expires_on)


class Keyed(NamedTuple):
    """What was asked with a key: an entry, or points that were pending."""

    digest: str
    found: Entry | Pending


class AccountRow(NamedTuple):
    """An account, under lock."""

    id: str
    programme_id: str
    contact_id: str | None
    balance: int
    owed: int
    last_active_on: date | None


async def owners(connection: AsyncConnection, account_ids: Iterable[str]) -> dict[str, str | None]:
    """By an account's id its contact, None where it is nobody's any more."""
    rows = await connection.execute(_owners(connection.dialect.name), {"ids": sorted(set(account_ids))})
    return {row.id: row.contact_id for row in rows}


@cache
def _owners(dialect: str) -> Executable:
    return select(PointAccount.id, PointAccount.contact_id).where(among(dialect, PointAccount.id, "ids"))


async def lock_accounts(
    connection: AsyncConnection, programme_ids: Iterable[str], contact_ids: Iterable[str], account_ids: Iterable[str]
) -> list[AccountRow]:
    """Lock the accounts of those contacts in those programmes, and those of the ids, in the order of their ids."""
    given = {
        "programmes": sorted(set(programme_ids)),
        "contacts": sorted(set(contact_ids)),
        "ids": sorted(set(account_ids)),
    }
    return [AccountRow(*row) for row in await connection.execute(_locking(connection.dialect.name), given)]


@cache
def _locking(dialect: str) -> Executable:
    own = among(dialect, PointAccount.contact_id, "contacts") & among(dialect, PointAccount.programme_id, "programmes")
    theirs = select(PointAccount.id).where(own).scalar_subquery()
    found: ColumnElement[bool]
    if dialect == "postgresql":
        # One array, so that each is looked up by its id, however few accounts there were when the plan was made.
        ids = func.array_cat(func.array(theirs), bindparam("ids", type_=ARRAY(String)))
        found = PointAccount.id == any_(ids)
    else:
        found = or_(PointAccount.id.in_(theirs), among(dialect, PointAccount.id, "ids"))
    columns = (getattr(PointAccount, name) for name in AccountRow._fields)
    return select(*columns).where(found).order_by(PointAccount.id).with_for_update(key_share=True)


async def lots(
    connection: AsyncConnection, account_ids: Iterable[str], lot_ids: Collection[str] = ()
) -> list[tuple[str, Lot]]:
    """The lots of those accounts that have anything left, and those of the ids, each with its account's id."""
    ids = sorted(set(account_ids))
    rows = list(await connection.execute(_open_lots(connection.dialect.name), {"ids": ids}))
    further = sorted(set(lot_ids).difference([row.id for row in rows]))
    if further:
        rows += await connection.execute(_lots(connection.dialect.name), {"ids": further})
    return [(row.account_id, Lot(row.id, row.earned, row.remaining, row.expires_on)) for row in rows]


@cache
def _open_lots(dialect: str) -> Executable:
    return select(*_LOT).where(among(dialect, PointLot.account_id, "ids"), PointLot.remaining > NOTHING)


@cache
def _lots(dialect: str) -> Executable:
    return select(*_LOT).where(among(dialect, PointLot.id, "ids"))


async def keyed(
    connection: AsyncConnection, programme_ids: Iterable[str], keys: Iterable[str]
) -> dict[tuple[str, str], Keyed]:
    """What was asked with those keys, by programme and key."""
    given = {"programmes": sorted(set(programme_ids)), "keys": sorted(set(keys))}
    found: dict[tuple[str, str], Keyed] = {}
    for row in await connection.execute(_keyed(connection.dialect.name, PointPending), given):
        found[row.programme_id, row.idempotency_key] = Keyed(row.key_digest, pending_of(row))
    for row in await connection.execute(_keyed(connection.dialect.name, PointEntry), given):
        found[row.programme_id, row.idempotency_key] = Keyed(row.key_digest, entry_of(row))
    return found


@cache
def _keyed(dialect: str, model: type[PointEntry] | type[PointPending]) -> Executable:
    columns = ENTRY if model is PointEntry else PENDING
    return select(*columns).where(
        among(dialect, model.programme_id, "programmes"), among(dialect, model.idempotency_key, "keys")
    )


async def of_postings(connection: AsyncConnection, posting_ids: Iterable[str]) -> dict[str, list[Entry]]:
    """The entries of postings, by the posting's id."""
    rows = await connection.execute(_of_postings(connection.dialect.name), {"ids": sorted(set(posting_ids))})
    found: dict[str, list[Entry]] = {}
    for row in rows:
        found.setdefault(row.posting_id, []).append(entry_of(row))
    return found


@cache
def _of_postings(dialect: str) -> Executable:
    return select(*ENTRY).where(among(dialect, PointEntry.posting_id, "ids")).order_by(PointEntry.id)


async def entries(connection: AsyncConnection, entry_ids: Iterable[str]) -> dict[str, Entry]:
    """Entries by their ids."""
    rows = await connection.execute(_entries(connection.dialect.name), {"ids": sorted(set(entry_ids))})
    return {row.id: entry_of(row) for row in rows}


@cache
def _entries(dialect: str) -> Executable:
    return select(*ENTRY).where(among(dialect, PointEntry.id, "ids"))


async def reversed_so_far(connection: AsyncConnection, entry_ids: Iterable[str]) -> dict[str, int]:
    """How many points of those entries were given back, or taken back, by later ones."""
    rows = await connection.execute(_reversed(connection.dialect.name), {"ids": sorted(set(entry_ids))})
    found: dict[str, int] = {}
    for row in rows:
        found[row.reverses_id] = found.get(row.reverses_id, 0) + row.credit + row.debit
    return found


@cache
def _reversed(dialect: str) -> Executable:
    columns = (PointEntry.reverses_id, PointEntry.credit, PointEntry.debit)
    # Said once more, since an index without those that reverse nothing is not taken for a list that may be empty.
    return select(*columns).where(among(dialect, PointEntry.reverses_id, "ids"), PointEntry.reverses_id.is_not(None))


async def allocations(connection: AsyncConnection, entry_ids: Iterable[str]) -> Sequence[Row[Any]]:
    """The rows (entry_id, lot_id, n) of what those entries took."""
    return (await connection.execute(_allocations(connection.dialect.name), {"ids": sorted(set(entry_ids))})).all()


@cache
def _allocations(dialect: str) -> Executable:
    columns = (PointAllocation.entry_id, PointAllocation.lot_id, PointAllocation.n)
    return select(*columns).where(among(dialect, PointAllocation.entry_id, "ids"))


async def lots_of_entries(connection: AsyncConnection, entry_ids: Iterable[str]) -> dict[str, str]:
    """By the id of an entry that of the lot which it made."""
    rows = await connection.execute(_lots_of(connection.dialect.name), {"ids": sorted(set(entry_ids))})
    return {row.entry_id: row.id for row in rows}


@cache
def _lots_of(dialect: str) -> Executable:
    return select(PointLot.entry_id, PointLot.id).where(among(dialect, PointLot.entry_id, "ids"))


async def ended_of(connection: AsyncConnection, lot_ids: Iterable[str]) -> dict[str, int]:
    """How many points of those lots have ended."""
    rows = await connection.execute(_ended(connection.dialect.name), {"ids": sorted(set(lot_ids))})
    return {row.lot_id: int(row.n) for row in rows}


@cache
def _ended(dialect: str) -> Executable:
    statement = select(PointAllocation.lot_id, func.sum(PointAllocation.n).label("n"))
    statement = statement.join(PointEntry, PointEntry.id == PointAllocation.entry_id)
    found = among(dialect, PointAllocation.lot_id, "ids"), PointEntry.kind == EntryKind.EXPIRE
    return statement.where(*found).group_by(PointAllocation.lot_id)


async def pending(connection: AsyncConnection, pending_ids: Iterable[str]) -> dict[str, Pending]:
    """Points that are pending, or were, by id."""
    rows = await connection.execute(_pending(connection.dialect.name), {"ids": sorted(set(pending_ids))})
    return {row.id: pending_of(row) for row in rows}


@cache
def _pending(dialect: str) -> Executable:
    return select(*PENDING).where(among(dialect, PointPending.id, "ids"))


async def hold_posted(
    connection: AsyncConnection, wanted: Iterable[tuple[str, str, date]]
) -> dict[tuple[str, str, date], int]:
    """How many points users gave and took in a programme on a day; nobody else adds to it until the end."""
    keys = sorted(set(wanted))
    rows = [{"programme_id": programme, "user_id": user, "day": day, "points": 0} for programme, user, day in keys]
    await NOTHING_POSTED.execute(connection, rows)
    given = {"users": sorted({user for _programme, user, _day in keys}), "days": sorted({day for *_, day in keys})}
    found = await connection.execute(_posted(connection.dialect.name), given)
    return {(row.programme_id, row.user_id, row.day): row.points for row in found}


@cache
def _posted(dialect: str) -> Executable:
    own = PointsPosted
    statement = select(own.programme_id, own.user_id, own.day, own.points)
    return (
        statement.where(among(dialect, own.user_id, "users"), own.day.in_(bindparam("days", expanding=True)))
        .order_by(own.programme_id, own.user_id, own.day)
        .with_for_update()
    )


def entry_of(row: Row[Any]) -> Entry:
    """A row of the ledger as a value."""
    return Entry(
        id=row.id,
        programme_id=row.programme_id,
        account_id=row.account_id,
        posting_id=row.posting_id,
        kind=EntryKind(row.kind),
        credit=row.credit,
        debit=row.debit,
        expires_at=row.expires_at,
        reason=row.reason,
        reference=row.reference,
        key=row.idempotency_key,
        reverses_id=row.reverses_id,
        created_at=row.created_at,
    )


def pending_of(row: Row[Any]) -> Pending:
    """A row of pending points as a value."""
    return Pending(
        id=row.id,
        programme_id=row.programme_id,
        account_id=row.account_id,
        points=row.points,
        reason=row.reason,
        reference=row.reference,
        key=row.idempotency_key,
        status=PendingStatus(row.status),
        entry_id=row.entry_id,
        created_at=row.created_at,
        settled_at=row.settled_at,
    )
