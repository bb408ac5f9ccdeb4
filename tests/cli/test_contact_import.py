"""`contacts import`: a dry run first, known people updated and never doubled, consent with its proof."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts.models import Consent, ConsentChange, Contact, ContactAddress
from bot.core.addresses import AddressKind
from tests.cli.conftest import Recado
from tests.support.commands import Result
from tests.support.rows import Person, add_consent, add_person

HEADER = "nome;telefone;e-mail;etiquetas;contact.plano"
Import = Callable[..., Awaitable[Result]]


@pytest.fixture
async def ana(engine: AsyncEngine) -> Person:
    async with engine.begin() as connection:
        return await add_person(connection, "+551187654321")


@pytest.fixture
def imported(recado: Recado, shell: pytest.MonkeyPatch, database_url: str, tmp_path: Path) -> Import:
    shell.setenv("DATABASE_URL", database_url)
    shell.setenv("LOGNAME", "maria")

    async def run(*lines: str, options: tuple[str, ...] = ("--consent", "A form")) -> Result:
        (tmp_path / "clientes.csv").write_text("\n".join(lines) + "\n")
        return await recado("contacts", "import", "clientes.csv", "--country", "BR", *options)

    return run


AS_TEXT = "Format the column as text in your sheet, enter the number anew and save it again."
APPLY = ("--consent", "A form at the counter", "--apply")


async def people(engine: AsyncEngine) -> dict[str | None, dict[str, Any]]:
    async with engine.connect() as connection:
        return {row.name: row._asdict() for row in await connection.execute(select(Contact.__table__))}


async def history(engine: AsyncEngine) -> list[tuple[Any, ...]]:
    columns = (ConsentChange.channel, ConsentChange.purpose, ConsentChange.opted_in, ConsentChange.reason)
    async with engine.connect() as connection:
        rows = await connection.execute(select(*columns, ConsentChange.detail).order_by(ConsentChange.channel))
        return [tuple(row) for row in rows]


@pytest.mark.usefixtures("ana")
async def test_a_dry_run_tells_all_and_writes_nothing(imported: Import, engine: AsyncEngine) -> None:
    done = await imported(
        HEADER,
        "Ana;(11) 98765-4321;ana@example.com;vip;ouro",
        "Bia;(21) 99999-0001;;;",
        "Caio;5,51E+12;;;",
        "Duda;;bia@;;",
        "Bia outra;21 9999-0001;;;",
    )

    assert done.code == 1
    assert done.out.splitlines() == [
        f"line 4: 5,51E+12 is a number that a sheet has rounded. {AS_TEXT}",
        "line 5: bia@ is no e-mail address. Write it as ana@example.com.",
        "line 6: line 3 is about the same person. Leave one of the two rows.",
        "New people: 1",
        "Known, and changed: 1 (email 1, name 1, tags 1, contact.plano 1, consent 1)",
        "Known so already: 0",
        "Faulty rows: 3",
        "Nothing is written: this was a dry run; --apply does it.",
    ]
    assert "there are faulty rows (3), so nothing is written" in done.err
    assert list(await people(engine)) == [None]


async def test_what_is_applied_is_there_and_the_second_time_changes_nothing(
    imported: Import, recado: Recado, engine: AsyncEngine, ana: Person
) -> None:
    lines = (HEADER, "Ana;(11) 98765-4321;ana@example.com;vip, clube;ouro", "Bia;(21) 99999-0001;;;")
    assert (await imported(*lines, options=APPLY)).code == 0

    found = await people(engine)
    assert found["Ana"]["id"] == ana.id
    assert (found["Ana"]["email"], found["Ana"]["attributes"]) == ("ana@example.com", {"plano": "ouro"})
    assert (found["Bia"]["phone"], found["Bia"]["locale"]) == ("+5521999990001", "pt-BR")
    told = await history(engine)
    assert [each[:4] for each in told] == [
        ("email", "all", True, "import"),
        *[("sms", "all", True, "import")] * 2,
        *[("whatsapp", "all", True, "import")] * 2,
    ]
    assert told[0][4].startswith("A form at the counter (clientes.csv, 20")
    shown = (await recado("contacts", "show", ana.id)).out
    assert "clube, vip" in shown
    assert "a sheet that was imported says so (A form at the counter" in shown

    again = await imported(*lines, options=(*APPLY, "--json"))
    told_again = [json.loads(line) for line in again.out.splitlines()]
    assert [each["verdict"] for each in told_again[:-1]] == ["same", "same"]
    assert await people(engine) == found
    assert await history(engine) == told
    audit = json.loads((await recado("audit", "list", "--json")).out)
    assert [(each["actor"], each["action"], each["detail"]) for each in audit] == [
        (
            "maria (terminal)",
            "contact.import",
            {
                "file": "clientes.csv",
                "made": 1,
                "updated": 1,
                "left_out": 0,
                "consent": "A form at the counter",
                "purpose": "all",
            },
        )
    ]


async def test_one_faulty_row_stops_it_all_unless_it_is_left_out(imported: Import, engine: AsyncEngine) -> None:
    lines = ("name,phone", "Ana,+5511987654321", "Bia,12")
    stopped = await imported(*lines, options=APPLY)
    assert (stopped.code, "dry run" in stopped.out, await people(engine)) == (1, False, {})

    done = await imported(*lines, options=(*APPLY, "--skip-faulty"))
    assert (done.code, list(await people(engine))) == (0, ["Ana"])
    assert "Faulty rows: 1" in done.out
    assert "It is written." in done.out


async def test_a_row_that_is_two_people_is_refused(imported: Import, engine: AsyncEngine, ana: Person) -> None:
    async with engine.begin() as connection:
        bia = await add_person(connection, "bia@example.com", AddressKind.EMAIL)
    done = await imported("name,phone,email", f"Ana,{ana.address},bia@example.com", options=APPLY)
    assert (done.code, set(await people(engine))) == (1, {None})
    assert f"the row is two people: {ana.id} and {bia.id}" in done.out


async def test_two_rows_of_one_known_contact_are_told_with_both_lines(imported: Import, ana: Person) -> None:
    done = await imported("id,phone,name", f"{ana.id},,Ana", f",{ana.address},Anna", ",+5511912345678,Bia")
    assert "line 3: line 2 is about the same person" in done.out


async def test_a_refusal_stays_and_one_of_the_sheet_is_kept(imported: Import, engine: AsyncEngine, ana: Person) -> None:
    async with engine.begin() as connection:
        await add_consent(connection, ana, opted_in=False)
    lines = (
        "name,phone,email,consent",
        "Ana,+5511987654321,a@b.com,yes",
        "Bia,+5511912345678,,no",
        "Caio,+5511912345679,,",
    )
    done = await imported(*lines, options=(*APPLY, "--purpose", "marketing"))
    assert done.code == 0
    assert "Had refused messages, and stay so: 1" in done.out

    async with engine.connect() as connection:
        columns = (ContactAddress.value, Consent.channel, Consent.opted_in, Consent.reason, Consent.marketing_opted_in)
        rows = await connection.execute(select(*columns).join_from(Consent, ContactAddress))
        found = sorted((tuple(row) for row in rows), key=lambda row: row[:2])
    assert found == [
        ("+551187654321", "sms", True, "import", True),
        ("+551187654321", "whatsapp", False, "word", None),
        ("+5511912345678", "sms", False, "import", False),
        ("+5511912345678", "whatsapp", False, "import", False),
        # An address that joins somebody has their refusals, on their channels.
        ("a@b.com", "email", True, "import", True),
        ("a@b.com", "whatsapp", False, "word", False),
    ]


async def test_nothing_is_claimed_of_consents_unless_somebody_says_how_people_agreed(
    imported: Import, engine: AsyncEngine
) -> None:
    lines = ("phone,consent", "+5511987654321,yes", "+5511912345678,no")
    unsaid = await imported(*lines, options=("--apply",))
    assert unsaid.code == 2
    assert "--no-consent" in unsaid.err

    assert (await imported(*lines, options=("--no-consent", "--apply"))).code == 0
    assert [each[2] for each in await history(engine)] == [False, False]


async def test_slices_follow_one_another(imported: Import, engine: AsyncEngine) -> None:
    lines = ["name,phone", *(f"P{number},+55119{80000000 + number}" for number in range(1201))]
    done = await imported(*lines, options=APPLY)
    assert "New people: 1201" in done.out
    async with engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(Contact)) == 1201
        assert await connection.scalar(select(func.count()).select_from(Consent)) == 2402
