"""Files and approved templates over HTTP: put beside a reply, chosen, filled in and sent."""

import html
import re
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from io import BytesIO
from typing import IO, Any

import pytest
from aiohttp import ClientSession, FormData
from sqlalchemy import insert, select, update
from yarl import URL

from bot.channels.models import Account
from bot.channels.service import record_templates
from bot.contacts.models import Contact, ContactAddress
from bot.conversations.views import ACCOUNTS, INTAKE
from bot.core.addresses import AddressKind
from bot.core.ids import new_id
from bot.core.listed_templates import ListedTemplate, TemplateButton
from bot.core.messages import MediaKind
from bot.db.engine import reading
from bot.inbox import service as inbox
from bot.messages.models import Message
from bot.providers.base import MOST_ENCLOSED
from bot.users.service import Role
from tests.support import rows
from tests.support.accounts import add_stored
from tests.support.bundles import published
from tests.support.doors import Browser, Doors, Page, open_doors
from tests.support.files import PICTURE
from tests.support.people import BY
from tests.support.rows import Person

CHAT, MAIL = "whatsapp:1000", "mailgun:example.com"
WHATSAPP = {"phone_number_id": "1000", "access_token": "t", "app_secret": "s", "verify_token": "v"}
PICKUP = ListedTemplate(
    "pickup_ready",
    "pt_BR",
    category="UTILITY",
    body="Oi {{name}}, o pedido {{order}} está pronto.",
    footer="Loja",
    buttons=(TemplateButton("URL", "Ver", "https://loja.example/{{1}}", "https://loja.example/7"),),
    is_named=True,
    examples={"body.order": "1042"},
)
PHOTO = ListedTemplate("photo", "en", category="UTILITY", header_file=MediaKind.IMAGE, body="Look, {{1}}")
BUNDLE = """\
bundle: shop
locale: en
templates:
  hello:
    content: "Hello, {{ who }}!"
    variables: {who: you}
    whatsapp: {template: hello, language: en, parameters: ["{{ who }}"]}
  plain: {content: Only words}
"""


@pytest.fixture
async def doors(database_url: str) -> AsyncIterator[Doors]:
    async with open_doors(database_url, BOT_PUBLIC_URL="https://bot.example.com") as opened:
        await opened.people.person("eve@example.com", Role.EDITOR)
        await opened.people.person("vic@example.com", Role.VIEWER)
        await add_stored(opened.people.engine, CHAT, WHATSAPP)
        async with opened.people.engine.begin() as connection:
            await rows.add_account(connection, MAIL)
        await opened.app[ACCOUNTS].refresh(opened.people.engine)
        yield opened


async def wrote(doors: Doors, hours_ago: float = 0.1, *, by_mail: bool = False) -> Person:
    """Somebody has written, and waits for a person."""
    at = doors.people.clock.now - timedelta(hours=hours_ago)
    async with doors.people.engine.begin() as connection:
        person = await rows.add_person(connection, "+5511999990001")
        await connection.execute(update(Contact).where(Contact.id == person.id).values(name="Ana Souza"))
        await rows.add_inbound(connection, person, "hello", account=CHAT, created_at=at)
        if by_mail:
            await connection.execute(
                insert(ContactAddress).values(
                    id=new_id(), contact_id=person.id, kind=AddressKind.EMAIL, value="ana@example.org"
                )
            )
        await inbox.reopen(connection, [person.id], BY, at)
    return person


async def listed(doors: Doors, *templates: ListedTemplate) -> None:
    account = doors.app[ACCOUNTS].get(CHAT)
    assert account is not None
    async with doors.people.engine.begin() as connection:
        await record_templates(connection, account, templates, doors.people.clock.now)


async def ours(doors: Doors) -> Sequence[tuple[str, list[tuple[str, str]], Any]]:
    """What was written to people: the words, the files, and the approved template."""
    statement = select(Message.content, Message.body).where(Message.direction == "outbound").order_by(Message.seq)
    async with reading(doors.people.engine) as connection:
        found = (await connection.execute(statement)).all()
    bodies = [(row.content, row.body or {}) for row in found]
    return [
        (words, [(each["type"], each.get("filename", "")) for each in body.get("media", [])], body.get("template"))
        for words, body in bodies
    ]


def form(browser: Browser, *files: tuple[str, bytes | IO[bytes], str], **fields: str) -> FormData:
    """What a browser posts that has files."""
    data = FormData({"csrf": browser.page.csrf, "once": "1", **fields})
    for name, content, content_type in files:
        data.add_field("upload", content, filename=name, content_type=content_type)
    return data


def shown(page: Page) -> list[tuple[str, str]]:
    """The files that stand beside the reply: their ids and names."""
    part = page.text.partition('id="files"')[2].partition("</div>")[0]
    ids = re.findall(r'name="files" value="(\w+)"', part)
    return list(zip(ids, map(html.unescape, re.findall(r"<bdi>(.*?)</bdi>", part)), strict=True))


async def test_files_stand_beside_a_reply_until_it_is_sent_with_them(doors: Doors) -> None:
    ana, eve = await wrote(doors), await doors.inside("eve@example.com")
    await eve.get(f"/inbox/{ana.id}")
    given = form(eve, ("cake.exe", PICTURE, "text/html"), ("bill.pdf", b"%PDF-1.7 x", ""), text="Look <b>")
    beside = await eve.sends(f"/inbox/{ana.id}/attach?list=mine", given)
    again = await eve.get(f"/inbox/{ana.id}")
    (picture, name), (bill, _) = shown(again)
    without = await eve.post(f"/inbox/{ana.id}/detach", {"once": "1", "file": bill, "text": "Look"})
    for_nobody = await eve.post(f"/inbox/{ana.id}/detach", {"once": "1", "file": "x" * 9000})
    sent = await eve.post(f"/inbox/{ana.id}/send", {"once": "2", "files": picture, "text": "Look"})
    twice = await eve.post(f"/inbox/{ana.id}/send", {"once": "2", "files": picture, "text": "Look"})

    assert (beside.status, [each for _, each in shown(beside)]) == (200, ["cake.exe.png", "bill.pdf"])
    assert (name, "Look &lt;b&gt;" in again.text) == ("cake.exe.png", True)
    link = re.search(r'<img src="(/media/[^"]+)" alt="" width', again.text)
    assert link is not None
    async with ClientSession() as session, session.get(doors.base.join(URL(link[1], encoded=True))) as answer:
        assert (answer.content_type, await answer.read()) == ("image/png", PICTURE)
    assert [each for _, each in shown(without)] == ["cake.exe.png"]
    assert (for_nobody.status, [each for _, each in shown(for_nobody)]) == (200, ["cake.exe.png"])
    assert (shown(sent), "On its way" in sent.words, "On its way" in twice.words) == ([], True, True)
    assert await ours(doors) == [("Look", [("image", "cake.exe.png")], None)]
    assert '<a class="picture"' in sent.text


async def test_what_is_chosen_without_the_pages_module_goes_with_the_words_and_files_go_alone(doors: Doors) -> None:
    ana, eve = await wrote(doors), await doors.inside("eve@example.com")
    await eve.get(f"/inbox/{ana.id}")
    empty = await eve.sends(f"/inbox/{ana.id}/send", form(eve, ("", b"", "application/octet-stream"), text=" "))
    await eve.sends(f"/inbox/{ana.id}/send", form(eve, ("a.png", PICTURE, "image/png"), once="2"))
    again = await eve.sends(f"/inbox/{ana.id}/send", form(eve, ("a.png", PICTURE, "image/png"), once="2"))

    assert (empty.status, "Write something, or attach a file." in empty.words) == (422, True)
    assert "On its way" in again.words
    assert await ours(doors) == [("", [("image", "a.png")], None)]


async def test_words_whose_file_was_taken_away_meanwhile_do_not_go_without_it(doors: Doors) -> None:
    ana, eve = await wrote(doors), await doors.inside("eve@example.com")
    await eve.get(f"/inbox/{ana.id}")
    beside = await eve.sends(f"/inbox/{ana.id}/attach", form(eve, ("bill.pdf", b"%PDF-1.7 x", ""), text="Your bill"))
    ((bill, _),) = shown(beside)
    # In another window of hers.
    await eve.post(f"/inbox/{ana.id}/detach", {"once": "1", "file": bill, "text": "Your bill"})
    refused = await eve.post(f"/inbox/{ana.id}/send", {"once": "1", "files": bill, "text": "Your bill"})

    assert (refused.status, "A file was taken away meanwhile" in refused.words) == (409, True)
    assert ("Your bill</textarea>" in refused.text, shown(refused)) == (True, [])
    assert await ours(doors) == []


async def test_what_is_not_taken_is_said_beside_what_was_typed(doors: Doors) -> None:
    ana, eve = await wrote(doors), await doors.inside("eve@example.com")
    await eve.get(f"/inbox/{ana.id}")
    for path, name, content, why in (
        ("attach", "<script>.html", b"<html>", "of a kind that is not sent"),
        ("send", "empty.png", b"", "it is empty"),
        ("attach", "", b"MZ\x90", "A file: "),
    ):
        page = await eve.sends(f"/inbox/{ana.id}/{path}", form(eve, (name, content, "image/png"), text="Keep this"))
        assert (page.status, why.lower() in page.words.lower(), "Keep this" in page.text) == (422, True, True), name
        assert "<script>." not in page.text
    many = form(eve, *((f"{number}.png", PICTURE + bytes([number]), "") for number in range(11)))
    page = await eve.sends(f"/inbox/{ana.id}/attach", many)
    assert ("at most 10 files" in page.words, len(shown(page))) == (True, 10)
    assert "Attach files" not in page.words
    assert await ours(doors) == []


async def test_what_becomes_of_files_by_each_way_is_said_before(doors: Doors) -> None:
    ana, eve = await wrote(doors, by_mail=True), await doors.inside("eve@example.com")
    await eve.get(f"/inbox/{ana.id}")
    page = await eve.sends(f"/inbox/{ana.id}/attach", form(eve, ("fun.gif", b"GIF89a x", "image/gif")))
    assert "By WhatsApp fun.gif goes as a document." in page.words
    assert "goes a link" not in page.text, "a mail has it in it"
    large = b"%PDF-1.7" + b"x" * MOST_ENCLOSED
    page = await eve.sends(f"/inbox/{ana.id}/attach", form(eve, ("large.pdf", BytesIO(large), "application/pdf")))
    by_mail = re.search(r'<p class="told warn" data-way="email/[^"]+" hidden>.*?</p>', page.text, re.DOTALL)
    assert by_mail is not None
    assert "By E-mail goes a link to each file, which is good for a week." in by_mail[0]
    async with doors.people.engine.begin() as connection:
        await connection.execute(update(Account).where(Account.id == CHAT).values(paused=True))
    await eve.post(f"/inbox/{ana.id}/send", {"once": "9", "files": shown(page)[0][0], "way": f"email/{MAIL}"})
    assert await ours(doors) == [("", [("image", "fun.gif")], None)]


async def test_without_an_address_of_ours_no_file_can_be_sent(database_url: str) -> None:
    async with open_doors(database_url) as opened:
        await opened.people.person("eve@example.com", Role.EDITOR)
        async with opened.people.engine.begin() as connection:
            await rows.add_account(connection, CHAT)
        ana, eve = await wrote(opened), await opened.inside("eve@example.com")
        page = await eve.get(f"/inbox/{ana.id}")
        assert ("sets BOT_PUBLIC_URL" in page.words, 'name="upload"' in page.text) == (True, False)


async def test_a_mail_that_is_taken_back_has_its_files_in_the_composer_again(doors: Doors) -> None:
    ana, eve = await wrote(doors, by_mail=True), await doors.inside("eve@example.com")
    await eve.get(f"/inbox/{ana.id}")
    page = await eve.sends(f"/inbox/{ana.id}/attach", form(eve, ("a.png", PICTURE, "")))
    fields = {"once": "3", "files": shown(page)[0][0], "way": f"email/{MAIL}"}
    sent = await eve.post(f"/inbox/{ana.id}/send", fields)
    message = re.search(r'name="message" value="(\w+)"', sent.text)
    assert message is not None
    assert ("a.png" in sent.text.partition('id="scheduled"')[2].partition("</ul>")[0], shown(sent)) == (True, [])
    back = await eve.post(f"/inbox/{ana.id}/take-back", {"message": message[1]})
    assert [name for _, name in shown(back)] == ["a.png"]


async def test_a_template_is_chosen_filled_in_and_sent_whatever_the_window(doors: Doors) -> None:
    await listed(doors, PICKUP, PHOTO)
    ana, eve = await wrote(doors, 30), await doors.inside("eve@example.com")
    page = await eve.get(f"/inbox/{ana.id}?list=all")
    links = [html.unescape(each) for each in re.findall(r'<li><a href="([^"]+)" data-leads>', page.text)]
    chosen = await eve.get(links[1])
    wrong = await eve.post(
        f"/inbox/{ana.id}/send-template?list=all",
        {"once": "1", "template": links[1].partition("template=")[2], "v-body.name": "Ana", "v-body.order": " "},
    )
    fields = {"once": "2", "template": links[1].partition("template=")[2], "v-button.0": "7"}
    fields |= {"v-body.name": "Ana \u00e7" * 50, "v-body.order": "<7>"}
    sent = await eve.post(f"/inbox/{ana.id}/send-template?list=all", fields)
    twice = await eve.post(f"/inbox/{ana.id}/send-template?list=all", fields)

    assert ("approved templates only" in page.words.lower(), len(links)) == (True, 2)
    assert links[0].startswith(f"/inbox/{ana.id}?list=all&template=")
    assert ("Oi " in chosen.words, 'value="Ana Souza"' in chosen.text, "e.g. 1042" in chosen.text) == (True, True, True)
    assert (wrong.status, wrong.text.count('class="error"'), 'value="Ana"' in wrong.text) == (422, 2, True)
    assert ("On its way" in sent.words, sent.path, "On its way" in twice.words) == (
        True,
        f"/inbox/{ana.id}?list=all",
        True,
    )
    ((words, _, template),) = await ours(doors)
    assert words.startswith("Oi Ana ç")
    assert words.endswith("o pedido <7> está pronto.\n\nLoja")
    assert (template["name"], template["button_values"]) == ("pickup_ready", [[0, "url", "7"]])
    assert "Sent as the approved template pickup_ready (pt_BR)." in sent.words


async def test_a_template_with_a_picture_keeps_it_when_something_else_is_missing(doors: Doors) -> None:
    await listed(doors, PHOTO)
    ana, eve = await wrote(doors), await doors.inside("eve@example.com")
    page = await eve.get(f"/inbox/{ana.id}")
    wanted = re.search(r"template=(\w+)", page.text)
    assert wanted is not None
    path = f"/inbox/{ana.id}/send-template"
    none = await eve.post(path, {"once": "1", "template": wanted[1], "v-body.1": "Ana"})
    pdf = await eve.sends(path, form(eve, ("a.pdf", b"%PDF-1.7", ""), template=wanted[1], **{"v-body.1": "Ana"}))
    bad = await eve.sends(path, form(eve, ("a.exe", b"MZ\x90", ""), template=wanted[1], **{"v-body.1": "Ana"}))
    kept = await eve.sends(path, form(eve, ("a.png", PICTURE, ""), template=wanted[1]))
    header = re.search(r'name="header" value="(\w+)"', kept.text)
    assert header is not None
    sent = await eve.post(path, {"once": "5", "template": wanted[1], "header": header[1], "v-body.1": "Ana"})

    for each in (none, pdf):
        assert "Choose the file that stands above the words." in each.words
    assert ("kind that is not sent" in bad.words, "a.png" in kept.words, sent.status) == (True, True, 200)
    assert [each[:2] for each in await ours(doors)] == [("Look, Ana", [("image", "a.png")])]


async def test_templates_of_bundles_are_offered_too_and_go_in_the_contacts_language(doors: Doors) -> None:
    await published(doors.people.engine, BUNDLE)
    await doors.app[INTAKE].catalogue.refresh()
    ana, eve = await wrote(doors, 30), await doors.inside("eve@example.com")
    page = await eve.get(f"/inbox/{ana.id}")
    chosen = await eve.get(f"/inbox/{ana.id}?template=shop/hello")
    sent = await eve.post(f"/inbox/{ana.id}/send-template", {"once": "1", "template": "shop/hello", "v-who": ""})
    assert ("shop/hello" in page.words, "shop/plain" in page.words) == (True, False)
    assert "Hello, {{ who }}!" in chosen.words
    assert "On its way" in sent.words
    assert [each[0] for each in await ours(doors)] == ["Hello, you!"]


async def test_a_template_that_is_gone_and_one_of_nobody_are_refused(doors: Doors) -> None:
    await listed(doors, PHOTO)
    ana, eve, vic = await wrote(doors), await doors.inside("eve@example.com"), await doors.inside("vic@example.com")
    await eve.get(f"/inbox/{ana.id}")
    unknown = await eve.get(f"/inbox/{ana.id}?template=nothing")
    gone = await eve.post(f"/inbox/{ana.id}/send-template", {"once": "1", "template": "nothing"})
    missing = await eve.post(f"/inbox/{ana.id}/send-template", {"once": "1"})
    nobody = await eve.post("/inbox/nobody/send-template", {"once": "1", "template": "nothing"})
    looked = await vic.get(f"/inbox/{ana.id}")
    forbidden = [
        (await vic.post(f"/inbox/{ana.id}/{what}", {"once": "1", "template": "x"})).status
        for what in ("send-template", "attach", "detach")
    ]
    assert 'id="composer"' in unknown.text
    assert (gone.status, missing.status, nobody.status) == (409, 422, 404)
    assert ("Approved templates" in looked.words, forbidden) == (False, [403, 403, 403])


async def test_where_there_are_none_the_page_says_how_else_to_write(doors: Doors) -> None:
    ana, eve = await wrote(doors, 30, by_mail=True), await doors.inside("eve@example.com")
    page = await eve.get(f"/inbox/{ana.id}")
    assert "There are none yet." in page.words
    assert "Write by E-mail instead." in page.words
