"""The work on a sheet that came by the browser, slice by slice, as a job.

One checks, one writes, one tidies up. Whatever is killed when, it goes on where the last slice was committed. What is
done with is deleted along; faulty rows stay for whoever mends them, for a week.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import time, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from bot.contacts.holding import ContactsHeldError
from bot.contacts.identify import ContactsChangedError
from bot.contacts.importing import queries
from bot.contacts.importing.applying import Keys, apply, look
from bot.contacts.importing.columns import read_columns
from bot.contacts.importing.models import ImportStatus
from bot.contacts.importing.person import Faulty, Person, read_person
from bot.contacts.importing.planning import Plan, Verdict
from bot.contacts.importing.sheet import Row as SheetRow
from bot.contacts.importing.staged import JOB, claim_of
from bot.contacts.importing.tally import Tally
from bot.jobs import service as jobs

RETENTION = "contact_import_retention"
KEEP = timedelta(days=7)
"""How long a sheet waits for somebody's word, and its faulty rows for whoever mends them."""
_CHECK_ROWS = 100
_APPLY_ROWS = 250
_TIDY_ROWS = 5000
_PAUSE = timedelta(milliseconds=300)
_WRITES = (Verdict.MADE, Verdict.UPDATED)


async def _run(context: jobs.Context[object]) -> jobs.Progress | None:
    """One slice of its work, as long as the sheet's status asks for that."""
    payload = context.job.payload
    row = await queries.import_of(context.connection, payload["import"])
    work = None if row is None else _WORK.get((payload["work"], ImportStatus(row.status)))
    return None if row is None or work is None else await work(context, row)


async def _check(context: jobs.Context[object], row: Row[Any]) -> jobs.Progress:
    connection, now = context.connection, context.now
    found = await queries.rows_of(connection, row.id, _reached(context), _CHECK_ROWS)
    if not found:
        await queries.set_import(connection, row.id, [ImportStatus.CHECKING], now, status=ImportStatus.READY)
        return jobs.Progress(row.total, row.total, {"line": 0})
    tally = Tally.of(row.planned)
    read = _read(row, found)

    async def seen(keys: Keys) -> Mapping[str, int]:
        rows = [{"import_id": row.id, "key": key, "line": line} for key, line in keys]
        await queries.INSERT_KEYS.execute(connection, sorted(rows, key=lambda each: (each["key"], each["line"])))
        return await queries.first_lines(connection, row.id, [key for key, _line in keys])

    looked = await look(connection, [each for each in read if isinstance(each, Person)], claim_of(row), seen, now)
    all_of_them: list[Plan | Faulty] = [*looked, *(each for each in read if isinstance(each, Faulty))]
    for each in all_of_them:
        tally.take(each)
    await queries.JUDGE_ROWS.execute(connection, [_judged(row.id, each) for each in all_of_them])
    await queries.set_import(connection, row.id, [ImportStatus.CHECKING], now, planned=tally.as_json())
    return jobs.Progress(tally.rows, row.total, {"line": found[-1].line})


async def _apply(context: jobs.Context[object], row: Row[Any]) -> jobs.Progress:
    connection, now = context.connection, context.now
    planned, written = Tally.of(row.planned), Tally.of(row.written)
    reached = _reached(context)
    found = await queries.rows_of(connection, row.id, reached, _APPLY_ROWS, _WRITES)
    if not found:
        await queries.set_import(connection, row.id, [ImportStatus.APPLYING], now, status=ImportStatus.DONE)
        return jobs.Progress(planned.writes, planned.writes, {"line": 0})
    people = [each for each in _read(row, found) if isinstance(each, Person)]
    try:
        async with connection.begin_nested():
            done = await apply(connection, people, claim_of(row), now)
    except (ContactsHeldError, ContactsChangedError):
        # Somebody is just writing with one of them.
        return jobs.Progress(context.job.done, planned.writes, {"line": reached}, _PAUSE)
    for each in done:
        written.take(each)
    # What came to be faulty meanwhile stays, with what is wrong.
    faulty = [_judged(row.id, each) for each in done if isinstance(each, Faulty)]
    if faulty:
        await queries.JUDGE_ROWS.execute(connection, faulty)
    await queries.delete_rows(connection, row.id, found[-1].line)
    await queries.set_import(connection, row.id, [ImportStatus.APPLYING], now, written=written.as_json())
    return jobs.Progress(context.job.done + len(found), planned.writes, {"line": found[-1].line})


async def _tidy_keys(context: jobs.Context[object], row: Row[Any]) -> jobs.Progress:
    """They have told what they could."""
    deleted = await queries.delete_some(context.connection, row.id, _TIDY_ROWS, keys_alone=True)
    return jobs.Progress(row.total, row.total, {"line": 0} if deleted else None)


async def _tidy_rows(context: jobs.Context[object], row: Row[Any]) -> jobs.Progress:
    """What nothing was to be done about, behind the last row that was written."""
    total = Tally.of(row.planned).writes
    found = await queries.rows_of(context.connection, row.id, _reached(context), _TIDY_ROWS, (Verdict.SAME,))
    if not found:
        deleted = await queries.delete_some(context.connection, row.id, _TIDY_ROWS, keys_alone=True)
        return jobs.Progress(total, total, {"line": _reached(context)} if deleted else None)
    await queries.delete_rows(context.connection, row.id, found[-1].line)
    return jobs.Progress(total, total, {"line": found[-1].line})


async def _tidy_all(context: jobs.Context[object], row: Row[Any]) -> jobs.Progress:
    deleted = await queries.delete_some(context.connection, row.id, _TIDY_ROWS, keys_alone=False)
    return jobs.Progress(context.job.done + deleted, None, {"line": 0} if deleted else None)


async def _retention(context: jobs.Context[object]) -> jobs.Progress | None:
    """Forget sheets that came long ago, some of their rows at a time."""
    old = await queries.old_imports(context.connection, context.now - KEEP, 1)
    if not old:
        return None
    deleted = await queries.delete_some(context.connection, old[0], _TIDY_ROWS, keys_alone=False)
    if not deleted:
        await queries.delete_import(context.connection, old[0])
    return jobs.Progress(context.job.done + deleted, None, {"import": old[0]})


_Work = Callable[[jobs.Context[object], Row[Any]], Awaitable[jobs.Progress]]
_WORK: Mapping[tuple[str, ImportStatus], _Work] = MappingProxyType(
    {
        ("check", ImportStatus.CHECKING): _check,
        ("check", ImportStatus.READY): _tidy_keys,
        ("apply", ImportStatus.APPLYING): _apply,
        ("apply", ImportStatus.DONE): _tidy_rows,
        ("tidy", ImportStatus.DISCARDED): _tidy_all,
    }
)
HANDLERS: Mapping[str, jobs.Handler[object]] = MappingProxyType(
    {
        JOB: jobs.Handler(_run),
        RETENTION: jobs.Handler(_retention, recurs=jobs.Daily(time(3, 20), ZoneInfo("UTC"))),
    }
)
"""The jobs of imports."""


def _reached(context: jobs.Context[object]) -> int:
    return int((context.job.checkpoint or {}).get("line", 0))


def _read(row: Row[Any], found: Sequence[Row[Any]]) -> list[Person | Faulty]:
    columns = read_columns(row.header)
    return [
        read_person(columns, SheetRow(each.line, tuple(each.cells or ()), each.fault), row.country) for each in found
    ]


def _judged(import_id: str, looked: Plan | Faulty) -> dict[str, Any]:
    if isinstance(looked, Faulty):
        faults = [[each.message, each.mend, dict(each.values)] for each in looked.faults]
        return {"import_id": import_id, "line": looked.line, "verdict": Verdict.FAULTY, "faults": faults}
    return {"import_id": import_id, "line": looked.person.line, "verdict": looked.verdict, "faults": None}
