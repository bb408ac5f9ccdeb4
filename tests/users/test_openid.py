"""Signing in at a provider over HTTP: there and back; and what is not believed that comes back."""

import hmac
from base64 import b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import quote_plus

import orjson
import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey
from yarl import URL

from bot.users.service import Role, UserStatus, disable_user, reset_user, welcome
from tests.support.doors import START, Browser, Doors, open_doors
from tests.support.openid import CLIENT_ID, CLIENT_SECRET, IdentityServer, identifying, signing_key
from tests.support.people import ANOTHER, BY, PASSWORD

WITH = "/sign-in/with/oidc"
SECURITY = "/account/security"


@pytest.fixture
async def there() -> AsyncIterator[IdentityServer]:
    """The provider."""
    async with identifying() as made:
        yield made


@pytest.fixture
async def doors(database_url: str, there: IdentityServer) -> AsyncIterator[Doors]:
    """A server on either database at which people sign in by it."""
    async with open_doors(database_url, **there.settings()) as opened:
        there.clock = opened.people.clock
        yield opened


@pytest.fixture
async def door(sqlite_url: str, there: IdentityServer) -> AsyncIterator[Doors]:
    """The same, where the database does not matter."""
    async with open_doors(sqlite_url, **there.settings()) as opened:
        there.clock = opened.people.clock
        await opened.people.person()
        yield opened


async def sent(browser: Browser, path: str = WITH) -> URL:
    """Where a provider would be, for who goes no further yet."""
    page = await browser.get(path, allow_redirects=False)
    assert page.status == 303, page.words
    return URL(page.headers["Location"])


async def test_who_has_the_address_joins_and_comes_back_to_where_they_wanted(
    doors: Doors, there: IdentityServer
) -> None:
    await doors.people.person()
    browser = await doors.browser()
    asked = await browser.get("/account/sessions")
    inside = await browser.get(f"{WITH}?next=/account/sessions")
    user = await doors.people.user()

    assert 'href="/sign-in/with/oidc?next=/account/sessions"' in asked.text
    assert "Continue with Shop ID" in asked.words
    assert (inside.status, inside.path) == (200, "/account/sessions")
    assert user.provider == there.issuer
    line = (await doors.people.told("session.start"))[0]
    assert (line.user_id, (line.detail or {})["by"]) == (user.id, there.issuer)
    # Nothing is left of it that could be used again.
    assert [each for each in browser.cookies if "openid" in each] == []
    assert (there.sent[0]["client_id"], there.sent[0]["scope"]) == (CLIENT_ID, "openid email profile")
    given = there.forms[0]["authorization"].removeprefix("Basic ")
    assert b64decode(given).decode() == f"{CLIENT_ID}:{quote_plus(CLIENT_SECRET)}"


async def test_the_first_one_becomes_admin_through_a_provider(doors: Doors, there: IdentityServer) -> None:
    browser = await doors.browser()
    before = await browser.get("/sign-in")
    async with doors.people.engine.begin() as connection:
        link = await welcome(connection, doors.people.clock.now)
    assert link is not None
    shown = await browser.get(link.path)
    there.person["email_verified"] = False
    refused = await browser.get(f"{link.path}/with/oidc")
    there.person["email_verified"] = True
    inside = await browser.get(f"{link.path}/with/oidc")
    again = await (await doors.browser()).get(f"{link.path}/with/oidc")
    user = await doors.people.user()

    assert "Continue with" not in before.words
    assert f'href="{link.path}/with/oidc"' in shown.text
    assert (refused.status, "no e-mail address that its provider has verified" in refused.words) == (403, True)
    assert inside.path == START
    assert (user.name, user.role, user.has_password) == ("Ana Souza", Role.ADMIN, False)
    assert (again.status, "used already" in again.words) == (410, True)


async def test_a_start_of_the_server_ends_what_was_begun_by_the_link_before(doors: Doors) -> None:
    async with doors.people.engine.begin() as connection:
        link = await welcome(connection, doors.people.clock.now)
    assert link is not None
    browser = await doors.browser()
    away = await sent(browser, f"{link.path}/with/oidc")
    doors.people.clock.advance(seconds=1)
    async with doors.people.engine.begin() as connection:
        await welcome(connection, doors.people.clock.now)
    back = await browser.get(str(away))

    assert (back.status, "Begin again" in back.words) == (410, True)


async def test_who_is_invited_joins_by_the_link_with_another_address(doors: Doors, there: IdentityServer) -> None:
    await doors.people.person("boss@example.com")
    link = await doors.people.invited("rui@example.com", Role.EDITOR)
    there.person = {"sub": "2000"}
    inside = await (await doors.browser()).get(f"{link.path}/with/oidc")
    user = await doors.people.user("rui@example.com")

    assert inside.path == START
    assert (user.status, user.role, user.provider) == (UserStatus.ACTIVE, Role.EDITOR, there.issuer)


async def test_a_link_for_another_password_ends_all_sessions_when_it_is_taken_to_a_provider(doors: Doors) -> None:
    user = await doors.people.person()
    before = await doors.inside()
    async with doors.people.engine.begin() as connection:
        link = await reset_user(connection, user.id, BY, doors.people.clock.now)
    browser = await doors.browser()
    inside = await browser.get(f"{link.path}/with/oidc")

    assert inside.path == START
    assert (await before.get("/account")).path.startswith("/sign-in")
    assert (await (await doors.browser()).get(link.path)).status == 410


async def test_the_second_factor_is_asked_for_after_the_provider(door: Doors) -> None:
    app, _codes = await door.people.with_app()
    browser = await door.browser()
    asked = await browser.get(f"{WITH}?next=/account/sessions")
    outside = await (await door.browser()).get("/account")
    inside = await browser.post(asked.path, {"code": app.at(door.people.clock.now)})

    assert asked.path == "/sign-in/code?next=/account/sessions"
    assert outside.path.startswith("/sign-in")
    assert inside.path == "/account/sessions"


async def test_who_is_nobody_here_or_shut_out_sees_the_same_page(door: Doors, there: IdentityServer) -> None:
    rui = await door.people.person("rui@example.com")
    async with door.people.engine.begin() as connection:
        await disable_user(connection, rui.id, BY, door.people.clock.now)
    pages = []
    for person in (
        {"sub": "1", "email": "nobody@example.com", "email_verified": True},
        {"sub": "2", "email": "rui@example.com", "email_verified": True},
        {"sub": "3", "email": "ana@example.com", "email_verified": False},
        {"sub": "4", "email": "ana@example.com", "email_verified": "true"},
        {"sub": "5", "email": "ana@example.com"},
        {"sub": "6", "email": "not an address", "email_verified": True},
        {"sub": "7", "email": ["ana@example.com"], "email_verified": True},
        {"sub": "8"},
    ):
        there.person = person
        browser = await door.browser()
        page = await browser.get(WITH)
        pages.append((page.status, page.words))
        assert (await browser.get("/account")).path.startswith("/sign-in"), person

    assert len(set(pages)) == 1
    assert pages[0][0] == 403
    assert "Nobody is let in here with that account. Take another account" in pages[0][1]
    there.person = {"sub": "1000", "email": "ana@example.com", "email_verified": True}
    assert (await (await door.browser()).get(f"{WITH}?choose=1")).path == START
    assert [each.get("prompt") for each in there.sent[-2:]] == [None, "select_account"]


async def test_people_of_an_allowed_domain_come_in_to_look(sqlite_url: str, there: IdentityServer) -> None:
    async with open_doors(sqlite_url, **there.settings(), BOT_SIGN_IN_DOMAINS="Shop.example, other.example") as doors:
        there.clock = doors.people.clock
        there.person = {"sub": "9", "email": "Rui@shop.example", "email_verified": True, "name": "Rui <b>"}
        early = await (await doors.browser()).get(WITH)
        await doors.people.person()
        inside = await (await doors.browser()).get(WITH)
        user = await doors.people.user("rui@shop.example")

    assert (early.status, inside.path) == (403, START)
    assert (user.role, user.name) == (Role.VIEWER, "Rui <b>")


def changed(**claims: Any) -> Callable[[dict[str, Any]], None]:
    """Bends these claims; None leaves one out."""

    def bend(all_: dict[str, Any]) -> None:
        for name, value in claims.items():
            if value is None:
                del all_[name]
            else:
                all_[name] = value() if callable(value) else value

    return bend


UNBELIEVED: list[list[dict[str, Any]]] = [
    [{"iss": "https://evil.example"}, {"iss": None}, {"iss": ["x"]}],
    [
        {"aud": "another"},
        {"aud": None},
        {"aud": []},
        {"aud": {CLIENT_ID: 1}},
        {"aud": [CLIENT_ID, "another"]},
        {"aud": [CLIENT_ID, "another"], "azp": "another"},
        {"azp": "another"},
    ],
    [{"nonce": "another"}, {"nonce": None}, {"nonce": 1}, {"nonce": "ç"}],
    [{"exp": 1}, {"exp": None}, {"exp": "soon"}, {"exp": True}, {"iat": None}],
    [{"iat": 9_999_999_999}, {"nbf": 9_999_999_999}, {"iat": 10**400}],
    [{"sub": None}, {"sub": ""}, {"sub": 1}, {"sub": "x" * 256}, {"sub": "\x00"}, {"sub": "ç"}],
]


async def test_a_token_of_another_issuer_client_time_or_sign_in_lets_nobody_in(
    door: Doors, there: IdentityServer
) -> None:
    for claims in UNBELIEVED:
        for each in claims:
            there.bend = changed(**each)
            browser = await door.browser()
            page = await browser.get(WITH)
            assert (page.status, "cannot be trusted" in page.words) == (503, True), (each, page.words)
            assert (await browser.get("/account")).path.startswith("/sign-in"), each
        # An address that begins too often is throttled.
        door.people.clock.advance(hours=1)
    there.bend = changed(aud=[CLIENT_ID, "another"], azp=CLIENT_ID)
    assert (await (await door.browser()).get(WITH)).path == START


async def test_clocks_may_differ_by_a_minute(door: Doors, there: IdentityServer) -> None:
    now = int(door.people.clock.now.timestamp())
    there.bend = changed(iat=now + 50, exp=now - 50)
    assert (await (await door.browser()).get(WITH)).path == START
    there.bend = changed(exp=now - 61)
    assert (await (await door.browser()).get(WITH)).status == 503


def _unsigned(_header: dict[str, Any], claims: dict[str, Any]) -> str:
    parts = [orjson.dumps({"alg": "none"}), orjson.dumps(claims), b""]
    return b".".join(urlsafe_b64encode(each).rstrip(b"=") for each in parts).decode()


def _by_secret(key: bytes) -> Callable[[dict[str, Any], dict[str, Any]], str]:
    def sign(_header: dict[str, Any], claims: dict[str, Any]) -> str:
        parts = [orjson.dumps({"alg": "HS256", "kid": "one"}), orjson.dumps(claims)]
        signed = b".".join(urlsafe_b64encode(each).rstrip(b"=") for each in parts)
        return (signed + b"." + urlsafe_b64encode(hmac.digest(key, signed, "sha256")).rstrip(b"=")).decode()

    return sign


def _by_another(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return jwt.encode(header, claims, signing_key("two"))


def _cut(header: dict[str, Any], claims: dict[str, Any]) -> str:
    whole = jwt.encode(header, claims, signing_key())
    return whole[:-4] + ("AAAA" if whole[-4:] != "AAAA" else "BBBB")


def _retyped(header: dict[str, Any], claims: dict[str, Any]) -> str:
    head, _body, signature = jwt.encode(header, claims, signing_key()).split(".")
    body = urlsafe_b64encode(orjson.dumps({**claims, "sub": "someone else"})).rstrip(b"=").decode()
    return f"{head}.{body}.{signature}"


def _critical(header: dict[str, Any], claims: dict[str, Any]) -> str:
    head = urlsafe_b64encode(orjson.dumps({**header, "crit": ["x"], "x": 1})).rstrip(b"=").decode()
    return f"{head}.{jwt.encode(header, claims, signing_key()).partition('.')[2]}"


async def test_a_token_that_the_provider_has_not_signed_lets_nobody_in(door: Doors, there: IdentityServer) -> None:
    public = signing_key().as_pem(private=False)
    for sign in (
        _unsigned,
        _by_secret(public),
        _by_secret(public.strip()),
        _by_secret(CLIENT_SECRET.encode()),
        _by_another,
        _cut,
        _retyped,
        _critical,
        lambda header, claims: jwt.encode({**header, "kid": "unknown"}, claims, signing_key("two")),
        lambda _header, _claims: "a.b.c",
        lambda _header, _claims: "",
        lambda _header, _claims: "é.é.é",
        lambda _header, _claims: "x" * 70_000,
        lambda header, _claims: jws.serialize_compact(header, b"[1]", signing_key()),
        lambda header, _claims: jws.serialize_compact(header, b"[" * 100_000, signing_key()),
    ):
        there.sign = sign
        browser = await door.browser()
        page = await browser.get(WITH)
        assert (page.status, "cannot be trusted" in page.words) == (503, True), (sign, page.words)
        assert (await browser.get("/account")).path.startswith("/sign-in"), sign


async def test_keys_that_are_new_are_asked_for_once(door: Doors, there: IdentityServer) -> None:
    asked = "GET /keys"
    assert (await (await door.browser()).get(WITH)).path == START
    another = ECKey.generate_key("P-256", {"kid": "three", "use": "sig"})
    there.sign = lambda _header, claims: jwt.encode({"alg": "ES256", "kid": "three"}, claims, another)
    there.keys = [
        *("nonsense", {"kty": "oct", "k": "c2VjcmV0", "kid": "three"}, {"kty": "RSA", "n": "?", "e": "AQAB"}),
        *({"kty": "ML-DSA"}, {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "three"}),
        another.as_dict(private=False),
    ]
    early = await (await door.browser()).get(WITH)
    counted = there.asked.count(asked)
    door.people.clock.advance(seconds=31)
    late = await (await door.browser()).get(WITH)

    assert (early.status, counted) == (503, 1)
    assert (late.path, there.asked.count(asked)) == (START, 2)
    assert there.asked.count("GET /.well-known/openid-configuration") == 1


async def test_only_the_browser_that_was_sent_comes_back_and_once(doors: Doors, there: IdentityServer) -> None:
    await doors.people.person()
    browser, foreign = await doors.browser(), await doors.browser()
    away = await sent(browser)
    stolen = await foreign.get(str(away))
    # Whoever else came with it has used nothing up.
    inside = await browser.get(str(away))
    back = f"/sign-in/with/oidc/back?state={there.sent[-1]['state']}&code=code-2"
    other = await doors.browser()
    other.show({f"recado_openid_{doors.base.port}": there.sent[-1]["state"]})
    replayed = await other.get(back)
    nothing = [await foreign.get(f"{WITH}/back{query}") for query in ("", "?state=", "?state=x&code=y", "?code=y")]

    assert (stolen.status, "begun in another browser or tab" in stolen.words) == (410, True)
    assert inside.path == START
    assert replayed.status == 410
    assert [each.status for each in nothing] == [410] * 4
    assert (await foreign.get("/account")).path.startswith("/sign-in")
    # Neither asked the provider anything.
    assert len(there.forms) == 1


async def test_a_code_that_was_used_already_lets_nobody_in(door: Doors, there: IdentityServer) -> None:
    assert (await (await door.browser()).get(WITH)).path == START
    there.answer = {"code": "code-1"}
    page = await (await door.browser()).get(WITH)

    assert (page.status, "Shop ID refused: it answers invalid_grant" in page.words) == (503, True)


async def test_who_takes_too_long_begins_again(door: Doors) -> None:
    browser = await door.browser()
    away = await sent(browser)
    door.people.clock.advance(minutes=10)
    late = await browser.get(str(away))

    assert (late.status, "took too long" in late.words) == (410, True)


async def test_what_a_provider_brings_back_in_place_of_a_code_is_said_kindly(
    door: Doors, there: IdentityServer
) -> None:
    for answer, status, words in (
        ({"error": "access_denied"}, 403, "You did not let Shop ID say who you are"),
        ({"error": "server_error", "error_description": "<b>x"}, 503, "Shop ID refused: it answers server_error"),
        ({"error": "<script>\u202e"}, 503, "Shop ID refused: it answers"),
        ({}, 503, "it gave no code"),
        ({"code": "x" * 5000}, 503, "it gave no code"),
        ({"code": "code-1", "iss": "https://evil.example"}, 503, "the answer is another provider's"),
    ):
        there.answer = answer
        browser = await door.browser()
        page = await browser.get(WITH)
        assert (page.status, words in page.words) == (status, True), (answer, page.words)
        assert "<script>" not in page.text
        assert (await browser.get("/account")).path.startswith("/sign-in")


async def test_a_provider_that_names_itself_must_do_so(sqlite_url: str, there: IdentityServer) -> None:
    there.document["authorization_response_iss_parameter_supported"] = True
    async with open_doors(sqlite_url, **there.settings()) as doors:
        there.clock = doors.people.clock
        await doors.people.person()
        silent = await (await doors.browser()).get(WITH)
        there.answer = {"code": "code-2", "iss": there.issuer}
        named = await (await doors.browser()).get(WITH)

    assert (silent.status, named.path) == (503, START)


async def test_a_verifier_of_its_own_goes_with_each_code(door: Doors, there: IdentityServer) -> None:
    for _ in range(2):
        await (await door.browser()).get(WITH)
    verifiers = {each["code_verifier"] for each in there.forms}
    challenges = {each["code_challenge"] for each in there.sent}

    assert len(verifiers) == len(challenges) == 2
    assert all(43 <= len(each) <= 128 for each in verifiers)
    assert not verifiers & challenges
    assert {each["code_challenge_method"] for each in there.sent} == {"S256"}
    # The code of somebody else's sign-in, put in the place of one's own.
    away = await sent(await door.browser())
    await (await door.browser()).get(str(away), allow_redirects=False)
    there.answer = {"code": "code-3"}
    swapped = await (await door.browser()).get(WITH)
    assert (swapped.status, "it answers invalid_grant" in swapped.words) == (503, True)


async def test_the_secret_stands_in_the_form_where_the_provider_takes_it_so(
    sqlite_url: str, there: IdentityServer
) -> None:
    there.document["token_endpoint_auth_methods_supported"] = ["client_secret_basic", "client_secret_post"]
    async with open_doors(sqlite_url, **there.settings()) as doors:
        there.clock = doors.people.clock
        await doors.people.person()
        assert (await (await doors.browser()).get(WITH)).path == START

    assert there.forms[0]["client_secret"] == CLIENT_SECRET
    assert there.forms[0]["authorization"] == ""


async def test_an_address_that_only_userinfo_tells_counts_as_far_as_it_is_the_same_person(
    door: Doors, there: IdentityServer
) -> None:
    there.person = {"sub": "1000"}
    there.userinfo = {"sub": "another", "email": "ana@example.com", "email_verified": True}
    foreign = await (await door.browser()).get(WITH)
    there.userinfo["sub"] = "1000"
    own = await (await door.browser()).get(WITH)

    assert (foreign.status, own.path) == (403, START)


async def test_a_provider_that_does_not_answer_or_is_another_is_said_so(sqlite_url: str, there: IdentityServer) -> None:
    for document, words in (
        ({"issuer": there.issuer + "/"}, "it calls itself"),
        ({"issuer": None}, "issuer of its document is missing"),
        ({"token_endpoint": None}, "token_endpoint of its document is missing"),
        ({"jwks_uri": 7}, "jwks_uri of its document is missing"),
        ({"token_endpoint_auth_methods_supported": ["private_key_jwt"]}, "it takes no client secret"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "its page of signing in is not on https"),
        ({"authorization_endpoint": "http://evil.example/"}, "its page of signing in is not on https"),
    ):
        there.document = document
        async with open_doors(sqlite_url, **there.settings()) as doors:
            page = await (await doors.browser()).get(WITH)
            assert (page.status, words in page.words) == (503, True), (document, page.words)
            rests = await (await doors.browser()).get(WITH)
            assert rests.status == 503
    assert there.asked.count("GET /.well-known/openid-configuration") == 7
    assert there.sent == []


@pytest.mark.parametrize("where", ["token_endpoint", "jwks_uri"])
async def test_nothing_is_asked_of_this_computers_neighbours(
    sqlite_url: str, there: IdentityServer, where: str
) -> None:
    async with identifying() as neighbour:
        for address in (
            f"{neighbour.issuer}/keys",
            "https://10.0.0.7/",
            "https://[::1]/",
            "http://example.com/",
            "file:///etc",
        ):
            there.document = {where: address}
            async with open_doors(sqlite_url, **there.settings()) as doors:
                there.clock = doors.people.clock
                page = await (await doors.browser()).get(WITH)
            assert (page.status, "an address that is not asked" in page.words) == (503, True), (address, page.words)
        assert neighbour.asked == []


async def test_odd_answers_to_a_code_let_nobody_in(door: Doors, there: IdentityServer) -> None:
    for answer, words in (
        ((500, {}), "it answers 500"),
        ((302, {}), "it answers 302"),
        ((401, {"error": "invalid_client"}), "it answers invalid_client"),
        ((400, {"error": ["x"]}), "it answers 400"),
        ((200, {}), "it gave no token"),
        ((200, {"id_token": 7}), "it gave no token"),
        ((200, b"<html>"), "it gave no token"),
        ((200, b"[" * 100_000), "it gave no token"),
        ((200, b" " * 300_000), "its answer is too long"),
    ):
        there.token_answer = answer
        page = await (await door.browser()).get(WITH)
        assert (page.status, words in page.words) == (503, True), (answer, page.words)


async def test_beginning_often_is_throttled_by_address(door: Doors) -> None:
    browser = await door.browser()
    for _ in range(60):
        await sent(browser)
    refused = await browser.get(WITH)

    assert (refused.status, "tried too often" in refused.words) == (429, True)
    assert int(refused.headers["Retry-After"]) > 0


async def test_nothing_is_begun_by_what_is_no_person(door: Doors, there: IdentityServer) -> None:
    browser = await door.browser()
    for mode in ("no-cors", "cors", "same-origin"):
        assert (await browser.get(WITH, headers={"Sec-Fetch-Mode": mode})).status == 403
    assert (await browser.get("/sign-in/with/nobody")).status == 404
    assert (await browser.get("/sign-in/with/google")).status == 404
    inside = await door.inside()
    assert (await inside.get(f"{WITH}?next=/account/sessions")).path == "/account/sessions"
    assert there.asked == []


async def test_an_account_is_joined_and_left_by_who_shows_their_password(doors: Doors, there: IdentityServer) -> None:
    await doors.people.person()
    there.person = {"sub": "77", "email": "private@example.com", "email_verified": True}
    browser, elsewhere = await doors.inside(), await doors.inside()
    page = await browser.get(SECURITY)
    wrong = await browser.post(f"{SECURITY}/join", {"provider": "oidc", "password": "wrong"})
    unknown = await browser.post(f"{SECURITY}/join", {"provider": "google", "password": PASSWORD})
    await browser.get(SECURITY)
    onward = await browser.post(f"{SECURITY}/join", {"provider": "oidc", "password": PASSWORD})
    href = onward.text.partition(f'href="{there.issuer}/authorize?')[2].partition('"')[0].replace("&amp;", "&")
    joined = await browser.get(f"{there.issuer}/authorize?{href}")
    ended = await elsewhere.get("/account")
    again = await (await doors.browser()).get(WITH)
    refused = await browser.post(f"{SECURITY}/leave", {"password": ANOTHER})
    left = await browser.post(f"{SECURITY}/leave", {"password": PASSWORD})
    outside = await (await doors.browser()).get(WITH)

    assert "Signing in elsewhere" in page.words
    assert (wrong.status, "That is not your password" in wrong.words) == (422, True)
    assert unknown.status == 404
    assert (joined.path, "You sign in with Shop ID." in joined.words) == (SECURITY, True)
    assert ended.path.startswith("/sign-in")
    assert again.path == START
    assert (refused.status, "That is not your password" in refused.words) == (422, True)
    assert (left.path, "You sign in with Shop ID" in left.words) == (SECURITY, False)
    assert outside.status == 403


async def test_who_has_no_other_way_in_is_offered_no_way_out(door: Doors, there: IdentityServer) -> None:
    link = await door.people.invited("rui@example.com")
    there.person = {"sub": "2000"}
    browser = await door.browser()
    await browser.get(f"{link.path}/with/oidc")
    page = await browser.get(SECURITY)
    forced = await browser.post(f"{SECURITY}/leave", {"password": ""})
    tried = await browser.post(f"{SECURITY}/leave", {"password": PASSWORD})

    assert "and in no other way" in page.words
    assert "Sign in there no more" not in page.words
    assert (forced.status, tried.status) == (422, 422)
    assert (await door.people.user("rui@example.com")).provider == there.issuer


async def test_it_leads_back_to_the_public_address_but_at_this_computer(sqlite_url: str, there: IdentityServer) -> None:
    settings = {**there.settings(), "BOT_PUBLIC_URL": "https://bot.example.com", "BOT_TRUSTED_PROXIES": "127.0.0.1"}
    async with open_doors(sqlite_url, **settings) as doors:
        browser = await doors.browser()
        headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7", "Host": "bot.example.com"}
        page = await browser.get(WITH, headers=headers, allow_redirects=False)
        here = await sent(browser)
    cookie = page.headers["Set-Cookie"]

    assert URL(page.headers["Location"]).query["redirect_uri"] == "https://bot.example.com/sign-in/with/oidc/back"
    assert cookie.startswith("__Host-recado_openid=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"} <= set(cookie.split("; ")[1:])
    assert here.query["redirect_uri"] == f"http://127.0.0.1:{doors.base.port}/sign-in/with/oidc/back"
