"""`contacts merge` and `unmerge`: what would become of two is told before, and it is undone by either's id."""

import json

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.cli.conftest import Recado
from tests.support.rows import add_person


async def test_two_are_merged_and_are_two_again(
    recado: Recado, engine: AsyncEngine, shell: pytest.MonkeyPatch, database_url: str
) -> None:
    shell.setenv("DATABASE_URL", database_url)
    async with engine.begin() as connection:
        ana, work = await add_person(connection), await add_person(connection, "+5511999990002")

    seen = await recado("contacts", "merge", ana.address, work.address)
    assert (seen.code, work.address in seen.out, "--apply" in seen.out) == (0, True, True)
    preview = json.loads((await recado("contacts", "merge", ana.id, work.id, "--json")).out)
    assert [each["value"] for each in preview["contacts"]["addresses"]] == [work.address]

    done = json.loads((await recado("contacts", "merge", ana.id, work.id, "--apply", "--json")).out)
    assert (done["kept_id"], done["merged_id"]) == (ana.id, work.id)
    assert json.loads((await recado("contacts", "show", work.id, "--json")).out)["id"] == ana.id
    assert (await recado("contacts", "merge", ana.id, work.id, "--apply")).code == 1

    undone = await recado("contacts", "unmerge", work.id, "--json")
    assert json.loads(undone.out)["id"] == done["id"]
    assert json.loads((await recado("contacts", "show", work.address, "--json")).out)["id"] == work.id
    assert (await recado("contacts", "unmerge", ana.id)).code == 1
