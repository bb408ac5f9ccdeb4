"""Searching the inbox, and the list of what the bot has, over HTTP."""

import html
import re

from bot.search.follower import Follower
from tests.admin.inbox.test_inbox_pages import HOSTILE, assignee, doors, listed, wrote
from tests.support import rows
from tests.support.doors import Doors, Page
from tests.support.rows import Person

__all__ = ["doors"]


async def indexed(doors: Doors) -> None:
    await Follower(doors.people.engine).catch_up()


def links(page: Page) -> list[str]:
    """Where what was found stands."""
    return [html.unescape(each) for each in re.findall(r'class="open" href="([^"]+)"', page.text)]


def marked(page: Page) -> list[str]:
    return [html.unescape(each) for each in re.findall(r"<mark>(.*?)</mark>", page.text)]


async def test_what_is_found_is_marked_and_opens_where_it_was_said(doors: Doors) -> None:
    await indexed(doors)
    eve = await doors.inside("eve@example.com")
    rui = await wrote(doors, "Rui Pereira")
    async with doors.people.engine.begin() as connection:
        sought = await rows.add_inbound(connection, rui, f"Quero PÃO {HOSTILE}")
        for number in range(80):
            await rows.add_inbound(connection, rui, f"and number {number}")
    await indexed(doors)

    page = await eve.get("/inbox?q=pao")
    assert (marked(page), links(page)) == (["PÃO"], [f"/inbox/{rui.id}?q=pao&at={sought}#m-{sought}"])
    assert "<script>alert" not in page.text
    opened = await eve.get(links(page)[0].partition("#")[0])
    assert re.search(rf'class="message sought" id="m-{sought}"', opened.text)
    assert marked(opened) == ["PÃO"], "the list stays beside it"

    page = await eve.get("/inbox?q=pere")
    assert (marked(page), links(page)) == (["Pereira"], [f"/inbox/{rui.id}?q=pere"])
    further = re.search(r'href="([^"]+)" rel="next"', (await eve.get("/inbox?q=number")).text)
    assert further is not None
    page = await eve.get(html.unescape(further[1]))
    assert len(links(page)) == 30


async def test_a_note_is_found_by_who_sees_it_and_opens_at_its_place(doors: Doors) -> None:
    await indexed(doors)
    eve, bia = await doors.inside("eve@example.com"), await doors.inside("bia@example.com")
    rui = await wrote(doors, "Rui")
    await eve.get(f"/inbox/{rui.id}")
    long = "x " * 300 + "allergic to nuts"
    await eve.post(f"/inbox/{rui.id}/send", {"mode": "note", "note": long, "private": "on"})
    page = await eve.get("/inbox?q=allerg")
    assert marked(page) == ["allergic"]
    assert re.fullmatch(rf"/inbox/{rui.id}\?q=allerg&at=\w+#n-\w+", links(page)[0])
    page = await bia.get("/inbox?q=allerg")
    assert (marked(page), "Nothing is found" in page.words) == ([], True)


async def test_chips_narrow_what_is_looked_for_and_each_can_be_taken_away(doors: Doors) -> None:
    await indexed(doors)
    eve = await doors.inside("eve@example.com")
    rui = await wrote(doors, "Rui")
    async with doors.people.engine.begin() as connection:
        await rows.add_inbound(connection, rui, "hello, anybody?")
    await indexed(doors)
    page = await eve.get("/inbox?q=hello&list=mine")
    assert ("Nothing is found" in page.words, "Search everywhere" in page.words) == (True, True)
    assert "Words: hello" in page.words
    assert "List: Mine" in page.words
    await eve.get(f"/inbox/{rui.id}")
    await eve.post(f"/inbox/{rui.id}/take")
    assert marked(await eve.get("/inbox?q=hello&list=mine&channel=whatsapp")) == ["hello"]
    assert marked(await eve.get("/inbox?q=hello&channel=sms")) == []
    assert (await eve.get("/inbox?q=%22%3Cscript%3E%27%20OR%20*&list=bot&label=none")).status == 200
    assert 'value="hello"' in (await eve.get("/inbox?q=hello")).text


async def bots(doors: Doors, name: str) -> Person:
    """Somebody whom the bot answers."""
    async with doors.people.engine.begin() as connection:
        person = await rows.add_person(connection, "+5511888880001")
        await rows.add_inbound(connection, person, f"hi from {name}")
    return person


async def test_whom_the_bot_answers_is_listed_and_taken_over_from_there(doors: Doors) -> None:
    eve = await doors.inside("eve@example.com")
    await wrote(doors, "Rui")
    assert "Nobody is with the bot" in (await eve.get("/inbox?list=bot")).words
    lia = await bots(doors, "Lia")
    page = await eve.get("/inbox?list=bot")
    assert listed(page) == ["+5511888880001"]
    assert listed(await eve.get("/inbox?list=bot&assignee=none&channel=sms")) == []
    page = await eve.get(f"/inbox/{lia.id}?list=bot")
    assert "Take over" in page.words
    page = await eve.post(f"/inbox/{lia.id}/take?list=bot")
    assert (page.path, listed(page)) == (f"/inbox/{lia.id}?list=bot", [])
    assert await assignee(doors, lia) == "eve@example.com"
