"""The inbox in Chromium: as it looks, and as two agents have it open at once."""

import re
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.models import Contact, ContactAddress
from bot.core.actors import Actor
from bot.core.addresses import AddressKind
from bot.core.hints import Topic
from bot.db.hub import hint
from bot.inbox import service as inbox
from bot.inbox.models import InboxConversation
from bot.inbox.queries import AssignmentRow, write_assignments
from bot.inbox.service import NoteType
from bot.users.models import User
from bot.users.service import Role
from tests.support import rows
from tests.support.doors import Doors, open_doors
from tests.support.looked import PICTURES, entered, looked_at
from tests.support.people import BY
from tests.support.rows import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

LONG = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch <b>&amp;</b> مخبز الزاوية " * 3
NAMES = ("Ana Souza", "Bruno Carvalho de Albuquerque Neto", "Carla Dias", LONG[:255], "Élida Möller")
SAID = ("Oi! Vocês entregam no sábado?", "x" * 400, "My order has not arrived yet. Can somebody look?", LONG)
SOON_MS = 40_000
"""A page rests for nineteen times what its last question took."""


@pytest_asyncio.fixture(loop_scope="session")
async def doors(sqlite_url: str) -> AsyncIterator[Doors]:
    """A server with two agents."""
    async with open_doors(sqlite_url) as opened:
        await opened.people.person(role=Role.EDITOR)
        await opened.people.person("bia@example.com", Role.EDITOR)
        async with opened.people.engine.begin() as connection:
            await rows.add_account(connection)
        yield opened


async def filled(doors: Doors, count: int) -> Sequence[str]:
    """So many conversations that people have, each as long ago as its number; their contacts' ids."""
    now, ids = doors.people.clock.now, []
    async with doors.people.engine.begin() as connection:
        agents = (await connection.execute(select(User.id).order_by(User.email))).scalars().all()
        label = await inbox.add_label(connection, "Billing", "orange", BY, now)
        long = await inbox.add_label(connection, "x" * 32, "blue", BY, now)
        for number in range(count):
            at = now - timedelta(minutes=3 + number)
            person = await rows.add_person(connection, f"+55119{number:08}")
            ids.append(person.id)
            await _talked(connection, person, number, at)
            if number % 2 == 0:
                mine: AssignmentRow = {
                    "contact_id": person.id,
                    "user_id": agents[number // 2 % 2],
                    "assigned_by": None,
                    "created_at": at,
                }
                await write_assignments(connection, [mine])
        for each in (label, long):
            await inbox.label(connection, ids[:2], each.id, BY, now, has=True)
    return ids


async def _talked(connection: AsyncConnection, person: Person, number: int, at: datetime) -> None:
    name, waits = NAMES[number % len(NAMES)], at if number % 3 == 0 else None
    human = {"name": name, "responder": "human", "waiting_since": waits}
    await connection.execute(update(Contact).where(Contact.id == person.id).values(human))
    for turn in range(8 if number == 0 else 1):
        moment = at - timedelta(minutes=8 - turn)
        await rows.add_inbound(connection, person, SAID[(number + turn) % len(SAID)], created_at=moment)
        await rows.add_outbound(connection, person, "We open at six.", heard=False, status="read", created_at=moment)
    if number == 0:
        await rows.add_outbound(connection, person, "Not sent", heard=False, status="failed", error="expired")
    row = {"contact_id": person.id, "status": "open", "channel": "whatsapp", "last_at": at, "opened_at": at}
    await connection.execute(insert(InboxConversation).values({**row, "opened_seq": 1}))


@pytest.mark.timeout(900)
async def test_axe_finds_nothing_with_none_few_and_many(doors: Doors, browser: Chromium) -> None:
    found: list[str] = []
    page = await entered(doors, browser, "pt-BR")
    await page.goto(f"{doors.base}inbox")
    found += await looked_at(page, "inbox-none")
    await page.context.close()
    ids = await filled(doors, 60)
    async with doors.people.engine.begin() as connection:
        (me,) = (await connection.execute(select(User.id).where(User.email == "ana@example.com"))).one()
        by = Actor("ana", me)
        await inbox.add_note(connection, ids[0], f"@bia {LONG}", NoteType.PUBLIC, by, doors.people.clock.now)
    for locale in ("en-US", "pt-BR"):
        page = await entered(doors, browser, locale)
        for name, path in (
            ("inbox", "inbox"),
            ("inbox-narrowed", "inbox?list=unassigned&channel=whatsapp&channel=sms"),
            ("inbox-none-fits", "inbox?channel=sms"),
            ("inbox-one", f"inbox/{ids[0]}"),
            ("inbox-long", f"inbox/{ids[3]}"),
        ):
            await page.goto(f"{doors.base}{path}")
            found += await looked_at(page, f"{name}-{locale}")
        await page.locator("#composer [name=mode][value=note]").check(force=True)
        found += await looked_at(page, f"inbox-note-{locale}")
        await page.set_viewport_size({"width": 1280, "height": 844})
        await page.locator("[data-key=m] summary").click()
        found += await looked_at(page, f"inbox-snooze-{locale}", (1280,))
        await page.context.close()
    assert found == []


async def test_nothing_lies_over_how_a_snoozed_conversation_stands(doors: Doors, browser: Chromium) -> None:
    (one,) = await filled(doors, 1)
    page = await entered(doors, browser, "en-US")
    await page.set_viewport_size({"width": 1280, "height": 800})
    await page.goto(f"{doors.base}inbox/{one}")
    await page.locator("[data-key=m] summary").click()
    await page.locator("[data-key=m] .menu button").first.click()
    await expect(page.locator("#head").get_by_role("button", name="Open now")).to_be_visible()
    assert await page.locator("#head .stands").evaluate("(node) => node.scrollWidth <= node.clientWidth")
    await page.context.close()


async def test_two_agents_see_each_other_take_answer_and_collide(doors: Doors, browser: Chromium) -> None:
    first, second = await filled(doors, 2)
    engine = doors.people.engine
    ana, bia = await entered(doors, browser, "en-US"), await _entered_as(doors, browser, "bia@example.com")
    for page in (ana, bia):
        await page.goto(f"{doors.base}inbox")
        await page.evaluate("document.getElementById('rows').stays = true")
        await page.locator(f"#rows [data-id={second}] .open").click()
        await expect(page.locator("#talking h2")).to_have_text(NAMES[1])

    # Whoever else is there is told, and what they do.
    await bia.get_by_label("Reply to").fill("I am on")
    await expect(ana.locator("#told")).to_contain_text("bia is writing here just now.", timeout=SOON_MS)
    await _pictured(ana, "two-agents-collision")

    # One takes it; the other one, whose page has not heard of it, is told who was faster.
    await bia.get_by_role("button", name="Take it").click()
    await expect(bia.locator(".stands")).to_contain_text("You have it")
    await expect(bia.get_by_label("Reply to")).to_have_value("I am on")
    await expect(ana.locator(".stands")).to_contain_text("bia has it", timeout=SOON_MS)
    await _pictured(ana, "two-agents-taken")

    # What the contact writes comes in below, and leaves what is typed as it was.
    async with engine.begin() as connection:
        address = await _person(connection, second)
        await rows.add_inbound(connection, address, "Are you there?")
        hint(connection, Topic.MESSAGES, [second])
    await expect(bia.locator("[data-bubbles] .text").last).to_have_text("Are you there?", timeout=SOON_MS)
    await expect(bia.locator("[data-heard]")).to_have_text("They wrote: Are you there?")
    await expect(bia.locator("#meanwhile")).to_be_visible()
    await expect(bia.get_by_label("Reply to")).to_have_value("I am on")

    # A note with a mention, by the keyboard alone; it stands in the other's mentions.
    await bia.keyboard.press("Alt+p")
    await bia.keyboard.type("@ana the last order was late")
    await bia.keyboard.press("Control+Enter")
    await expect(bia.locator(".note .text")).to_have_text("@ana the last order was late")
    await expect(ana.locator(".note .text")).to_have_text("@ana the last order was late", timeout=SOON_MS)

    # It goes out once, however often one presses.
    send = bia.get_by_role("button", name="Send", exact=True)
    await send.dblclick()
    await expect(bia.locator("[data-bubbles] .ours .text").last).to_have_text("I am on")
    await expect(bia.locator("[data-bubbles] .ours .text").get_by_text("I am on")).to_have_count(1)
    await expect(bia.get_by_label("Reply to")).to_have_value("")

    # Resolved by a key, and undone; the list stayed where it was all the while.
    await bia.locator("#talking").focus()
    await bia.keyboard.press("Alt+e")
    await expect(bia.locator(".stands")).to_contain_text("The bot answers")
    await bia.get_by_role("button", name="Undo").last.click()
    await expect(bia.locator(".stands")).to_contain_text("You have it")
    assert await bia.evaluate("document.getElementById('rows').stays")

    # Alt and J go down the list, Alt and K up; Back returns to where one was.
    await expect(bia.locator("#rows > li").first).to_have_attribute("data-id", second, timeout=SOON_MS)
    await bia.locator("#talking").focus()
    for key, place in (("Alt+j", first), ("Alt+k", second)):
        await bia.keyboard.press(key)
        await expect(bia).to_have_url(re.compile(f"/inbox/{place}"))
    await bia.go_back()
    await expect(bia).to_have_url(re.compile(f"/inbox/{first}"))
    for page in (ana, bia):
        await page.context.close()


async def test_on_a_phone_one_lies_over_the_other_and_back_leads_to_the_same_place(
    doors: Doors, browser: Chromium
) -> None:
    await filled(doors, 60)
    page = await entered(doors, browser, "en-US")
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(f"{doors.base}inbox")
    row = page.locator("#rows .open").nth(30)
    await row.scroll_into_view_if_needed()
    place = await page.locator("[data-scroll]").evaluate("(each) => each.scrollTop")
    await row.click()
    await expect(page.locator("#list")).to_be_hidden()
    await page.get_by_role("link", name="Who this is").click()
    await expect(page.get_by_role("heading", name="Reached at")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("heading", name="Reached at")).to_be_hidden()
    await page.get_by_role("link", name="Back to the list").click()
    await expect(page.locator("#list")).to_be_visible()
    await expect(row).to_be_focused()
    assert await page.locator("[data-scroll]").evaluate("(each) => each.scrollTop") == place
    await page.context.close()


async def _entered_as(doors: Doors, chromium: Chromium, email: str) -> Page:
    cookies = dict((await doors.inside(email)).cookies)
    context = await chromium.new_context(locale="en-US", reduced_motion="reduce")
    context.set_default_timeout(20_000)
    await context.add_cookies([{"name": name, "value": each, "url": str(doors.base)} for name, each in cookies.items()])
    return await context.new_page()


async def _person(connection: AsyncConnection, contact_id: str) -> Person:
    columns = (ContactAddress.id, ContactAddress.kind, ContactAddress.value)
    found = (await connection.execute(select(*columns).where(ContactAddress.contact_id == contact_id))).one()
    return Person(contact_id, found.id, AddressKind(found.kind), found.value)


async def _pictured(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"{name}.png")
