from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.core.permissions import Permission
from bot.web.access import (
    IDENTIFY,
    SIGNED_IN,
    Identity,
    Open,
    Routes,
    identity_of,
    own_path,
    require_stated,
    signed_in,
    stated_routes,
)
from bot.web.bodies import Bodies
from bot.web.keys import BODIES
from bot.web.posted import posted_by

PAGE = {"Accept": "text/html,*/*"}
MAY, MUST = Permission.CONTACTS_READ, Permission.USERS_MANAGE
ANA = Identity("u1", "Ana", "ana@example.com", "VIEWER", "en", "UTC", None, frozenset({MAY}), "t" * 32, "s1")
FORM = {"csrf": ANA.csrf, "name": "Rye & wheat"}

Ask = Callable[..., Awaitable[tuple[int, str, Mapping[str, str]]]]


async def say(request: web.Request) -> web.Response:
    who = identity_of(request)
    return web.Response(text=who.name if who else "nobody")


async def take(request: web.Request) -> web.Response:
    form = posted_by(request).form
    return web.Response(text=f"{signed_in(request).name} {form.last('name') if form else ''}")


@asynccontextmanager
async def asking(who: Identity | None) -> AsyncIterator[Ask]:
    async def identify(_request: web.Request) -> Identity | None:
        return who

    app = web.Application()
    app[BODIES] = Bodies(1_000_000, 5.0)
    app[IDENTIFY] = identify
    routes = Routes(app)
    routes.get("/open", say, Open("a test"))
    routes.get("/mine", say, SIGNED_IN)
    routes.get("/contacts", say, MAY)
    routes.get("/users", say, MUST)
    routes.post("/contacts", take, MAY)
    routes.post("/users", take, MUST)
    require_stated(app)
    async with TestClient(TestServer(app)) as client:

        async def ask(method: str, path: str, **more: Any) -> tuple[int, str, Mapping[str, str]]:
            async with client.request(method, path, allow_redirects=False, **more) as answer:
                return answer.status, await answer.text(), answer.headers

        yield ask


async def test_who_may_is_let_in_and_known() -> None:
    async with asking(ANA) as ask:
        answers = [await ask("GET", path) for path in ("/open", "/mine", "/contacts", "/users")]
        head, _, _ = await ask("HEAD", "/users")

    # An open route asks nobody who they are.
    assert [(status, text) for status, text, _ in answers[:3]] == [(200, "nobody"), (200, "Ana"), (200, "Ana")]
    assert (answers[3][0], head) == (403, 403)


async def test_a_browser_that_is_not_signed_in_is_led_there_and_back() -> None:
    async with asking(None) as ask:
        assert (await ask("GET", "/open", headers=PAGE))[0] == 200
        status, _, headers = await ask("GET", "/users?role=ADMIN&q=a%20b", headers=PAGE)
        by_program, _, _ = await ask("GET", "/users")
        posted, _, _ = await ask("POST", "/users", headers=PAGE, data=FORM)

    assert (status, headers["Location"]) == (303, "/sign-in?next=/users?role%3DADMIN%26q%3Da%2520b")
    assert headers["Cache-Control"] == "no-store"
    assert (by_program, posted) == (401, 401)


async def test_where_nobody_can_sign_in_nobody_is() -> None:
    app = web.Application()
    Routes(app).get("/mine", say, SIGNED_IN)
    async with TestClient(TestServer(app)) as client, client.get("/mine") as answer:
        assert answer.status == 401


async def test_a_form_is_taken_with_its_token_from_our_own_page_alone() -> None:
    async with asking(ANA) as ask:
        taken = await ask("POST", "/contacts", data=FORM)
        by_header = await ask("POST", "/contacts", data=b"{}", headers={"X-CSRF-Token": ANA.csrf})
        refused = [
            await ask("POST", "/contacts", data={**FORM, "csrf": "x"}),
            await ask("POST", "/contacts", data={"name": "Rye"}),
            await ask("POST", "/contacts", data=b"{}"),
            await ask("POST", "/contacts", data=FORM, headers={"Sec-Fetch-Site": "cross-site"}),
            await ask("POST", "/contacts", data=FORM, headers={"Origin": "null"}),
            await ask("POST", "/users", data=FORM),
            await ask("POST", "/contacts", data="csrf=%C3%A9%ED%A0%80", headers={"Content-Type": URLENCODED}),
        ]

    assert taken[:2] == (200, "Ana Rye & wheat")
    assert by_header[0] == 200
    assert [status for status, _, _ in refused] == [403] * 7


async def test_a_body_that_is_too_large_or_no_form_is_refused_in_words() -> None:
    multipart = {"Content-Type": "multipart/form-data"}
    async with asking(ANA) as ask:
        large = await ask("POST", "/contacts", data=b"a" * 70_000)
        many = await ask("POST", "/contacts", data=b"a=&" * 6_000, headers={"Content-Type": URLENCODED})
        broken = await ask("POST", "/contacts", data=b"no boundary", headers=multipart)

    assert large[:2] == (413, "the body may have 65536 bytes\n")
    assert (many[0], broken[0]) == (400, 400)


URLENCODED = "application/x-www-form-urlencoded"


def test_a_route_that_does_not_say_whom_it_lets_in_is_none() -> None:
    app = web.Application()
    Routes(app).get("/open", say, Open("a test"))
    require_stated(app)
    app.router.add_get("/forgotten", say, allow_head=False)

    with pytest.raises(LookupError, match="GET /forgotten does not say"):
        require_stated(app)
    assert set(stated_routes(app).values()) == {Open("a test")}


@pytest.mark.parametrize("path", ["/", "/users", "/users?next=//x&a=%5C#b", "/a/b//c", "/-"])
def test_a_path_of_this_server_is_gone_back_to(path: str) -> None:
    assert own_path(path, "/elsewhere") == path


def test_no_link_leads_to_another_site() -> None:
    hostile = [
        *("//evil.example", "/\\evil.example", "\\/evil.example", "https://evil.example", "javascript:alert(1)"),
        *(
            "",
            "users",
            " /users",
            "/\t/evil.example",
            "/us\ners",
            "/a\\..\\\\evil.example",
            "/é",
            "/\x00",
            "/" + "a" * 3000,
        ),
    ]
    assert [path for path in hostile if own_path(path) != "/"] == []
