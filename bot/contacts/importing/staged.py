"""Sheets that come by the browser: taken in, let be written, given up. Their rows wait in tables for a job."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.audit.service import record
from bot.contacts.importing import queries
from bot.contacts.importing.claim import Claim
from bot.contacts.importing.columns import read_columns
from bot.contacts.importing.models import ImportStatus
from bot.contacts.importing.person import Fault
from bot.contacts.importing.planning import Verdict
from bot.contacts.importing.reading import Sheet, read_sheet, sheet_rows, tells_consent
from bot.contacts.importing.tally import Tally
from bot.core.actors import Actor
from bot.core.ids import new_id
from bot.core.purposes import ConsentPurpose
from bot.core.text import clean, cut
from bot.jobs import service as jobs

JOB = "contact_import"
MOST_BYTES = 16 * 1024 * 1024
"""Bytes of a sheet: some 150,000 rows."""
_RECEIVE_ROWS = 1000
_LONGEST_NAME = 255


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


async def new_sheet(file: str, content: bytes, reason: str, purpose: ConsentPurpose, country: str) -> NewSheet:
    """A sheet that came; raises BotError where what it is leaves a doubt.

    Args:
        file: its name, as whoever sent it says.
        content: its bytes.
        reason: how its people agreed; empty: it is not claimed that they do.
        purpose: to what.
        country: of its phones and dates; empty for none.
    """
    sheet = await asyncio.to_thread(lambda: read_sheet(BytesIO(content)))
    header = [clean(each.strip(), _LONGEST_NAME)[0] for each in sheet.header]
    name = cut(clean(file, _LONGEST_NAME)[0], _LONGEST_NAME) or "sheet.csv"
    return NewSheet(name, content, sheet, header, reason, purpose, country)


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
    await record_import(connection, by, claim_of(row), planned, planned.verdicts[Verdict.FAULTY], now)
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


def claim_of(row: Row[Any]) -> Claim:
    """What an import says of consents, as it is kept."""
    is_in_sheet = tells_consent(read_columns(row.header))
    return Claim(row.reason, ConsentPurpose(row.purpose), row.file, row.written_at, is_in_sheet=is_in_sheet)


async def _put_to_work(connection: AsyncConnection, import_id: str, what: str, now: datetime) -> str | None:
    payload = {"import": import_id, "work": what}
    (job_id,) = await jobs.schedule(connection, [jobs.NewJob(JOB, f"{import_id}:{what}", now, payload)])
    return job_id
