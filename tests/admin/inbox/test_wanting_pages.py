"""How many conversations want somebody, on every page of theirs and for those that are open."""

import json
import re
from datetime import timedelta

from sqlalchemy import insert, update

from bot.contacts.models import Contact
from bot.inbox import service as inbox
from bot.inbox.models import InboxConversation
from tests.admin.inbox.test_inbox_pages import doors as two_agents
from tests.admin.inbox.test_inbox_pages import wrote
from tests.support.doors import Browser, Doors
from tests.support.rows import Person

doors = two_agents


def told(page: str) -> tuple[str, str]:
    """The title, and what stands at the inbox."""
    title = re.search(r"<title[^>]*>(.*?)</title>", page)
    badge = re.search(
        r'data-wants.*?<b class="concern calm"[^>]*?( hidden)?><span aria-hidden="true">(.*?)</span>', page
    )
    return "" if title is None else title[1], "" if badge is None or badge[1] else badge[2]


async def asked(browser: Browser) -> tuple[int, dict[str, object]]:
    answer = await browser.get("/inbox/wanting")
    return answer.status, json.loads(answer.text) if answer.status == 200 else {}


async def waits(doors: Doors, name: str, minutes_ago: int) -> Person:
    """Somebody waits whom nobody has."""
    person = await wrote(doors, name, minutes_ago)
    since = doors.people.clock.now - timedelta(minutes=minutes_ago)
    async with doors.people.engine.begin() as connection:
        await connection.execute(update(Contact).where(Contact.id == person.id).values(waiting_since=since))
    return person


async def test_the_number_stands_in_title_and_navigation_of_every_page_of_who_may_answer(doors: Doors) -> None:
    eve, vic = await doors.inside("eve@example.com"), await doors.inside("vic@example.com")
    assert told((await eve.get("/inbox")).text) == ("Inbox · Recado", "")
    assert await asked(eve) == (200, {"count": "", "words": "0 conversations wait for you", "newest": 0})

    await waits(doors, "Rui", 5)
    last = await waits(doors, "Zoe", 3)
    pages = [(await eve.get(path)).text for path in ("/inbox", "/help", f"/inbox/{last.id}")]
    status, answer = await asked(eve)

    assert [told(page) for page in pages[:2]] == [("(2) Inbox · Recado", "2"), ("(2) Help and shortcuts · Recado", "2")]
    assert ": 2 conversations wait for you</span>" in pages[0]
    assert 'data-sound="off"' in pages[2]
    assert (status, answer["count"], answer["words"]) == (200, "2", "2 conversations wait for you")
    assert isinstance(answer["newest"], int)
    assert answer["newest"] > 1_600_000_000_000

    # Who only looks is wanted by nothing.
    shown = (await vic.get("/inbox")).text
    assert (told(shown), "data-sound" in shown) == (("Inbox · Recado", ""), False)
    assert (await asked(vic))[0] == 403


async def test_more_than_two_figures_are_not_shown(doors: Doors) -> None:
    now = doors.people.clock.now
    ids = [f"c{number}" for number in range(inbox.MOST_WANTED + 1)]
    waiting = [{"id": each, "responder": "human", "waiting_since": now} for each in ids]
    theirs = [{"contact_id": each, "status": "open", "last_at": now, "opened_at": now} for each in ids]
    async with doors.people.engine.begin() as connection:
        await connection.execute(insert(Contact), waiting)
        await connection.execute(insert(InboxConversation), theirs)
    eve = await doors.inside("eve@example.com")

    assert told((await eve.get("/help")).text) == ("(99+) Help and shortcuts · Recado", "99+")
    assert (await asked(eve))[1]["words"] == "More than 99 conversations wait for you"
