"""The inbox over HTTP, as two agents work in it."""

import html
import re
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from unittest.mock import Mock

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from sqlalchemy import select, update

from bot.admin.inbox.page import TURNSTILE
from bot.admin.inbox.page import rows as rows_of
from bot.contacts.models import Contact
from bot.db.engine import reading
from bot.inbox import service as inbox
from bot.inbox.models import Assignment, InboxConversation
from bot.messages.models import Message
from bot.users.models import User
from bot.users.service import Role
from bot.web.turnstile import Turnstile
from tests.support import rows
from tests.support.doors import Browser, Doors, Page, open_doors
from tests.support.people import BY
from tests.support.rows import Person

HOSTILE = "<script>alert(1)</script>\"'{{7*7}}\u202e"


@pytest.fixture
async def doors(database_url: str) -> AsyncIterator[Doors]:
    async with open_doors(database_url) as opened:
        for email, role in (
            ("eve@example.com", Role.EDITOR),
            ("bia@example.com", Role.EDITOR),
            ("vic@example.com", Role.VIEWER),
        ):
            await opened.people.person(email, role)
        async with opened.people.engine.begin() as connection:
            await rows.add_account(connection)
        yield opened


async def wrote(doors: Doors, name: str, minutes_ago: int = 5, address: str = "") -> Person:
    """Somebody has written, and waits for a person."""
    at = doors.people.clock.now - timedelta(minutes=minutes_ago)
    async with doors.people.engine.begin() as connection:
        person = await rows.add_person(connection, address or f"+55119999{minutes_ago:05}")
        await connection.execute(update(Contact).where(Contact.id == person.id).values(name=name))
        await rows.add_inbound(connection, person, f"hello from {name}", created_at=at)
        await inbox.reopen(connection, [person.id], BY, at)
    return person


async def assignee(doors: Doors, person: Person) -> str | None:
    """The address of who has it."""
    statement = (
        select(User.email).join(Assignment, Assignment.user_id == User.id).where(Assignment.contact_id == person.id)
    )
    async with reading(doors.people.engine) as connection:
        return (await connection.execute(statement)).scalar_one_or_none()


async def status(doors: Doors, person: Person) -> str:
    """How it stands."""
    statement = select(InboxConversation.status).where(InboxConversation.contact_id == person.id)
    async with reading(doors.people.engine) as connection:
        return (await connection.execute(statement)).scalar_one()


def listed(page: Page) -> Sequence[str]:
    """The names in the list."""
    return [html.unescape(each) for each in re.findall(r'class="open"[^>]*><bdi>(.*?)</bdi>', page.text)]


def toast(page: Page) -> str:
    """What was just done."""
    found = re.search(r'class="toast"><p>(.*?)</p>', page.text)
    return html.unescape(found[1]) if found else ""


async def undo(browser: Browser) -> Page:
    """Press what takes it back."""
    found = re.search(
        r'class="toast">.*?<form method="post" action="([^"]+)">(.*?)</form>', browser.page.text, re.DOTALL
    )
    assert found is not None
    fields = re.findall(r'name="([^"]+)" value="([^"]*)"', found[2])
    return await browser.post(html.unescape(found[1]), fields)


async def test_who_begins_here_finds_each_list_with_its_count_and_what_is_open_beside_it(doors: Doors) -> None:
    eve = await doors.inside("eve@example.com")
    assert eve.page.path == "/inbox"
    assert "No open conversation" in eve.page.words
    rui, lia = await wrote(doors, "Rui", 9), await wrote(doors, HOSTILE, 5)
    await eve.get(f"/inbox/{rui.id}?list=unassigned")
    assert ("Choose a conversation" in eve.page.words, "hello from Rui" in eve.page.words) == (False, True)
    await eve.post(f"/inbox/{rui.id}/take?list=unassigned")

    for list_, names in (
        ("", [HOSTILE.replace("\u202e", ""), "Rui"]),
        ("?list=mine", ["Rui"]),
        ("?list=unassigned", [HOSTILE.replace("\u202e", "")]),
        ("?list=waiting", []),
        ("?list=nonsense&channel=pigeon", [HOSTILE.replace("\u202e", ""), "Rui"]),
        ("?list=all&channel=sms", []),
    ):
        page = await eve.get(f"/inbox{list_}")
        assert [each.replace("\u202e", "").replace("\\u202e", "") for each in listed(page)] == names, list_
        assert "Mine 1 Unassigned 1 All 2" in page.words
    assert "None fits" in page.words
    assert "<script>alert" not in (await eve.get(f"/inbox/{lia.id}")).text
    assert (await eve.get("/inbox/nobody")).status == 404


async def test_a_conversation_is_taken_given_and_let_go_and_each_can_be_undone(doors: Doors) -> None:
    rui, eve = await wrote(doors, "Rui"), await doors.inside("eve@example.com")
    here = f"/inbox/{rui.id}?list=all&channel=whatsapp"
    await eve.get(here)
    page = await eve.post(f"/inbox/{rui.id}/take?list=all&channel=whatsapp")
    assert (page.path, await assignee(doors, rui)) == (here, "eve@example.com")
    assert "You have it" in page.words
    agents = re.findall(r'name="user_id" value="(\w+)"[^>]*><span[^>]*>\w+</span><span><bdi>(\w+)</bdi>', page.text)
    bia = next(value for value, name in agents if name == "bia")
    mine = re.search(r'name="instead_of" value="(\w+)"', page.text)
    assert mine is not None
    page = await eve.post(f"/inbox/{rui.id}/take", {"user_id": bia, "instead_of": mine[1]})
    assert (toast(page), await assignee(doors, rui)) == ("bia has it now", "bia@example.com")
    assert "bia has this conversation. What you write goes out all the same." in page.words
    await undo(eve)
    assert await assignee(doors, rui) == "eve@example.com"
    await eve.post(f"/inbox/{rui.id}/release", {"user_id": mine[1]})
    assert await assignee(doors, rui) is None
    await undo(eve)
    assert await assignee(doors, rui) == "eve@example.com"


async def test_of_two_who_take_it_at_once_the_later_one_is_told_who_was_faster(doors: Doors) -> None:
    rui, eve, bia = (
        await wrote(doors, "Rui"),
        await doors.inside("eve@example.com"),
        await doors.inside("bia@example.com"),
    )
    for browser in (eve, bia):
        await browser.get(f"/inbox/{rui.id}")
    await bia.post(f"/inbox/{rui.id}/take")
    page = await eve.post(f"/inbox/{rui.id}/take")
    assert toast(page) == "bia was faster and has this conversation now."
    assert await assignee(doors, rui) == "bia@example.com"


async def test_resolving_snoozing_and_opening_again_are_said_and_undone(doors: Doors) -> None:
    rui, eve = await wrote(doors, "Rui"), await doors.inside("eve@example.com")
    await eve.get(f"/inbox/{rui.id}")
    page = await eve.post(f"/inbox/{rui.id}/resolve")
    assert (toast(page), await status(doors, rui)) == ("Resolved; the bot answers them again", "resolved")
    assert "Take over" in page.words
    await undo(eve)
    assert await status(doors, rui) == "open"
    for fields, stands in (
        ({}, "open"),
        ({"at": "2001-01-01T09:00"}, "open"),
        ({"at": "2999-01-01T09:00"}, "open"),
        ({"at": f"{doors.people.clock.now + timedelta(days=300):%Y-%m-%dT%H:%M}"}, "snoozed"),
        ({"when": "tomorrow"}, "snoozed"),
    ):
        page = await eve.post(f"/inbox/{rui.id}/snooze", fields)
        assert await status(doors, rui) == stands, fields
    assert toast(page) == "Put off; it comes back by itself, or when they write"
    assert listed(await eve.get("/inbox?list=snoozed")) == ["Rui"]
    await eve.post(f"/inbox/{rui.id}/reopen")
    assert await status(doors, rui) == "open"
    assert toast(await eve.post(f"/inbox/{rui.id}/reopen")) == "It is so already."
    await eve.post(f"/inbox/{rui.id}/resolve")
    page = await eve.post(f"/inbox/{rui.id}/snooze", {"when": "hour"})
    assert toast(page) == "The bot has this conversation by now."


async def test_a_reply_goes_out_once_and_one_that_is_refused_keeps_its_words(doors: Doors) -> None:
    rui, eve = await wrote(doors, "Rui"), await doors.inside("eve@example.com")
    await eve.get(f"/inbox/{rui.id}")
    reply = {"text": "We open at nine.", "once": "k1"}
    await eve.post(f"/inbox/{rui.id}/send", reply)
    assert await assignee(doors, rui) == "eve@example.com"
    page = await eve.post(f"/inbox/{rui.id}/send", {**reply, "then": "resolve"})
    async with reading(doors.people.engine) as connection:
        statement = select(Message.content).where(Message.direction == "outbound")
        assert (await connection.execute(statement)).scalars().all() == ["We open at nine."]
    assert (toast(page), await status(doors, rui)) == ("Sent and resolved", "resolved")
    async with doors.people.engine.begin() as connection:
        await rows.add_inbound(connection, rui, "wait!")
    late = await eve.post(f"/inbox/{rui.id}/send", {"text": "Closed.", "once": "k0", "seen": "1"})
    assert (late.status, "Something was said meanwhile" in late.words, "wait!" in late.words) == (409, True, True)
    refused = await eve.post(f"/inbox/{rui.id}/send", {"text": " ", "once": "k2"})
    assert (refused.status, 'aria-invalid="true"' in refused.text) == (422, True)
    doors.people.clock.advance(days=3)
    await eve.signs_in("eve@example.com")
    await eve.get(f"/inbox/{rui.id}")
    closed = await eve.post(f"/inbox/{rui.id}/send", {"text": "Too <late>", "once": "k3"})
    assert (closed.status, "Too &lt;late&gt;" in closed.text) == (409, True)
    assert "lets only approved templates through" in closed.words


async def test_who_may_only_look_is_shown_no_button_and_refused(doors: Doors) -> None:
    rui, vic = await wrote(doors, "Rui"), await doors.inside("vic@example.com")
    page = await vic.get(f"/inbox/{rui.id}")
    assert ("hello from Rui" in page.words, f'action="/inbox/{rui.id}' in page.text) == (True, False)
    for what in ("take", "release", "resolve", "reopen", "snooze", "send"):
        assert (await vic.post(f"/inbox/{rui.id}/{what}")).status == 403, what


async def test_more_than_a_page_is_reached_by_the_place_where_it_ends(doors: Doors) -> None:
    for number in range(52):
        await wrote(doors, f"P{number:02}", number + 1)
    eve = await doors.inside("eve@example.com")
    assert len(listed(eve.page)) == 50
    further = re.search(r'href="([^"]+)" rel="next"', eve.page.text)
    assert further is not None
    page = await eve.get(html.unescape(further[1]))
    assert listed(page) == ["P50", "P51"]
    opened = re.search(r'class="open" href="([^"]+)"', page.text)
    assert opened is not None
    assert "hello from P50" in (await eve.get(html.unescape(opened[1]))).words
    assert listed(await eve.get("/inbox?sort=waiting"))[0] == "P00"


async def test_a_note_is_the_teams_or_ones_own_and_never_goes_out(doors: Doors) -> None:
    rui, eve, bia = (
        await wrote(doors, "Rui"),
        await doors.inside("eve@example.com"),
        await doors.inside("bia@example.com"),
    )
    await eve.get(f"/inbox/{rui.id}")
    noted = {"mode": "note", "once": "k", "text": "half a reply"}
    page = await eve.post(f"/inbox/{rui.id}/send", {**noted, "note": "@bia look at this <b>"})
    assert ("@bia look at this &lt;b&gt;" in page.text, "for bia" in page.words) == (True, True)
    await eve.post(f"/inbox/{rui.id}/send", {**noted, "note": "mine alone", "private": "on"})
    refused = await eve.post(f"/inbox/{rui.id}/send", {**noted, "note": " "})
    assert refused.status == 422
    page = await bia.get(f"/inbox/{rui.id}?list=mentioned")
    assert ("look at this" in page.words, "mine alone" in page.words, listed(page)) == (True, False, ["Rui"])
    async with reading(doors.people.engine) as connection:
        outbound = select(Message.content).where(Message.direction == "outbound")
        assert (await connection.execute(outbound)).scalars().all() == []


async def test_labels_are_given_taken_and_narrow_the_list(doors: Doors) -> None:
    rui, eve = await wrote(doors, "Rui"), await doors.inside("eve@example.com")
    await wrote(doors, "Lia", 9)
    async with doors.people.engine.begin() as connection:
        vip = await inbox.add_label(connection, "VIP", "blue", BY, doors.people.clock.now)
    await eve.get(f"/inbox/{rui.id}")
    await eve.post(f"/inbox/{rui.id}/label?list=all", {"label_id": vip.id})
    page = await eve.get(f"/inbox?label={vip.id}")
    assert (listed(page), "Label: VIP" in page.words) == (["Rui"], True)
    await eve.post(f"/inbox/{rui.id}/unlabel?label={vip.id}", {"label_id": vip.id})
    assert (listed(eve.page), eve.page.path) == ([], f"/inbox/{rui.id}?label={vip.id}")
    assert listed(await undo(eve)) == ["Rui"]
    assert toast(await eve.post(f"/inbox/{rui.id}/label", {"label_id": "none"})) == "This label is not there any more."


async def test_what_one_begins_is_kept_who_is_there_is_told_and_what_was_seen_is_read(doors: Doors) -> None:
    rui, eve, bia = (
        await wrote(doors, "Rui"),
        await doors.inside("eve@example.com"),
        await doors.inside("bia@example.com"),
    )
    page = await eve.get(f"/inbox/{rui.id}")
    assert "1 unread message" in page.words
    for path, fields in (
        ("draft", {"mode": "reply", "text": "We op"}),
        ("draft", {"mode": "note", "text": "hm"}),
        ("here", {"seq": "1", "status": "replying"}),
    ):
        assert (await eve.post(f"/inbox/{rui.id}/{path}", {"csrf": page.csrf, **fields})).status == 204, path
    page = await eve.get(f"/inbox/{rui.id}")
    assert ("1 unread message" in page.words, re.findall(r"<textarea[^>]*>\s*(.*?)</textarea>", page.text)) == (
        False,
        ["We op", "hm"],
    )
    assert "eve is writing" not in page.words
    seen = await bia.get(f"/inbox/{rui.id}")
    assert ("eve is writing here just now." in seen.words, "1 unread message" in seen.words) == (True, True)
    await eve.post(f"/inbox/{rui.id}/gone", {"csrf": page.csrf})
    assert "eve is writing" not in (await bia.get(f"/inbox/{rui.id}")).words
    await eve.get(f"/inbox/{rui.id}")
    sent = await eve.post(f"/inbox/{rui.id}/send", {"text": "We open at six.", "once": "k"})
    assert re.findall(r"<textarea[^>]*>\s*(.*?)</textarea>", sent.text) == ["", "hm"]
    for path, fields in (("here", {"seq": "x"}), ("draft", {"mode": "song"})):
        assert (await eve.post(f"/inbox/{rui.id}/{path}", {"csrf": sent.csrf, **fields})).status == 400, path
    assert (await eve.post("/inbox/nobody/here", {"csrf": sent.csrf})).status == 404


async def test_an_open_conversation_asks_for_what_is_new_alone(doors: Doors) -> None:
    rui, eve = await wrote(doors, "Rui"), await doors.inside("eve@example.com")
    async with doors.people.engine.begin() as connection:
        late = await rows.add_outbound(connection, rui, "on its way", heard=False, status="queued")
    old = doors.people.clock.now - timedelta(hours=1)
    for base in (f"/inbox/{rui.id}", f"/contacts/{rui.id}"):
        async with doors.people.engine.begin() as connection:
            await connection.execute(update(Message).where(Message.contact_id == rui.id).values(updated_at=old))
        page = await eve.get(base)
        place = re.search(r'data-bubbles data-end="([^"]+)" data-since="([^"]+)"', page.text)
        assert place is not None
        news = f"{base}/news?after={place[1]}&since={place[2].replace('+', '%2B')}"
        assert "<li" not in (await eve.get(news)).text.partition("</ol>")[0].partition("<ol")[2]
        await rows.set_columns(doors.people.engine, late, status="delivered", updated_at=doors.people.clock.now)
        async with doors.people.engine.begin() as connection:
            await rows.add_inbound(connection, rui, "and now?")
        said = (await eve.get(news)).text
        assert re.findall(r'<p class="text">(.*?)</p>', said) == ["on its way", "and now?"], base
        assert "hello from Rui" in (await eve.get(f"{base}/news?after=x&since=y")).words
    assert "hello from" not in (await eve.get("/inbox/list?list=snoozed")).words


async def test_what_was_not_sent_says_why_and_is_tried_again(doors: Doors) -> None:
    rui, eve = await wrote(doors, "Rui"), await doors.inside("eve@example.com")
    async with doors.people.engine.begin() as connection:
        failed = await rows.add_outbound(
            connection, rui, "hello", heard=False, status="failed", error="131026", error_reason="<b>why</b>"
        )
    page = await eve.get(f"/inbox/{rui.id}")
    assert (f'name="id" value="{failed}"' in page.text, "&lt;b&gt;why&lt;/b&gt;" in page.text) == (True, True)
    assert toast(await eve.post(f"/inbox/{rui.id}/retry", {"id": failed})) == "It is tried again"
    assert toast(await eve.post(f"/inbox/{rui.id}/retry", {"id": failed})) == "It is so already."


async def test_saved_replies_are_offered_and_filled_in_for_whose_conversation_it_is(doors: Doors) -> None:
    rui, eve = await wrote(doors, "Rui <b>"), await doors.inside("eve@example.com")
    now = doors.people.clock.now
    async with doors.people.engine.begin() as connection:
        asked = inbox.AskedTemplate("Opening", "open", "Hi {{ contact.name }}, we open at six.")
        made = await inbox.add_reply_template(connection, asked, BY, now)
        await inbox.add_reply_template(connection, inbox.AskedTemplate("Gone", "old", "x", is_active=False), BY, now)
    page = await eve.get(f"/inbox/{rui.id}/replies?q=op")
    assert re.findall('data-shortcut="([^"]*)"', page.text) == ["open"]
    assert re.findall('data-shortcut="([^"]*)"', (await eve.get(f"/inbox/{rui.id}/replies?q=zzz")).text) == []
    filled = await eve.get(f"/inbox/{rui.id}/replies?id={made.id}")
    assert "Hi Rui &lt;b&gt;, we open at six." in filled.text
    assert (await eve.get(f"/inbox/{rui.id}/replies?id=none")).status == 404


async def test_a_page_that_opens_another_conversation_is_given_that_without_the_list(doors: Doors) -> None:
    ana = await wrote(doors, "Ana")
    eve = await doors.inside("eve@example.com")

    whole = await eve.get(f"/inbox/{ana.id}?list=all")
    part = await eve.get(f"/inbox/{ana.id}?list=all", headers={"X-Part": "talking"})

    assert listed(whole) == ["Ana"]
    assert listed(part) == []
    for page in (whole, part):
        assert "hello from Ana" in page.text
        # What is kept of one is never shown for the other.
        assert "X-Part" in page.headers["Vary"]


async def test_a_list_is_not_made_for_a_page_that_is_gone_when_its_turn_comes() -> None:
    app = web.Application()
    app[TURNSTILE] = Turnstile()
    request = make_mocked_request("GET", "/inbox/list", app=app, protocol=Mock(), transport=None)

    assert (await rows_of(request)).status == 503


async def test_words_of_a_colleague_of_the_same_name_are_not_ones_own(doors: Doors) -> None:
    rui, eve = await wrote(doors, "Rui"), await doors.inside("eve@example.com")
    async with doors.people.engine.begin() as connection:
        await connection.execute(update(User).values(name="Ana"))
    await eve.get(f"/inbox/{rui.id}")
    await eve.post(f"/inbox/{rui.id}/send", {"text": "We open at nine.", "once": "k1"})
    own, theirs = await eve.get("/inbox?list=all"), await (await doors.inside("bia@example.com")).get("/inbox?list=all")

    assert [re.findall(r"<b><bdi>(\w+)</bdi>:</b>", page.text) for page in (own, theirs)] == [["You"], ["Ana"]]


async def test_what_is_told_stands_on_one_line_that_nobodys_name_turns_around(doors: Doors) -> None:
    rui, eve = await wrote(doors, "Rui"), await doors.inside("eve@example.com")
    bia = await doors.people.user("bia@example.com")
    async with doors.people.engine.begin() as connection:
        await connection.execute(update(User).where(User.id == bia.id).values(name="Bia\u202e\nCosta"))
    await eve.get(f"/inbox/{rui.id}")
    page = await eve.post(f"/inbox/{rui.id}/take", {"user_id": bia.id})

    assert toast(page) == "Bia\\u202e Costa has it now"
