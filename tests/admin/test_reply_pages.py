"""Saved replies over HTTP: written with a preview, found, changed and deleted by who answers."""

import asyncio
import html
import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import update

from bot.contacts.models import Contact
from bot.inbox import service as inbox
from bot.inbox.service import AskedTemplate
from bot.users.service import Role
from tests.support.doors import Browser, Doors, Page, open_doors
from tests.support.people import BY
from tests.support.rows import add_person

ASKED_SECONDS = 0.1
"""By then a form that is sent waits for whoever was faster."""
HOSTILE = "<script>alert(1)</script>\"'{7*7}\u202e"
HOURS = {"name": "Opening hours", "shortcut": "/Hours", "content": "We open at six.", "active": "on"}


@pytest.fixture
async def doors(database_url: str) -> AsyncIterator[Doors]:
    async with open_doors(database_url) as opened:
        for email, role in (("eve@example.com", Role.EDITOR), ("vic@example.com", Role.VIEWER)):
            await opened.people.person(email, role)
        yield opened


@pytest.fixture
async def eve(doors: Doors) -> Browser:
    """An EDITOR who is signed in."""
    return await doors.inside("eve@example.com")


def names(page: Page) -> list[str]:
    """Those in the list."""
    return [html.unescape(each) for each in re.findall(r'class="open"[^>]*><bdi>(.*?)</bdi>', page.text)]


def previewed(page: Page) -> str:
    """What becomes of what stands in the form."""
    found = re.search(r'<div id="preview">(.*?)</div>\s*</section>', page.text, re.DOTALL)
    assert found is not None
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found[1])).split())


async def test_a_saved_reply_is_written_changed_and_deleted(eve: Browser) -> None:
    assert "No saved replies yet" in (await eve.get("/replies")).words
    asked = await eve.get("/replies/new")
    assert "{{ contact.first_name }}" in asked.words
    nothing = await eve.post("/replies", {"name": "", "shortcut": "", "content": ""})
    odd = await eve.post("/replies", {**HOURS, "shortcut": "two words", "channel": "sms", "category": HOSTILE})
    unknown = await eve.post("/replies", {**HOURS, "content": "Oi {{ name }}"})
    assert (nothing.status, nothing.text.count('class="error"')) == (422, 3)
    assert (odd.status, "Write it so: opening-hours" in odd.words, "<script>alert" in odd.text) == (422, True, False)
    assert 'value="sms" selected' in odd.text
    assert (unknown.status, "{{ name }} stands for nothing. Known are contact.name," in unknown.words) == (422, True)

    page = await eve.post("/replies", {**HOURS, "category": "Shop", "channel": "sms"})
    assert (page.path, names(page), "Opening hours is there" in page.words) == ("/replies", ["Opening hours"], True)
    assert all(each in page.words for each in ("/hours", "Shop", "SMS", "Offered", "We open at six."))
    taken = await eve.post("/replies", {**HOURS, "name": "Hours"})
    assert (taken.status, "shortcut hours already. Choose another shortcut." in taken.words) == (409, True)

    path = re.search(r'href="(/replies/\w+)"><bdi>', page.text)
    assert path is not None
    assert "We open at six." in (await eve.get(path[1])).text
    page = await eve.post(path[1], {"name": HOSTILE, "shortcut": "h", "content": HOSTILE})
    assert "The saved reply is changed" in page.words
    assert ("<script>alert" in page.text, "Not offered" in page.words, "Everywhere" in page.words) == (
        False,
        True,
        True,
    )
    assert (await eve.post(path[1], {"name": "", "shortcut": "h", "content": "x"})).status == 422
    page = await eve.post(f"{path[1]}/delete")
    assert ("is deleted" in page.words, "No saved replies yet" in page.words) == (True, True)
    for gone in (await eve.get(path[1]), await eve.post(path[1], HOURS), await eve.post(f"{path[1]}/delete")):
        assert gone.status == 404


async def test_of_two_who_choose_one_shortcut_at_the_same_instant_the_slower_is_told_so(
    doors: Doors, eve: Browser
) -> None:
    page = await eve.post("/replies", HOURS)
    path = re.search(r'href="(/replies/\w+)"><bdi>', (await eve.get("/replies")).text)
    assert path is not None, page.words
    async with doors.people.engine.begin() as connection:
        asked = AskedTemplate("Late", "late", "Late.")
        await inbox.add_reply_template(connection, asked, BY, doors.people.clock.now)
        slower = asyncio.ensure_future(eve.post(path[1], {**HOURS, "shortcut": "/LATE"}))
        await asyncio.sleep(ASKED_SECONDS)
        assert not slower.done()
    page = await slower
    assert (page.status, "the shortcut late already. Choose another shortcut." in page.words) == (409, True)
    assert names(await eve.get("/replies")) == ["Opening hours", "Late"]


async def test_who_has_an_old_page_is_told_what_a_colleague_wrote_and_may_go_on(doors: Doors, eve: Browser) -> None:
    asked = AskedTemplate("Hours", "hours", "We open at six.")
    async with doors.people.engine.begin() as connection:
        row = await inbox.add_reply_template(connection, asked, BY, doors.people.clock.now)
    path = f"/replies/{row.id}"
    seen = re.findall('name="seen" value="(.*?)"', (await eve.get(path)).text)[0]
    doors.people.clock.advance(seconds=1)
    async with doors.people.engine.begin() as connection:
        other = AskedTemplate("Hours", "hours", "We open at <b>seven</b>.")
        await inbox.change_reply_template(connection, row.id, other, BY, doors.people.clock.now)
    page = await eve.post(path, {**HOURS, "content": "", "seen": seen})
    assert (page.status, f'name="seen" value="{seen}"' in page.text) == (422, True)
    page = await eve.post(path, {**HOURS, "content": "We are closed.", "seen": seen})
    assert (page.status, "says now: We open at <b>seven</b>. Press once more" in page.words) == (409, True)
    assert "We are closed." in page.text
    seen = re.findall('name="seen" value="(.*?)"', page.text)[0]
    page = await eve.post(path, {**HOURS, "content": "We are closed.", "seen": seen})
    assert "The saved reply is changed" in page.words


async def test_what_becomes_of_it_is_shown_before_it_is_kept(doors: Doors, eve: Browser) -> None:
    async with doors.people.engine.begin() as connection:
        await add_person(connection)
        await connection.execute(update(Contact).values(attributes={"plan": "gold"}))
    asked = await eve.get("/replies/new")
    assert ("{{ contact.plan }}" in asked.words, "It is shown here as you write." in previewed(asked)) == (True, True)
    for content, shown in (
        ("Oi {{contact.first_name}} ({{ contact.plan }}), aqui é {{ agent.name }}.", "Oi Ana (gold), aqui é eve."),
        ("Oi {{ contact.size }}!", "Oi {{ contact.size }}! As Ana"),
        ("Oi {{ contact.size }}!", "No contact lately has contact.size:"),
        ("Oi {{ name }}", "{{ name }} stands for nothing. Known are contact.name"),
        (HOSTILE, "<script>alert(1)</script>"),
        ("", "It is shown here as you write."),
    ):
        page = await eve.post("/replies/preview", {**HOURS, "content": content})
        assert (page.status, shown in previewed(page)) == (200, True), previewed(page)
        assert "<script>alert" not in page.text
    assert names(await eve.get("/replies")) == []
    assert (await eve.post("/replies/preview", {**HOURS, "id": "nobody"})).status == 404


async def test_they_are_found_by_words_category_channel_and_state(doors: Doors, eve: Browser) -> None:
    async with doors.people.engine.begin() as connection:
        for asked in (
            AskedTemplate("Hello", "hello", "Oi!", category="Beginning"),
            AskedTemplate("Bye", "bye", "Tchau!", category="End", channel=None, is_active=False),
            AskedTemplate("Late", "late", "It is late: 100%.", category="End"),
            *(AskedTemplate(f"Many {number}", f"many-{number:03}", "x") for number in range(50)),
        ):
            await inbox.add_reply_template(connection, asked, BY, doors.people.clock.now)
    for query, found in (
        ("?q=tchau", ["Bye"]),
        ("?q=100%25", ["Late"]),
        ("?category=End", ["Bye", "Late"]),
        ("?category=End&state=on", ["Late"]),
        ("?state=off", ["Bye"]),
        ("?state=off&state=on&category=Beginning", ["Hello"]),
        ("?category=nothing&q=Hello", ["Hello"]),
        ("?channel=sms&category=Beginning", ["Hello"]),
        ("?q=nothing", []),
    ):
        assert names(await eve.get(f"/replies{query}")) == found, query
    assert "No saved reply fits" in eve.page.words
    first = await eve.get("/replies")
    assert ("53 saved replies" in first.words, len(names(first))) == (True, 50)
    following = re.search(r'href="([^"]+)" rel="next"', first.text)
    assert following is not None
    assert len(names(await eve.get(html.unescape(following[1])))) == 3


async def test_who_only_looks_neither_sees_nor_changes_them(doors: Doors) -> None:
    vic = await doors.inside("vic@example.com")
    assert 'href="/replies"' not in vic.page.text
    assert (await vic.get("/replies")).status == 403
    assert (await vic.post("/replies", HOURS)).status == 403
