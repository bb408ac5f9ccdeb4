"""`inbox report`: a table, JSON or CSV of what a report tells."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.ids import new_id
from bot.inbox.models import InboxPeriod
from bot.users.models import User
from tests.cli.conftest import Recado
from tests.support import rows

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAYS = ("--since", "2026-03-01", "--until", "2026-03-02")


@pytest.fixture(autouse=True)
async def on_the_database(database_url: str, engine: AsyncEngine, shell: pytest.MonkeyPatch) -> None:
    shell.setenv("DATABASE_URL", database_url)
    async with engine.begin() as connection:
        values = {"id": "bia", "email": "bia@example.com", "name": "=Bia", "role": "EDITOR"}
        await connection.execute(insert(User).values(**values))
        person = await rows.add_person(connection)
        period = {
            "id": new_id(),
            "contact_id": person.id,
            "opened_by": "handoff",
            "opened_at": NINE,
            "began_at": NINE,
            "channel": "sms",
            "asked_at": NINE,
            "replied_at": NINE + timedelta(seconds=90),
            "replied_by": "bia",
            "answered_after": 90,
            "user_id": "bia",
            "ended_at": NINE + timedelta(hours=16),
            "ended_as": "resolved",
            "resolved_by": "bia",
            "lasted": 57_600,
            "lasted_in_all": 57_600,
        }
        await connection.execute(insert(InboxPeriod).values(period))


async def test_it_is_a_table_of_the_days(recado: Recado) -> None:
    result = await recado("inbox", "report", *DAYS)

    assert result.code == 0
    dash = "\u2013"
    assert [line.split("\t") for line in result.out.splitlines()] == [
        ["2026-03-01", *"0000", "0", dash, dash, "0", dash, dash, dash],
        ["2026-03-02", *"0010", "1", "2 min", "2 min", "0", dash, dash, dash],
        ["Total", *"0010", "1", "2 min", "2 min", "0", dash, dash, dash],
    ], "it was resolved on the third"


async def test_it_is_json_with_seconds_and_the_zone_of_its_days(recado: Recado) -> None:
    result = await recado("inbox", "report", *DAYS, "--timezone", "America/Sao_Paulo", "--json")

    told = json.loads(result.out)
    assert (told["since"], told["until"], told["timezone"]) == ("2026-03-01", "2026-03-02", "America/Sao_Paulo")
    assert told["waiting"] == {"count": 0, "since": None}
    assert told["all"]["resolution"] == {"count": 1, "median": 57_600, "p90": 57_600}, "it is the second there"
    assert [each["day"] for each in told["groups"]] == ["2026-03-01", "2026-03-02"]


async def test_it_is_a_sheet_of_colleagues_without_formulas(recado: Recado) -> None:
    result = await recado("inbox", "report", *DAYS, "--by", "agent", "--agent", "bia@example.com", "--csv")

    (bia, every) = csv.DictReader(io.StringIO(result.out))
    assert (bia["agent"], bia["opened"], bia["response_median"]) == ("'=Bia", "1", "90")
    assert (every["agent"], every["received"]) == ("all", "")
    other = await recado("inbox", "report", *DAYS, "--channel", "email", "--by", "channel", "--csv")
    assert len(other.out.splitlines()) == 2


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--since", "2026-03-02", "--until", "2026-03-01"), "comes after the last one"),
        (("--since", "2020-01-01", "--until", "2026-03-01"), "at most 366 days"),
        (("--since", "tomorrow"), "tomorrow is no day"),
        (("--since", "0001-01-01"), "is no day"),
        (("--until", "9999-12-31"), "is no day"),
        (("--timezone", "Nowhere/Else"), "is no time zone"),
        (("--agent", "nobody@example.com"), "nobody@example.com"),
        (("--json", "--csv"), "JSON or CSV"),
    ],
)
async def test_what_cannot_be_is_told_with_the_mend(recado: Recado, asked: tuple[str, ...], said: str) -> None:
    result = await recado("inbox", "report", *asked)

    assert result.code != 0
    assert said in result.err
