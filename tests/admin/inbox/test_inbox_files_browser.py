"""Files and approved templates in Chromium: as they look, and as somebody works with them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect
from sqlalchemy import insert, select, update

from bot.admin.inbox.filing import MOST_UPLOAD
from bot.channels.service import record_templates
from bot.contacts.models import Contact, ContactAddress
from bot.conversations.views import ACCOUNTS
from bot.core.addresses import AddressKind
from bot.core.ids import new_id
from bot.core.listed_templates import ListedTemplate, TemplateButton
from bot.core.messages import MediaKind
from bot.db.engine import reading
from bot.inbox import service as inbox
from bot.messages.models import Message
from bot.providers.base import Refused
from tests.support import rows
from tests.support.accounts import add_stored
from tests.support.doors import Doors, open_doors
from tests.support.files import PICTURE
from tests.support.looked import entered, looked_at
from tests.support.people import BY
from tests.support.rows import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

ACCOUNT = "whatsapp:1000"
LONG = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch_" * 4
PICKUP = ListedTemplate(
    "pickup_ready",
    "pt_BR",
    category="UTILITY",
    header="Pedido {{1}}",
    body="Oi {{1}}, o seu pedido {{2}} está pronto.\n\nAté já!",
    footer="Padaria",
    buttons=(TemplateButton("URL", "Ver o pedido", "https://loja.example/{{1}}", "https://loja.example/7"),),
    examples={"body.1": "Ana", "body.2": "1042"},
)
PHOTO = ListedTemplate("photo", "en", category="MARKETING", header_file=MediaKind.IMAGE, body="Look", quality="RED")
TEMPLATES = (
    PICKUP,
    PHOTO,
    ListedTemplate("cards", "es", category="MARKETING", body="Mira", unknown="CAROUSEL"),
    ListedTemplate("waits", "es", category="UTILITY", status="PENDING", body="Espera"),
    ListedTemplate(LONG, "pt_BR", category="UTILITY", body="x" * 900),
    *(ListedTemplate(f"more_{number}", "en", category="UTILITY", body=f"Hello {number}") for number in range(9)),
)


@pytest_asyncio.fixture(loop_scope="session")
async def doors(sqlite_url: str) -> AsyncIterator[Doors]:
    async with open_doors(sqlite_url, BOT_PUBLIC_URL="https://bot.example.com") as opened:
        await opened.people.person()
        given = {"phone_number_id": "1000", "access_token": "t", "app_secret": "s", "verify_token": "v"}
        await add_stored(opened.people.engine, ACCOUNT, {**given, "business_account_id": "1022"})
        await opened.app[ACCOUNTS].refresh(opened.people.engine)
        async with opened.people.engine.begin() as connection:
            await rows.add_account(connection, "mailgun:example.com")
        yield opened


async def wrote(doors: Doors, hours_ago: float, phone: str) -> Person:
    """Somebody has written by WhatsApp, and has an e-mail address."""
    at = doors.people.clock.now - timedelta(hours=hours_ago)
    async with doors.people.engine.begin() as connection:
        person = await rows.add_person(connection, phone)
        await connection.execute(update(Contact).where(Contact.id == person.id).values(name="Ana Souza"))
        await rows.add_inbound(connection, person, "Oi!", account=ACCOUNT, created_at=at)
        address = {"id": new_id(), "contact_id": person.id, "kind": AddressKind.EMAIL, "value": f"{phone}@example.org"}
        await connection.execute(insert(ContactAddress).values(address))
        await inbox.reopen(connection, [person.id], BY, at)
    return person


async def listed(doors: Doors, result: tuple[ListedTemplate, ...] | Refused) -> None:
    account = doors.app[ACCOUNTS].get(ACCOUNT)
    assert account is not None
    async with doors.people.engine.begin() as connection:
        await record_templates(connection, account, result, doors.people.clock.now)


async def said(doors: Doors) -> list[str]:
    statement = select(Message.content).where(Message.direction == "outbound").order_by(Message.seq)
    async with reading(doors.people.engine) as connection:
        return list((await connection.execute(statement)).scalars())


async def test_the_templates_of_an_account_look_well(doors: Doors, browser: Chromium) -> None:
    page = await entered(doors, browser, "pt-BR")
    base = f"{doors.base}accounts/{ACCOUNT}"
    found = []
    for name, result in (("none", None), ("some", TEMPLATES), ("failed", Refused("190", "The access token is wrong."))):
        if result is not None:
            await listed(doors, result)
        await page.goto(base)
        await page.evaluate("document.querySelector('#templates details')?.setAttribute('open', '')")
        found += await looked_at(page, f"account-templates-{name}")
    assert found == []


async def test_a_template_is_found_filled_in_and_sent_without_a_new_page(doors: Doors, browser: Chromium) -> None:
    ana = await wrote(doors, 30, "+5511999990001")
    page = await entered(doors, browser, "en-GB")
    await page.goto(f"{doors.base}inbox/{ana.id}?list=all")
    found = await looked_at(page, "templates-none")
    await listed(doors, TEMPLATES)
    await page.reload()
    found += await looked_at(page, "templates-offered")
    await page.evaluate("window.stays = true")
    await page.locator("#f-seek").fill("pickup")
    offers = page.locator(".templates li:visible")
    await expect(offers).to_have_count(1)
    await offers.locator("a").click()
    await expect(page.locator("#templated")).to_be_visible()
    preview = page.locator(".preview")
    await page.get_by_label("Field 1", exact=True).fill("Ana")
    await expect(preview).to_contain_text("Oi Ana, o seu pedido {{2}} está pronto.")
    await page.locator("#templated [data-sends]").click()
    await expect(page.locator("#templated .error").first).to_be_visible()
    found += await looked_at(page, "templates-wrong")
    for label, value in (("In the heading", "7"), ("Field 2", "1042"), ("Button “Ver o pedido”", "7")):
        await page.get_by_label(label, exact=True).fill(value)
    await page.locator("#templated [data-sends]").click()
    await expect(page.locator(".message.ours")).to_contain_text("Oi Ana, o seu pedido 1042 está pronto.")
    await expect(page.locator("#composer")).to_be_visible()
    assert await page.evaluate("window.stays") is True
    assert await said(doors) == ["Pedido 7\n\nOi Ana, o seu pedido 1042 está pronto.\n\nAté já!\n\nPadaria"]

    await page.locator(".templates a", has_text="photo").click()
    await page.locator("#f-header").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": PICTURE})
    await page.locator("#templated [data-sends]").click()
    await expect(page.locator(".message.ours img")).to_have_count(1)
    assert found == []


async def test_files_are_chosen_pasted_and_dropped_and_what_is_typed_stays(
    doors: Doors, browser: Chromium, tmp_path: Path
) -> None:
    ana = await wrote(doors, 0.1, "+5511999990002")
    page = await entered(doors, browser, "en-GB")
    await page.goto(f"{doors.base}inbox/{ana.id}")
    await page.locator("#f-text").fill("See the table")
    long = tmp_path / f"{'very_long_name_' * 8}.gif"
    long.write_bytes(b"GIF89a x")
    await page.locator("[data-attaches]").set_input_files(
        {"name": "cake.png", "mimeType": "image/png", "buffer": PICTURE}
    )
    await expect(page.locator(".files li")).to_have_count(1)
    await page.locator("[data-attaches]").set_input_files(long)
    await expect(page.locator(".files li")).to_have_count(2)
    await given(page, "paste")
    await expect(page.locator(".files li")).to_have_count(3)
    await given(page, "drop")
    await expect(page.locator(".files li")).to_have_count(4)
    await expect(page.locator("#f-text")).to_have_value("See the table")
    taken = [await page.evaluate(DRAGGED, where) for where in ("#f-text", "#head")]
    await page.get_by_text("Note", exact=True).click()
    taken.append(await page.evaluate(DRAGGED, "#f-note"))
    await page.get_by_text("Reply", exact=True).click()
    assert taken == [[True, True], [True, False], [True, False]], "elsewhere a file would take the place of the page"
    await page.dispatch_event("#composer", "dragleave")
    found = await looked_at(page, "files-beside")

    film = tmp_path / "film.mp4"
    with film.open("wb") as file:
        file.truncate(MOST_UPLOAD)
    await page.locator("[data-attaches]").set_input_files(film)
    await expect(page.locator(".toast")).to_contain_text("Together these are larger than 31 MiB: choose fewer at once.")
    await expect(page.locator(".files li")).to_have_count(4)

    await page.locator("[data-attaches]").set_input_files(
        {"name": "x.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ\x90\x00"}
    )
    await expect(page.locator("#e-files")).to_contain_text("x.exe: It is of a kind that is not sent.")
    found += await looked_at(page, "files-wrong")
    await page.get_by_role("button", name="Take cake.png away").click()
    await expect(page.locator(".files li")).to_have_count(3)
    await page.locator("#composer [data-sends]").click()
    await expect(page.locator(".message.ours")).to_have_count(3)
    await expect(page.locator(".files li")).to_have_count(0)
    found += await looked_at(page, "files-sent")
    assert await said(doors) == ["See the table", "", ""]
    assert found == []


DRAGGED = """selector => {
  const data = new DataTransfer();
  data.items.add(new File(["x"], "x.csv"));
  const event = new DragEvent("dragover", { dataTransfer: data, bubbles: true, cancelable: true });
  const composer = document.getElementById("composer");
  composer.classList.remove("dropping");
  document.querySelector(selector).dispatchEvent(event);
  return [event.defaultPrevented, composer.classList.contains("dropping")];
}"""
"""Drag a file over something: whether the browser is kept from opening it, and whether it can be dropped there."""


async def given(page: Page, how: str) -> None:
    """Give the reply a file by the clipboard, or drop one on it."""
    await page.evaluate(
        """how => {
          const data = new DataTransfer();
          data.items.add(new File(["name,price\\ncake,7\\n"], `${how}.csv`, { type: "text/csv" }));
          const event = how === "paste"
            ? new ClipboardEvent(how, { clipboardData: data, bubbles: true, cancelable: true })
            : new DragEvent(how, { dataTransfer: data, bubbles: true, cancelable: true });
          document.getElementById("f-text").dispatchEvent(event);
        }""",
        how,
    )
