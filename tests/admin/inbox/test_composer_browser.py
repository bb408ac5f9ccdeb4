"""Where one writes in the inbox, in Chromium: taking back, sending later, and the rest of a window."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, Route, expect
from sqlalchemy import select, update

from bot.contacts.models import Contact
from bot.core.addresses import AddressKind, Channel
from bot.core.hints import Topic
from bot.db.hub import hint
from bot.inbox import service as inbox
from bot.messages.models import Message
from bot.users.models import User
from bot.users.service import Role
from tests.support import rows
from tests.support.doors import Doors, open_doors
from tests.support.looked import entered, looked_at
from tests.support.people import BY
from tests.support.rows import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

CHAT, MAIL, SMS = "whatsapp:1000", "mailgun:example.com", "telnyx:+15005550006"
LONG = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch <b>&amp;</b> مخبز الزاوية " * 3
SOON_MS = 40_000
"""A page rests for nineteen times what its last question took."""


@pytest_asyncio.fixture(loop_scope="session")
async def doors(sqlite_url: str) -> AsyncIterator[Doors]:
    """A server with two agents, the first of whom has a signature."""
    async with open_doors(sqlite_url) as opened:
        await opened.people.person(role=Role.EDITOR)
        await opened.people.person("bia@example.com", Role.EDITOR)
        async with opened.people.engine.begin() as connection:
            await connection.execute(update(User).where(User.name == "ana").values(signature="Ana\nBakery"))
            for account in (CHAT, MAIL, SMS, "whatsapp:2000"):
                await rows.add_account(connection, account)
        yield opened


async def wrote(doors: Doors, name: str, minutes_ago: float = 5, *, by_mail: bool = False) -> Person:
    """Somebody has written, and waits for a person."""
    at = doors.people.clock.now - timedelta(minutes=minutes_ago)
    address = ("lia@example.org", AddressKind.EMAIL) if by_mail else ("+5511999900001",)
    email = {"email": {"subject": f"Order {LONG}"[:200], "message_id": "<1@example.org>"}} if by_mail else None
    async with doors.people.engine.begin() as connection:
        person = await rows.add_person(connection, *address)
        await connection.execute(update(Contact).where(Contact.id == person.id).values(name=name))
        account = MAIL if by_mail else CHAT
        await rows.add_inbound(connection, person, "hello", account=account, created_at=at, body=email)
        await inbox.reopen(connection, [person.id], BY, at)
    return person


async def entered_late(doors: Doors, browser: Chromium) -> Page:
    """A page of somebody whose clock is a day and five hours behind."""
    page = await entered(doors, browser, "en-US")
    await page.clock.set_system_time(doors.people.clock.now - timedelta(hours=29))
    return page


async def test_what_was_sent_comes_back_and_what_goes_later_is_changed_however_wrong_a_clock_is(
    doors: Doors, browser: Chromium
) -> None:
    lia, rui = await wrote(doors, "Lia", by_mail=True), await wrote(doors, "Rui")
    page = await entered_late(doors, browser)
    await page.goto(f"{doors.base}inbox/{lia.id}")
    field, waiting = page.get_by_label("Reply to"), page.locator("#scheduled li")

    # Sent by a key; undone from another conversation, where the toast has stayed.
    await field.fill("We open at six.")
    await field.press("Control+Enter")
    await expect(waiting).to_contain_text("We open at six.")
    await expect(waiting.locator("[data-left]")).to_have_text("7 s", timeout=SOON_MS)
    await expect(field).to_have_value("")
    await expect(field).to_be_focused()
    await page.locator(f"#rows [data-id={rui.id}] .open").click()
    await expect(page.locator("#talking h2")).to_have_text("Rui")
    await page.locator(".toast").get_by_role("button", name="Undo").click()
    await expect(page.locator("#talking h2")).to_have_text("Lia")
    await expect(page).to_have_url(f"{doors.base}inbox/{lia.id}")
    await expect(field).to_have_value("We open at six.")
    await expect(waiting).to_have_count(0)
    await expect(page.locator(".withdrawn .text")).to_contain_text("We open at six.")

    # Later: by the menu, changed in place, and cancelled.
    next_year = doors.people.clock.now.year + 1
    await page.locator("[data-key=s] summary").click()
    await page.locator("[data-key=s]").get_by_role("button", name="Tomorrow at 9:00").first.click()
    await expect(waiting).to_contain_text(", 09:00")
    await waiting.get_by_text("Change").click()
    await waiting.get_by_label("Words").fill("We open at seven.")
    await waiting.get_by_label("Goes out").fill("2001-01-01T09:00")
    await waiting.get_by_role("button", name="Save").click()
    await expect(waiting.locator(".error")).to_have_text("That moment is over; choose a later one.")
    await expect(waiting.get_by_label("Words")).to_have_value("We open at seven.")
    await waiting.get_by_label("Goes out").fill(f"{next_year}-01-01T08:30")
    await waiting.get_by_role("button", name="Save").click()
    await expect(waiting).to_contain_text(f"Jan 1, {next_year}, 08:30")
    await expect(waiting.locator(".words")).to_have_text("We open at seven.")
    await waiting.get_by_text("Change").click()
    await waiting.get_by_role("button", name="Do not send it").click()
    await expect(waiting).to_have_count(0)
    await expect(field).to_have_value("We open at seven.")

    # Another agent sees what waits as it comes, and what they type stays.
    await page.locator("[data-key=s] summary").click()
    await page.locator("[data-key=s]").get_by_role("button", name="In an hour").first.click()
    await expect(waiting).to_have_count(1)
    await field.fill("And one more thing")
    async with doors.people.engine.begin() as connection:
        held = update(Message).where(Message.scheduled_at.is_not(None), Message.status == "queued")
        await connection.execute(held.values(status="sent", attempts=1))
        hint(connection, Topic.MESSAGES, [lia.id])
    await expect(waiting).to_have_count(0, timeout=SOON_MS)
    await expect(field).to_have_value("And one more thing")
    await page.context.close()


async def test_the_rest_of_a_window_is_told_by_the_servers_clock_as_it_passes(doors: Doors, browser: Chromium) -> None:
    rui = await wrote(doors, "Rui", 23 * 60 + 1)
    page = await entered_late(doors, browser)
    await page.goto(f"{doors.base}inbox/{rui.id}")
    told, way = page.locator("#windows [data-way]:visible"), page.get_by_label("By", exact=True)
    await expect(told).to_contain_text("Anything may be sent by WhatsApp · 1000 for 59 minutes more")
    await way.select_option(label="SMS")
    await expect(told).to_have_count(0)
    await page.locator("#talking").focus()
    doors.people.clock.advance(minutes=30)
    async with doors.people.engine.begin() as connection:
        hint(connection, Topic.CONTACTS, [rui.id])
    await expect(way.locator("option").first).to_contain_text("29 minutes left", timeout=SOON_MS)
    await expect(way.locator("option:checked")).to_have_text("SMS")
    await way.select_option(index=0)
    await page.locator("#talking").focus()
    doors.people.clock.advance(minutes=30)
    await expect(told).to_contain_text("Write by SMS instead.", timeout=SOON_MS)
    await page.context.close()


async def test_enter_in_a_field_beside_the_words_sends_nothing(doors: Doors, browser: Chromium) -> None:
    """A reply that was to go tomorrow, or had its copies yet to come, would be gone."""
    lia = await wrote(doors, "Lia", by_mail=True)
    page = await entered(doors, browser, "en-US")
    await page.goto(f"{doors.base}inbox/{lia.id}")
    await page.get_by_label("Reply to").fill("Not yet")
    await page.locator("[data-key=s] summary").click()
    posted: list[str] = []
    page.on("request", lambda request: posted.append(request.url) if request.url.endswith("/send") else None)
    tomorrow = doors.people.clock.now + timedelta(days=1)
    await page.locator("#f-later").fill(f"{tomorrow:%Y-%m-%dT%H:%M}")
    await page.locator("#f-later").press("Enter")
    await page.keyboard.press("Escape")
    await page.locator(".mail summary").press("Enter")
    await page.locator("#f-cc").fill("ana@example.com")
    await page.locator("#f-cc").press("Enter")
    await page.evaluate("() => new Promise((done) => setTimeout(done, 300))")
    await expect(page.get_by_label("Reply to")).to_have_value("Not yet")
    await expect(page.locator("[data-bubbles] .ours")).to_have_count(0)
    await expect(page.locator(".toast")).to_have_count(0)
    assert posted == []
    async with doors.people.engine.connect() as connection:
        assert (await connection.execute(select(Message.id).where(Message.direction == "outbound"))).all() == []
    await page.context.close()


async def _offered_late(page: Page) -> None:
    """What fits the first letter alone comes after what fits all that is typed."""
    let_go = asyncio.Event()

    async def late(route: Route) -> None:
        answer = await route.fetch()
        await let_go.wait()
        await route.fulfill(response=answer)

    field, offered = page.get_by_label("Reply to"), page.locator("#suggests").get_by_role("option")
    await page.route("**/replies?q=o&*", late)
    await field.fill("")
    async with page.expect_request("**/replies?q=o&*"):
        await page.keyboard.type("/o")
    await page.keyboard.type("pens")
    await expect(offered).to_have_text(["Opens /opens"])
    async with page.expect_response("**/replies?q=o&*"):
        let_go.set()
    await page.evaluate("() => new Promise((done) => setTimeout(done, 50))")
    await expect(offered).to_have_text(["Opens /opens"])
    await page.unroute_all()


async def test_saved_replies_and_colleagues_are_put_in_by_the_keyboard_alone(doors: Doors, browser: Chromium) -> None:
    rui = await wrote(doors, "Rui")
    async with doors.people.engine.begin() as connection:
        for name, shortcut, content, channel in (
            ("Open <b>", "opening", "Hi {{ contact.name }}, your {{ contact.plan }} is open.", None),
            ("Opens", "opens", "We open.", Channel.WHATSAPP),
            ("By SMS", "opsms", "x", Channel.SMS),
        ):
            asked = inbox.AskedTemplate(name, shortcut, content, channel=channel)
            await inbox.add_reply_template(connection, asked, BY, doors.people.clock.now)
    page = await entered(doors, browser, "en-US")
    await page.goto(f"{doors.base}inbox/{rui.id}")
    field, offered = page.get_by_label("Reply to"), page.locator("#suggests").get_by_role("option")
    await field.focus()
    await page.keyboard.type("Hello /op")
    await expect(offered).to_have_text(["Open <b> /opening", "Opens /opens"])
    await expect(field).to_have_attribute("aria-activedescendant", "s-0")
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("#suggests").get_by_role("option", selected=True)).to_have_text("Opens /opens")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await expect(field).to_have_value("Hello Hi Rui, your {{ contact.plan }} is open.")
    await expect(offered).to_have_count(0)
    await page.keyboard.type("shop")
    await expect(field).to_have_value("Hello Hi Rui, your shop is open.")
    await field.fill("")
    await page.keyboard.type("/o")
    await expect(offered).to_have_count(2)
    await page.keyboard.type("pens", delay=0)
    await page.keyboard.press("Enter")
    await expect(field).to_have_value("We open.")
    await _offered_late(page)
    await field.fill("Hello Hi Rui, your shop is open.")
    await expect(field).to_have_value("Hello Hi Rui, your shop is open.")

    await page.keyboard.press("Escape")
    await page.keyboard.press("Alt+p")
    await page.keyboard.type("See @b")
    await expect(page.get_by_role("listbox", name="Suggestions")).to_be_visible()
    await page.keyboard.press("Tab")
    await expect(page.get_by_label("Note about")).to_have_value("See @bia ")
    await page.keyboard.type("/op")
    await expect(offered).to_have_count(0)
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".note .text")).to_have_text("See @bia /op")
    await expect(page.locator(".note .meta")).to_contain_text("for bia")
    await page.context.close()


async def test_what_comes_late_of_a_conversation_that_was_left_changes_nothing(doors: Doors, browser: Chromium) -> None:
    lia, rui = await wrote(doors, "Lia", by_mail=True), await wrote(doors, "Rui")
    page, asked, answered = await entered(doors, browser, "en-US"), asyncio.Event(), asyncio.Event()

    async def late(route: Route) -> None:
        answer = await route.fetch()
        asked.set()
        await answered.wait()
        await route.fulfill(response=answer)

    await page.route(f"**/inbox/{lia.id}/news*", late)
    await page.goto(f"{doors.base}inbox/{lia.id}")
    async with doors.people.engine.begin() as connection:
        hint(connection, Topic.MESSAGES, [lia.id])
    await asyncio.wait_for(asked.wait(), SOON_MS / 1000)
    await page.locator(f"#rows [data-id={rui.id}] .open").click()
    await expect(page.locator("#talking h2")).to_have_text("Rui")
    async with page.expect_response(f"**/inbox/{lia.id}/news*"):
        answered.set()
    await page.evaluate("new Promise((done) => setTimeout(done, 200))")
    await expect(page.locator("#talking h2")).to_have_text("Rui")
    await page.context.close()


async def test_on_a_phone_what_sends_is_above_the_bar(doors: Doors, browser: Chromium) -> None:
    lia, rui = await wrote(doors, "Lia", by_mail=True), await wrote(doors, "Rui", 25 * 60)
    page = await entered(doors, browser, "pt-BR")
    await page.set_viewport_size({"width": 390, "height": 844})
    for path in (f"inbox/{lia.id}", f"inbox/{rui.id}"):
        await page.goto(f"{doors.base}{path}")
        send, bar = page.locator("[data-sends]"), page.locator(".rail")
        sends, bars = await send.bounding_box(), await bar.bounding_box()
        assert sends is not None
        assert bars is not None
        assert sends["y"] + sends["height"] <= bars["y"], path
        assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    await page.context.close()


@pytest.mark.timeout(600)
async def test_axe_finds_nothing_where_one_writes(doors: Doors, browser: Chromium) -> None:
    lia, rui = await wrote(doors, "Lia", by_mail=True), await wrote(doors, "Rui", 25 * 60)
    found: list[str] = []
    for locale in ("en-US", "pt-BR"):
        page = await entered(doors, browser, locale)
        await page.goto(f"{doors.base}inbox/{rui.id}")
        found += await looked_at(page, f"composer-closed-{locale}")
        await page.goto(f"{doors.base}inbox/{lia.id}")
        await page.locator(".mail summary").click()
        await page.set_viewport_size({"width": 1280, "height": 844})
        await page.locator("#f-text").fill(LONG * 8)
        await page.locator("[data-key=s] summary").click()
        found += await looked_at(page, f"composer-mail-{locale}", (390, 1280))
        await page.locator("[data-key=s] [name=when][value=monday]").click()
        await expect(page.locator("#f-text")).to_have_value("")
        await page.locator(".mail summary").click()
        await page.locator("#f-cc").fill("nobody")
        await page.locator("#f-text").fill("hello")
        await page.locator("[data-sends]").click()
        await expect(page.locator("#e-cc")).to_be_visible()
        await page.locator("#scheduled details").first.evaluate("(each) => { each.open = true; }")
        found += await looked_at(page, f"composer-wrong-{locale}")
        await page.goto(f"{doors.base}account/writing")
        found += await looked_at(page, f"account-writing-{locale}")
        await page.context.close()
    assert found == []
