"""Messages, contacts and what failed as they look, in Chromium."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.models import Contact, ContactTag, Tag
from bot.core.addresses import AddressKind
from bot.users.service import Role
from tests.support import rows
from tests.support.doors import Doors, open_doors
from tests.support.rows import Person

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PICTURES = Path(__file__).parents[2] / "build" / "pictures"
LONG = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch <b>&amp;</b> مخبز الزاوية " * 3
WIDER = """
() => [...document.querySelectorAll("body *")]
  .filter((node) => node.checkVisibility() && !node.closest(".scroll, pre, .tabs, .unseen, svg"))
  .filter((node) => node.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((node) => `${node.tagName}.${node.className}`)
"""
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
async def shop(sqlite_url: str) -> AsyncIterator[Shop]:
    """A server with a conversation, one without end, and many who wrote once."""
    async with open_doors(sqlite_url) as opened:
        await opened.people.person(role=Role.EDITOR)
        now = opened.people.clock.now
        async with opened.people.engine.begin() as connection:
            await rows.add_account(connection)
            for number in range(120):
                other = await rows.add_person(connection, f"+55119888{number:05d}")
                moment = now - timedelta(days=3, minutes=number)
                await rows.add_inbound(connection, other, "Bom dia! Vocês abrem no domingo?", created_at=moment)
            opened_shop = Shop(opened, await _ana(connection, now), await _long(connection, now))
        yield opened_shop


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


async def entered(doors: Doors, chromium: Chromium, locale: str) -> Page:
    """A page of somebody who is signed in, whose policy lets axe in."""
    cookies = dict((await doors.inside()).cookies)
    context = await chromium.new_context(locale=locale, bypass_csp=True, reduced_motion="reduce")
    context.set_default_timeout(8000)
    await context.add_cookies([{"name": name, "value": each, "url": str(doors.base)} for name, each in cookies.items()])
    return await context.new_page()


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(shop: Shop, browser: Chromium) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    paths = {
        "messages": "/messages",
        "messages-none": "/messages?state=parked&channel=sms",
        "contacts": "/contacts",
        "contacts-none": "/contacts?answers=human&channel=sms",
        "contact": f"/contacts/{shop.ana}",
        "contact-long": f"/contacts/{shop.long}",
    }
    axe, found = Axe(), []
    for locale in ("en-US", "pt-BR"):
        page = await entered(shop.doors, browser, locale)
        for name, path in paths.items():
            await page.goto(f"{shop.doors.base}{path[1:]}")
            for scheme in ("light", "dark"):
                await page.emulate_media(color_scheme=scheme)
                for width in (320, 390, 1280):
                    await page.set_viewport_size({"width": width, "height": 844})
                    where = f"{name}-{width}-{scheme}-{locale}"
                    result = await axe.run(page)
                    seen = result.response["violations"]
                    found += [f"{where}: {each['id']} {each['nodes'][0]['target']}" for each in seen]
                    found += [f"{where}: {each} is wider" for each in await page.evaluate(WIDER)]
                    await page.screenshot(
                        path=PICTURES / f"{where}.png", full_page=name not in {"messages", "contacts"}
                    )
        await page.context.close()
    assert found == []
