"""Programmes of points over HTTP: their rules made, explained, changed and put away."""

import re
from collections.abc import AsyncIterator

import pytest

from bot.loyalty import service as loyalty
from bot.users.service import Role
from tests.support.doors import Browser, Doors, open_doors
from tests.support.people import BY
from tests.support.rows import add_person

HOSTILE = "<script>alert(1)</script>{{7*7}}\u202e"
RULES = {
    "name": "Bakery club",
    "unit": "points",
    "timezone": "America/Sao_Paulo",
    "expires_after": "12 months",
    "rounding": "end_of_month",
    "least_life": "30",
    "idle_days": "",
    "notice_days": "7, 30",
    "notice_at": "09:00",
    "templates": "default=points/ending",
    "daily_limit": "1000",
    "on_return": "owe",
}


@pytest.fixture
async def doors(database_url: str) -> AsyncIterator[Doors]:
    async with open_doors(database_url) as opened:
        await opened.people.person(role=Role.ADMIN)
        await opened.people.person("vic@example.com", Role.VIEWER)
        yield opened


@pytest.fixture
async def ana(doors: Doors) -> Browser:
    """An ADMIN who is signed in."""
    return await doors.inside()


async def made(ana: Browser, **rules: str) -> str:
    """The path of a programme that is made by the form."""
    await ana.get("/points/new")
    page = await ana.post("/points", {**RULES, **rules})
    assert page.status == 200, page.words
    return page.path


async def test_a_programme_is_made_and_explained_with_what_is_earned_today(ana: Browser) -> None:
    assert "No programmes yet" in (await ana.get("/points")).words
    path = await made(ana, name=HOSTILE)
    page = await ana.get(path)
    assert re.search("What somebody earns today, .+, counts up to and including", page.words)
    for said in ("12 months", "At the end of the month", "30 days, 7 days", "Let them owe the points", "1,000"):
        assert said in page.words
    assert "Nothing goes out until they are released" in page.words
    assert "Nothing ends within twelve months." in page.words
    assert "<script>alert" not in (await ana.get("/points")).text
    assert "No programme fits" in (await ana.get("/points?q=nothing")).words


async def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(ana: Browser) -> None:
    await made(ana)
    for field, typed, said in (
        ("expires_after", "soon", "Write it as 12 months or 365 days"),
        ("notice_days", "30, x", "Write whole numbers with commas between"),
        ("timezone", "Mars/Base", "is no time zone"),
        ("templates", "default=nothing", "Write it as bundle/template"),
        ("least_life", "-1", "Write a whole number from 0 to"),
        ("daily_limit", "1.5", "Write a whole number."),
        ("name", "BAKERY  club", "Choose another name."),
    ):
        await ana.get("/points/new")
        page = await ana.post("/points", {**RULES, "name": "Another", field: typed})
        assert page.status in (409, 422), field
        wrong = re.search(rf'id="e-{field}".*?</p>', page.text, re.DOTALL)
        assert wrong is not None, field
        assert (said in page.words, 'value="America/Sao_Paulo"' in page.text or field == "timezone") == (True, True)


async def test_rules_are_changed_unless_somebody_else_did_meanwhile(doors: Doors, ana: Browser) -> None:
    path = await made(ana)
    asked = await ana.get(f"{path}/edit")
    seen = re.search(r'name="seen" value="([^"]+)"', asked.text)
    assert seen is not None
    doors.people.clock.advance(minutes=1)
    page = await ana.post(f"{path}/edit", {**RULES, "expires_after": "", "seen": seen[1]})
    assert ("The rules are changed" in page.words, "never ends" in page.words) == (True, True)
    page = await ana.post(f"{path}/edit", {**RULES, "seen": seen[1]})
    assert (page.status, "Somebody else changed it meanwhile" in page.words) == (409, True)


async def test_one_that_is_archived_stays_so_when_its_rules_change_and_comes_back(ana: Browser) -> None:
    path = await made(ana)
    assert "This programme is archived" in (await ana.post(f"{path}/archive")).words
    assert "This programme is archived" in (await ana.post(f"{path}/edit", {**RULES, "unit": "stars"})).words
    assert "Bakery club" not in (await ana.get("/points?state=active")).words
    assert "The programme is active again" in (await ana.post(f"{path}/activate")).words


async def test_a_viewer_reads_the_rules_and_changes_none(doors: Doors, ana: Browser) -> None:
    path = await made(ana)
    vic = await doors.inside("vic@example.com")
    page = await vic.get(path)
    assert (page.status, "Change the rules" in page.words) == (200, False)
    assert (await vic.get(f"{path}/edit")).status == 403
    assert (await vic.post(f"{path}/archive")).status == 403
    assert (await vic.get("/points/0000000000000000nothing")).status == 404


async def test_what_ends_is_told_by_month_and_by_stage(doors: Doors, ana: Browser) -> None:
    now = doors.people.clock.now
    path = await made(ana, expires_after="7 days", rounding="none", least_life="0")
    async with doors.people.engine.begin() as connection:
        contact = await add_person(connection, "+5511988887777")
        earn = loyalty.Earn(
            programme_id=path.rpartition("/")[2], contact_id=contact.id, points=1234, by=BY, reason="bread"
        )
        assert isinstance((await loyalty.post(connection, [earn], now))[0], loyalty.Posted)
    page = await ana.get(path)
    assert "1,234 points end within twelve months, most of them in" in page.words
    assert re.search(r"Ends in 7 days</dt><dd>1,234<", page.text)
