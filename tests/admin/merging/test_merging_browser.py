"""Contacts who are one person, as Chromium shows them: none, one, many and absurdly long; merged, and undone."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser as Chromium
from playwright.async_api import expect
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.merging.models import MergeSuggestion
from bot.contacts.models import Contact
from bot.contacts.service import tag
from bot.conversations.service import merge
from bot.core.addresses import AddressKind
from bot.core.ids import new_id
from bot.users.service import Role
from tests.support import rows
from tests.support.doors import Doors, open_doors
from tests.support.looked import PICTURES, entered, looked_at
from tests.support.people import BY
from tests.support.rows import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

LONG = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch <b>&amp;</b> مخبز الزاوية " * 3


@pytest_asyncio.fixture(loop_scope="session")
async def doors(sqlite_url: str) -> AsyncIterator[Doors]:
    async with open_doors(sqlite_url) as opened:
        await opened.people.person(role=Role.EDITOR)
        async with opened.people.engine.begin() as connection:
            await rows.add_account(connection)
        yield opened


async def somebody(connection: AsyncConnection, address: str, name: str, **about: object) -> Person:
    kind = AddressKind.EMAIL if "@" in address else AddressKind.PHONE
    person = await rows.add_person(connection, address, kind)
    await connection.execute(update(Contact).where(Contact.id == person.id).values(name=name, **about))
    await rows.add_inbound(connection, person, f"Hello, this is {name[:40]}")
    return person


async def suggested(doors: Doors, connection: AsyncConnection, one: Person, other: Person, *reasons: str) -> None:
    first, second = sorted((one.id, other.id))
    pair = {"id": new_id(), "first_id": first, "second_id": second, "score": 0.9, "reasons": list(reasons)}
    await connection.execute(insert(MergeSuggestion).values(**pair, found_at=doors.people.clock.now))


@pytest.mark.timeout(900)
async def test_axe_finds_nothing_with_none_one_and_many_and_long_ones(doors: Doors, browser: Chromium) -> None:
    now, found = doors.people.clock.now, list[str]()
    page = await entered(doors, browser, "pt-BR")
    await page.goto(f"{doors.base}contacts/duplicates")
    found += await looked_at(page, "duplicates-none")
    await page.context.close()
    async with doors.people.engine.begin() as connection:
        long = {"locale": "pt-BR", "attributes": {LONG[:60]: LONG, "plan": "gold", "member": True}}
        ana = await somebody(connection, "+5511987654321", "Ana Souza", attributes={"plan": "silver"})
        work = await somebody(connection, "ana.souza@example.com", "Ana M. Souza", **long)
        await rows.add_consent(connection, ana, opted_in=False)
        for each in ("vip", "x" * 64):
            await tag(connection, work.id, each, BY, now, has=True)
        await suggested(doors, connection, ana, work, "name", "phone")
        old = await somebody(connection, "+5511987650000", LONG[:255])
        await merge(connection, ana.id, old.id, BY, now - timedelta(days=1))
        for number in range(30):
            one = await somebody(connection, f"+55219{number:08}", ("Bruno Carvalho", LONG[:255])[number % 2])
            other = await somebody(connection, f"bruno{number}@{'long.' * 20}example.com", "Bruno Carvalho")
            await suggested(doors, connection, one, other, "email", "name")
    for locale in ("en-US", "pt-BR"):
        page = await entered(doors, browser, locale)
        for name, path in (
            ("duplicates", "contacts/duplicates"),
            ("merge", f"contacts/{ana.id}/merge?with={work.id}&back=duplicates"),
            ("merge-whom", f"contacts/{ana.id}/merge?q=bruno"),
            ("merged-contact", f"contacts/{ana.id}"),
            ("merged-inbox", f"inbox/{ana.id}"),
        ):
            await page.goto(f"{doors.base}{path}")
            found += await looked_at(page, f"{name}-{locale}")
        await page.context.close()
    assert found == [], "\n".join(found)


async def test_one_press_merges_another_one_undoes_it_and_an_open_page_follows(doors: Doors, browser: Chromium) -> None:
    async with doors.people.engine.begin() as connection:
        ana = await somebody(connection, "+5511987654321", "Ana Souza", attributes={"plan": "gold"})
        about = {"locale": "pt-BR", "attributes": {"plan": "silver", "birthday": "1990-05-12"}}
        work = await somebody(connection, "ana.souza@example.com", "Ana M. Souza", **about)
        await tag(connection, work.id, "vip", BY, doors.people.clock.now, has=True)
        await suggested(doors, connection, ana, work, "name")
    page, other = await entered(doors, browser, "en-US"), await entered(doors, browser, "en-US")
    await other.goto(f"{doors.base}inbox/{work.id}")
    await page.goto(f"{doors.base}contacts/duplicates")
    await page.get_by_role("link", name="Compare Ana Souza and Ana M. Souza").click()
    await page.screenshot(path=PICTURES / "merge.png")
    await page.get_by_role("button", name="Merge").click()
    await expect(page.get_by_role("status").filter(has_text="are one contact now")).to_be_visible()
    await expect(other).to_have_url(f"{doors.base}inbox/{work.id}")
    await expect(other.locator(f"[data-family='{ana.id} {work.id}']")).to_be_visible(timeout=40_000)
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("They are two contacts again")).to_be_visible()
    await expect(page.get_by_text("Alike name")).to_be_visible()
    await expect(other.locator(f"[data-family='{work.id}']")).to_be_visible(timeout=40_000)
    for each in (page, other):
        await each.context.close()
