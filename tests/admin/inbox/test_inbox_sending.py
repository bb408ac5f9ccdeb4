"""Replies over HTTP: taken back, sent later, changed, and what follows them."""

import asyncio
import html
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.channels.models import Account
from bot.contacts.models import Contact
from bot.core.addresses import AddressKind
from bot.core.text import MAX_TEXT
from bot.db.engine import reading
from bot.inbox import service as inbox
from bot.inbox.models import Assignment, InboxConversation
from bot.messages.models import Message
from bot.users.service import Role
from tests.support import rows
from tests.support.doors import Browser, Doors, Page, open_doors
from tests.support.people import BY
from tests.support.rows import Person

CHAT, MAIL = "whatsapp:1000", "mailgun:example.com"
LEFT = "It has left already, or was taken back."


@pytest.fixture
async def doors(database_url: str) -> AsyncIterator[Doors]:
    async with open_doors(database_url) as opened:
        for email in ("eve@example.com", "bia@example.com"):
            await opened.people.person(email, Role.EDITOR)
        async with opened.people.engine.begin() as connection:
            for account in (CHAT, MAIL):
                await rows.add_account(connection, account)
        yield opened


async def wrote(doors: Doors, name: str, *, by_mail: bool = False) -> Person:
    """Somebody has written, and waits for a person."""
    at = doors.people.clock.now - timedelta(minutes=5)
    address = (f"{name.lower()}@example.org", AddressKind.EMAIL) if by_mail else (f"+55119999{len(name):05}",)
    async with doors.people.engine.begin() as connection:
        person = await rows.add_person(connection, *address)
        await connection.execute(update(Contact).where(Contact.id == person.id).values(name=name))
        account = MAIL if by_mail else CHAT
        await rows.add_inbound(connection, person, f"hello from {name}", account=account, created_at=at)
        await inbox.reopen(connection, [person.id], BY, at)
    return person


async def ours(doors: Doors) -> Sequence[tuple[str, str, datetime | None]]:
    """What was written to people: the words, how far they have come, and when they go."""
    statement = select(Message.content, Message.error, Message.status, Message.scheduled_at)
    async with reading(doors.people.engine) as connection:
        found = await connection.execute(statement.where(Message.direction == "outbound").order_by(Message.seq))
    return [(row.content, row.error or row.status, row.scheduled_at) for row in found]


async def stands(doors: Doors, person: Person) -> tuple[str, bool]:
    """How a conversation stands, and whether somebody has it."""
    statement = select(InboxConversation.status, Assignment.user_id).outerjoin(
        Assignment, Assignment.contact_id == InboxConversation.contact_id
    )
    async with reading(doors.people.engine) as connection:
        row = (await connection.execute(statement.where(InboxConversation.contact_id == person.id))).one()
    return row.status, row.user_id is not None


def toast(page: Page) -> str:
    """What was just done."""
    found = re.search(r'class="toast"[^>]*><p>(.*?)</p>', page.text)
    return html.unescape(found[1]) if found else ""


def begun(page: Page) -> str:
    """What stands where one writes a reply."""
    found = re.search(r'<textarea id="f-text"[^>]*>\s*(.*?)</textarea>', page.text, re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


def threads_offered(page: Page) -> str:
    """The threads that a mail may go on with, as they stand on the page."""
    return page.text.partition('id="f-answers"')[2].partition("</select>")[0]


def chosen(page: Page) -> Mapping[str, str]:
    """What is chosen of a mail."""
    answers = re.search(r'<option value="([^"]*)" selected>', threads_offered(page))
    fields = re.findall(r'<input id="f-(cc|bcc|subject)" name="\w+" value="([^"]*)"', page.text)
    return {"answers": answers[1] if answers else "", **{name: html.unescape(value) for name, value in fields}}


def listed(page: Page) -> Sequence[str]:
    """The words of what goes out later, and the ids."""
    part = page.text.partition('id="scheduled"')[2].partition("</ul>")[0]
    return [html.unescape(each) for each in re.findall(r'<bdi class="words">(.*?)</bdi>', part)]


def ids(page: Page) -> Sequence[str]:
    """Their ids."""
    part = page.text.partition('id="scheduled"')[2].partition("</ul>")[0]
    return list(dict.fromkeys(re.findall(r'name="message" value="(\w+)"', part)))


async def undo(browser: Browser) -> Page:
    """Press what takes it back."""
    found = re.search(
        r'class="toast"[^>]*>.*?<form method="post" action="([^"]+)">(.*?)</form>', browser.page.text, re.DOTALL
    )
    assert found is not None
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', found[2]))
    return await browser.post(html.unescape(found[1]), fields)


async def test_a_mail_can_be_taken_back_for_as_long_as_its_author_likes(doors: Doors) -> None:
    lia, eve = await wrote(doors, "Lia", by_mail=True), await doors.inside("eve@example.com")
    now = doors.people.clock.now
    await eve.get(f"/inbox/{lia.id}")
    await eve.post(f"/inbox/{lia.id}/draft", {"mode": "reply", "text": "We open at six"})
    await eve.get(f"/inbox/{lia.id}")
    sent = await eve.post(f"/inbox/{lia.id}/send?list=all", {"text": "We open at six.", "once": "1", "then": "resolve"})
    assert (toast(sent), listed(sent), begun(sent)) == ("Goes out in 10 seconds", ["We open at six."], "")
    assert 'class="toast" data-seconds="10"' in sent.text
    assert await ours(doors) == [("We open at six.", "queued", now + timedelta(seconds=10))]
    await eve.post(f"/inbox/{lia.id}/draft", {"mode": "reply", "text": "And more"})
    await eve.get(f"/inbox/{lia.id}")
    eve.page = sent

    back = await undo(eve)

    assert (toast(back), listed(back)) == ("It is not sent; its words stand in the composer", [])
    assert begun(back) == "We open at six.\n\nAnd more"
    assert re.findall(r'<p class="words">.*?</p>', back.text, re.DOTALL)[0].count("hello from Lia") == 1
    assert (back.path, await stands(doors, lia)) == (f"/inbox/{lia.id}?list=all", ("open", True))
    assert [error for _, error, _ in await ours(doors)] == ["cancelled"]
    assert ("Taken back" in back.words, "Try again" in back.words) == (True, False)
    eve.page = sent
    assert toast(await undo(eve)) == LEFT


async def test_each_chooses_what_stands_below_mails_and_how_long_they_can_take_back(doors: Doors) -> None:
    rui, lia = await wrote(doors, "Rui"), await wrote(doors, "Lia", by_mail=True)
    eve, bia = await doors.inside("eve@example.com"), await doors.inside("bia@example.com")
    page = await eve.get("/account/writing")
    for fields, errors in (
        ({"undo_mail": "61", "undo_chats": "-1", "signature": "x" * 2001}, 3),
        ({"undo_mail": "x"}, 1),
    ):
        refused = await eve.post("/account/writing", fields)
        assert (refused.status, refused.text.count('class="error"')) == (422, errors)
    chosen = {"undo_mail": "0", "undo_chats": "7", "signature": " Eve <Bakery>\r\nRua 1 "}
    page = await eve.post("/account/writing", chosen)
    assert (toast(page), "Eve &lt;Bakery&gt;\nRua 1</textarea>" in page.text) == ("How you write is saved", True)

    said = []
    for browser, person in ((eve, rui), (eve, lia), (bia, rui)):
        await browser.get(f"/inbox/{person.id}")
        said.append(toast(await browser.post(f"/inbox/{person.id}/send", {"text": "six", "once": "1"})))

    assert said == ["Goes out in 7 seconds", "On its way", "On its way"]
    told = await doors.people.told("user.profile")
    assert [(each.detail or {})["after"] for each in told] == [
        {"signature": "Eve <Bakery>\nRua 1", "undo_mail": 0, "undo_chats": 7}
    ]


async def test_what_is_sent_later_is_listed_changed_sent_now_and_cancelled(doors: Doors) -> None:
    rui = await wrote(doors, "Rui")
    doors.people.clock.now = datetime(2026, 11, 30, 15, tzinfo=UTC)
    eve, here = await doors.inside("eve@example.com"), f"/inbox/{rui.id}"
    async with doors.people.engine.begin() as connection:
        await rows.add_inbound(connection, rui, "later?", created_at=doors.people.clock.now)
    await eve.get("/account")
    await eve.post("/account", {"name": "eve", "timezone": "America/Sao_Paulo"})
    await eve.get(here)
    for once, fields in enumerate(({"when": "tomorrow"}, {"at": "2026-12-02T08:30"}, {"when": "hour"})):
        page = await eve.post(f"{here}/send", {"text": f"<b>{once}</b>", "once": str(once), **fields})
        assert toast(page).startswith("It goes out on "), page.words
    past = await eve.post(f"{here}/send", {"text": "kept", "once": "p", "at": "2026-11-30T11:59"})
    assert (past.status, begun(past), "That moment is over; choose a later one." in past.words) == (422, "kept", True)
    assert (await stands(doors, rui))[1] is False, "whoever plans something has nothing yet"
    page = await eve.get(here)
    assert listed(page) == ["<b>2</b>", "<b>0</b>", "<b>1</b>"]
    assert [at for _, _, at in await ours(doors)] == [
        datetime(2026, 12, 1, 12, tzinfo=UTC),
        datetime(2026, 12, 2, 11, 30, tzinfo=UTC),
        datetime(2026, 11, 30, 16, tzinfo=UTC),
    ]
    assert "Dec 1, 09:00" in page.words

    soon, first, second = ids(page)
    page = await eve.post(f"{here}/change", {"message": first, "text": "one", "at": "2026-12-03T09:00"})
    assert (toast(page), listed(page)) == ("It is changed", ["<b>2</b>", "<b>1</b>", "one"])
    for fields in ({"text": ""}, {"text": "two", "at": "2001-01-01T09:00"}):
        refused = await eve.post(f"{here}/change", {"message": first, **fields})
        assert (refused.status, 'aria-invalid="true"' in refused.text) == (422, True), fields
    page = await eve.post(f"{here}/change", {"message": soon, "text": "at once", "now": "on"})
    assert (toast(page), (await ours(doors))[2]) == ("On its way", ("at once", "queued", doors.people.clock.now))
    page = await eve.post(f"{here}/take-back", {"message": second})
    assert (listed(page)[-1], begun(page)) == ("one", "<b>1</b>")

    # It left meanwhile, as it was.
    await rows.set_columns(doors.people.engine, first, status="sent", attempts=1)
    page = await eve.post(f"{here}/change", {"message": first, "text": "two", "at": "2026-12-03T09:00"})
    assert (toast(page), begun(page)) == (f"{LEFT} What you wrote stands in the composer.", "two\n\n<b>1</b>")
    assert toast(await eve.post(f"{here}/change", {"message": first, "text": "one", "now": "on"})) == LEFT
    assert toast(await eve.post(f"{here}/take-back", {"message": first})) == LEFT


async def test_what_goes_to_somebody_else_is_not_changed_from_here(doors: Doors) -> None:
    rui, eve = await wrote(doors, "Rui"), await doors.inside("eve@example.com")
    ana = await wrote(doors, "Maria")
    await eve.get(f"/inbox/{rui.id}")
    page = await eve.post(f"/inbox/{rui.id}/send", {"text": "for Rui", "once": "1", "when": "hour"})
    (theirs,) = ids(page)
    before = await ours(doors)

    for message in (theirs, "nobody"):
        page = await eve.post(f"/inbox/{ana.id}/change", {"message": message, "text": "hijacked", "now": "on"})
        assert (toast(page), begun(page)) == (LEFT, "")
    assert await ours(doors) == before


async def test_what_goes_later_may_go_only_if_they_do_not_write(doors: Doors) -> None:
    rui, eve = await wrote(doors, "Rui"), await doors.inside("eve@example.com")
    await eve.get(f"/inbox/{rui.id}")
    asked = {"text": "Are you still there?", "unless_heard": "on"}
    page = await eve.post(f"/inbox/{rui.id}/send", {**asked, "once": "1", "when": "hour"})
    assert (listed(page), "if they do not write" in page.words) == (["Are you still there?"], True)
    await eve.post(f"/inbox/{rui.id}/send", {**asked, "once": "2"})
    async with reading(doors.people.engine) as connection:
        statement = select(Message.body).where(Message.direction == "outbound").order_by(Message.seq)
        later, at_once = (await connection.execute(statement)).scalars().all()
    assert ("unless_heard" in later, "unless_heard" in (at_once or {})) == (True, False)


async def test_a_reply_is_sent_and_put_off_at_once(doors: Doors) -> None:
    rui, eve = await wrote(doors, "Rui"), await doors.inside("eve@example.com")
    await eve.get(f"/inbox/{rui.id}")
    page = await eve.post(f"/inbox/{rui.id}/send", {"text": "I look into it", "once": "1", "then": "tomorrow"})
    assert (toast(page), await stands(doors, rui)) == ("Sent and snoozed", ("snoozed", True))


async def test_the_way_of_a_reply_is_chosen_and_what_is_left_of_its_window_is_told(doors: Doors) -> None:
    rui, eve = await wrote(doors, "Rui"), await doors.inside("eve@example.com")
    page = await eve.get(f"/inbox/{rui.id}")
    assert ('id="f-way"' in page.text, " left" in page.words) == (False, False)
    async with doors.people.engine.begin() as connection:
        await rows.add_account(connection, "whatsapp:2000")
        await rows.add_account(connection, "telnyx:+15005550006")
        await connection.execute(update(Account).where(Account.id == "whatsapp:2000").values(name="Centro <b>"))
    now = doors.people.clock.now
    told = []
    for hours, minutes in ((22, 20), (23, 59), (25, 0)):
        wrote_at = now - timedelta(hours=hours, minutes=minutes)
        async with doors.people.engine.begin() as connection:
            await connection.execute(
                update(Message).where(Message.contact_id == rui.id).values(created_at=wrote_at, sent_at=wrote_at)
            )
        page = await eve.get(f"/inbox/{rui.id}")
        news = await eve.get(f"/inbox/{rui.id}/news")
        lines = re.findall(r'data-way="([^"]*)"( hidden)?>.*?<span>\s*(.*?)\s*</span>', page.text, re.DOTALL)
        told.append([(value, bool(hidden), html.unescape(said).split(";")[0]) for value, hidden, said in lines])
        assert html.unescape(lines[0][2]) in news.words
    elsewhere = (
        "whatsapp/whatsapp:2000",
        True,
        "They have not written for so long that WhatsApp · Centro <b> lets only approved templates through.",
    )
    for each, said in zip(told, ("1 h 40 min", "1 minute"), strict=False):
        first = ("", False, f"Anything may be sent by WhatsApp · 1000 for {said} more")
        assert [(*line[:2], line[2].partition(" Write by")[0]) for line in each] == [first, elsewhere]
    assert told[2][0][2].startswith("They have not written for so long that WhatsApp · 1000 lets only approved")
    assert told[2][0][2].endswith("Write by SMS instead.")

    closed = await eve.post(f"/inbox/{rui.id}/send", {"text": "Hello?", "once": "1"})
    assert (closed.status, begun(closed)) == (409, "Hello?")
    await eve.post(f"/inbox/{rui.id}/send", {"text": "Hello?", "once": "2", "way": "sms/telnyx:+15005550006"})
    async with reading(doors.people.engine) as connection:
        statement = select(Message.account, Message.channel).where(Message.direction == "outbound")
        assert (await connection.execute(statement)).all() == [("telnyx:+15005550006", "sms")]
    async with doors.people.engine.begin() as connection:
        await connection.execute(update(Account).values(paused=True))
    assert "paused" in (await eve.get(f"/inbox/{rui.id}")).words


async def test_that_no_file_can_be_sent_is_said_in_place_of_the_offer(doors: Doors) -> None:
    rui, eve = await wrote(doors, "Rui"), await doors.inside("eve@example.com")
    page = await eve.get(f"/inbox/{rui.id}")
    assert ("Attach files" in page.words, "Files cannot be sent" in page.words) == (False, True)
    assert "the operator sets BOT_PUBLIC_URL and BOT_SECRET_KEY" in page.words


async def test_a_first_mail_asks_for_its_subject_and_leaves_copies_shut(doors: Doors) -> None:
    eve = await doors.inside("eve@example.com")
    async with doors.people.engine.begin() as connection:
        zoe = await rows.add_person(connection, "zoe@example.org", AddressKind.EMAIL)
    page = await eve.get(f"/inbox/{zoe.id}")
    asked, _, copies = page.text[page.text.index('<div class="mail') :].partition("<details>")
    assert ('name="subject"' in asked, 'name="cc"' in asked, 'name="cc"' in copies) == (True, False, True)
    wrong = await eve.post(f"/inbox/{zoe.id}/send", {"text": "Hello", "subject": "x" * 256, "once": "1"})
    assert (wrong.status, "Write at most 255 characters." in wrong.words) == (422, True)


async def test_a_mail_goes_on_with_a_thread_that_is_chosen_with_copies_and_the_signature(doors: Doors) -> None:
    lia, eve = await wrote(doors, "Lia", by_mail=True), await doors.inside("eve@example.com")
    await eve.get("/account/writing")
    await eve.post("/account/writing", {"signature": "Eve\nBakery", "undo_mail": "5"})
    first_id = "<1@example.org>"
    mails: Sequence[tuple[str, str, list[str]]] = (
        ("Order 1", first_id, []),
        ("Order <2>", "<2@example.org>", []),
        ("Re: Order 1", "<3@example.org>", [first_id]),
    )
    async with doors.people.engine.begin() as connection:
        for subject, id_, references in mails:
            email = {"subject": subject, "message_id": id_, "references": references}
            thread = (references or [id_])[0]
            await rows.add_inbound(connection, lia, account=MAIL, body={"email": email}, thread_id=thread)
    page = await eve.get(f"/inbox/{lia.id}")
    offered = re.findall(r'<option value="([^"]*)">(.*?)</option>', threads_offered(page))
    subjects = [html.unescape(subject) for _, subject in offered]
    assert subjects == ["Re: Order 1", "Re: Order <2>", "No subject", "A new mail"]
    assert "Eve\nBakery</span>" in page.text

    reply = {"text": "Sent today.", "signed": "on", "answers": offered[1][0]}
    for once, (field, typed, said) in enumerate(
        (
            ("cc", "nobody", "nobody is no e-mail address. Write it as ana@example.com."),
            ("bcc", ", ".join(f"n{each}@example.com" for each in range(41)), "Give at most 40."),
            ("subject", "x" * 256, "Write at most 255 characters."),
        )
    ):
        wrong = await eve.post(f"/inbox/{lia.id}/send", {**reply, "once": f"w{once}", field: typed})
        assert (wrong.status, said in wrong.words, begun(wrong)) == (422, True, "Sent today."), field
        assert f'id="f-{field}"' in wrong.text.partition("<details open>")[2]
    copies = {"cc": "Bia <bia@example.com>; rui@example.com", "bcc": "boss@example.com"}
    sent = await eve.post(f"/inbox/{lia.id}/send", {**reply, **copies, "once": "1"})
    new = {"text": "News", "answers": "new", "subject": "Christmas", "once": "2"}
    await eve.post(f"/inbox/{lia.id}/send", new)

    async with reading(doors.people.engine) as connection:
        statement = select(Message.content, Message.body, Message.thread_id).where(Message.direction == "outbound")
        first, second = (await connection.execute(statement.order_by(Message.seq))).all()
    assert first.body["email"] == {
        "subject": "Re: Order <2>",
        "message_id": "",
        "in_reply_to": "<2@example.org>",
        "references": ["<2@example.org>"],
        "cc": ["bia@example.com", "rui@example.com"],
        "bcc": ["boss@example.com"],
    }
    assert (first.content, first.thread_id) == ("Sent today.\n\nEve\nBakery", "<2@example.org>")
    assert (second.content, second.body["email"]["subject"], second.thread_id) == ("News", "Christmas", None)
    eve.page = sent
    back = await undo(eve)
    assert begun(back) == "Sent today.", "the signature is put below once more, as it is sent again"
    assert chosen(back) == {
        "answers": offered[1][0],
        "cc": "bia@example.com, rui@example.com",
        "bcc": "boss@example.com",
        "subject": "",
    }
    draft = {"mode": "reply", "text": "Hm", "answers": "new", "subject": "Else", "cc": "so far <", "bcc": ""}
    assert (await eve.post(f"/inbox/{lia.id}/draft", {**draft, "csrf": back.csrf})).status == 204
    again = await eve.get(f"/inbox/{lia.id}")
    assert chosen(again) == {"answers": "new", "cc": "so far <", "bcc": "", "subject": "Else"}
    assert "<details open>" in again.text
    await eve.post(f"/inbox/{lia.id}/send", {"text": "x", "once": "3", "answers": "new"})
    assert chosen(await eve.get(f"/inbox/{lia.id}"))["cc"] == ""


async def test_of_two_who_take_one_back_at_once_one_has_its_words(doors: Doors) -> None:
    lia = await wrote(doors, "Lia", by_mail=True)
    eve, bia = await doors.inside("eve@example.com"), await doors.inside("bia@example.com")
    for browser in (eve, bia):
        await browser.get(f"/inbox/{lia.id}")
    for once in range(3):
        page = await eve.post(f"/inbox/{lia.id}/send", {"text": f"mail {once}", "once": str(once)})
        fields = {"message": ids(page)[0]}
        pages = await asyncio.gather(*(each.post(f"/inbox/{lia.id}/take-back", fields) for each in (eve, bia)))

        assert sorted(toast(each) == LEFT for each in pages) == [False, True]
        assert sum(f"mail {once}" in begun(each) for each in pages) == 1


async def test_words_of_any_alphabet_are_kept_changed_and_sent_whole(doors: Doors) -> None:
    rui, eve = await wrote(doors, "Rui", by_mail=True), await doors.inside("eve@example.com")
    await eve.get(f"/inbox/{rui.id}")
    # A form has each of these as twelve characters.
    words = "🥐" * MAX_TEXT
    kept = await eve.post(f"/inbox/{rui.id}/draft", {"mode": "reply", "text": words})
    assert (kept.status, begun(await eve.get(f"/inbox/{rui.id}"))) == (204, words)
    page = await eve.post(f"/inbox/{rui.id}/send", {"text": words, "once": "1"})
    assert [said for said, *_ in await ours(doors)] == [words]
    (message,) = re.findall(r'name="message" value="(\w+)"', page.text)[:1]
    others = f"No{words[2:]}"
    await eve.post(f"/inbox/{rui.id}/change", {"message": message, "text": others})
    assert [said for said, *_ in await ours(doors)] == [others]
    refused = await eve.post(f"/inbox/{rui.id}/send", {"text": f"{words}.", "once": "2"})
    assert (refused.status, f"Write at most {MAX_TEXT} characters." in refused.words) == (422, True)


async def test_moments_at_the_ends_of_the_calendar_and_what_is_none_send_nothing_at_once(doors: Doors) -> None:
    rui, eve = await wrote(doors, "Rui"), await doors.inside("eve@example.com")
    await eve.get(f"/inbox/{rui.id}")
    for once, at in enumerate(("0001-01-01T00:00", "tomorrow", "2026-13-01T09:00", "1" * 64)):
        page = await eve.post(f"/inbox/{rui.id}/send", {"text": "hi", "once": str(once), "at": at})
        assert (page.status, begun(page), 'id="e-later"' in page.text) == (422, "hi", True), at
    for once, at in enumerate(("9999-12-31T23:59", "2206-12-01T09:00")):
        page = await eve.post(f"/inbox/{rui.id}/send", {"text": "far", "once": f"f{once}", "at": at})
        assert (page.status, begun(page), "Choose a moment within a year." in page.words) == (422, "far", True), at
    at = f"{doors.people.clock.now + timedelta(days=300):%Y-%m-%dT%H:%M}"
    page = await eve.post(f"/inbox/{rui.id}/send", {"text": "far", "once": "f", "at": at})
    assert listed(page) == ["far"]
    (message,) = re.findall(r'name="message" value="(\w+)"', page.text)[:1]
    changed = {"message": message, "text": "farther", "at": "2206-12-01T09:00"}
    page = await eve.post(f"/inbox/{rui.id}/change", changed)
    assert (page.status, "Choose a moment within a year." in page.words) == (422, True)
    assert [(words, status) for words, status, _ in await ours(doors)] == [("far", "queued")]


async def test_scheduling_without_a_time_asks_for_one_and_sends_nothing_at_once(doors: Doors) -> None:
    rui, eve = await wrote(doors, "Rui"), await doors.inside("eve@example.com")
    page = await eve.get(f"/inbox/{rui.id}")
    assert '<button type="submit" class="button" name="when" value="at">' in page.text
    for when in ("at", "never"):
        page = await eve.post(f"/inbox/{rui.id}/send", {"text": "hi", "once": when, "when": when, "at": ""})
        assert (page.status, begun(page), 'id="e-later"' in page.text) == (422, "hi", True), when
    assert await ours(doors) == []
    at = f"{doors.people.clock.now + timedelta(days=300):%Y-%m-%dT%H:%M}"
    page = await eve.post(f"/inbox/{rui.id}/send", {"text": "hi", "once": "1", "when": "at", "at": at})
    assert listed(page) == ["hi"]


async def test_what_is_written_to_somebody_who_was_erased_meanwhile_is_not_found(doors: Doors) -> None:
    eve = await doors.inside("eve@example.com")
    typed = {"text": "Hello", "once": "1"}
    for what, fields in (
        *((each, typed) for each in ("send", "attach", "detach")),
        ("send", {"mode": "note", "note": "Gone"}),
        ("change", {"message": "none", "text": "Hello"}),
        ("take-back", {"message": "none"}),
        ("label-anew", {"name": "Gone"}),
        ("label", {"label_id": "none"}),
        ("flow", {"flow": "shop/welcome"}),
        ("know", {"field": "name", "value": "Ana"}),
    ):
        page = await eve.post(f"/inbox/nobody/{what}", fields)
        assert page.status == 404, what
