"""The frame around pages, over HTTP: who sees what, in which language, theme and zone, and what is refused how."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.permissions import Permission
from bot.db.engine import create_engine
from bot.db.reader import Reader
from bot.users.rules import Role
from bot.web import pages
from bot.web.access import SIGNED_IN, Identity, Routes, Theme
from bot.web.appearance import KEEP
from bot.web.assets import assets
from bot.web.frame import Concern, Entry, Part, add_entries, render
from bot.web.keys import READER
from bot.web.toasts import Toast, give_toast
from tests.support.framed import framed, identity

BROWSER = {"Accept": "text/html,*/*"}
COMPONENTS = "/admin/components"
Client = TestClient[Any, Any]


@asynccontextmanager
async def browsing(who: Identity | None, app: web.Application | None = None) -> AsyncIterator[Client]:
    async with TestClient(TestServer(app or framed(who)), headers=BROWSER) as client:
        yield client


async def text_of(client: Client, path: str, **more: Any) -> str:
    async with client.get(path, **more) as answer:
        return await answer.text()


async def test_what_a_role_may_not_see_is_not_there() -> None:
    app = framed(viewer := identity(Role.VIEWER))
    add_entries(app, Entry("/help", "Own", "user", SIGNED_IN), Entry("/x", "Users", "users", Permission.USERS_MANAGE))
    async with browsing(viewer, app) as client:
        shown = await text_of(client, "/help")
        async with client.get(COMPONENTS) as refused:
            status, page = refused.status, await refused.text()

    navigation = shown.split("<nav")[1].split("</nav>")[0]
    assert {*re.findall(r'href="([^"]+)" ?(?:aria-current="page")?>', navigation)} == {"/", "/help", "/api/v1"}
    assert (status, "You may not see this" in page, "<nav" in page) == (403, True, True)


async def test_who_is_not_signed_in_has_no_navigation_and_is_led_to_sign_in() -> None:
    async with browsing(None) as client:
        page = await text_of(client, "/help")
        async with client.get(COMPONENTS, allow_redirects=False) as answer:
            led = answer.status, answer.headers["Location"]

    assert "<nav" not in page
    assert led == (303, f"/sign-in?next={COMPONENTS}")


async def test_the_policy_lets_forms_post_here_and_nothing_run_inline() -> None:
    async with browsing(identity()) as client, client.get(COMPONENTS) as answer:
        page, headers = await answer.text(), answer.headers

    assert "form-action 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "trusted-types 'none'" in headers["Content-Security-Policy"]
    assert (headers["Referrer-Policy"], headers["Cache-Control"]) == ("same-origin", "private, no-cache")
    assert not re.search(r"\sstyle=|\son[a-z]+=|<script(?![^>]*(?:src=|application/json))", page)
    assert "https://" not in page.replace("https://example.com", "")


async def test_language_and_theme_are_kept_in_a_cookie_and_lead_back() -> None:
    app = framed(None)
    async with browsing(None, app) as client:
        choice = {"language": "pt-BR", "theme": "dark", "next": "/help"}
        async with client.post("/appearance", data=choice) as answer:
            page, path = await answer.text(), answer.url.path
        again = await text_of(client, "/help", headers={"Accept-Language": "en"})
        async with client.post(
            "/appearance", data={"language": "xx", "theme": "pink", "next": "//evil.example"}
        ) as odd:
            assert odd.url.host == "127.0.0.1"
        unchanged = await text_of(client, "/help")
        async with client.post("/appearance", data=choice, headers={"Sec-Fetch-Site": "cross-site"}) as foreign:
            assert foreign.status == 403

    for shown in (page, again, unchanged):
        assert '<html lang="pt-BR" data-theme="dark"' in shown
    assert path == "/help"


async def test_who_is_signed_in_keeps_them_in_their_profile() -> None:
    kept: list[dict[str, str | None]] = []

    async def keep(_request: web.Request, who: Identity, changes: Any) -> None:
        kept.append({"who": who.name, **changes})

    app = framed(who := identity(theme=Theme.DARK, locale="pt-BR", timezone="America/Sao_Paulo"))
    app[KEEP] = keep
    async with browsing(who, app) as client:
        page = await text_of(client, "/help", headers={"Accept-Language": "en"})
        token = {"csrf": who.csrf}
        for choice in ({"theme": "system", **token}, {"language": "en", **token}, {"theme": "light"}):
            async with client.post("/appearance", data=choice):
                pass

    assert '<html lang="pt-BR" data-theme="dark" data-zone="America/Sao_Paulo" data-zone-chosen>' in page
    # Without the token nothing is kept.
    assert kept == [{"who": "Ana Souza", "theme": None}, {"who": "Ana Souza", "locale": "en"}]


async def test_times_are_told_in_the_zone_that_a_browser_names() -> None:
    async with browsing(identity()) as client:
        told = await text_of(client, "/help", cookies={"recado_zone": "Asia/Tokyo"})
        odd = await text_of(client, "/help", cookies={"recado_zone": "../../etc/passwd"})

    assert 'data-zone="Asia/Tokyo">' in told
    assert 'data-zone="UTC">' in odd


async def test_what_is_not_there_and_what_fails_has_a_page_for_people_and_a_sentence_for_programs() -> None:
    app = framed(who := identity())

    async def fail(_request: web.Request) -> web.Response:
        raise ZeroDivisionError

    Routes(app).get("/fails", fail, SIGNED_IN)
    async with browsing(who, app) as client:
        for path, status, title in (("/nowhere", 404, "There is nothing here"), ("/fails", 500, "Something failed")):
            async with client.get(path) as answer:
                assert (answer.status, title in await answer.text()) == (status, True)
            async with client.get(path, headers={"Accept": "application/json"}) as plain:
                assert (plain.status, plain.content_type) == (status, "text/plain")


async def test_what_was_typed_outlives_the_session_and_the_token() -> None:
    typed = {"name": "<b>Rye</b>", "note": "\nline & line", "password": "secret", "api_key": "secret"}
    viewer = identity(Role.VIEWER)
    for who, token, status, words in (
        (None, "old", 401, "not signed in any more"),
        (identity(), "old", 403, "grown old"),
        # Their role was taken away meanwhile.
        (viewer, viewer.csrf, 403, "You may not see this"),
    ):
        typed["csrf"] = token
        async with browsing(who) as client, client.post(COMPONENTS, data=typed) as answer:
            page = await answer.text()
            assert (answer.status, words in page) == (status, True)
            assert '<textarea name="name" hidden>\n&lt;b&gt;Rye&lt;/b&gt;</textarea>' in page
            assert '<textarea name="note" hidden>\n\nline &amp; line</textarea>' in page
            assert f'action="{COMPONENTS}"' in page
            assert "secret" not in page
            assert f'name="csrf" value="{who.csrf if who else ""}"' in page


async def test_a_toast_is_told_once_and_can_be_undone() -> None:
    app = framed(who := identity())

    async def act(request: web.Request) -> web.Response:
        answer = web.Response(status=303, headers={"Location": "/help"})
        give_toast(request, answer, Toast("Gone: <b>", "/back", (("id", "7"),)))
        return answer

    Routes(app).get("/act", act, SIGNED_IN)
    async with browsing(who, app) as client:
        first = await text_of(client, "/act")
        second = await text_of(client, "/help")
        forged = await text_of(client, "/help", cookies={"recado_toast": "abc.def"})

    assert "Gone: &lt;b&gt;" in first
    assert 'action="/back"' in first
    assert '<input type="hidden" name="id" value="7">' in first
    assert 'class="toast"><p>Gone' not in second + forged


async def test_a_toast_is_told_however_long_it_is_and_without_undo_where_that_is_about_too_many_rows() -> None:
    app = framed(who := identity())

    async def remove(request: web.Request) -> web.Response:
        answer = web.Response(status=303, headers={"Location": "/help"})
        ids = [f"{number:025}" for number in range(int(request.query["rows"]))]
        together = (("id", ",".join(ids)),) if "together" in request.query else tuple(("id", each) for each in ids)
        said = "Apagado" if "together" in request.query else "Apagado: " + "漢" * 255
        give_toast(request, answer, Toast(said, "/back", together))
        return answer

    Routes(app).get("/gone", remove, SIGNED_IN)
    async with browsing(who, app) as client:
        few, many = [await text_of(client, f"/gone?rows={rows}") for rows in (3, 100)]
        together = await text_of(client, "/gone?rows=100&together=1")

    assert ("漢" * 255 in few, 'action="/back"' in few, few.count('name="id"')) == (True, True, 3)
    assert ("漢" * 255 in many, 'action="/back"' in many) == (True, False)
    assert 'action="/back"' in together, "a hundred conversations are taken back by one press"


async def test_a_form_comes_back_with_what_is_wrong_and_is_taken_when_it_is_right() -> None:
    wrong = {"csrf": identity().csrf, "name": "R", "count": "0", "channel": "sms", "note": "</textarea><script>"}
    async with browsing(identity()) as client:
        async with client.post(COMPONENTS, data=wrong) as refused:
            page = await refused.text()
        async with client.post(COMPONENTS, data=(typed := {**wrong, "name": "Rye", "count": "2"})) as taken:
            told = await taken.text()
        async with client.post(COMPONENTS, data={**typed, "urgent": "on", "channel": "email"}) as odd:
            whole = await odd.text()

    assert refused.status == 422
    assert 'aria-invalid="true" aria-describedby="e-name" type="text" value="R"' in page
    assert "&lt;/textarea&gt;&lt;script&gt;" in page
    assert "2 of Rye noted" in told
    assert "What is urgent does not go by e-mail" in whole


async def test_a_list_is_narrowed_and_paged_by_its_url() -> None:
    async with browsing(identity()) as client:
        narrowed = await text_of(client, f"{COMPONENTS}?channel=sms&q=rem")
        first = await text_of(client, COMPONENTS)
        following = re.findall(r'href="([^"]+)" rel="next"', first)[0]
        second = await text_of(client, following)
        lost = await text_of(client, f"{COMPONENTS}?after=made.up")
        none = await text_of(client, f"{COMPONENTS}?q=nobody")

    assert re.findall(r'class="open"[^>]*><bdi>([^<]+)', narrowed) == ["Reminders"]
    assert re.findall(r'class="open"[^>]*><bdi>([^<]+)', second) == ["Night shift", "Weekend"]
    assert "here is its beginning" in lost
    assert "No account fits" in none


async def test_what_waits_goes_on_while_a_page_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_AT_A_TIME_SECONDS", 0.0)
    rounds = 0

    async def others() -> None:
        nonlocal rounds
        while True:
            await asyncio.sleep(0)
            rounds += 1

    app = framed(who := identity(Role.ADMIN))
    took: list[int] = []

    async def view(request: web.Request) -> web.Response:
        before = rounds
        page = await render(request, "web/help.html", title="Help")
        took.append(rounds - before)
        return page

    Routes(app).get("/watched", view, SIGNED_IN)
    async with browsing(who, app) as client:
        going_on = asyncio.create_task(others())
        await asyncio.gather(*(text_of(client, "/watched") for _ in range(3)))
        going_on.cancel()

    # And one page is made after the other: the last one waits for those before it.
    assert 10 < took[0] < took[1] < took[2]


async def test_part_of_the_navigation_stands_below_the_rest() -> None:
    app = framed(who := identity(Role.ADMIN))
    add_entries(
        app,
        *[Entry(f"/{at}", f"Place {at}", "inbox", SIGNED_IN) for at in range(6)],
        Entry("/s", "Last", "users", SIGNED_IN, part=Part.SETTINGS),
    )

    async def view(request: web.Request) -> web.Response:
        return await render(request, "web/help.html", title="<i>Title</i>")

    Routes(app).get("/0/below", view, SIGNED_IN)
    async with browsing(who, app) as client:
        page = await text_of(client, "/0/below")

    assert '<a href="/0" aria-current="true">' in page
    beyond = re.findall(r'<li class="beyond">\s*<a href="(/\w+)"', page)
    assert [each for each in beyond if len(each) == len("/0")][-3:] == ["/4", "/5", "/s"]
    assert "/messages" not in beyond
    assert "&lt;i&gt;Title&lt;/i&gt;</h1>" in page


async def test_why_to_look_at_a_view_stands_at_its_entry_and_where_it_is_folded_away(database_url: str) -> None:
    app = framed(who := identity(Role.VIEWER))
    app[READER] = reader = Reader(create_engine(database_url))

    async def concern(connection: AsyncConnection, _request: web.Request) -> Concern | None:
        return Concern(await connection.scalar(text("SELECT 1200")) or 0, "<i>1,200</i> wait")

    async def nothing(_connection: AsyncConnection, _request: web.Request) -> Concern | None:
        return None

    hidden = Entry("/u", "Users", "users", Permission.USERS_MANAGE, part=Part.SETTINGS, concern=concern)
    entries = [
        replace(hidden, path=path, asks=SIGNED_IN, concern=each)
        for path, each in (("/a", concern), ("/b", nothing), ("/c", None))
    ]
    add_entries(app, hidden, *entries)
    async with browsing(who, app) as client:
        page = await text_of(client, "/help")
    await reader.dispose()

    places = re.findall(r'<(?:a href|button type)="([^"]+)"(?:(?!</a>|</button>).)*?class="concern"', page, re.DOTALL)
    assert places == ["button", "/a", "/a"]
    assert '<b class="concern" title="&lt;i&gt;1,200&lt;/i&gt; wait"><span aria-hidden="true">99+</span>' in page


def test_the_modules_of_a_page_are_small() -> None:
    modules = {
        name: len(each.body)
        for name, each in assets().files.items()
        if name.startswith("web/") and name.endswith(".js")
    }
    assert sum(modules.values()) < 40 * 1024
