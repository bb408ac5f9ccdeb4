"""Sheets that are imported, and all that is known of one: the dry run, how far it is, and what came of it."""

import math
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from aiohttp import hdrs, web
from babel.numbers import format_decimal
from sqlalchemy import Row

from bot.admin.imports.words import FIELDS, STATUSES
from bot.contacts.exporting.service import BOM
from bot.contacts.importing.service import (
    ImportStatus,
    Tally,
    Verdict,
    faults_of,
    import_of,
    recent_imports,
    rows_of,
)
from bot.core.errors import BotError
from bot.core.sheets import csv_text
from bot.core.text import cut, one_line
from bot.jobs.service import LEASE, JobStatus, find
from bot.web.forms import Filled, empty_form, sentence_of
from bot.web.frame import render
from bot.web.i18n import Translator
from bot.web.keys import READER
from bot.web.lists import Filters
from bot.web.pages import SECURITY_HEADERS, language
from bot.web.sheets import send_sheet

PATH = "/contacts/import"
ONE = f"{PATH}/{{id:[0-9a-z]{{25}}}}"
FILTERS = Filters()
_UNDER_WAY = frozenset({ImportStatus.CHECKING, ImportStatus.APPLYING})
_RECENT = 20
_AT_ONCE = 500
_GLANCE = 60


async def show(request: web.Request) -> web.StreamResponse:
    """The form, and those that came last."""
    country = "BR" if language(request).locale.startswith("pt") else ""
    return await asking(request, empty_form(claims="yes", purpose="all", country=country))


async def asking(request: web.Request, form: Filled[Any], status: int = 200) -> web.StreamResponse:
    """The same with what was typed."""
    _ = language(request)
    async with request.app[READER].reading() as connection:
        found = await recent_imports(connection, _RECENT)
    return await render(
        request,
        "admin/imports.html",
        title=_("Import contacts"),
        form=form,
        imports=found,
        statuses=STATUSES,
        status=status,
    )


async def one(request: web.Request) -> web.StreamResponse:
    """One sheet as it stands, with its faulty rows."""
    _, asked = language(request), FILTERS.read(request)
    after = asked.after_number or 0
    async with request.app[READER].reading() as connection:
        row = await import_of(connection, request.match_info["id"])
        if row is None:
            raise web.HTTPNotFound(text="there is no such import\n")
        job = None if row.job_id is None else await find(connection, row.job_id)
        faulty = await rows_of(connection, row.id, after, asked.limit, (Verdict.FAULTY,))
    page = asked.page(faulty, lambda each: (each.line,))
    planned, written = Tally.of(row.planned), Tally.of(row.written)
    number = partial(format_decimal, locale=_.locale.replace("-", "_"))
    return await render(
        request,
        "admin/import.html",
        title=row.file,
        one=row,
        standing=STATUSES[row.status],
        is_stuck=row.status in _UNDER_WAY and job is not None and job.status in {JobStatus.FAILED, JobStatus.CANCELLED},
        pause=math.ceil(LEASE / timedelta(minutes=1)),
        planned=planned,
        written=written,
        rows_said=_.plural("{count} row", "{count} rows", row.total, count=number(row.total)),
        changes_said=", ".join(
            f"{_(FIELDS[name]) if name in FIELDS else name} {number(count)}"
            for name, count in planned.fields.most_common(6)
        ),
        apply_said=_.plural(
            "Import {count} person", "Import {count} people", planned.writes, count=number(planned.writes)
        ),
        done_said=_.plural(
            "{count} person is written.", "{count} people are written.", written.writes, count=number(written.writes)
        ),
        page=page,
        faults={each.line: [sentence_of(error, _) for error in _errors(each)] for each in page.rows},
        cells={each.line: cut(one_line(" · ".join(filter(None, each.cells or ()))), _GLANCE) for each in page.rows},
    )


async def faulty_sheet(request: web.Request) -> web.StreamResponse:
    """The faulty rows as a sheet, each with its line and what is wrong: mended, it can be imported as it is."""
    _, id_ = language(request), request.match_info["id"]
    async with request.app[READER].reading() as connection:
        row = await import_of(connection, id_)
        if row is None:
            raise web.HTTPNotFound(text="there is no such import\n")
        found = await rows_of(connection, id_, 0, _AT_ONCE, (Verdict.FAULTY,))

    async def pieces(rows: Sequence[Row[Any]]) -> AsyncIterator[str]:
        yield BOM + csv_text([["line", "fault", *row.header]], ";")
        while rows:
            yield csv_text([_faulty_cells(each, _) for each in rows], ";")
            async with request.app[READER].reading() as connection:
                rows = await rows_of(connection, id_, rows[-1].line, _AT_ONCE, (Verdict.FAULTY,))

    return await send_sheet(request, sheet_headers(f"faulty-{id_}.csv"), pieces(found))


def sheet_headers(name: str) -> dict[str, str]:
    """The headers of a sheet that is given out."""
    return {
        **SECURITY_HEADERS,
        hdrs.CONTENT_TYPE: "text/csv; charset=utf-8",
        hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"',
        hdrs.CACHE_CONTROL: "no-store",
    }


def _errors(row: Row[Any]) -> Sequence[BotError]:
    return [BotError(each.message, mend=each.mend, **each.values) for each in faults_of(row)]


def _faulty_cells(row: Row[Any], _: Translator) -> list[str]:
    return [str(row.line), " ".join(sentence_of(each, _) for each in _errors(row)), *(row.cells or ())]
