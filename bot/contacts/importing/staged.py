"""Sheets that come by the browser: their rows wait in tables, and a job goes through them, slice by slice.

One job checks, one writes, one tidies up. Whatever is killed when, it goes on where the last slice was committed. What
is done with is deleted along; faulty rows stay for whoever mends them, for a week.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, time, timedelta
from io import BytesIO
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.audit.service import record
from bot.contacts.holding import ContactsHeldError
from bot.contacts.identify import ContactsChangedError
from bot.contacts.importing import queries
from bot.contacts.importing.applying import Keys, apply, look
from bot.contacts.importing.claim import Claim
from bot.contacts.importing.columns import read_columns
from bot.contacts.importing.models import ImportStatus
from bot.contacts.importing.person import Fault, Faulty, Person, read_person
from bot.contacts.importing.planning import Plan, Verdict
from bot.contacts.importing.reading import Sheet, sheet_rows, tells_consent
from bot.contacts.importing.sheet import Row as SheetRow
from bot.contacts.importing.tally import Tally
from bot.core.actors import Actor
from bot.core.ids import new_id
from bot.core.purposes import ConsentPurpose
from bot.jobs import service as jobs

JOB = "contact_import"
RETENTION = "contact_import_retention"
KEEP = timedelta(days=7)
"""How long a sheet waits for somebody's word, and its faulty rows for whoever mends them."""
_RECEIVE_ROWS = 1000
_CHECK_ROWS = 100
_APPLY_ROWS = 250
_TIDY_ROWS = 5000
_PAUSE = timedelta(milliseconds=300)
_WRITES = (Verdict.MADE, Verdict.UPDATED)


class NewSheet(NamedTuple):
    """A sheet that came.

    Attributes:
        file: its name.
        content: its bytes.
        sheet: what its beginning tells.
        header: its first row.
        reason: how its people agreed; empty: it is not claimed that they do.
        purpose: to what.
        country: of its phones and dates; empty for none.
    """

    file: str
    content: bytes
    sheet: Sheet
    header: Sequence[str]
    reason: str
    purpose: ConsentPurpose
    country: str


async def receive(engine: AsyncEngine, new: NewSheet, by: Actor, now: datetime) -> str:
    """Take the rows of a sheet in, some in a transaction, and let the dry run begin; returns the import's id."""
    import_id = new_id()
    async with engine.begin() as connection:
        await queries.insert_import(
            connection,
            {
                "id": import_id,
                "file": new.file,
                "written_at": now,
                "header": list(new.header),
                "reason": new.reason,
                "purpose": new.purpose,
                "country": new.country,
                "status": ImportStatus.RECEIVING,
                "actor": by.name,
                "user_id": by.user_id,
                "created_at": now,
                "updated_at": now,
            },
        )
    # Aside: before and behind each row there may be a million empty ones.
    rows, total = await asyncio.to_thread(sheet_rows, BytesIO(new.content), new.sheet), 0
    while some := await asyncio.to_thread(list, islice(rows, _RECEIVE_ROWS)):
        total += len(some)
        async with engine.begin() as connection:
            await queries.INSERT_ROWS.execute(
                connection,
                [
                    {"import_id": import_id, "line": each.line, "cells": list(each.cells), "fault": each.fault}
                    for each in some
                ],
            )
    async with engine.begin() as connection:
        job_id = await _put_to_work(connection, import_id, "check", now)
        await queries.set_import(
            connection,
            import_id,
            [ImportStatus.RECEIVING],
            now,
            status=ImportStatus.CHECKING,
            total=total,
            job_id=job_id,
        )
    return import_id


async def begin(connection: AsyncConnection, import_id: str, by: Actor, now: datetime) -> bool:
    """Let a sheet whose dry run is done be written, without its faulty rows; once, however often it is asked for.

    Returns whether it was this call. It is one line of the audit.
    """
    row = await queries.import_of(connection, import_id)
    ready = [ImportStatus.READY]
    if row is None or not await queries.set_import(connection, import_id, ready, now, status=ImportStatus.APPLYING):
        return False
    job_id = await _put_to_work(connection, import_id, "apply", now)
    await queries.set_import(connection, import_id, [ImportStatus.APPLYING], now, job_id=job_id)
    planned = Tally.of(row.planned)
    await record_import(connection, by, _claim(row), planned, planned.verdicts[Verdict.FAULTY], now)
    return True


async def discard(connection: AsyncConnection, import_id: str, now: datetime) -> bool:
    """Give a sheet up of which nothing is written; returns whether it could be."""
    early = [ImportStatus.CHECKING, ImportStatus.READY]
    if not await queries.set_import(connection, import_id, early, now, status=ImportStatus.DISCARDED):
        return False
    await _put_to_work(connection, import_id, "tidy", now)
    return True


async def record_import(
    connection: AsyncConnection, by: Actor, claim: Claim, planned: Tally, skips: int, now: datetime
) -> None:
    """One line of the audit for all that an import writes, in its first transaction; it names nobody.

    Args:
        connection: in the transaction.
        by: who imports.
        claim: the file's name, and what is claimed of consents.
        planned: what the dry run told.
        skips: how many rows are left out.
        now: when.
    """
    told = {
        "file": claim.file,
        "made": planned.verdicts[Verdict.MADE],
        "updated": planned.verdicts[Verdict.UPDATED],
        "left_out": skips,
        "consent": claim.reason,
        "purpose": claim.purpose.value,
    }
    await record(connection, by, "contact.import", "contact", "", told, at=now)


def faults_of(row: Row[Any]) -> list[Fault]:
    """What is wrong with a row, as it is kept."""
    return [Fault(message, mend, values) for message, mend, values in row.faults or ()]


async def _put_to_work(connection: AsyncConnection, import_id: str, what: str, now: datetime) -> str | None:
    payload = {"import": import_id, "work": what}
    (job_id,) = await jobs.schedule(connection, [jobs.NewJob(JOB, f"{import_id}:{what}", now, payload)])
    return job_id


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

    looked = await look(connection, [each for each in read if isinstance(each, Person)], _claim(row), seen, now)
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
            done = await apply(connection, people, _claim(row), now)
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


def _claim(row: Row[Any]) -> Claim:
    is_in_sheet = tells_consent(read_columns(row.header))
    return Claim(row.reason, ConsentPurpose(row.purpose), row.file, row.written_at, is_in_sheet=is_in_sheet)


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
