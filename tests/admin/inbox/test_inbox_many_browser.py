"""The inbox as a team of three sees it with 3, 30 and 3,000 conversations, in Chromium."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect
from sqlalchemy import insert, select

from bot.contacts.models import Contact, ContactAddress
from bot.core.addresses import AddressKind
from bot.core.ids import new_id
from bot.inbox import service as inbox
from bot.inbox.models import Assignment, InboxConversation, InboxConversationLabel
from bot.messages.models import Message
from bot.users.models import User
from tests.support.desks import hired
from tests.support.doors import Doors, open_doors
from tests.support.looked import entered, looked_at
from tests.support.people import BY
from tests.support.rows import ACCOUNT, add_account

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

MAIL = "mailgun:example.com"
FIRST = (
    "Ana",
    "Bruno",
    "Carla",
    "Davi",
    "Élida",
    "Fábio",
    "Grace",
    "Heitor",
    "Ines",
    "João",
    "Kenji",
    "Lívia",
    "Marta",
)
LAST = ("Souza", "Carvalho de Albuquerque Neto", "Dias", "Möller", "Okafor", "Tanaka", "Ribeiro")
TALKS = (
    ("Oi! Vocês entregam no sábado?", "Entregamos, das 9 às 14h."),
    ("My order has not arrived yet. Can somebody look?", "I am looking, one moment."),
    ("Can I pay by Pix, and get an invoice in my company's name?", "You can. Which name shall stand on it?"),
    ("Obrigada, ficou perfeito", "Que bom! Até a próxima."),
    ("https://example.org/orders/2026/11/30/4711-llanfairpwllgwyngyll", "That is the one, thank you."),
)
LABELS = (("Billing", "orange"), ("Delivery", "blue"), ("VIP", "purple"))


@pytest_asyncio.fixture(loop_scope="session")
async def doors(sqlite_url: str) -> AsyncIterator[Doors]:
    """A server with three agents, and an account for chats and one for mails."""
    async with open_doors(sqlite_url) as opened:
        await hired(opened.people, "Ana Souza", "Rui Alves", "Bia Möller")
        async with opened.people.engine.begin() as connection:
            for account in (ACCOUNT, MAIL):
                await add_account(connection, account)
        yield opened


async def filled(doors: Doors, count: int) -> Sequence[str]:
    """So many open conversations of all kinds, one later than the next; their contacts' ids, the newest first."""
    now, kept = doors.people.clock.now, dict[type, list[dict[str, Any]]]()
    async with doors.people.engine.begin() as connection:
        agents = list(await connection.scalars(select(User.id).order_by(User.email)))
        labels = [(await inbox.add_label(connection, *each, BY, now)).id for each in LABELS]
        for number in range(count):
            whose = agents[number % 4] if number % 4 < len(agents) else None
            at = now - timedelta(minutes=2 + number * (number + 40) / 40)
            contact, said = _conversation(number, at, whose or agents[0])
            kept.setdefault(Contact, []).append(contact)
            row = {"contact_id": contact["id"], "status": "open", "channel": said[0]["channel"], "opened_seq": 0}
            at = said[-1]["created_at"]
            row |= {"last_at": at, "opened_at": said[0]["created_at"], "assignee_id": whose}
            kept.setdefault(InboxConversation, []).append(row)
            if whose is not None:
                had = {"contact_id": contact["id"], "user_id": whose, "created_at": at}
                kept.setdefault(Assignment, []).append(had)
            address = {"id": said[0]["address_id"], "contact_id": contact["id"]}
            address |= {"kind": said[0]["address_kind"], "value": said[0]["address"]}
            kept.setdefault(ContactAddress, []).append(address)
            kept.setdefault(Message, []).extend(said)
            if number % 3 == 1:
                has = {"contact_id": contact["id"], "label_id": labels[number % len(labels)], "created_at": at}
                kept.setdefault(InboxConversationLabel, []).append(has)
        for model in (Contact, ContactAddress, Message, InboxConversation, Assignment, InboxConversationLabel):
            await connection.execute(insert(model), kept.get(model, []))
    return [each["id"] for each in kept[Contact]]


def _conversation(number: int, at: datetime, agent: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A contact, and what was said with an agent; every other one waits for an answer, and every fifth writes mails."""
    name, by_mail = f"{FIRST[number % len(FIRST)]} {LAST[number % len(LAST)]}", number % 5 == 2
    address = f"person{number}@example.org" if by_mail else f"+55119{number:08}"
    contact = {"id": new_id(), "name": name, "responder": "human", "last_inbound_at": at}
    contact["created_at"] = at - timedelta(days=40)
    contact |= {"phone": None if by_mail else address, "email": address if by_mail else None}
    asked, answered = TALKS[number % len(TALKS)]
    words = ("Olá!", answered, asked) if number % 2 == 0 else (asked, answered)
    place = {"contact_id": contact["id"], "account": MAIL if by_mail else ACCOUNT, "address": address}
    place |= {"channel": "email" if by_mail else "whatsapp", "address_id": new_id()}
    place["address_kind"] = AddressKind.EMAIL if by_mail else AddressKind.PHONE
    said = []
    for turn, each in enumerate(words):
        inbound, moment = each is not answered, at - timedelta(minutes=4 * (len(words) - 1 - turn))
        row = {"id": new_id(), "seq": turn + 1, "content": each, "created_at": moment, "updated_at": moment, **place}
        row |= {"direction": "inbound" if inbound else "outbound", "status": "delivered" if inbound else "read"}
        row |= {"turn_state": "done" if inbound else None, "provider_message_id": new_id()}
        row["origin"] = None if inbound else f"inbox:{agent}"
        said.append(row)
    waits = said[-1]["created_at"] if number % 2 == 0 else None
    return {**contact, "seq": len(words), "waiting_since": waits}, said


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("count", "told"),
    [
        (3, {"mine": "1", "unassigned": "", "all": "3", "waiting": "2"}),
        (30, {"mine": "8", "unassigned": "7", "all": "30", "waiting": "15"}),
        (3_000, {"mine": "750", "unassigned": "750", "all": "1k+", "waiting": "1k+"}),
    ],
)
async def test_a_team_sees_few_and_many_conversations_alike(
    doors: Doors, browser: Chromium, count: int, told: Mapping[str, str]
) -> None:
    """Given so many, when an agent looks, then rows, numbers and the way on are there, and axe finds nothing."""
    ids, found = await filled(doors, count), list[str]()
    for locale in ("en-US", "pt-BR"):
        page = await entered(doors, browser, locale)
        await page.goto(f"{doors.base}inbox?list=all")
        await expect(page.locator("#rows li")).to_have_count(min(count, 50))
        assert await _counts(page, told) == told
        found += await looked_at(page, f"inbox-{count}-{locale}", (390, 1280))
        await page.goto(f"{doors.base}inbox/{ids[2]}?list=all")
        await expect(page.locator("#rows [aria-current]")).to_have_count(1)
        found += await looked_at(page, f"inbox-{count}-open-{locale}", (390, 1280))
        await page.context.close()
    assert found == [], found


async def test_one_deep_in_a_long_list_opens_beside_the_place_where_it_stands(doors: Doors, browser: Chromium) -> None:
    ids = await filled(doors, 170)
    page = await entered(doors, browser, "en-US")
    await page.set_viewport_size({"width": 1280, "height": 844})
    await page.goto(f"{doors.base}inbox?list=all")
    rows, scrolled = page.locator("#rows li"), page.locator("[data-scroll]")
    for shown in (50, 100, 150, 170):
        await expect(rows).to_have_count(shown)
        if shown < len(ids):
            await page.locator("[data-further]").click()
    await expect(page.locator("[data-further]")).to_have_count(0)
    assert await rows.evaluate_all("(all) => all.map((each) => each.dataset.id)") == ids

    deep = rows.nth(160)
    await deep.scroll_into_view_if_needed()
    place = await scrolled.evaluate("(each) => each.scrollTop")
    name = await deep.locator(".name").inner_text()
    await deep.locator(".open").click()
    await expect(page.locator("#talking h2")).to_have_text(name)
    await expect(rows).to_have_count(170)
    assert await scrolled.evaluate("(each) => each.scrollTop") == place
    assert await looked_at(page, "inbox-deep", (390, 1280)) == []
    await page.context.close()


async def _counts(page: Page, lists: Iterable[str]) -> dict[str, str]:
    """What the lists say of how many they have, by their names; nothing where they have none."""
    shown = "(all) => all.map((each) => (each.querySelector('[aria-hidden]') ?? each).textContent).join()"
    return {name: await page.locator(f"#lists a[href*='list={name}'] .count").evaluate_all(shown) for name in lists}
