"""Conversations of the list are chosen, and one thing is done with all of them, over HTTP."""

import html
import re
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from bot.db.engine import reading
from bot.inbox import service as inbox
from bot.inbox.models import InboxConversation
from tests.admin.inbox.test_inbox_pages import assignee, doors, listed, status, toast, undo, wrote
from tests.support.doors import Browser, Doors, Page
from tests.support.people import BY
from tests.support.rows import Person

__all__ = ["doors"]


async def three(doors: Doors) -> Sequence[Person]:
    return [await wrote(doors, name, number) for number, name in enumerate(("Rui", "Lia", "Edu"), start=1)]


def box(page: Page, person: Person) -> str:
    """What the row's box says."""
    found = re.search(rf'name="id" form="chosen" value="({person.id}[^"]*)"', page.text)
    assert found is not None
    return found[1]


async def press(browser: Browser, what: str, people: Sequence[Person], **fields: str) -> Page:
    """Choose these of the list, and do that with them."""
    values = [("id", box(browser.page, each)) for each in people]
    return await browser.post(f"/inbox/list/{what}?list=all", [*values, *fields.items()])


async def test_all_that_are_chosen_are_taken_given_and_gone_back_with_by_one_press(doors: Doors) -> None:
    eve, bia = await doors.inside("eve@example.com"), await doors.inside("bia@example.com")
    _rui, lia, edu = people = await three(doors)
    await bia.get(f"/inbox/{edu.id}")
    await bia.post(f"/inbox/{edu.id}/take")
    await eve.get("/inbox?list=all")
    await bia.post(f"/inbox/{lia.id}/take")

    # Edu was Bia's as the page showed it, Lia became so meanwhile.
    page = await press(eve, "take", people)
    assert toast(page) == "You have 2 conversations now. 1 was somebody else's meanwhile (bia)."
    assert [await assignee(doors, each) for each in people] == ["eve@example.com", "bia@example.com", "eve@example.com"]
    page = await undo(eve)
    assert toast(page) == "Taken back."
    assert [await assignee(doors, each) for each in people] == [None, "bia@example.com", "bia@example.com"]
    assert page.path == "/inbox?list=all"


async def test_what_is_resolved_snoozed_labelled_or_read_at_once_is_told_and_undone_at_once(doors: Doors) -> None:
    eve, people = await doors.inside("eve@example.com"), await three(doors)
    rui, *_others = people
    async with doors.people.engine.begin() as connection:
        label = await inbox.add_label(connection, "Billing", "red", BY, doors.people.clock.now)
        await inbox.label(connection, [rui.id], label.id, BY, doors.people.clock.now, has=True)
    for what, fields, said, stands in (
        ("resolve", {}, "3 are resolved; the bot answers there.", "resolved"),
        (
            "snooze",
            {"when": "hour"},
            "3 are put off; they come back by themselves, or when somebody writes.",
            "snoozed",
        ),
        (
            "snooze",
            {"at": f"{doors.people.clock.now + timedelta(days=300):%Y-%m-%dT%H:%M}"},
            "3 are put off",
            "snoozed",
        ),
    ):
        await eve.get("/inbox?list=all")
        page = await press(eve, what, people, **fields)
        assert toast(page).startswith(said)
        assert {await status(doors, each) for each in people} == {stands}
        await undo(eve)
        assert {await status(doors, each) for each in people} == {"open"}

    await eve.get("/inbox?list=all")
    page = await press(eve, "label", people, label_id=label.id)
    assert toast(page) == "2 have the label Billing now. 1 was so before."
    await undo(eve)
    assert listed(await eve.get(f"/inbox?label={label.id}")) == ["Rui"]
    await eve.get("/inbox?list=all")
    page = await press(eve, "read", people)
    assert (toast(page), 'class="new"' in page.text) == ("3 are read.", False)


async def test_what_cannot_be_done_is_said_and_nothing_else_is_done(doors: Doors) -> None:
    eve, vic, people = await doors.inside("eve@example.com"), await doors.inside("vic@example.com"), await three(doors)
    await eve.get("/inbox?list=all")
    for what, fields, said in (
        ("snooze", {}, "Choose until when first."),
        ("snooze", {"at": "2001-01-01T09:00"}, "That moment is over; choose a later one."),
        ("take", {"user_id": "nobody"}, "They may not answer any more; choose somebody else."),
        ("label", {"label_id": "none"}, "This label is not there any more."),
    ):
        assert toast(await press(eve, what, people, **fields)) == said, what
    assert toast(await eve.post("/inbox/list/resolve")) == "Choose some conversations first."
    many = [("id", f"c{number}") for number in range(501)]
    assert toast(await eve.post("/inbox/list/resolve", many)) == "Choose at most 500 at once."
    page = await eve.post("/inbox/list/resolve", [("id", "nobody~x"), ("id", "\u202e<b>"), ("open", "../users")])
    assert (toast(page), page.path) == ("2 are not there any more.", "/inbox")
    async with reading(doors.people.engine) as connection:
        assert set(await connection.scalars(select(InboxConversation.status))) == {"open"}
    await vic.get("/inbox?list=all")
    assert 'formaction="/inbox/list/resolve' not in vic.page.text
    assert (await press(vic, "resolve", people)).status == 403


async def test_what_stood_open_stands_open_afterwards(doors: Doors) -> None:
    eve, people = await doors.inside("eve@example.com"), await three(doors)
    await eve.get(f"/inbox/{people[0].id}?list=unassigned&sort=waiting")
    action = re.search(r'formaction="([^"]*/list/take[^"]*)"', eve.page.text)
    assert action is not None
    fields = [("id", box(eve.page, people[1])), ("open", people[0].id)]
    page = await eve.post(html.unescape(action[1]), fields)
    assert page.path == f"/inbox/{people[0].id}?list=unassigned&sort=waiting"
