"""What wants somebody in Chromium: in the title and navigation of all their tabs, and heard in one of them."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect
from sqlalchemy import func, select, update

from bot.contacts.models import Contact
from bot.core.actors import Actor
from bot.core.hints import Topic
from bot.db.hub import hint
from bot.inbox import service as inbox
from bot.inbox.models import InboxConversation
from bot.messages.models import Message
from bot.users.models import User
from tests.admin.inbox.test_inbox_browser import SOON_MS, filled
from tests.admin.inbox.test_inbox_browser import _person as person_of
from tests.admin.inbox.test_inbox_browser import doors as two_agents
from tests.support import rows
from tests.support.doors import Doors
from tests.support.looked import entered, looked_at

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

doors = two_agents
# Counts the notes of a sound, and lets none out.
_COUNTED = """
globalThis.notes = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...at) { globalThis.notes += 1; start.apply(this, at); };
"""
# As a browser does where nobody has pressed anything yet, until the test lets it.
_BLOCKED = """
localStorage.setItem("recado-sound", 1);
AudioContext.prototype.resume = () => new Promise(() => {});
Object.defineProperty(AudioContext.prototype, "state", { get: () => (globalThis.isLet ? "running" : "suspended") });
"""
_NOTES = 2
_REST_MS = 4_500


async def notes(*pages: Page) -> list[int]:
    return [await page.evaluate("globalThis.notes") for page in pages]


async def says(doors: Doors, *contact_ids: str, text: str = "Hello?") -> None:
    """Contacts write at once in conversations that a person has."""
    async with doors.people.engine.begin() as connection:
        at = doors.people.clock.now
        for contact_id in contact_ids:
            await rows.add_inbound(connection, await person_of(connection, contact_id), text, created_at=at)
            statement = update(InboxConversation).where(InboxConversation.contact_id == contact_id)
            await connection.execute(statement.values(last_at=at))
        hint(connection, Topic.MESSAGES, contact_ids)
        hint(connection, Topic.TALKS, contact_ids)


async def mine(doors: Doors, ids: list[str]) -> None:
    """Ana has these, has read them, and nobody waits."""
    async with doors.people.engine.begin() as connection:
        ana, bia = (await connection.execute(select(User.id).order_by(User.email))).scalars()
        await connection.execute(update(Contact).values(waiting_since=None))
        for each in ids:
            await inbox.assign(connection, [each], ana, Actor("ana", ana), doors.people.clock.now, instead_of=bia)
            await inbox.assign(connection, [each], ana, Actor("ana", ana), doors.people.clock.now)
            newest = select(func.max(Message.seq)).where(Message.contact_id == each)
            seq = (await connection.execute(newest)).scalar_one()
            await inbox.mark_read(connection, each, ana, seq, doors.people.clock.now)


async def test_all_tabs_tell_the_same_and_one_of_them_sounds(doors: Doors, browser: Chromium) -> None:
    ids = list(await filled(doors, 3))
    await mine(doors, ids)
    first = await entered(doors, browser, "en-US")
    await first.context.add_init_script(_COUNTED)
    second = await first.context.new_page()
    pages = (first, second)
    await first.goto(f"{doors.base}inbox")
    await second.goto(f"{doors.base}contacts")
    badge = second.locator("nav.rail > ul [data-wants] .concern").first
    await expect(badge).to_be_hidden()
    await expect(first).to_have_title("Inbox · Recado")

    # Off until it is switched on, which all tabs know of.
    switch = first.get_by_role("button", name="Sound")
    await expect(switch).to_have_attribute("aria-pressed", "false")
    await says(doors, ids[0])
    for page, title in zip(pages, ("(1) Inbox · Recado", "(1) Contacts · Recado"), strict=True):
        await expect(page).to_have_title(title, timeout=SOON_MS)
    await expect(badge).to_have_text("1: 1 conversation waits for you")
    assert await notes(*pages) == [0, 0]
    await switch.click()
    await expect(switch).to_have_attribute("aria-pressed", "true")
    await expect(second.get_by_role("button", name="Sound")).to_have_attribute("data-sound", "on")
    assert await notes(*pages) == [_NOTES, 0]

    # What comes then is heard once, though two pages are open and two people write.
    await first.wait_for_timeout(_REST_MS)
    doors.people.clock.advance(seconds=10)
    await says(doors, ids[1], ids[2])
    for page in pages:
        await expect(page).to_have_title(_counted(3), timeout=SOON_MS)
    await first.wait_for_timeout(1000)
    assert sum(await notes(*pages)) == 2 * _NOTES
    found = await looked_at(first, "inbox-wanting")

    # Whoever writes there is not rung at.
    await first.set_viewport_size({"width": 1280, "height": 844})
    await first.locator(f"#rows [data-id='{ids[0]}'] .open").click()
    for page in pages:
        await expect(page).to_have_title(_counted(2), timeout=SOON_MS)
    await first.get_by_label("Reply to").fill("One moment")
    await first.wait_for_timeout(_REST_MS)
    doors.people.clock.advance(seconds=10)
    await says(doors, ids[0], text="Are you there?")
    await expect(first.locator("[data-bubbles] .text").last).to_have_text("Are you there?", timeout=SOON_MS)
    await first.wait_for_timeout(3000)
    assert sum(await notes(*pages)) == 2 * _NOTES

    # And off again.
    await first.get_by_role("button", name="Sound").click()
    doors.people.clock.advance(seconds=10)
    await says(doors, ids[1])
    await first.wait_for_timeout(3000)
    assert sum(await notes(*pages)) == 2 * _NOTES
    assert found == []


async def test_nothing_is_said_of_what_nobody_knows_and_what_is_so_afterwards(doors: Doors, browser: Chromium) -> None:
    ids = list(await filled(doors, 3))
    await mine(doors, ids)
    first = await entered(doors, browser, "en-US")
    second = await first.context.new_page()
    pages = (first, second)
    for each in ids[1:]:
        await says(doors, each)
    await first.goto(f"{doors.base}inbox")
    await second.goto(f"{doors.base}contacts")
    badge = second.locator("nav.rail > ul [data-wants] .concern").first
    await expect(second).to_have_title(_counted(2))
    await expect(badge).to_have_text("2: 2 conversations wait for you")

    await first.context.set_offline(True)
    for page, title in zip(pages, ("Inbox · Recado", "Contacts · Recado"), strict=True):
        await expect(page).to_have_title(title)
    await expect(badge).to_be_hidden()
    doors.people.clock.advance(seconds=10)
    async with doors.people.engine.begin() as connection:
        ana = (await connection.execute(select(User.id).order_by(User.email))).scalars().first()
        await inbox.resolve(connection, ids[1:2], Actor("ana", ana), doors.people.clock.now, reopens_for=timedelta(0))
    await first.context.set_offline(False)
    for page in pages:
        await expect(page).to_have_title(_counted(1), timeout=SOON_MS)
    await expect(badge).to_have_text("1: 1 conversation waits for you")


async def test_a_page_on_which_nobody_pressed_anything_says_that_it_may_not_sound(
    doors: Doors, browser: Chromium
) -> None:
    ids = list(await filled(doors, 1))
    await mine(doors, ids)
    page = await entered(doors, browser, "pt-BR")
    await page.context.add_init_script(_COUNTED + _BLOCKED)
    await page.goto(f"{doors.base}help")
    switch = page.locator("[data-sound]")
    await says(doors, ids[0])
    await expect(page).to_have_title("(1) Ajuda e atalhos · Recado", timeout=SOON_MS)
    await page.wait_for_timeout(3000)
    doors.people.clock.advance(seconds=10)
    await says(doors, ids[0])
    await expect(switch).to_have_attribute("data-sound", "blocked", timeout=SOON_MS)
    found = await looked_at(page, "sound-blocked", (390, 1280))
    await expect(switch).to_have_attribute(
        "title", "Seu navegador só deixa esta página tocar um som depois que você pressionar algo nela."
    )

    await page.evaluate("globalThis.isLet = true")
    await page.locator("h1").click()
    await expect(switch).to_have_attribute("data-sound", "on")
    # What came before is late by now.
    assert await notes(page) == [0]
    assert found == []


def _counted(count: int) -> re.Pattern[str]:
    return re.compile(rf"^\({count}\) ")
