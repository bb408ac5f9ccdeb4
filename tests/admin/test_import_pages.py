"""Sheets imported in the browser: a dry run, then a job, once; and people given out as a sheet."""

import asyncio
import csv
import io
import re
import threading
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts.importing import reading
from bot.contacts.importing.models import ContactImport, ImportKey, ImportRow
from bot.contacts.importing.service import RETENTION
from bot.contacts.importing.sheet import Row, rows
from bot.contacts.models import ConsentChange, Contact
from bot.core.clock import utc_now
from bot.users.service import Role
from tests.support.doors import Browser, Doors, open_doors
from tests.support.due import put
from tests.support.imports import jobs_of, send, work_off
from tests.support.rows import add_person

SHEET = """\
nome;telefone;e-mail;contact.plano
Ana;(11) 98765-4321;ana@example.com;ouro
Bia;(21) 99999-0001;;
Caio;5,51E+12;;
Bia outra;21 9999-0001;;
"""


@pytest.fixture
async def doors(database_url: str) -> AsyncIterator[Doors]:
    async with open_doors(database_url) as opened:
        yield opened


@pytest.fixture
async def ana(doors: Doors) -> Browser:
    """An ADMIN who is signed in."""
    await doors.people.person()
    return await doors.inside()


async def count(engine: AsyncEngine, model: type[Contact | ImportRow | ImportKey | ContactImport]) -> int:
    async with engine.connect() as connection:
        return int(await connection.scalar(select(func.count()).select_from(model)) or 0)


async def test_a_sheet_is_checked_then_written_once_and_told(doors: Doors, ana: Browser) -> None:
    engine = doors.people.engine
    async with engine.begin() as connection:
        known = await add_person(connection, "+551187654321")

    page = await send(ana, SHEET)
    assert page.status == 200
    path = page.url.path
    assert path.startswith("/contacts/import/")
    assert "Is checked" in (await ana.get("/contacts/import")).words
    await work_off(engine)

    ready = await ana.get(path)
    for words in ("4 rows", "Import 2 people", "Faulty rows 2 left out", "5,51E+12 is a number", "Line 3 is about"):
        assert words in ready.words
    assert await count(engine, Contact) == 1
    faulty = await ana.get(f"{path}/faulty")
    cells = list(csv.reader(io.StringIO(faulty.text.removeprefix("\ufeff")), delimiter=";"))
    assert cells[0][:3] == ["line", "fault", "nome"]
    assert [(row[0], row[2]) for row in cells[1:]] == [("4", "Caio"), ("5", "Bia outra")]

    # Two clicks, at once.
    second = await doors.inside()
    await asyncio.gather(ana.get(path), second.get(path))
    await asyncio.gather(ana.post(f"{path}/apply"), second.post(f"{path}/apply"))
    assert "Is written" in (await ana.get("/contacts/import")).words
    await work_off(engine)

    done = await ana.get(path)
    assert "2 people are written." in done.words
    assert await count(engine, Contact) == 2
    assert (await count(engine, ImportRow), await count(engine, ImportKey)) == (2, 0)
    async with engine.connect() as connection:
        row = (await connection.execute(select(Contact.name, Contact.attributes).where(Contact.id == known.id))).one()
        proofs = set((await connection.execute(select(ConsentChange.reason, ConsentChange.detail))).all())
    assert tuple(row) == ("Ana", {"plano": "ouro"})
    assert {each.reason for each in proofs} == {"import"}
    assert all(each.detail.startswith("A form (clientes.csv, 20") for each in proofs)
    told = await doors.people.told("contact.import")
    assert [(each.actor, each.detail) for each in told] == [
        (
            "ana",
            {"file": "clientes.csv", "made": 1, "updated": 1, "left_out": 2, "consent": "A form", "purpose": "all"},
        )
    ]
    audit = (await ana.get("/audit")).words
    for words in (
        "File clientes.csv",
        "New people 1",
        "Known, and changed 1",
        "Faulty rows 2",
        "What for All messages",
    ):
        assert words in audit

    again = await send(ana, SHEET)
    await work_off(engine)
    assert "There is nothing to write." in (await ana.get(again.url.path)).words


async def test_the_faulty_rows_are_mended_where_they_were_told(doors: Doors, ana: Browser) -> None:
    first = await send(ana, "nome;telefone\nCaio;12\n")
    await work_off(doors.people.engine)
    faulty = (await ana.get(f"{first.url.path}/faulty")).text
    assert "is no phone number" in faulty
    mended = await send(ana, faulty.replace(";12\r\n", ";(11) 98765-4321\r\n").encode())
    await work_off(doors.people.engine)
    assert "Import 1 person" in (await ana.get(mended.url.path)).words


async def test_what_is_wrong_with_a_sheet_or_its_form_stands_at_its_field(doors: Doors, ana: Browser) -> None:
    for sheet, fields, told in (
        ("nome;fone celular\n", {}, "There is no column fone celular"),
        ("nome\nAna\n", {}, "No column has a phone or an e-mail address"),
        ("", {}, "Choose a CSV file."),
        ("telefone\n", {"reason": " "}, "Say how these people agreed"),
        ("telefone\n", {"country": "XX"}, "XX is no country"),
        (b"nome;telefone\nJo\x81o;1\n", {}, "The encoding of the file cannot be told"),
    ):
        page = await send(ana, sheet, **fields)
        assert page.status == 422
        assert told in page.words
        assert ("Choose the file once more" in page.words) is bool(fields)
    assert await count(doors.people.engine, ContactImport) == 0
    assert (await send(ana, "x" * (16 * 1024 * 1024))).status == 413


async def test_messages_are_answered_while_a_sheet_is_read(ana: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    # Spreadsheets give out a million empty rows, which are read to find the next one that is not.
    readers = set()

    def noted(lines: Iterable[str], separator: str) -> Iterator[Row]:
        for row in rows(lines, separator):
            readers.add(threading.current_thread())
            yield row

    monkeypatch.setattr(reading, "rows", noted)
    assert (await send(ana, SHEET)).status == 200
    assert readers
    assert threading.main_thread() not in readers


async def test_a_sheet_is_discarded_before_it_is_written_and_not_after(doors: Doors, ana: Browser) -> None:
    engine = doors.people.engine
    page = await send(ana, SHEET)
    await ana.get(page.url.path)
    gone = await ana.post(f"{page.url.path}/discard")
    assert "The sheet is discarded" in gone.words
    await work_off(engine)
    assert (await count(engine, ImportRow), await count(engine, Contact)) == (0, 0)

    other = await send(ana, SHEET)
    await work_off(engine)
    await ana.get(other.url.path)
    await ana.post(f"{other.url.path}/apply")
    assert "cannot be discarded any more" in (await ana.post(f"{other.url.path}/discard")).words
    assert "had begun already" in (await ana.post(f"{page.url.path}/apply")).words


async def test_whatever_process_goes_on_and_whenever_nobody_is_doubled(doors: Doors, ana: Browser) -> None:
    engine = doors.people.engine
    lines = "".join(f"P{number};(11) 9{80000000 + number}\n" for number in range(600))
    page = await send(ana, f"nome;telefone\n{lines}")
    # Another process takes each slice over.
    while await jobs_of(engine, "two").run_next():
        pass
    await ana.get(page.url.path)
    await ana.post(f"{page.url.path}/apply")
    await work_off(engine, 2)
    assert 0 < await count(engine, Contact) < 600
    under_way = await ana.get(page.url.path)
    assert "500 of 600" in under_way.words
    assert "it takes up to 5 minutes to go on" in under_way.words
    await asyncio.gather(work_off(engine), *[work_off(engine)])
    assert await count(engine, Contact) == 600
    assert "600 people are written." in (await ana.get(page.url.path)).words
    assert await count(engine, ImportRow) == 0


async def test_a_sheet_whose_job_is_cancelled_does_not_go_on_by_itself(doors: Doors, ana: Browser) -> None:
    page = await send(ana, SHEET)
    async with doors.people.engine.begin() as connection:
        job_id = await connection.scalar(select(ContactImport.job_id))
    assert "it goes on by itself" in (await ana.get(page.url.path)).words

    await ana.post(f"/jobs/{job_id}/cancel")
    stands = await ana.get(page.url.path)
    assert ("could not go on" in stands.words, "goes on by itself" in stands.words) == (True, False)
    assert f"/jobs/{job_id}" in stands.text
    await ana.post(f"/jobs/{job_id}/retry")
    await work_off(doors.people.engine)
    ready = await ana.get(page.url.path)
    assert ("could not go on" in ready.words, "Import 2 people" in ready.words) == (False, True)


async def test_sheets_are_forgotten_after_a_week(doors: Doors, ana: Browser) -> None:
    engine = doors.people.engine
    await send(ana, SHEET)
    await work_off(engine)
    async with engine.begin() as connection:
        await connection.execute(update(ContactImport).values(created_at=utc_now() - timedelta(days=8)))
    await put(engine, "2026-11-30", type_=RETENTION)
    await work_off(engine)
    assert (await count(engine, ContactImport), await count(engine, ImportRow)) == (0, 0)


async def test_only_who_may_imports_and_exports(doors: Doors, ana: Browser) -> None:
    page = await send(ana, SHEET)
    await doors.people.person("eva@example.com", Role.EDITOR)
    eva = await doors.inside("eva@example.com")
    assert 'href="/contacts/import"' in (await ana.get("/contacts")).text
    assert 'href="/contacts/import"' not in (await eva.get("/contacts")).text
    for path in ("/contacts/import", page.url.path, f"{page.url.path}/faulty", "/contacts/export"):
        assert (await eva.get(path)).status == 403
    for path in (f"{page.url.path}/apply", f"{page.url.path}/discard", "/contacts/export"):
        assert (await eva.post(path)).status == 403
    assert (await ana.get("/contacts/import/c" + "0" * 24)).status == 404
    assert (await ana.get("/contacts/import/c" + "0" * 24 + "/faulty")).status == 404


async def test_people_are_given_out_with_filters_and_it_is_told(doors: Doors, ana: Browser) -> None:
    engine = doors.people.engine
    async with engine.begin() as connection:
        person = await add_person(connection, "+5511987654321")
    page = await ana.get("/contacts/export", headers={"Accept-Language": "pt-BR"})
    assert 'value="semicolon" required checked' in page.text
    sheet = await ana.post("/contacts/export", {"separator": "comma", "channel": "sms"})
    assert sheet.headers["Content-Disposition"].startswith('attachment; filename="contacts-')
    (row,) = csv.DictReader(io.StringIO(sheet.text.removeprefix("\ufeff")))
    assert (row["id"], row["phone"]) == (person.id, "'+5511987654321")
    await ana.get("/contacts/export")
    none = await ana.post("/contacts/export", {"separator": "comma", "tags": "vip", "since": "2026-01-01"})
    assert len(none.text.splitlines()) == 1
    await ana.get("/contacts/export")
    assert (await ana.post("/contacts/export", {"locale": "klingonish"})).status == 422
    # Where the first day of all has begun before there was any.
    await ana.post("/account", {"name": "Ana", "timezone": "Asia/Tokyo"})
    assert "must be at least" in (await ana.post("/contacts/export", {"before": "0001-01-01"})).words
    assert [set(each.detail or {}) for each in await doors.people.told("contact.export")] == [
        {"tags", "seen_since"},
        {"channels"},
    ]
    audit = await ana.get("/audit")
    assert ("Can be reached by SMS" in audit.words, "2026-01-01T" in audit.words) == (True, False)


async def test_an_export_begins_with_the_filters_of_the_list_that_led_to_it(ana: Browser) -> None:
    listed = await ana.get("/contacts?channel=sms&consent=opted_out")
    asked = await ana.get("/contacts/export?channel=sms&consent=opted_out&tag=vip&tag=new&language=pt-BR")
    several = await ana.get("/contacts/export?channel=sms&channel=email&consent=no_promotions")

    assert 'href="/contacts/export?channel=sms&amp;consent=opted_out"' in listed.text
    chosen = [re.findall(r'name="channel" value="(\w+)" checked', page.text) for page in (asked, several)]
    assert chosen == [["sms"], ["sms", "email"]]
    assert ['<option value="refused" selected>' in page.text for page in (asked, several)] == [True, False]
    assert ('value="vip, new"' in asked.text, 'value="pt-BR"' in asked.text) == (True, True)
