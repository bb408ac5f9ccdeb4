"""Sheets of people that are imported, as programs see them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Row

from bot.api.problems import sentence
from bot.api.shapes import Page, Query, Shown, Text
from bot.contacts.importing.service import ImportStatus, Tally, Verdict, faults_of
from bot.core.errors import BotError
from bot.core.purposes import ConsentPurpose
from bot.jobs.service import JobRow, JobStatus, ListedJob


class ImportQuery(Query):
    """What is said of a sheet."""

    file: Annotated[Text, Field(min_length=1, max_length=255, description="Its name, kept with each consent.")] = (
        "sheet.csv"
    )
    reason: Annotated[
        Text,
        Field(
            max_length=500,
            description="How these people agreed, kept as the proof; empty: it is not claimed that they do.",
        ),
    ] = ""
    purpose: Annotated[ConsentPurpose, Field(description="To what they agreed.")] = ConsentPurpose.ALL
    country: Annotated[Text, Field(max_length=2, description="Of phones without their country's code: `BR`.")] = ""


class ImportTally(Shown):
    """What rows come to."""

    made: Annotated[int, Field(description="People who are new.")]
    updated: int
    same: Annotated[int, Field(description="People who are known so already.")]
    faulty: Annotated[int, Field(description="Rows that are left out.")]
    fields: Annotated[dict[str, int], Field(description="How many of those that are updated change it, by field.")]
    refused: Annotated[int, Field(description="People who are claimed to agree and had refused: they stay so.")]

    @classmethod
    def of(cls, kept: Mapping[str, Any] | None) -> "ImportTally | None":
        """A tally as it is kept."""
        if kept is None:
            return None
        tally = Tally.of(kept)
        counts = {each.value: tally.verdicts[each] for each in Verdict}
        return cls(**counts, fields=dict(tally.fields), refused=tally.refused)


class ImportJob(Shown):
    """The job that goes through it."""

    id: str
    status: JobStatus
    done: int
    total: int | None
    error: Annotated[str | None, Field(description="Why it failed last.")]


class ContactImport(Shown):
    """A sheet that is imported."""

    id: str
    file: str
    status: Annotated[
        ImportStatus,
        Field(
            description=(
                "`receiving`, then `checking`: the dry run is under way; `ready` to be applied; `applying`; `done`; "
                "`discarded`."
            )
        ),
    ]
    reason: str
    purpose: ConsentPurpose
    country: str
    rows: Annotated[int, Field(description="How many it has.")]
    planned: Annotated[ImportTally | None, Field(description="What the dry run came to so far; it writes nothing.")]
    written: Annotated[ImportTally | None, Field(description="What was written so far.")]
    job: Annotated[ImportJob | None, Field(description="The job that is at it, or was last.")]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: Row[Any], job: ListedJob | JobRow | None) -> "ContactImport":
        """An import of ours, and its job."""
        return cls(
            id=row.id,
            file=row.file,
            status=ImportStatus(row.status),
            reason=row.reason,
            purpose=ConsentPurpose(row.purpose),
            country=row.country,
            rows=row.total,
            planned=ImportTally.of(row.planned),
            written=ImportTally.of(row.written),
            job=None if job is None else ImportJob.model_validate(job, from_attributes=True),
            created_at=row.created_at,
            updated_at=row.updated_at,
        )


class ContactImportPage(Page[ContactImport]):
    """Some imports."""


class FaultyRow(Shown):
    """A row with which something is wrong."""

    line: Annotated[int, Field(description="Where in the file it begins, from 1.")]
    cells: Annotated[list[str] | None, Field(description="As they are written; null where they cannot be read.")]
    faults: Annotated[list[str], Field(description="What is wrong, and what to do about it.")]

    @classmethod
    def of(cls, row: Row[Any]) -> "FaultyRow":
        """A row of a sheet."""
        errors = [BotError(each.message, mend=each.mend, **each.values) for each in faults_of(row)]
        return cls(line=row.line, cells=row.cells, faults=[sentence(each) for each in errors])


class FaultyRowPage(Page[FaultyRow]):
    """Some faulty rows."""
