"""People brought in and given out as a sheet: a dry run first, then a job; the export bit by bit."""

from collections.abc import AsyncIterator, Sequence
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.api.operations import Call, NoBody, NoQuery, Operation, Resource
from bot.api.problems import CONFLICT, REFUSED, ProblemError, not_found
from bot.api.resources.contact_import_shapes import (
    ContactImport,
    ContactImportPage,
    FaultyRow,
    FaultyRowPage,
    ImportQuery,
)
from bot.api.shapes import Moment, PageQuery, Query, Sheet, Streamed, Text
from bot.contacts.exporting.service import Agreement, Wanted, record_export, sheet_of
from bot.contacts.importing.service import (
    MOST_BYTES,
    ImportStatus,
    Verdict,
    as_country,
    begin,
    discard,
    import_of,
    new_sheet,
    receive,
    recent_imports,
    rows_of,
)
from bot.contacts.service import tags_of
from bot.core.addresses import Channel
from bot.core.permissions import Permission
from bot.core.sheets import csv_text
from bot.core.spelled import read_locale
from bot.db.engine import reading
from bot.jobs.service import find, latest
from bot.web.keys import ENGINE, READER

_ONE = MappingProxyType({"path": {"import_id": "cmb0z1q4w000012ab34cd56ef"}})


class ExportQuery(Query):
    """Whom an export is of."""

    tag: Annotated[tuple[Text, ...], Field(max_length=100, description="One of which they have.")] = ()
    channel: Annotated[tuple[Channel, ...], Field(description="On one of which they can be reached.")] = ()
    consent: Annotated[
        Agreement | None, Field(description="`agreed`: to marketing on a channel; `refused`: all messages on one.")
    ] = None
    locale: Annotated[Text, Field(max_length=35, description="Their language; `pt` means `pt-BR`, too.")] = ""
    seen_since: Annotated[Moment | None, Field(description="They wrote then or later.")] = None
    seen_before: Annotated[Moment | None, Field(description="They wrote last before.")] = None


async def take(call: Call[ImportQuery, Sheet]) -> ContactImport:
    """Take a sheet in, and let its dry run begin."""
    asked, engine = call.query, call.app[ENGINE]
    country = as_country(asked.country)
    new = await new_sheet(asked.file, call.body.content, asked.reason.strip(), asked.purpose, country)
    import_id = await receive(engine, new, call.by, call.now)
    async with reading(engine) as connection:
        return await _shown(connection, await _import(connection, import_id))


async def list_(call: Call[PageQuery, NoBody]) -> ContactImportPage:
    """A page of them."""
    cursors = call.cursors
    found = await recent_imports(call.connection, cursors.wanted, cursors.after_moment)
    rows, following = cursors.page(found, lambda row: (row.created_at, row.id))
    ids = [each.job_id for each in rows if each.job_id is not None]
    jobs = {each.id: each for each in await latest(call.connection, ids=ids, limit=len(ids))}
    return ContactImportPage(
        data=[ContactImport.of(each, jobs.get(each.job_id or "")) for each in rows], next=following
    )


async def get(call: Call[NoQuery, NoBody]) -> ContactImport:
    """One of them."""
    return await _shown(call.connection, await _asked(call))


async def list_faults(call: Call[PageQuery, NoBody]) -> FaultyRowPage:
    """A page of the rows that are left out."""
    row, cursors = await _asked(call), call.cursors
    found = await rows_of(call.connection, row.id, cursors.after_number or 0, cursors.wanted, (Verdict.FAULTY,))
    rows, following = cursors.page(found, lambda each: (each.line,))
    return FaultyRowPage(data=[FaultyRow.of(each) for each in rows], next=following)


async def apply(call: Call[NoQuery, NoBody]) -> ContactImport:
    """Let one be written."""
    began = await begin(call.connection, (await _asked(call)).id, call.by, call.now)
    return await _decided(call, began, (ImportStatus.APPLYING, ImportStatus.DONE), "Only what is ready can be applied")


async def give_up(call: Call[NoQuery, NoBody]) -> ContactImport:
    """Discard one."""
    given_up = await discard(call.connection, (await _asked(call)).id, call.now)
    return await _decided(call, given_up, (ImportStatus.DISCARDED,), "Only what is checked or ready can be discarded")


async def export(call: Call[ExportQuery, NoBody]) -> Streamed:
    """Give people out."""
    asked = call.query
    wanted = Wanted(
        tags=tuple(tags_of(",".join(asked.tag))) if asked.tag else (),
        channels=asked.channel,
        consent=asked.consent,
        locale=read_locale(asked.locale) if asked.locale else "",
        seen_since=asked.seen_since,
        seen_before=asked.seen_before,
    )
    async with call.app[ENGINE].begin() as connection:
        await record_export(connection, call.by, wanted, call.now)
    sheet = sheet_of(call.app[READER].reading, wanted)
    return Streamed(f"contacts-{call.now:%Y-%m-%d}.csv", _pieces(await anext(sheet), sheet))


async def _pieces(first: Sequence[list[str]], sheet: AsyncIterator[list[list[str]]]) -> AsyncIterator[str]:
    yield csv_text(first)
    async for some in sheet:
        yield csv_text(some)


async def _decided(call: Call[Any, Any], decided: bool, already: Sequence[ImportStatus], why: str) -> ContactImport:
    row = await _asked(call)
    if not decided and row.status not in already:
        raise ProblemError(CONFLICT, f"{why}; this one is {row.status}.", code="status")
    return await _shown(call.connection, row)


async def _asked(call: Call[Any, Any]) -> Row[Any]:
    return await _import(call.connection, call.path["import_id"])


async def _import(connection: AsyncConnection, import_id: str) -> Row[Any]:
    row = await import_of(connection, import_id)
    if row is None:
        raise not_found("import")
    return row


async def _shown(connection: AsyncConnection, row: Row[Any]) -> ContactImport:
    return ContactImport.of(row, None if row.job_id is None else await find(connection, row.job_id))


def _decision(verb: str, handle: Any, summary: str, description: str) -> Operation:
    return Operation(
        name=f"{verb}_contact_import",
        method="POST",
        path=f"/contact_imports/{{import_id}}/{verb}",
        scope=Permission.CONTACTS_IMPORT,
        summary=summary,
        description=description,
        handle=handle,
        result=ContactImport,
        problems=(CONFLICT,),
        example=_ONE,
    )


CONTACT_IMPORTS = Resource(
    "contact_imports",
    "People as a CSV file: brought in after a dry run that writes nothing, and given out.",
    (
        Operation(
            name="create_contact_import",
            method="POST",
            path="/contact_imports",
            scope=Permission.CONTACTS_IMPORT,
            summary="Check a sheet of contacts",
            description=(
                "The body is a CSV file with a header: `name`, `phone`, `email`, `locale`, `timezone`, `tags`, "
                "`consent`, `contact.plan` for an attribute. A dry run begins, and writes nothing: ask for the import "
                "until it is `ready`, look at its faults, then apply it, or discard it. Left alone, it goes after a "
                "week."
            ),
            handle=take,
            query=ImportQuery,
            body=Sheet,
            result=ContactImport,
            status=201,
            creates=True,
            in_pieces=True,
            problems=(REFUSED,),
            example=MappingProxyType(
                {
                    "query": {"file": "march.csv", "reason": "form at the counter", "country": "BR"},
                    "body": "name,phone,tags\nAna Souza,+5511987654321,vip\n",
                }
            ),
            most=MOST_BYTES,
        ),
        Operation(
            name="list_contact_imports",
            method="GET",
            path="/contact_imports",
            scope=Permission.CONTACTS_IMPORT,
            summary="List imports",
            description="The newest first.",
            handle=list_,
            query=PageQuery,
            result=ContactImportPage,
        ),
        Operation(
            name="get_contact_import",
            method="GET",
            path="/contact_imports/{import_id}",
            scope=Permission.CONTACTS_IMPORT,
            summary="Get an import",
            description="With what the dry run came to, how far its job is, and what was written.",
            handle=get,
            result=ContactImport,
            example=_ONE,
        ),
        Operation(
            name="list_contact_import_faults",
            method="GET",
            path="/contact_imports/{import_id}/faults",
            scope=Permission.CONTACTS_IMPORT,
            summary="List the faulty rows of an import",
            description="By their lines; these rows are left out.",
            handle=list_faults,
            query=PageQuery,
            result=FaultyRowPage,
            example=_ONE,
        ),
        _decision(
            "apply",
            apply,
            "Apply an import",
            "A job writes it, without the faulty rows; once, however often it is asked for.",
        ),
        _decision("discard", give_up, "Discard an import", "Nothing of it is written."),
        Operation(
            name="export_contacts",
            method="GET",
            path="/contact_export",
            scope=Permission.CONTACTS_EXPORT,
            summary="Export contacts",
            description=(
                "As a CSV file that an import reads again: what a sheet would take for a formula, and so each phone, "
                "begins with an apostrophe. It is a line of the audit."
            ),
            handle=export,
            query=ExportQuery,
            result=Streamed,
            in_pieces=True,
            problems=(REFUSED,),
            example=MappingProxyType({"query": {"tag": "vip"}}),
        ),
    ),
)
