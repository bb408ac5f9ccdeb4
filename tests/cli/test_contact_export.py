"""`contacts export`: a sheet that the import reads, and that changes nothing."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts.models import Consent, Contact, ContactTag, Tag
from bot.core.addresses import AddressKind, Channel
from bot.core.clock import utc_now
from bot.core.consents import ConsentReason
from bot.core.purposes import ConsentPurpose
from tests.cli.conftest import Recado
from tests.support.consents import set_consent
from tests.support.rows import Person, add_person


@pytest.fixture
async def two(engine: AsyncEngine, database_url: str, shell: pytest.MonkeyPatch) -> tuple[Person, Person]:
    """Ana, of whom all is known; Bia, of whom nothing is but a page's id; and somebody made up."""
    shell.setenv("DATABASE_URL", database_url)
    now = utc_now()
    async with engine.begin() as connection:
        ana = await add_person(connection, "+551187654321")
        bia = await add_person(connection, "telegram:7", AddressKind.TELEGRAM)
        await connection.execute(update(Contact).where(Contact.id == bia.id).values(phone=None))
        await add_person(connection, "whatsapp:+5511999990000", AddressKind.SIMULATOR)
        known = {
            "name": ' =HYPERLINK("x");@Ana\n',
            "locale": "pt-BR",
            "timezone": "America/Sao_Paulo",
            "attributes": {"plan": "007", "visits": 3, "ratio": 1.234, "member": True, "since": "2026-01-31"},
            "last_inbound_at": datetime(2026, 5, 1, tzinfo=UTC),
        }
        await connection.execute(update(Contact).where(Contact.id == ana.id).values(**known))
        await connection.execute(update(Contact).where(Contact.id == bia.id).values(attributes={"plan": 7}))
        await connection.execute(insert(Tag).values(id="t", name="vip"))
        await connection.execute(insert(ContactTag).values(contact_id=ana.id, tag_id="t", created_at=now))
        word, marketing = ConsentReason.WORD, ConsentPurpose.MARKETING
        await set_consent(connection, ana.address_id, Channel.WHATSAPP, False, word, now)
        await set_consent(connection, ana.address_id, Channel.SMS, True, word, now, purpose=marketing)
    return ana, bia


async def rows(recado: Recado, *options: str) -> list[dict[str, str]]:
    done = await recado("contacts", "export", *options)
    assert done.code == 0, done.err
    return list(csv.DictReader(io.StringIO(done.out.removeprefix("\ufeff"), newline=""), delimiter=";"))


async def state(engine: AsyncEngine) -> list[tuple[Any, ...]]:
    async with engine.connect() as connection:
        return [
            tuple(row)
            for table in (Contact, Consent)
            for row in await connection.execute(select(table.__table__).order_by(table.id))
        ]


async def test_all_that_the_import_reads_is_given_out(recado: Recado, two: tuple[Person, Person]) -> None:
    ana, bia = two
    found = await rows(recado)
    assert [each["id"] for each in found] == sorted([ana.id, bia.id])
    (of_ana,) = [each for each in found if each["id"] == ana.id]
    assert of_ana == {
        "id": ana.id,
        "name": ' =HYPERLINK("x");\'@Ana\n',
        "phone": "'+551187654321",
        "email": "",
        "locale": "pt-BR",
        "timezone": "America/Sao_Paulo",
        "tags": "vip",
        "consent.whatsapp": "no",
        "consent.sms": "",
        "consent.email": "",
        "marketing.whatsapp": "no",
        "marketing.sms": "yes",
        "marketing.email": "",
        "contact.member:boolean": "true",
        "contact.plan:number": "",
        "contact.plan:text": "007",
        "contact.ratio:number": "1.2340",
        "contact.since:text": "2026-01-31",
        "contact.visits:number": "3",
    }


async def test_what_was_given_out_changes_nothing_when_it_is_imported(
    recado: Recado, engine: AsyncEngine, two: tuple[Person, Person], tmp_path: Path
) -> None:
    before = await state(engine)
    (tmp_path / "all.csv").write_bytes((await recado("contacts", "export")).out.encode())

    for consent in ("--no-consent", "--consent=A form"):
        done = await recado("contacts", "import", "all.csv", consent, "--apply", "--json")
        assert done.code == 0, done.err + done.out
        assert [json.loads(line).get("verdict") for line in done.out.splitlines()] == ["same"] * len(two) + [None]
    assert await state(engine) == before


async def test_filters_and_the_audit(recado: Recado, two: tuple[Person, Person]) -> None:
    ana, bia = two
    for options, wanted in (
        (["--tag", "VIP"], {ana.id}),
        (["--tag", "other"], set()),
        (["--channel", "sms"], {ana.id}),
        (["--channel", "telegram"], {bia.id}),
        (["--channel", "telegram", "--channel", "sms"], {ana.id, bia.id}),
        (["--consent", "refused"], {ana.id}),
        (["--consent", "agreed"], {ana.id}),
        (["--locale", "pt"], {ana.id}),
        (["--locale", "es"], set()),
        (["--seen-since", "2026-05-01"], {ana.id}),
        (["--seen-before", "2026-05-01"], set()),
    ):
        assert {each["id"] for each in await rows(recado, *options)} == wanted, options
    audit = json.loads((await recado("audit", "list", "--json")).out)
    assert [(each["action"], each["detail"]) for each in audit][-1] == ("contact.export", {"tags": ["vip"]})
