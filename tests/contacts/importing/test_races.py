"""Two imports at once, an import beside turns of the same people, and one that is broken off: nobody is doubled."""

import asyncio
import io
import os
import sys
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.contacts.importing.person import Person
from bot.contacts.importing.reading import people as people_of
from bot.contacts.importing.service import Claim, Import, Tally, Verdict, read_sheet
from bot.contacts.models import Contact, ContactAddress
from bot.contacts.service import ContactsChangedError, ContactsHeldError, Sender, identify
from bot.core.addresses import Address, AddressKind
from bot.core.clock import utc_now
from bot.core.purposes import ConsentPurpose
from bot.db.engine import reading
from bot.db.faults import is_contention
from tests.support.commands import typed
from tests.support.waiting import eventually

PEOPLE = 600
SHEET = "name;phone;email\n" + "".join(
    f"P{number};+55119{80000000 + number};p{number}@example.com\n" for number in range(PEOPLE)
)


def sheet() -> Import:
    file = io.BytesIO(SHEET.encode())
    return Import(file, read_sheet(file), "BR", Claim("A form", ConsentPurpose.ALL, "x.csv", utc_now()))


async def nothing(_connection: AsyncConnection) -> None:
    """Nothing is noted."""


async def applied(engine: AsyncEngine) -> Tally:
    tally = Tally()
    async for each in sheet().apply(engine.begin, utc_now, frozenset(), nothing):
        tally.take(each)
    return tally


async def known(engine: AsyncEngine) -> tuple[int, int]:
    async with engine.connect() as connection:
        people = await connection.scalar(select(func.count()).select_from(Contact))
        return int(people or 0), int(await connection.scalar(select(func.count()).select_from(ContactAddress)) or 0)


async def test_two_imports_at_once_make_everybody_once(engine: AsyncEngine) -> None:
    tallies = await asyncio.gather(applied(engine), applied(engine))
    assert await known(engine) == (PEOPLE, 2 * PEOPLE)
    assert sum(each.verdicts[Verdict.MADE] for each in tallies) == PEOPLE


async def test_people_who_write_meanwhile_are_the_same_people(engine: AsyncEngine) -> None:
    async def writes(number: int) -> None:
        # Each is known by the number's other spelling.
        sender = Sender((Address(AddressKind.PHONE, f"+5511{80000000 + number}"),), "Someone")
        while True:
            try:
                async with engine.begin() as connection:
                    await identify(connection, [sender], utc_now())
                    return
            except (ContactsHeldError, ContactsChangedError):
                await asyncio.sleep(0)
            except DBAPIError as error:
                if not is_contention(error):
                    raise

    await asyncio.gather(applied(engine), *(writes(number) for number in range(0, PEOPLE, 60)))
    people, _addresses = await known(engine)
    assert people == PEOPLE


async def test_what_was_broken_off_is_gone_on_with_to_the_same_end(engine: AsyncEngine) -> None:
    slices = 0

    def breaking() -> AbstractAsyncContextManager[AsyncConnection]:
        nonlocal slices
        slices += 1
        if slices == 2:
            raise KeyboardInterrupt
        return engine.begin()

    with pytest.raises(KeyboardInterrupt):
        async for _each in sheet().apply(breaking, utc_now, frozenset(), nothing):
            pass
    assert 0 < (await known(engine))[0] < PEOPLE

    await applied(engine)
    assert await known(engine) == (PEOPLE, 2 * PEOPLE)
    looked = [each async for each in sheet().dry_run(lambda: reading(engine), utc_now)]
    tally = Tally()
    for each in looked:
        tally.take(each)
    assert tally.verdicts == {Verdict.SAME: PEOPLE}


def test_the_sheet_of_the_guide_reads_as_the_guide_says() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "contacts.md").read_text(encoding="utf-8")
    example = guide.partition("```csv\n")[2].partition("```")[0]
    file = io.BytesIO(example.encode())
    found = list(people_of(file, read_sheet(file), "BR"))
    assert [isinstance(each, Person) for each in found] == [True, True]


@pytest.mark.slow
async def test_a_command_that_is_killed_in_the_middle_is_run_again_to_the_same_end(
    engine: AsyncEngine, database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "all.csv").write_text(SHEET + "".join(f"Q{n};+55219{80000000 + n};\n" for n in range(4000)))
    command = ("contacts", "import", str(tmp_path / "all.csv"), "--consent", "A form", "--apply")
    environment = {**os.environ, "DATABASE_URL": database_url}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from bot.cli.main import main; main()", *command),
        env=environment,
        cwd=tmp_path,
        stdout=asyncio.subprocess.DEVNULL,
    )

    async def has_begun() -> bool:
        return (await known(engine))[0] > 0

    await eventually(has_begun, within=60)
    process.kill()
    await process.wait()
    assert (await known(engine))[0] < PEOPLE + 4000

    done = await typed(*command, environment={"DATABASE_URL": database_url})
    assert done.code == 0, done.err
    assert await known(engine) == (PEOPLE + 4000, 2 * PEOPLE + 4000)
