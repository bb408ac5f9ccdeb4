"""One's own account over HTTP: password, second factor, sessions and tokens; and what others cannot do to it."""

import re
from collections.abc import AsyncIterator

import pyotp
import pytest

from bot.users.service import Role
from tests.support.doors import START, Browser, Doors, open_doors
from tests.support.people import ANOTHER, PASSWORD

SECURITY = "/account/security"
FACTOR = f"{SECURITY}/second-factor"


@pytest.fixture
async def doors(database_url: str) -> AsyncIterator[Doors]:
    async with open_doors(database_url) as opened:
        await opened.people.person()
        yield opened


async def set_up(doors: Doors, browser: Browser) -> pyotp.TOTP:
    """Take up the app that the page offers."""
    page = await browser.get(FACTOR)
    secret, sealed = (
        re.findall(r"<code>(\w{32})</code>", page.text),
        re.findall(r'name="sealed" value="(.+?)"', page.text),
    )
    app = pyotp.TOTP(secret[0])
    await browser.post(FACTOR, {"sealed": sealed[0], "code": app.at(doors.people.clock.now)})
    doors.people.clock.advance(seconds=60)
    return app


async def test_another_password_signs_out_all_other_browsers(doors: Doors) -> None:
    here, there = await doors.inside(), await doors.inside()
    before = dict(here.cookies)
    await here.get(SECURITY)
    wrong = await here.post(SECURITY, {"current_password": "wrong", "new_password": ANOTHER})
    weak = await here.post(SECURITY, {"current_password": PASSWORD, "new_password": "short"})
    right = await here.post(SECURITY, {"current_password": PASSWORD, "new_password": ANOTHER})
    stolen = await doors.browser()
    stolen.show(before)

    assert (wrong.status, "That is not your password" in wrong.words) == (422, True)
    assert (weak.status, "The password is too short" in weak.words) == (422, True)
    assert ANOTHER not in wrong.text
    assert (right.status, "your other sessions have ended" in right.text) == (200, True)
    for ended in (there, stolen):
        assert (await ended.get(SECURITY)).path.startswith("/sign-in")
    assert (await (await doors.browser()).signs_in()).status == 422
    assert (await (await doors.browser()).signs_in(password=ANOTHER)).status == 200


async def test_who_wants_no_second_factor_yet_is_asked_again_in_two_weeks(doors: Doors) -> None:
    browser = await doors.inside()
    asked = await browser.get("/users?role=ADMIN")
    assert "a password alone is too little" in asked.words
    assert "a password alone is too little" in (await browser.get("/accounts")).words
    assert "a password alone is too little" not in (await browser.get("/account")).words
    await browser.get("/users?role=ADMIN")

    put_off = await browser.post("/account/security/second-factor/later", {"next": "/users?role=ADMIN"})
    assert put_off.path == "/users?role=ADMIN"
    assert "a password alone is too little" not in put_off.words

    elsewhere = await browser.post("/account/security/second-factor/later", {"next": "https://evil.example/"})
    assert elsewhere.url.host == browser.base.host


async def test_a_second_factor_is_set_up_renewed_and_switched_off(doors: Doors) -> None:
    browser = await doors.inside()
    asked = await browser.get("/help")
    offered = await browser.get(FACTOR)
    sealed = re.findall(r'name="sealed" value="(.+?)"', offered.text)[0]
    mistyped = await browser.post(FACTOR, {"sealed": sealed, "code": "000000"})
    keys = [re.findall(r"<code>(\w{32})</code>", page.text) for page in (offered, mistyped)]
    app = await set_up(doors, browser)
    shown = browser.page
    managed = await browser.get(FACTOR)
    refused = await browser.post(f"{FACTOR}/off", {"password": "wrong"})
    renewed = await browser.post(f"{FACTOR}/codes", {"password": PASSWORD})
    other = await doors.browser()
    await other.signs_in()
    inside = await other.post("/sign-in/code", {"code": app.at(doors.people.clock.now)})
    quiet = await browser.get("/help")
    off = await browser.post(f"{FACTOR}/off", {"password": PASSWORD})

    assert "Set up a second factor" in asked.words
    assert "<svg" in offered.text
    assert not re.search(r"\sstyle=", offered.text)
    assert (mistyped.status, "The code is wrong" in mistyped.words, "recovery" in mistyped.words) == (422, True, False)
    assert keys[0] == keys[1] != []
    codes = [re.findall(r"\w{4}-\w{4}-\w{4}-\w{4}", page.text) for page in (shown, renewed)]
    assert [len(set(each)) for each in codes] == [10, 10]
    assert not set(codes[0]) & set(codes[1])
    assert "10 recovery codes are left" in managed.words
    assert (refused.status, "That is not your password" in refused.words) == (422, True)
    assert inside.path == START
    assert "Set up a second factor" not in quiet.words
    assert off.path == SECURITY
    assert not (await doors.people.user()).has_totp


async def test_nothing_that_is_made_up_fails_the_pages_of_ones_account(doors: Doors) -> None:
    browser = await doors.inside()
    await browser.get("/account")
    for made_up in ("\x00", "\ufffd", "\u202e", "x" * 2000, "=" * 100):
        assert (await browser.post(FACTOR, {"sealed": made_up, "code": made_up[:64]})).status == 422, made_up
        await browser.get("/account")
        assert (await browser.post("/account/sessions/end", {"id": made_up})).status == 200, made_up


async def test_sessions_are_listed_and_ended_but_only_ones_own(doors: Doors) -> None:
    await doors.people.person("rui@example.com", Role.VIEWER)
    rui, here, there = await doors.inside("rui@example.com"), await doors.inside(), await doors.inside()
    theirs = await rui.get("/account/sessions")
    listed = await here.get("/account/sessions")
    ids = re.findall(r'name="id" value="(\w+)"', listed.text)
    await rui.post("/account/sessions/end", {"id": ids[0]})
    still = await there.get("/account")
    await here.get("/account/sessions")
    ended = await here.post("/account/sessions/end-others")

    assert "This browser" in theirs.words
    assert ids
    assert not any(each in theirs.text for each in ids)
    assert still.path == "/account"
    assert ended.status == 200
    assert (await there.get("/account")).path.startswith("/sign-in")
    assert (await rui.get("/account")).path == "/account"


async def test_a_profile_is_kept_in_the_words_of_the_language_that_was_chosen(doors: Doors) -> None:
    browser = await doors.inside()
    await browser.get("/account")
    chosen = await browser.post("/account", {"name": "Ana", "locale": "pt-BR"})
    given_up = await browser.post("/account", {"name": "Ana", "locale": ""})

    assert "Seu perfil foi salvo" in chosen.text
    assert "Your profile is saved" in given_up.text


async def test_each_page_of_the_account_has_a_title_of_its_own_and_leads_to_the_tokens(doors: Doors) -> None:
    browser = await doors.inside()
    security = await browser.get(SECURITY)

    assert ">Security · Your account · Recado</title>" in security.text
    assert 'href="/tokens"' in security.text.partition("<main")[2]
    assert (await browser.get("/tokens")).status == 200
