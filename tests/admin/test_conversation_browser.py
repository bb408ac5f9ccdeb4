"""Messages, contacts and what failed as they look, in Chromium."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import Browser as Chromium
from playwright.async_api import expect
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.models import Contact, ContactTag, Tag
from bot.core.addresses import AddressKind
from bot.core.hints import Topic
from bot.db.hub import hint
from bot.users.service import Role
from tests.support import rows
from tests.support.doors import Doors, open_doors
from tests.support.looked import entered, looked_at
from tests.support.rows import Person

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LONG = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch <b>&amp;</b> مخبز الزاوية " * 3
WHY = [{"code": "no_trigger", "data": {"tried": 3}}, {"code": "fallback", "data": {"bundle": "cafe"}}]


class Shop(NamedTuple):
    """A server, and two who write to it.

    Attributes:
        doors: by which one comes in.
        ana: the id of somebody with a conversation.
        long: the id of somebody with a name and words without end.
    """

    doors: Doors
    ana: str
    long: str


SAID: Sequence[tuple[str, str, Mapping[str, Any]]] = (
    ("Oi! Vocês entregam no sábado?", "", {"trace": WHY}),
    (
        "Entregamos, sim. Qual é o bairro?",
        "sent",
        {"body": {"choices": [{"id": "a", "label": "Centro"}, {"id": "b", "label": "Outro bairro"}]}},
    ),
    ("Centro", "", {"kind": "button"}),
    ("Combinado: sábado, das 9 às 11.", "read", {}),
    (
        "Aqui está o cardápio.",
        "delivered",
        {
            "origin": "inbox:nobody",
            "body": {"media": [{"type": "document", "url": "https://example.com/menu.pdf", "filename": "menu.pdf"}]},
        },
    ),
    ("Esta não chegou.", "failed", {"error": "131026", "error_reason": "The number is not on WhatsApp."}),
    ("Ainda na fila.", "queued", {"body": {"echo": True}}),
)


@pytest_asyncio.fixture(loop_scope="session")
async def doors(sqlite_url: str) -> AsyncIterator[Doors]:
    """A server that nobody has written to yet."""
    async with open_doors(sqlite_url) as opened:
        await opened.people.person(role=Role.EDITOR)
        yield opened


async def filled(doors: Doors) -> Shop:
    """It has a conversation, one without end, and many who wrote once."""
    now = doors.people.clock.now
    async with doors.people.engine.begin() as connection:
        await rows.add_account(connection)
        for number in range(120):
            other = await rows.add_person(connection, f"+55119888{number:05d}")
            moment = now - timedelta(days=3, minutes=number)
            await rows.add_inbound(connection, other, "Bom dia! Vocês abrem no domingo?", created_at=moment)
            if number < 60:
                late: dict[str, Any] = {"status": "failed", "error": "expired", "created_at": moment}
                await rows.add_outbound(connection, other, "Bom dia! Abrimos, sim.", heard=False, **late)
        return Shop(doors, await _ana(connection, now), await _long(connection, now))


async def _long(connection: AsyncConnection, now: datetime) -> str:
    person = await rows.add_person(connection, f"{'long' * 15}@{'example.' * 20}com", AddressKind.EMAIL)
    await _called(connection, person, LONG[:255])
    mail = {"email": {"subject": LONG, "message_id": "<1@example.com>", "references": []}}
    await rows.add_inbound(connection, person, LONG * 4, body=mail, created_at=now - timedelta(days=1))
    failed = {"status": "failed", "error": "5.1.1", "error_reason": LONG}
    await rows.add_outbound(connection, person, "x" * 400, heard=False, **failed)
    return person.id


async def _ana(connection: AsyncConnection, now: datetime) -> str:
    ana = await rows.add_person(connection)
    kept = {"plan": "gold", "visits": 3, LONG[:60].replace(" ", "_"): LONG}
    await _called(connection, ana, "Ana Souza", locale="pt-BR", timezone="America/Sao_Paulo", attributes=kept)
    for tag in ("vip", "x" * 64):
        await connection.execute(insert(Tag).values(id=tag[:8], name=tag))
        await connection.execute(insert(ContactTag).values(contact_id=ana.id, tag_id=tag[:8], created_at=now))
    await rows.add_consent(connection, ana, opted_in=True)
    for at, (text, status, more) in enumerate(SAID):
        moment = now - timedelta(hours=0 if at > 1 else 30, minutes=30 - at)
        if status:
            await rows.add_outbound(connection, ana, text, heard=False, status=status, created_at=moment, **more)
        else:
            await rows.add_inbound(connection, ana, text, created_at=moment, **more)
    return ana.id


async def _called(connection: AsyncConnection, person: Person, name: str, **more: object) -> None:
    await connection.execute(update(Contact).where(Contact.id == person.id).values(name=name, **more))


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(doors: Doors, browser: Chromium) -> None:
    found: list[str] = []
    page = await entered(doors, browser, "pt-BR")
    for name in ("messages", "contacts", "failed"):
        await page.goto(f"{doors.base}{name}")
        found += await looked_at(page, f"{name}-empty")
    await page.context.close()
    shop = await filled(doors)
    for locale in ("en-US", "pt-BR"):
        page = await entered(doors, browser, locale)
        for name, path in paths_of(shop).items():
            await page.goto(f"{doors.base}{path}")
            found += await looked_at(page, f"{name}-{locale}")
        for name, path, button in (
            ("contact-edit-wrong", f"contacts/{shop.ana}/edit", "form.form button.main"),
            ("contact-consent-wrong", f"contacts/{shop.ana}/consent", "form.form button.main"),
            ("contact-send-wrong", f"contacts/{shop.ana}", ".composer button.main"),
        ):
            await page.goto(f"{doors.base}{path}")
            for field in await page.locator("input[name=locale], input[name=timezone]").all():
                await field.fill("nowhere")
            await page.locator(button).click()
            await expect(page.locator(".wrong").first).to_be_visible()
            found += await looked_at(page, f"{name}-{locale}")
        await page.goto(f"{doors.base}failed")
        await page.locator("tbody .choose input").first.check()
        found += await looked_at(page, f"failed-chosen-{locale}")
        await page.locator("[commandfor=dismiss-all]").first.click()
        found += await looked_at(page, f"failed-dismiss-{locale}")
        await page.context.close()
    assert found == []


def paths_of(shop: Shop) -> Mapping[str, str]:
    """Each page by its picture's name."""
    return {
        "messages": "messages",
        "messages-none": "messages?state=parked&channel=sms",
        "contacts": "contacts",
        "contacts-none": "contacts?answers=human&channel=sms",
        "contact": f"contacts/{shop.ana}",
        "contact-long": f"contacts/{shop.long}",
        "contact-edit": f"contacts/{shop.ana}/edit",
        "contact-edit-long": f"contacts/{shop.long}/edit",
        "contact-consent": f"contacts/{shop.ana}/consent",
        "contact-consent-long": f"contacts/{shop.long}/consent",
        "failed": "failed",
        "failed-long": "failed?kind=5.1.1",
        "failed-none": "failed?kind=gone",
    }


@pytest.mark.slow
async def test_a_conversation_goes_on_before_who_reads_and_writes_in_it(doors: Doors, browser: Chromium) -> None:
    engine, now = doors.people.engine, doors.people.clock.now
    async with engine.begin() as connection:
        await rows.add_account(connection)
        bia = await rows.add_person(connection)
        for number in range(58):
            moment = now - timedelta(minutes=60 - number)
            await rows.add_inbound(connection, bia, f"question {number}", created_at=moment)
        await rows.add_inbound(connection, bia, "What is this?", trace=WHY, created_at=now - timedelta(minutes=2))
        answer = await rows.add_outbound(connection, bia, "on its way", heard=False, status="queued")
    page = await entered(doors, browser, "en-US")
    await page.goto(f"{doors.base}contacts/{bia.id}")
    said = page.locator("[data-bubbles] .text")
    await expect(said).to_have_count(50)
    await page.evaluate("document.querySelector('[data-bubbles]').stays = true")

    # What is older comes in above, and leaves what one reads where it was; without a line what is here stays.
    await page.route("**/contacts/*before=*", lambda route: route.abort())
    await page.get_by_role("link", name="Older messages").click()
    await expect(page.locator(".toast")).to_contain_text("This could not be loaded. What is here stays.")
    await expect(said).to_have_count(50)
    await page.unroute_all()
    await page.get_by_role("link", name="Older messages").click()
    await expect(said).to_have_count(60)
    await expect(said.first).to_have_text("question 0")
    await expect(page.get_by_role("link", name="Older messages")).to_have_count(0)

    # What is new comes in below, and leaves what one types and has opened as it was.
    await page.get_by_label("Write to them").fill("half a sen")
    await page.get_by_text("Why the bot did what it did").click()
    await rows.set_columns(engine, answer, status="delivered")
    async with engine.begin() as connection:
        await rows.add_inbound(connection, bia, "<b>Thank you!</b>")
        hint(connection, Topic.MESSAGES, [bia.id])
    # A page rests for nineteen times what its last question took.
    await expect(said.last).to_have_text("<b>Thank you!</b>", timeout=30_000)
    await expect(page.locator("[data-bubbles] .ours .state")).to_have_text("Delivered")
    await expect(said).to_have_count(61)
    await expect(page.get_by_label("Write to them")).to_have_value("half a sen")
    assert await page.locator("details.reasons").evaluate("(each) => each.open")
    assert await page.evaluate("document.querySelector('[data-bubbles]').stays")
    await page.context.close()
