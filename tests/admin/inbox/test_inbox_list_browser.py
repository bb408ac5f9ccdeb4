"""The inbox's list in Chromium: chosen from, searched, and as it stands with whatever people are called and say."""

from datetime import timedelta

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Dialog, expect
from sqlalchemy import insert, select, update

from bot.contacts.models import ChangedContact, Contact
from bot.contacts.service import tag
from bot.conversations.views import INTAKE
from bot.core.actors import Actor
from bot.core.hints import Topic
from bot.core.ids import new_id
from bot.db.hub import hint
from bot.inbox import service as inbox
from bot.inbox.models import Draft, InboxPeriod
from bot.inbox.service import NoteType
from bot.messages.models import Message
from bot.search.follower import Follower
from bot.users.models import User
from bot.users.service import disable_user
from tests.admin.inbox.test_inbox_browser import LONG, SOON_MS, filled
from tests.admin.inbox.test_inbox_browser import _person as person_of
from tests.admin.inbox.test_inbox_browser import doors as two_agents
from tests.support import rows
from tests.support.bundles import published
from tests.support.doors import Doors
from tests.support.looked import PICTURES, entered, looked_at

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

doors = two_agents
FLOW = """\
bundle: shop
locale: en
templates: {many: {content: How many?}, done: {content: Thanks}}
flows:
  order:
    steps:
      - {key: many, type: collect_input, template: many, save_as: many, transitions: {default: done}}
      - {key: done, type: end, template: done}
"""


async def test_rows_are_chosen_by_box_shift_and_key_and_done_with_at_once(doors: Doors, browser: Chromium) -> None:
    await filled(doors, 30)
    page = await entered(doors, browser, "en-US")
    await page.set_viewport_size({"width": 1280, "height": 844})
    await page.goto(f"{doors.base}inbox")
    boxes, bar = page.locator("#rows .choose input"), page.locator("#chosen")
    await expect(bar).to_be_hidden()
    await boxes.nth(2).click()
    await boxes.nth(6).click(modifiers=["Shift"])
    await expect(bar.locator("[data-count]")).to_have_text("5 selected")
    await expect(page.locator("#lists")).to_be_hidden()
    found = await looked_at(page, "inbox-chosen")
    for width in (390, 1280):
        await page.set_viewport_size({"width": width, "height": 844})
        await bar.get_by_label("Snooze them").click()
        found += await looked_at(page, "inbox-chosen-snooze", (width,))
        await bar.get_by_label("Label them").click()
        found += await looked_at(page, "inbox-chosen-label", (width,))
        await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await expect(bar).to_be_hidden()

    # By the keyboard alone: along the rows, one chosen, given to oneself, and taken back.
    await page.set_viewport_size({"width": 1280, "height": 844})
    await page.locator("#rows .open").nth(0).focus()
    for key in ("j", "x", "j", "j", "x"):
        await page.keyboard.press(key)
    await expect(bar.locator("[data-count]")).to_have_text("2 selected")
    await bar.get_by_role("button", name="Assign them to me").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".toast").last).to_contain_text("You have 2 conversations now.")
    await expect(bar).to_be_hidden()
    await expect(page.locator("#rows li").nth(1).locator(".whose")).to_contain_text("ana has it")
    await page.get_by_role("button", name="Undo").last.click()
    await expect(page.locator(".toast").last).to_contain_text("Taken back.")

    # All of the page; what is read at once has no number any more.
    await boxes.nth(0).focus()
    await page.keyboard.press("Space")
    await bar.get_by_label("Choose all on this page").check()
    await expect(bar.locator("[data-count]")).to_have_text("30 selected")
    await bar.get_by_role("button", name="Mark them as read").click()
    await expect(page.locator(".toast").last).to_contain_text("30 are read.")
    await expect(page.locator("#rows .new")).to_have_count(0)
    await page.context.close()
    assert found == [], found


async def test_without_modules_rows_are_chosen_and_done_with_too(doors: Doors, browser: Chromium) -> None:
    await filled(doors, 4)
    cookies = dict((await doors.inside()).cookies)
    context = await browser.new_context(locale="en-US", java_script_enabled=False)
    await context.add_cookies([{"name": name, "value": each, "url": str(doors.base)} for name, each in cookies.items()])
    page = await context.new_page()
    await page.goto(f"{doors.base}inbox")
    for number in (0, 1):
        await page.locator("#rows .choose input").nth(number).check(force=True)
    await page.get_by_role("button", name="Resolve them").click()
    await expect(page.locator(".toast")).to_contain_text("2 are resolved; the bot answers there.")
    await expect(page.locator("#rows li")).to_have_count(2)
    await context.close()


async def test_what_is_looked_for_is_marked_and_opens_beside_what_was_found(doors: Doors, browser: Chromium) -> None:
    follower = Follower(doors.people.engine)
    await follower.catch_up()
    ids = await filled(doors, 6)
    async with doors.people.engine.begin() as connection:
        me = (await connection.execute(select(User.id).where(User.email == "ana@example.com"))).scalar_one()
        person = await person_of(connection, ids[2])
        await rows.add_inbound(connection, person, "Vocês têm pão de queijo?")
        for number in range(60):
            await rows.add_outbound(connection, person, f"Message {number}", heard=False, status="read")
        by = Actor("ana", me)
        await inbox.add_note(connection, ids[0], f"{LONG} likes pão", NoteType.PUBLIC, by, doors.people.clock.now)
        await connection.execute(update(Contact).where(Contact.id == ids[1]).values(name=f"Paola {LONG}"[:255]))
        await connection.execute(insert(ChangedContact).values(contact_id=ids[1], changed_at=doors.people.clock.now))
    await follower.catch_up()
    page = await entered(doors, browser, "en-US")
    await page.set_viewport_size({"width": 1280, "height": 844})
    await page.goto(f"{doors.base}inbox")
    await page.keyboard.press("/")
    await page.keyboard.type("pao")
    await page.keyboard.press("Enter")
    await expect(page.locator("#rows mark")).to_have_text(["Paola", "pão", "pão"])
    found = await looked_at(page, "inbox-found")
    await page.set_viewport_size({"width": 1280, "height": 844})

    # It stands where it was said, however long ago, and what was found stays beside it.
    await page.locator("#rows .open").nth(2).click()
    sought = page.locator(".message.sought")
    await expect(sought.locator(".text")).to_have_text("Vocês têm pão de queijo?")
    await expect(sought).to_be_in_viewport()
    await expect(page.locator("#rows [aria-current]")).to_have_count(1)
    found += await looked_at(page, "inbox-found-open", (1280,))
    await page.locator("#rows .open").nth(1).click()
    await expect(page.locator(".note.sought")).to_be_in_viewport()
    await page.go_back()
    await expect(page.locator(".message.sought .text")).to_have_text("Vocês têm pão de queijo?")
    await page.goto(f"{doors.base}inbox?q=nothing&list=mine")
    found += await looked_at(page, "inbox-found-nothing", (390, 1280))
    await page.goto(f"{doors.base}inbox?list=bot")
    found += await looked_at(page, "inbox-bots", (390, 1280))
    await page.context.close()
    assert found == [], found


async def test_the_person_is_changed_where_they_stand(doors: Doors, browser: Chromium) -> None:
    ids = await filled(doors, 4)
    await published(doors.people.engine, FLOW)
    await doors.app[INTAKE].catalogue.refresh()
    now = doors.people.clock.now
    async with doors.people.engine.begin() as connection:
        me = (await connection.execute(select(User.id).where(User.email == "ana@example.com"))).scalar_one()
        by = Actor("ana", me)
        await inbox.add_note(connection, ids[0], f"{LONG} likes bread", NoteType.PUBLIC, by, now)
        await inbox.add_note(connection, ids[0], "for me alone", NoteType.PRIVATE, by, now)
        attributes = {"plan": 7, "favourite": LONG[:400]}
        await connection.execute(update(Contact).where(Contact.id == ids[0]).values(attributes=attributes, locale="pt"))
        await tag(connection, ids[0], "vip, pays late", by, now, has=True)
        period = {"id": new_id(), "contact_id": ids[0], "opened_by": "takeover", "ended_as": "resolved", "user_id": me}
        times = {"opened_at": now - timedelta(days=9), "began_at": now - timedelta(days=9), "ended_at": now}
        await connection.execute(insert(InboxPeriod).values({**period, **times}))
    page = await entered(doors, browser, "en-US")
    await page.set_viewport_size({"width": 1280, "height": 844})
    await page.goto(f"{doors.base}inbox/{ids[0]}")
    person = page.locator("#person")
    await page.locator("[data-mode=reply]").fill("I am typing")
    await person.locator("summary", has_text="Time zone").click()
    await expect(person.get_by_label("Time zone")).to_be_focused()
    await person.get_by_label("Time zone").fill("Mars/Phobos")
    await page.keyboard.press("Enter")
    await expect(person.locator(".error")).to_contain_text("Mars/Phobos")
    await expect(person.get_by_label("Time zone")).to_have_value("Mars/Phobos")
    await expect(page.locator("[data-mode=reply]")).to_have_value("I am typing")
    await person.get_by_label("Time zone").fill("America/Sao_Paulo")
    await page.keyboard.press("Enter")
    await expect(person.locator("summary", has_text="America/Sao_Paulo")).to_be_visible()
    await page.get_by_role("button", name="Undo").last.click()
    await expect(person.locator("summary", has_text="America/Sao_Paulo")).to_have_count(0)
    await expect(page.locator("[data-mode=reply]")).to_have_value("I am typing")
    for each in ("Write down what they agreed to", "Keep something else", "Start a flow for them"):
        await person.locator("summary", has_text=each).click()
    found = await looked_at(page, "inbox-person", (1280,))
    for y in (700, 1500):
        await person.evaluate("(each, y) => each.scrollTo(0, y)", y)
        await page.screenshot(path=PICTURES / f"inbox-person-{y}.png")
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(f"{doors.base}inbox/{ids[0]}#person")
    found += await looked_at(page, "inbox-person", (320, 390))

    # On a phone it stays open while one changes it.
    await person.locator("summary", has_text="Give them a tag").click()
    await person.get_by_label("Tag", exact=True).fill("new one")
    await page.keyboard.press("Enter")
    await expect(person.get_by_text("new one")).to_be_visible()
    await page.context.close()
    assert found == [], found


async def test_somebody_is_written_to_first_with_the_rules_of_each_channel(doors: Doors, browser: Chromium) -> None:
    await Follower(doors.people.engine).catch_up()
    ids = await filled(doors, 5)
    async with doors.people.engine.begin() as connection:
        changed = [{"contact_id": each, "changed_at": doors.people.clock.now} for each in ids]
        await connection.execute(insert(ChangedContact).values(changed))
    await Follower(doors.people.engine).catch_up()
    page = await entered(doors, browser, "pt-BR")
    found = list[str]()
    for name, typed in (("none", ""), ("found", "5511900000000"), ("many", "551190"), ("new", "+5521988887777")):
        await page.goto(f"{doors.base}inbox/new?to={typed.replace('+', '%2B')}")
        found += await looked_at(page, f"inbox-new-{name}")
    await page.get_by_role("button", name="Salvar como contato e escrever").click()
    await expect(page.locator("#composer")).to_be_visible()
    found += await looked_at(page, "inbox-new-begun", (390, 1280))
    await page.context.close()
    assert found == [], found


HOSTILE = "<img src=x onerror=alert(1)> \u202e\u2066txt.exe\u2069 مخبز الزاوية {{7*7}} "


async def test_who_writes_two_hundred_times_in_a_minute_leaves_list_and_timeline_usable(
    doors: Doors, browser: Chromium
) -> None:
    ids = await filled(doors, 30)
    engine = doors.people.engine
    async with engine.begin() as connection:
        await connection.execute(update(Contact).where(Contact.id == ids[1]).values(name=(HOSTILE * 9)[:255]))
        person = await person_of(connection, ids[1])
        await rows.add_inbound(connection, person, "first words")
    page = await entered(doors, browser, "en-US")
    dialogs = list[str]()

    async def asked(dialog: Dialog) -> None:
        dialogs.append(f"{dialog.type} {dialog.message}")
        await dialog.accept()

    page.on("dialog", asked)
    await page.set_viewport_size({"width": 1280, "height": 844})
    await page.goto(f"{doors.base}inbox/{ids[1]}")
    reply = page.locator("[data-mode=reply]")
    await reply.fill("One moment please")
    for burst in range(20):
        async with engine.begin() as connection:
            for number in range(10):
                await rows.add_inbound(connection, person, f"{HOSTILE}{burst * 10 + number}")
            hint(connection, Topic.MESSAGES, [ids[1]])
    async with engine.begin() as connection:
        await rows.add_inbound(connection, person, ("x" * 99 + "\n") * 1000)
        await rows.add_inbound(connection, person, "مخبز" * 5000)
        await rows.add_inbound(connection, person, "the very last")
        hint(connection, Topic.MESSAGES, [ids[1]])
    last = page.locator("[data-bubbles] > li").last
    await expect(last).to_contain_text("the very last", timeout=SOON_MS)
    await expect(page.locator("[data-bubbles] .text", has_text="7*7")).to_have_count(200)
    await expect(reply).to_have_value("One moment please")
    assert await page.locator("[data-timeline]").evaluate("each => each.scrollWidth <= each.clientWidth")
    height = await page.locator("[data-bubbles] > li").nth(-3).evaluate("each => each.offsetHeight")
    assert height < 600, "a hundred thousand characters stand as their beginning"
    await page.locator(".long summary").first.click()
    await expect(page.locator(".long[open] p.text").first).to_be_visible()
    await page.locator(".long summary .less").first.click()
    other = page.locator(f"#rows [data-id='{ids[5]}'] .open")
    await other.click()
    await expect(page.locator("#talking h2")).to_have_text("Ana Souza")
    found = await looked_at(page, "inbox-flood-list", (390, 1280))
    await page.goto(f"{doors.base}inbox/{ids[1]}")
    found += await looked_at(page, "inbox-flood", (320, 390, 1280))
    await page.goto(f"{doors.base}inbox?q=txt")
    await page.context.close()
    assert (found, dialogs) == ([], []), found


async def test_who_is_disabled_while_typing_is_told_so_and_loses_no_word(doors: Doors, browser: Chromium) -> None:
    ids = await filled(doors, 2)
    page, engine = await entered(doors, browser, "en-US"), doors.people.engine
    async with engine.begin() as connection:
        me = (await connection.execute(select(User.id).where(User.email == "ana@example.com"))).scalar_one()
        await inbox.assign(connection, [ids[1]], me, Actor("ana", me), doors.people.clock.now)
    await page.set_viewport_size({"width": 1280, "height": 844})
    await page.goto(f"{doors.base}inbox/{ids[1]}")
    reply = page.locator("[data-mode=reply]")
    async with page.expect_response(
        lambda each: each.url.endswith("/draft") and "nine" in (each.request.post_data or "")
    ):
        await reply.press_sequentially("We will bring it at nine")
    async with engine.begin() as connection:
        await disable_user(connection, me, Actor("Boss"), doors.people.clock.now)
    await reply.press_sequentially(", I promise")
    await page.get_by_role("button", name="Send", exact=True).click()
    told = page.locator(".toast").last
    await expect(told).to_contain_text("You are not signed in any more")
    await expect(told.get_by_role("button", name="Sign in")).to_be_visible()
    await expect(reply).to_have_value("We will bring it at nine, I promise")
    await page.screenshot(path=PICTURES / "inbox-shut-out.png")
    async with engine.connect() as connection:
        assert (await connection.execute(select(Message.id).where(Message.content.contains("promise")))).all() == []
        kept = (await connection.execute(select(Draft.content))).scalars().all()
        assert kept == ["We will bring it at nine"]
    await page.context.close()
