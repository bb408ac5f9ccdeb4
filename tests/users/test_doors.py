"""The doors over HTTP: signing in by password, code and link, and out again."""

import re
from collections.abc import AsyncIterator

import pytest

from bot.users.service import Role, change_role, reset_user, welcome
from tests.support.doors import START, Doors, open_doors
from tests.support.people import ANOTHER, BY, PASSWORD


@pytest.fixture
async def doors(database_url: str) -> AsyncIterator[Doors]:
    async with open_doors(database_url) as opened:
        yield opened


async def first_link(doors: Doors) -> str:
    async with doors.people.engine.begin() as connection:
        link = await welcome(connection, doors.people.clock.now)
    assert link is not None
    return link.path


async def test_the_first_one_becomes_admin_by_the_printed_link_which_looking_at_does_not_use_up(doors: Doors) -> None:
    path, browser = await first_link(doors), await doors.browser()
    home = await browser.get("/")
    for _ in range(2):
        shown = await browser.get(path)
        assert (shown.status, shown.headers["Cache-Control"]) == (200, "no-store")
        await browser.get(path, allow_redirects=False)
    wrong = await browser.post(path, {"name": "Ana <b>", "email": "ana", "password": PASSWORD})
    weak = await browser.post(path, {"name": "Ana <b>", "email": "Ana@Example.com", "password": "1234567890"})
    done = await browser.post(path, {"name": "Ana <b>", "email": "Ana@Example.com", "password": PASSWORD})
    again = await (await doors.browser()).post(path, {"name": "Eve", "email": "e@example.com", "password": PASSWORD})

    assert home.path == "/simulator"
    assert "You are the first one here" in shown.words
    assert (wrong.status, "is no e-mail address" in wrong.words, 'value="Ana &lt;b&gt;"' in wrong.text) == (
        422,
        True,
        True,
    )
    assert (weak.status, "one of the first that somebody would try" in weak.words) == (422, True)
    assert PASSWORD not in wrong.text + weak.text
    assert done.path == START
    assert (await doors.people.user()).role is Role.ADMIN
    assert (again.status, "start the server again" in again.words) == (410, True)


async def test_who_comes_before_anybody_can_sign_in_is_told_of_the_printed_link(doors: Doors) -> None:
    browser = await doors.browser()
    before = await browser.get("/sign-in")
    path = await first_link(doors)
    await browser.post(path, {"name": "Ana", "email": "ana@example.com", "password": PASSWORD})
    after = await (await doors.browser()).get("/sign-in")

    assert "open the link that the server printed" in before.words
    assert "open the link that the server printed" not in after.words
    assert "Password forgotten?" in after.words


async def test_a_password_lets_in_and_leads_to_where_somebody_wanted_to_go(doors: Doors) -> None:
    await doors.people.person()
    browser = await doors.browser()
    asked = await browser.get("/account?x=1")
    wrong = await browser.post(asked.path, {"email": "ana@example.com", "password": "wrong"})
    empty = await browser.post(asked.path, {"email": "", "password": ""})
    inside = await browser.post(asked.path, {"email": " ANA@example.com", "password": PASSWORD})
    again = await browser.get("/sign-in")

    assert asked.path == "/sign-in?next=/account?x%3D1"
    assert (wrong.status, "do not belong together" in wrong.words) == (422, True)
    assert 'value="ana@example.com"' in wrong.text
    assert (empty.status, empty.text.count("Fill this in.")) == (422, 2)
    assert (inside.status, inside.path, again.path) == (200, "/account?x=1", START)
    assert list(browser.cookies) == [f"recado_session_{doors.base.port}"]


async def test_next_leads_nowhere_else(doors: Doors) -> None:
    await doors.people.person()
    for elsewhere in (
        *("//evil.example", "/%5Cevil.example", "https://evil.example", "%2F%2Fevil.example", "/%09/evil.example"),
        *("javascript:alert(1)", "evil.example", "/%0d%0aLocation:%20https://evil.example", "\\\\evil.example"),
    ):
        browser = await doors.browser()
        led = await browser.get(f"/sign-in/code?next={elsewhere}")
        assert led.path == "/sign-in", elsewhere
        fields = {"email": "ana@example.com", "password": PASSWORD}
        answer = await browser.post(f"/sign-in?next={elsewhere}", fields, allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (303, "/"), elsewhere


async def test_a_second_factor_is_asked_for_before_there_is_a_session(doors: Doors) -> None:
    await doors.people.person()
    app, codes = await doors.people.with_app()
    browser = await doors.browser()
    asked = await browser.post("/sign-in?next=/account?x=1", {"email": "ana@example.com", "password": PASSWORD})
    outside = await browser.get("/account")
    wrong = await browser.post(asked.path, {"code": "000000"})
    inside = await browser.post(asked.path, {"code": app.at(doors.people.clock.now)})
    other = await doors.browser()
    await other.signs_in()
    recovered = await other.get("/sign-in/code?recovery=1")
    shown = await other.post("/sign-in/code?recovery=1", {"code": codes[0]})
    late = await doors.browser()
    await late.signs_in()
    doors.people.clock.advance(minutes=6)
    late.show({f"recado_code_{doors.base.port}": "made up"})
    too_late = await late.post("/sign-in/code", {"code": codes[1]})

    assert asked.path == "/sign-in/code?next=/account?x%3D1"
    assert outside.path.startswith("/sign-in")
    assert (wrong.status, "The code is wrong, or was used already" in wrong.words) == (422, True)
    assert (inside.status, inside.path) == (200, "/account?x=1")
    assert "One of your recovery codes" in recovered.words
    assert shown.path == START
    assert (too_late.status, "took too long" in too_late.words, 'action="/sign-in"' in too_late.text) == (
        422,
        True,
        True,
    )


async def test_too_many_attempts_are_told_how_long_to_wait(doors: Doors) -> None:
    await doors.people.person()
    browser = await doors.browser()
    for _ in range(10):
        await browser.signs_in(password="wrong")
    throttled = await browser.signs_in()

    assert throttled.status == 429
    assert 0 < int(throttled.headers["Retry-After"]) <= 900
    assert "Try again in 15 min" in throttled.words
    assert 'value="ana@example.com"' in throttled.text


async def test_signing_out_ends_the_session_and_is_asked_by_our_own_pages_alone(doors: Doors) -> None:
    await doors.people.person()
    browser = await doors.inside()
    token = dict(browser.cookies)
    foreign = await browser.post("/sign-out", headers={"Sec-Fetch-Site": "cross-site"})
    forged = await browser.post("/sign-out", {"csrf": "made up"})
    image = await browser.get("/sign-out")
    still = await browser.get("/account")
    out = await browser.post("/sign-out")
    stolen = await doors.browser()
    stolen.show(token)
    replayed = await stolen.get("/account")
    twice = await browser.post("/sign-out")

    assert [foreign.status, forged.status, image.status, still.status] == [403, 403, 405, 200]
    assert out.path == twice.path == "/sign-in"
    assert replayed.path == "/sign-in?next=/account"


async def test_whoever_signs_in_anew_leaves_no_session_behind(doors: Doors) -> None:
    await doors.people.person()
    browser = await doors.inside()
    before = dict(browser.cookies)
    await browser.signs_in()
    old = await doors.browser()
    old.show(before)

    assert browser.cookies != before
    assert (await browser.get("/account")).status == 200
    assert (await old.get("/account")).path == "/sign-in?next=/account"


async def test_a_session_of_another_port_host_or_server_is_none(doors: Doors) -> None:
    await doors.people.person()
    inside = await doors.inside()
    (token,) = inside.cookies.values()
    for name in ("recado_session_1", "recado_session", "__Host-recado_session", "session"):
        other = await doors.browser()
        other.show({name: token})
        assert (await other.get("/account")).path == "/sign-in?next=/account", name
    for made_up in ("x", "x" * 4000, token[:-1], token.swapcase(), '"', "%00"):
        other = await doors.browser()
        other.show({f"recado_session_{doors.base.port}": made_up})
        assert (await other.get("/account")).path == "/sign-in?next=/account", made_up


async def test_a_host_that_names_no_port_there_can_be_is_answered_like_any_stranger(doors: Doors) -> None:
    await doors.people.person()
    inside = await doors.inside()
    for port in ("99999", "-1", "abc"):
        for path in ("/sign-in", "/help", "/account"):
            page = await inside.get(path, headers={"Host": f"127.0.0.1:{port}"}, allow_redirects=False)
            assert page.status == (303 if path == "/account" else 200), (port, path)


async def test_who_may_do_less_is_told_at_the_next_click_and_what_they_typed_is_kept(doors: Doors) -> None:
    user = await doors.people.person()
    await doors.people.person("rui@example.com")
    browser = await doors.inside()
    await browser.get("/account")
    async with doors.people.engine.begin() as connection:
        await change_role(connection, user.id, Role.VIEWER, BY, doors.people.clock.now)
    refused = await browser.post("/account", {"name": "Ana the Second"})

    assert (refused.status, "not signed in any more" in refused.words) == (401, True)
    assert "Ana the Second</textarea>" in refused.text


async def test_links_of_who_is_invited_or_forgot_let_in_once(doors: Doors) -> None:
    await doors.people.person()
    link = await doors.people.invited("rui@example.com", Role.EDITOR)
    browser = await doors.browser()
    invited = await browser.get(link.path)
    chosen = await browser.post(link.path, {"name": "Rui Costa", "password": PASSWORD})
    gone = await browser.get(link.path)
    user = await doors.people.user("rui@example.com")
    async with doors.people.engine.begin() as connection:
        reset = await reset_user(connection, user.id, BY, doors.people.clock.now)
    forgot = await (await doors.browser()).get(reset.path)
    other = await doors.browser()
    changed = await other.post(reset.path, {"password": ANOTHER})
    ended = await browser.get("/account")

    assert "rui@example.com" in invited.words
    assert 'value="rui"' in invited.text
    assert chosen.path == START
    assert (user.name, user.role) == ("Rui Costa", Role.EDITOR)
    assert gone.status == 410
    assert "signed out" in forgot.words
    assert changed.path == START
    assert ended.path == "/sign-in?next=/account"


async def test_on_https_the_cookie_is_of_this_host_alone(sqlite_url: str) -> None:
    settings = {"BOT_PUBLIC_URL": "https://bot.example.com", "BOT_TRUSTED_PROXIES": "127.0.0.1"}
    async with open_doors(sqlite_url, **settings) as doors:
        await doors.people.person()
        fields = {"email": "ana@example.com", "password": PASSWORD}
        for headers in (
            {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7", "Host": "bot.example.com"},
            {"Host": "bot.example.com"},
            {"X-Forwarded-Proto": "http, https"},
        ):
            answer = await (await doors.browser()).post("/sign-in", fields, headers=headers, allow_redirects=False)
            cookie = next(each for each in answer.headers.getall("Set-Cookie") if "session" in each)
            assert cookie.startswith("__Host-recado_session="), headers
            assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"} <= set(cookie.split("; ")[1:])
            assert "Domain" not in cookie
        at_home = await (await doors.browser()).post("/sign-in", fields, allow_redirects=False)
        cookie = next(each for each in at_home.headers.getall("Set-Cookie") if "session" in each)
        assert cookie.startswith(f"recado_session_{doors.base.port}=")
        assert "Secure" not in cookie


async def test_the_pages_can_be_framed_by_nobody_and_run_nothing_inline(doors: Doors) -> None:
    await doors.people.person()
    link = await doors.people.invited("rui@example.com", Role.EDITOR)
    outside, inside = await doors.browser(), await doors.inside()
    for page in [await outside.get(each) for each in ("/sign-in", link.path)] + [await inside.get("/account")]:
        policy = page.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self'" in policy
        assert "unsafe" not in policy
        assert not re.search(r"\sstyle=|\son[a-z]+=|<script(?![^>]*(?:src=|application/json))", page.text)


async def test_a_profile_is_kept_and_speaks_at_once(doors: Doors) -> None:
    await doors.people.person()
    browser = await doors.inside()
    await browser.get("/account")
    odd = {"name": " ", "locale": "xx", "timezone": "Mars/Base"}
    wrong = await browser.post("/account", odd)
    right = {**odd, "name": "Ana <Souza>", "locale": "pt-BR", "timezone": "america/sao_paulo", "theme": "dark"}
    saved = await browser.post("/account", right)
    user = await doors.people.user()

    assert (wrong.status, wrong.text.count('class="error"')) == (422, 3)
    assert "Mars/Base" in wrong.text
    assert '<html lang="pt-BR" data-theme="dark" data-zone="America/Sao_Paulo" data-zone-chosen>' in saved.text
    assert user.name == "Ana <Souza>"
