"""`contacts list` tells who waits for a person, since when, and who of ours has them."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts.models import Contact
from bot.core.clock import utc_now
from bot.inbox.models import Assignment, InboxConversation
from bot.users.models import User
from tests.cli.conftest import Recado
from tests.support.rows import add_person


async def test_who_waits_is_listed_with_since_when_and_who_has_them(
    recado: Recado, engine: AsyncEngine, database_url: str, shell: pytest.MonkeyPatch
) -> None:
    shell.setenv("DATABASE_URL", database_url)
    now = utc_now().replace(microsecond=0)
    async with engine.begin() as connection:
        ana, rui, bia, eva = [await add_person(connection, f"+551199999000{number}") for number in range(4)]
        agent = {"id": "u1", "email": "caio@example.com", "name": "Caio", "role": "EDITOR"}
        await connection.execute(insert(User).values(agent))
        for person, hours in ((ana, 1), (rui, 3)):
            since = {"responder": "human", "waiting_since": now - timedelta(hours=hours)}
            await connection.execute(update(Contact).where(Contact.id == person.id).values(since))
        for person, status in ((ana, "open"), (bia, "open"), (eva, "resolved")):
            row = {"contact_id": person.id, "status": status, "last_at": now, "opened_at": now}
            row["resolved_at"] = now if status == "resolved" else None
            await connection.execute(insert(InboxConversation).values(row))
            await connection.execute(insert(Assignment).values(contact_id=person.id, user_id="u1"))

    listed = json.loads((await recado("contacts", "list", "--json")).out)
    waiting = json.loads((await recado("contacts", "list", "--waiting", "--json")).out)
    lines = (await recado("contacts", "list", "--waiting")).out.splitlines()

    caio = {"id": "u1", "name": "Caio"}
    assert {each["id"]: each["assignee"] for each in listed} == {ana.id: caio, rui.id: None, bia.id: caio, eva.id: None}
    assert {each["id"] for each in listed if each["waiting_since"]} == {ana.id, rui.id}
    assert [each["id"] for each in waiting] == [rui.id, ana.id]
    assert (waiting[1]["waiting_since"], waiting[1]["assignee"]) == ((now - timedelta(hours=1)).isoformat(), caio)
    assert [(cells[0], bool(cells[4]), cells[5]) for cells in (line.split("\t") for line in lines)] == [
        (rui.id, True, ""),
        (ana.id, True, "Caio"),
    ]
    shown = await recado("contacts", "show", ana.address)
    assert [line for line in shown.out.splitlines() if line.startswith("With\t")] == ["With\tCaio"]
    assert json.loads((await recado("contacts", "show", rui.address, "--json")).out)["waiting_since"]


async def test_that_nobody_waits_is_said(
    recado: Recado, engine: AsyncEngine, database_url: str, shell: pytest.MonkeyPatch
) -> None:
    shell.setenv("DATABASE_URL", database_url)
    async with engine.begin() as connection:
        await add_person(connection)

    assert (await recado("contacts", "list", "--waiting")).out == "Nobody waits for a person.\n"
    assert json.loads((await recado("contacts", "list", "--waiting", "--json")).out) == []
