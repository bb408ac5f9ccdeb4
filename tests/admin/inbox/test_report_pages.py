"""The page of reports over HTTP: what it shows, what its address asks for, and its CSV."""

import csv
import html
import io
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, update

from bot.core.ids import new_id
from bot.inbox.models import InboxPeriod
from bot.users.models import User
from bot.users.service import Role
from tests.support import rows
from tests.support.doors import Doors, Page, open_doors

HOSTILE = '=HYPERLINK("x")<script>\u202e'


@pytest.fixture
async def doors(database_url: str) -> AsyncIterator[Doors]:
    async with open_doors(database_url) as opened:
        await opened.people.person("eve@example.com", Role.EDITOR)
        await opened.people.person("vic@example.com", Role.VIEWER)
        yield opened


async def happened(doors: Doors, at: datetime, **columns: object) -> None:
    """A conversation was opened then, answered after four minutes and resolved after an hour."""
    async with doors.people.engine.begin() as connection:
        person = await rows.add_person(connection, f"+55{new_id()[-12:]}")
        period = {
            "id": new_id(),
            "contact_id": person.id,
            "opened_by": "handoff",
            "opened_at": at,
            "began_at": at,
            "channel": "whatsapp",
            "asked_at": at,
            "replied_at": at + timedelta(minutes=4),
            "answered_after": 240,
            "ended_at": at + timedelta(hours=1),
            "ended_as": "resolved",
            "lasted": 3_600,
            "lasted_in_all": 3_600,
        }
        await connection.execute(insert(InboxPeriod).values({**period, **columns}))


def sentences(page: Page) -> list[str]:
    """What stands above the charts."""
    return [html.unescape(each) for each in re.findall("<figcaption>(.*?)</figcaption>", page.text)]


async def sheet(page: Page) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(page.text)))


async def test_who_looks_finds_the_week_with_a_sentence_for_each_chart_and_what_it_means(doors: Doors) -> None:
    vic = await doors.inside("vic@example.com")
    page = await vic.get("/inbox/reports")
    assert "Nothing happened in these days" in page.text
    assert "What the figures mean" in page.text

    now = doors.people.clock.now
    await happened(doors, now - timedelta(hours=2))
    assert "1 conversation was opened" in sentences(await vic.get("/inbox/reports")), "of one there is no most"
    for days in (1, 1):
        await happened(doors, now - timedelta(days=days, hours=2))
    page = await vic.get("/inbox/reports")
    assert page.status == 200
    _in, _out, opened, answered, resolved = sentences(page)
    assert opened.startswith("3 conversations were opened, the most on ")
    assert answered == "Half of 3 contacts were answered within 4 min, nine of ten within 4 min"
    assert resolved == "Half of 3 conversations were resolved within 1 h, nine of ten within 1 h"
    assert '<a href="/inbox" data-key' in page.text, "it is a view of its own beside the inbox"


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        ("by=hour", [f"{hour:02}" for hour in range(24)]),
        ("by=weekday", ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]),
        ("since=2026-03-02&until=2026-03-04", ["2026-03-02", "2026-03-03", "2026-03-04"]),
        ("since=2026-03-02&until=2026-03-15&by=week", ["2026-03-02", "2026-03-09"]),
        ("since=2026-03-04&until=2026-03-02", [f"{hour:02}" for hour in range(24)]),
        ("until=2026-03-02", [f"2026-02-{day}" for day in range(24, 29)] + ["2026-03-01", "2026-03-02"]),
        ("days=900&by=nothing&channel=pigeon&agent=nobody&since=yesterday", None),
    ],
)
async def test_its_address_says_which_days_and_groups(doors: Doors, asked: str, keys: list[str] | None) -> None:
    eve = await doors.inside("eve@example.com")
    found = await sheet(await eve.get(f"/inbox/reports/csv?{asked}"))

    by = next(iter(found[0]))
    assert found[-1][by] == "all"
    told = [row[by] for row in found[:-1]]
    assert told == keys if keys is not None else len(told) == 7


async def test_days_that_cannot_be_are_told_and_mended(doors: Doors) -> None:
    eve = await doors.inside("eve@example.com")
    backwards = await eve.get("/inbox/reports?since=2026-03-04&until=2026-03-02")
    assert "The first day comes after the last one" in backwards.text
    long = await eve.get("/inbox/reports?since=0001-01-01&until=9999-12-31")
    assert "A report has a year at most" in long.text
    early = await eve.get("/inbox/reports?since=0001-01-01&until=0001-01-02")
    assert early.status == 200


async def test_a_sheet_has_all_figures_in_seconds_and_no_formulas(doors: Doors) -> None:
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    eve_id = (await doors.people.user("eve@example.com")).id
    async with doors.people.engine.begin() as connection:
        await connection.execute(update(User).where(User.id == eve_id).values(name=HOSTILE))
    await happened(doors, at, replied_by=eve_id, resolved_by=eve_id, user_id=eve_id)
    eve = await doors.inside("eve@example.com")
    days = "since=2026-03-02&until=2026-03-02"

    page = await eve.get(f"/inbox/reports/csv?{days}&by=agent")
    (row, every) = await sheet(page)
    assert page.headers["Content-Disposition"] == 'attachment; filename="inbox-by-agent-2026-03-02-2026-03-02.csv"'
    assert row["agent"] == f"'{HOSTILE}"
    assert (row["received"], row["sent"], row["opened"], row["reopened"]) == ("", "0", "1", "0")
    assert (row["response_count"], row["response_median"], row["response_p90"]) == ("1", "240", "240")
    assert (row["resolution_median"], row["total_p90"], every["received"]) == ("3600", "3600", "0")

    shown = await eve.get(f"/inbox/reports?{days}&by=agent")
    assert HOSTILE.partition("<")[2] not in shown.text
    assert sentences(shown) == [], "names have no room below bars: there is the table"
    shown = await eve.get(f"/inbox/reports?{days}&by=channel&agent={eve_id}")
    assert "1 contact was answered, within 4 min" in sentences(shown)


async def test_nobody_sees_it_who_is_not_signed_in(doors: Doors) -> None:
    page = await (await doors.browser()).get("/inbox/reports/csv")
    assert page.path.startswith("/sign-in?")
