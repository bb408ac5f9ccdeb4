"""Labels over HTTP: made, renamed, given another colour, merged and deleted by who answers."""

import asyncio
import html
import re
from collections.abc import AsyncIterator

import pytest

from bot.admin.labels.pages import MANY
from bot.inbox import service as inbox
from bot.users.service import Role
from tests.support.doors import Browser, Doors, Page, open_doors
from tests.support.people import BY
from tests.support.rows import add_person

ASKED_SECONDS = 0.1
"""By then a form that is sent waits for whoever was faster."""
HOSTILE = "<script>alert(1)</script>\"'{{7*7}}\u202e"


@pytest.fixture
async def doors(database_url: str) -> AsyncIterator[Doors]:
    async with open_doors(database_url) as opened:
        for email, role in (("eve@example.com", Role.EDITOR), ("vic@example.com", Role.VIEWER)):
            await opened.people.person(email, role)
        yield opened


@pytest.fixture
async def eve(doors: Doors) -> Browser:
    """An EDITOR who is signed in."""
    return await doors.inside("eve@example.com")


async def made(eve: Browser, name: str, colour: str = "red") -> str:
    """The path of a label that is made by the form."""
    await eve.get("/labels/new")
    page = await eve.post("/labels", {"name": name, "colour": colour})
    assert page.status == 200, page.words
    rows: list[tuple[str, str]] = re.findall(r'href="(/labels/\w+)"><span[^>]*><bdi>(.*?)</bdi>', page.text)
    return next(path for path, shown in rows if html.unescape(shown) == name)


async def undo(browser: Browser) -> Page:
    """Press what takes back what was just done."""
    found = re.search(
        r'class="toast">.*?<form method="post" action="([^"]+)">(.*?)</form>', browser.page.text, re.DOTALL
    )
    assert found is not None
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', found[2]))
    return await browser.post(html.unescape(found[1]), fields)


async def given(doors: Doors, path: str, count: int) -> None:
    """So many conversations have it."""
    async with doors.people.engine.begin() as connection:
        ids = [(await add_person(connection, f"+5511{count:04}{number:05}")).id for number in range(count)]
        await inbox.label(connection, ids, path.rpartition("/")[2], BY, doors.people.clock.now, has=True)


async def test_a_label_is_made_renamed_and_deleted_with_a_way_to_undo(eve: Browser) -> None:
    assert "No labels yet" in (await eve.get("/labels")).words
    asked = await eve.get("/labels/new")
    assert re.search(r'value="gray" required checked', asked.text)
    nothing = await eve.post("/labels", {"name": "", "colour": ""})
    odd = await eve.post("/labels", {"name": "VIP", "colour": "ultraviolet"})
    path = await made(eve, HOSTILE)
    taken = await eve.post("/labels", {"name": HOSTILE.upper(), "colour": "blue"})
    assert (nothing.status, nothing.text.count('class="error"')) == (422, 2)
    assert (odd.status, "Choose one of these: gray, red" in odd.words) == (422, True)
    assert (taken.status, "already. Choose another name, or merge the two." in taken.words) == (409, True)

    detail = await eve.get(path)
    assert ("No conversation has it" in detail.words, "<script>alert" in detail.text) == (True, False)
    page = await eve.post(path, {"name": "Refund", "colour": "teal"})
    assert (page.path, "The label is changed" in page.words) == ("/labels", True)
    assert re.search(r'class="label teal"><bdi>Refund<', page.text)
    assert "No label fits" in (await eve.get("/labels?q=nothing")).words
    assert "Refund" in (await eve.get("/labels?q=reFUND")).words

    page = await eve.post(f"{path}/delete")
    assert ("Refund is deleted" in page.words, "No labels yet" in page.words) == (True, True)
    assert re.search(r'class="label teal"><bdi>Refund<', (await undo(eve)).text)
    for gone in (
        (await eve.get(path)),
        (await eve.post(path, {"name": "x", "colour": "red"})),
        await eve.get("/labels/x"),
    ):
        assert gone.status == 404


async def test_what_many_conversations_have_is_deleted_by_its_name_alone(doors: Doors, eve: Browser) -> None:
    few, many = await made(eve, "few"), await made(eve, "many")
    await given(doors, few, 1)
    await given(doors, many, MANY)
    assert "few 1 many 10" in (await eve.get("/labels")).words
    assert "1 conversation has it" in (await eve.get(few)).words
    assert "10 conversations have it" in (await eve.get(many)).words
    refused = await eve.post(f"{many}/delete", {"confirm": "Many"})
    assert (refused.status, "Type its name to delete it." in refused.words) == (422, True)
    assert "many is deleted" in (await eve.post(f"{many}/delete", {"confirm": " many "})).words
    assert "few is deleted" in (await eve.post(f"{few}/delete")).words
    assert "few" not in (await eve.get("/labels")).words


async def test_a_label_is_merged_into_another_one(doors: Doors, eve: Browser) -> None:
    bill, billing = await made(eve, "Bill"), await made(eve, "Billing")
    await given(doors, bill, 2)
    for into in ("", "nobody", bill.rpartition("/")[2]):
        page = await eve.post(f"{bill}/merge", {"into": into})
        assert page.status in (409, 422)
    page = await eve.post(f"{bill}/merge", {"into": billing.rpartition("/")[2]})
    assert page.path == billing
    assert "2 conversations have it" in page.words
    assert "Bill is merged into this one" in page.words
    assert (await eve.post(f"{bill}/merge", {"into": billing.rpartition("/")[2]})).status == 404


async def test_of_two_who_choose_one_name_at_the_same_instant_the_slower_is_told_so(doors: Doors, eve: Browser) -> None:
    bill, invoice = await made(eve, "Bill"), await made(eve, "Invoice")
    await eve.get(invoice)
    async with doors.people.engine.begin() as connection:
        label_id, now = bill.rpartition("/")[2], doors.people.clock.now
        await inbox.change_label(connection, label_id, "Billing", "red", BY, now)
        slower = asyncio.ensure_future(eve.post(invoice, {"name": "billing", "colour": "red"}))
        await asyncio.sleep(ASKED_SECONDS)
        assert not slower.done()
    page = await slower
    assert (page.status, "There is a label billing already. Choose another name, or merge the two." in page.words) == (
        409,
        True,
    )
    assert "Billing 0 Invoice 0" in (await eve.get("/labels")).words


async def test_who_has_an_old_page_is_told_what_a_colleague_changed_and_may_go_on(doors: Doors, eve: Browser) -> None:
    path = await made(eve, "Bill")
    was = html.unescape(re.findall('name="was" value="(.*?)"', (await eve.get(path)).text)[0])
    async with doors.people.engine.begin() as connection:
        now = doors.people.clock.now
        await inbox.change_label(connection, path.rpartition("/")[2], "Invoice", "blue", BY, now)
    page = await eve.post(path, {"name": "Bills", "colour": "red", "was": was})
    assert (page.status, "It was changed meanwhile, as it stands above." in page.words) == (409, True)
    assert ("Invoice" in page.words, 'value="Bills"' in page.text) == (True, True)
    was = html.unescape(re.findall('name="was" value="(.*?)"', page.text)[0])
    assert "The label is changed" in (await eve.post(path, {"name": "Bills", "colour": "red", "was": was})).words


async def test_a_label_is_made_where_it_is_given_and_one_of_that_name_is_given_as_it_is(
    doors: Doors, eve: Browser
) -> None:
    async with doors.people.engine.begin() as connection:
        contact = (await add_person(connection)).id
    await eve.get(f"/inbox/{contact}")
    page = await eve.post(f"/inbox/{contact}/label-anew", {"name": " Refund "})
    assert "It has the label now" in page.words
    assert re.search(r'class="label gray"><bdi>Refund<', page.text)
    assert "The label is taken away" in (await undo(eve)).words
    assert "It has the label now" in (await eve.post(f"/inbox/{contact}/label-anew", {"name": "REFUND"})).words
    assert "It is so already." in (await eve.post(f"/inbox/{contact}/label-anew", {"name": "refund"})).words
    nothing = await eve.post(f"/inbox/{contact}/label-anew", {"name": ""})
    assert "This cannot be the name of a label. Write at most 64 characters that can be seen." in nothing.words
    assert "1 label " in (await eve.get("/labels")).words


async def test_who_only_looks_neither_sees_nor_changes_them(doors: Doors) -> None:
    vic = await doors.inside("vic@example.com")
    assert 'href="/labels"' not in vic.page.text
    assert (await vic.get("/labels")).status == 403
    assert (await vic.post("/labels", {"name": "VIP", "colour": "red"})).status == 403
