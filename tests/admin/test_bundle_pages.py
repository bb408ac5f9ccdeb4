"""Bundles over HTTP: what is published, what differs, and publishing another version."""

import asyncio
import html
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import FormData

from bot.db.engine import reading
from bot.flows.checking import Source, check
from bot.flows.service import Shown, archive, publish, show
from bot.users.service import Role
from tests.support.bundles import published
from tests.support.doors import Browser, Doors, Page, open_doors
from tests.support.people import BY

SHOP = """bundle: shop
templates:
  hours: {content: "We open at nine."}
  bye: {content: Bye., locales: {pt-BR: {content: Tchau.}}}
triggers:
  - {type: equals, pattern: hours, template: hours}
  - {type: equals, pattern: bye, template: bye}
"""
LATER = SHOP.replace("nine", "ten")
HOSTILE = "</code></textarea><script>alert(1)</script>"


@pytest.fixture
async def doors(database_url: str) -> AsyncIterator[Doors]:
    async with open_doors(database_url) as opened:
        yield opened


@pytest.fixture
async def ana(doors: Doors) -> Browser:
    """An ADMIN who is signed in."""
    await doors.people.person()
    return await doors.inside()


async def load(doors: Doors, *texts: str, by: str = "Rui") -> None:
    await published(doors.people.engine, *texts, now=doors.people.clock.now, by=by)


async def stored(doors: Doors, name: str = "shop", version: int | None = None) -> Shown:
    async with reading(doors.people.engine) as connection:
        return await show(connection, name, version)


def confirmed(page: Page) -> dict[str, str]:
    """What the form carries that publishes."""
    over, text = (re.search(rf'name="{name}" value="([^"]*)"', page.text) for name in ("over", "source"))
    assert over is not None
    assert text is not None
    return {"over": over[1], "source": html.unescape(text[1])}


async def checks(browser: Browser, text: str, **more: str) -> Page:
    await browser.get("/bundles/-/new")
    return await browser.post("/bundles/-/check", {"source": text, **more})


async def test_each_role_sees_what_it_may_and_only_admins_publish(doors: Doors, ana: Browser) -> None:
    await load(doors, SHOP)
    await doors.people.person("vic@example.com", Role.VIEWER)
    vic, stranger = await doors.inside("vic@example.com"), await doors.browser()
    seen = ("/bundles", "/bundles/shop", "/bundles/shop/versions", "/bundles/shop/compare", "/bundles/shop/versions/1")
    changed = ("/bundles/-/new", "/bundles/shop/edit", "/bundles/shop/versions/1/publish")

    assert [(await ana.get(path)).status for path in (*seen, *changed)] == [200] * 8
    assert [(await stranger.get(path, allow_redirects=False)).status for path in (*seen, *changed)] == [303] * 8
    assert [(await vic.get(path)).status for path in (*seen, *changed)] == [200] * 5 + [403] * 3
    page = await vic.get("/bundles/shop")
    assert ("/bundles/shop/edit" in page.text, "/bundles/shop/archive" in page.text) == (False, False)
    for path in ("/bundles/-/check", "/bundles/-/publish", "/bundles/shop/archive", "/bundles/shop/versions/1/publish"):
        assert (await vic.post(path, {"csrf": page.csrf, "confirm": "shop"})).status == 403, path
    assert (await stored(doors)).status == "published"


async def test_a_name_that_no_database_can_hold_is_nobodys(ana: Browser) -> None:
    paths = ("/bundles/a%00b", "/bundles/%00", "/bundles/a%00/edit", "/bundles/a%00/versions/1", "/bundles/a%0a")
    assert [(await ana.get(path)).status for path in paths] == [404] * len(paths)
    await ana.get("/bundles")
    assert (await ana.post("/bundles/a%00b/archive", {"confirm": "a"})).status == 404


async def test_the_list_says_what_answers_in_which_languages_and_who_published_it(doors: Doors, ana: Browser) -> None:
    empty = await ana.get("/bundles")
    await load(doors, SHOP, "bundle: café\nlocale: pt-BR\n")
    await load(doors, LATER)
    async with doors.people.engine.begin() as connection:
        await archive(connection, "café", by=BY, now=doors.people.clock.now)
    everything, archived = await ana.get("/bundles"), await ana.get("/bundles?state=archived")
    nothing, found = await ana.get("/bundles?q=bakery"), await ana.get("/bundles?q=SHO")

    assert "Nothing is published yet" in empty.words
    assert "/bundles/-/new" in empty.text
    assert "shop Answers 2 en, pt-BR 2 triggers just now" in everything.words
    assert 'href="/bundles/caf%C3%A9"' in everything.text
    assert 'data-live="bundles"' in everything.text
    assert ("café Archived 1 pt-BR words alone" in archived.words, "shop" in archived.words) == (True, False)
    assert ("No bundle fits" in nothing.words, "shop Answers" in found.words) == (True, True)
    assert (await ana.get("/bundles/caf%C3%A9")).status == 200


async def test_what_a_new_bundle_begins_with_can_be_published_as_it_stands(ana: Browser) -> None:
    page = await ana.get("/bundles/-/new")
    begun = html.unescape(page.text.split("<textarea")[1].split(">", 1)[1].split("</textarea>")[0])
    checked = await checks(ana, begun)

    assert (checked.status, "Publish my-bundle?" in checked.words, "may surprise" in checked.words) == (
        200,
        True,
        False,
    )


async def test_many_bundles_and_versions_are_paged(doors: Doors, ana: Browser) -> None:
    await load(doors, *(f"bundle: b{number:03}\n" for number in range(51)))
    for number in range(3):
        await load(doors, SHOP.replace("nine", str(number)))
    first = await ana.get("/bundles")
    further = re.search(r'href="([^"]+)" rel="next"', first.text)
    assert further is not None
    second = await ana.get(further[1].replace("&amp;", "&"))
    versions = await ana.get("/bundles/shop/versions")
    lost = await ana.get("/bundles/shop/versions?after=made-up")

    assert ("b049" in first.words, "b050" in first.words) == (True, False)
    assert ["52 bundles" in page.words for page in (first, second)] == [True, True]
    assert ("b049" in second.words, "b050" in second.words, "shop" in second.words) == (False, True, True)
    assert re.findall(r"Version (\d) (Answers|Archived)", versions.words) == [
        ("3", "Answers"),
        ("2", "Archived"),
        ("1", "Archived"),
    ]
    assert "is not known any more" in lost.words


async def test_a_text_is_shown_line_by_line_with_what_is_hostile_in_it_as_text(doors: Doors, ana: Browser) -> None:
    text = SHOP.replace("Bye.", f'"{HOSTILE} {"long " * 400}"')
    await load(doors, text)
    page = await ana.get("/bundles/shop")
    alone = await ana.get("/bundles/shop/versions/1/source")
    edited = await ana.get("/bundles/shop/edit")

    assert page.text.count('<li id="L') == text.count("\n")
    assert '<li id="L3"><a href="#L3"' in page.text
    assert ("<script>alert" in page.text, "<script>alert" in edited.text) == (False, False)
    assert "&lt;/textarea&gt;&lt;script&gt;alert(1)" in edited.text
    assert (alone.text, alone.headers["Content-Disposition"][:10]) == (text, "attachment")
    for path in ("/bundles/nobody", "/bundles/shop/versions/9", "/bundles/shop/compare?from=1&to=9", "/bundles/-/old"):
        assert (await ana.get(path)).status == 404, path


async def test_two_versions_are_compared_in_words_and_signs(doors: Doors, ana: Browser) -> None:
    await load(doors, SHOP)
    alone = await ana.get("/bundles/shop/compare")
    await load(doors, LATER)
    await load(doors, f"{LATER}  - {{type: equals, pattern: open, template: hours}}\n")
    newest, all_of_it = await ana.get("/bundles/shop/compare"), await ana.get("/bundles/shop/compare?from=1&to=3")
    back, odd = (
        await ana.get("/bundles/shop/compare?from=3&to=1"),
        await ana.get("/bundles/shop/compare?from=x&to=%C2%B2"),
    )

    assert "nothing to compare it with" in alone.words
    assert "1 line is new, 0 lines are gone." in newest.words
    assert 'gone hours: {content: "We open at nine."} 3 + new hours: {content: "We open at ten."}' in all_of_it.words
    assert "1 line is new, 2 lines are gone." in back.words
    assert (odd.status, odd.words) == (200, newest.words)


async def test_faults_stand_at_their_lines_and_what_was_typed_is_kept(ana: Browser) -> None:
    text = SHOP.replace("template: hours}", "template: ours}").replace("bundle: shop", f"bundle: shop # {HOSTILE}")
    page = await checks(ana, text)
    many = await checks(ana, "bundle: shop\n" + "".join(f"nonsense{at}: 1\n" for at in range(60)))

    assert page.status == 422
    assert "1 fault: nothing is published yet." in page.words
    assert "Line 6 5 triggers: 6 - {type: equals, pattern: hours, template: ours}" in page.words
    assert "There is no template ours. Did you mean hours? R01" in page.words
    assert 'href="#f-source" data-line="6"' in page.text
    assert "template: ours}" in page.text.split("<textarea")[1].split("</textarea>")[0]
    assert "<script>alert" not in page.text
    assert "60 faults" in many.words
    assert "10 more are not shown: mend these first." in many.words
    assert (await ana.get("/bundles")).words.count("Nothing is published yet") == 1


async def test_what_changes_is_shown_then_published_once_however_often_it_is_pressed(
    doors: Doors, ana: Browser
) -> None:
    await load(doors, SHOP)
    page = await checks(ana, f"{LATER}  - {{type: contains, pattern: stop, template: hours}}\n".replace("\n", "\r\n"))

    assert (page.status, "Publish version 2" in page.words) == (200, True)
    assert "Version 2 takes the place of version 1 from the next message on." in page.words
    assert '+ new hours: {content: "We open at ten."}' in page.words
    assert "1 line may surprise you" in page.words
    assert "stop opts people out before this trigger is looked at" in page.words
    assert (await stored(doors)).version == 1, "nothing yet"

    form = confirmed(page) | {"csrf": page.csrf}
    first, second = [await ana.post("/bundles/-/publish", form) for _ in range(2)]

    assert [(each.status, each.path) for each in (first, second)] == [(200, "/bundles/shop")] * 2
    assert "shop answers as version 2" in first.text
    shown = await stored(doors)
    assert (shown.version, shown.status, shown.published_by) == (2, "published", "ana")
    assert shown.source == f"{LATER}  - {{type: contains, pattern: stop, template: hours}}\n"
    line = (await doors.people.told("bundle.publish"))[0]
    assert (line.actor, line.resource_id, line.detail) == ("ana", "shop", {"after": {"version": 2}})
    assert 'href="/bundles/shop"' in (await ana.get("/audit")).text


async def test_two_clicks_at_once_make_one_version(doors: Doors, ana: Browser) -> None:
    page = await checks(ana, SHOP)
    form = confirmed(page) | {"csrf": page.csrf}

    both = await asyncio.gather(*(ana.post("/bundles/-/publish", form) for _ in range(2)))

    assert [each.path for each in both] == ["/bundles/shop"] * 2
    assert (await stored(doors)).version == 1
    assert len(await doors.people.told("bundle.publish")) == 1


async def test_who_published_meanwhile_is_told_with_what_differs_now(doors: Doors, ana: Browser) -> None:
    await load(doors, SHOP)
    page = await checks(ana, LATER)
    form = confirmed(page) | {"csrf": page.csrf}
    await load(doors, SHOP.replace("nine", "eight"))

    refused = await ana.post("/bundles/-/publish", form)

    assert (refused.status, (await stored(doors)).version) == (409, 2)
    assert "Rui published version 2 of shop meanwhile. Look at what changed, then decide." in refused.words
    assert 'gone hours: {content: "We open at eight."}' in refused.words
    assert "/bundles/shop/compare?from=1&amp;to=2" in refused.text
    decided = await ana.post("/bundles/-/publish", confirmed(refused))
    assert (decided.path, (await stored(doors)).version, (await stored(doors)).source) == ("/bundles/shop", 3, LATER)

    page = await checks(ana, SHOP)
    async with doors.people.engine.begin() as connection:
        await archive(connection, "shop", by=BY, now=doors.people.clock.now)
    gone = await ana.post("/bundles/-/publish", confirmed(page))
    assert (gone.status, "shop was archived meanwhile" in gone.words) == (409, True)


async def test_what_says_the_same_and_what_is_another_bundle_is_told(doors: Doors, ana: Browser) -> None:
    await load(doors, SHOP)
    same = await checks(ana, f"# only a comment\n{SHOP}", of="shop")
    other = await checks(ana, SHOP.replace("bundle: shop", "bundle: store"), of="shop")
    again = await ana.post("/bundles/-/check", {"source": "bundle: kept\n", "of": "shop", "again": "1"})

    assert ("Version 1 says the same already" in same.words, 'name="over"' in same.text) == (True, False)
    assert "This text calls its bundle store, so shop stays as it is." in other.words
    assert "It is new, and answers from the next message on." in other.words
    assert (again.status, "New version of shop" in again.words) == (200, True)
    assert "bundle: kept" in again.text.split("<textarea")[1]


async def test_an_older_version_is_published_again_and_a_publish_undone(doors: Doors, ana: Browser) -> None:
    await load(doors, SHOP)
    await load(doors, LATER)
    old = await ana.get("/bundles/shop/versions/1")
    asked = await ana.get("/bundles/shop/versions/1/publish")
    back = await ana.post("/bundles/shop/versions/1/publish", {"over": confirmed(asked)["over"]})
    undo = re.search(r'action="(/bundles/shop/versions/2/publish)"', back.text)

    assert "This is version 1. 2 is the newest one." in old.words
    assert "/bundles/shop/versions/1/publish" in old.text
    assert "What changes from version 2" in asked.words
    assert (back.path, (await stored(doors)).version, (await stored(doors)).source) == ("/bundles/shop", 3, SHOP)
    assert undo is not None
    await ana.post(undo[1], {"over": "3"})
    assert ((await stored(doors)).version, (await stored(doors)).source) == (4, LATER)


async def test_archiving_asks_for_the_name_and_is_undone(doors: Doors, ana: Browser) -> None:
    await load(doors, SHOP)
    page = await ana.get("/bundles/shop")
    wrong = await ana.post("/bundles/shop/archive", {"confirm": "shp"})

    assert "2 triggers answer nobody from the next message on." in page.text
    assert "the name that was typed is not shop" in wrong.text
    assert (await stored(doors)).status == "published"
    done = await ana.post("/bundles/shop/archive", {"confirm": "shop"})
    twice = await ana.post("/bundles/shop/archive", {"confirm": "shop", "csrf": done.csrf})
    assert ("shop is archived" in done.text, (await stored(doors)).status) == (True, "archived")
    assert "No bundle shop is published." in twice.text
    assert [each.detail for each in await doors.people.told("bundle.archive")] == [{"before": {"version": 1}}]
    await ana.post("/bundles/shop/versions/1/publish", {"over": "0"})
    assert ((await stored(doors)).status, (await stored(doors)).version) == ("published", 2)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_files_beside_a_bundle_are_those_of_its_versions_and_never_the_servers(
    doors: Doors, ana: Browser
) -> None:
    await asyncio.to_thread(Path("menu.pdf").write_bytes, b"%PDF-1.7 of the server")
    text = SHOP.replace("bye: {content: Bye.,", "bye: {content: Bye., media: {type: document, file: menu.pdf},")
    new = await checks(ana, text)
    loaded = check([Source("shop.yaml", text.encode())]).bundles
    async with doors.people.engine.begin() as connection:
        await publish(connection, loaded, by=BY, now=doors.people.clock.now)
    page = await checks(ana, text.replace("nine", "ten"))
    await ana.post("/bundles/-/publish", confirmed(page))
    wrong = await checks(ana, text.replace("type: document", "type: image"))

    assert (new.status, "no version of this bundle was published with the file menu.pdf" in new.words.lower()) == (
        422,
        True,
    )
    files = (await stored(doors)).files
    assert ((await stored(doors)).version, files) == (2, {"menu.pdf": loaded[0].files["menu.pdf"].url})
    assert (wrong.status, "cannot be sent as image" in wrong.words) == (422, True)
    again = await ana.get("/bundles/shop/versions/1/publish")
    assert (again.status, "Publish version 3" in again.words) == (200, True)


async def test_a_file_is_uploaded_in_the_place_of_the_text(ana: Browser) -> None:
    await ana.get("/bundles/-/new")

    async def uploads(data: bytes) -> Page:
        form = FormData({"csrf": ana.page.csrf, "source": "typed before"})
        form.add_field("file", data, filename="shop.yaml", content_type="application/yaml")
        return await ana._ask("POST", "/bundles/-/check", data=form)

    fine = await uploads(SHOP.replace("\n", "\r\n").encode())
    assert (fine.status, confirmed(fine)["source"]) == (200, SHOP)
    wide = await uploads(SHOP.encode("utf-16"))
    assert (wide.status, "UTF-16" in wide.words) == (422, True)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_hostile_texts_are_refused_with_a_sentence(ana: Browser) -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    texts = {
        "": "The file is empty.",
        bomb: "anchors, aliases, tags and merge keys are not taken",
        "a" * 1_000_000: "The file is too big: 1000000 bytes, at most 262144",
        "[" * 50_000: "The file is too big: more than 16 levels",
        "bundle: x\x00\n": "invisible character",
        "bundle: shop\ntemplates:\n  t: {media: {type: document, file: ../.env}}\n": "../.env",
    }
    for text, sentence in texts.items():
        page = await checks(ana, text)
        assert (page.status, sentence in page.words) == (422, True), (text[:40], page.words[:400])
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    huge = await ana._ask("POST", "/bundles/-/check", data=io.BytesIO(b"source=" + b"a" * 3_000_000), headers=headers)
    assert (huge.status, "too large" in huge.words) == (413, True)
    assert "Nothing is published yet" in (await ana.get("/bundles")).words
