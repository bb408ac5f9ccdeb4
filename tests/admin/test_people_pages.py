"""Users, tokens and the audit over HTTP, for who is really signed in."""

import csv
import html
import io
import re
from collections.abc import AsyncIterator

import pytest

from bot.audit.service import record
from bot.core.actors import Actor
from bot.core.permissions import Permission
from bot.users.service import Role, UserFilter, UserStatus, add_token, change_role, identify_token, list_users
from tests.support.doors import Browser, Doors, open_doors
from tests.support.people import BY

HOSTILE = "<script>alert(1)</script>\"'{{7*7}}\u202e"
PAGES = ("/users", "/users/new", "/tokens", "/tokens/new", "/audit")


@pytest.fixture
async def doors(database_url: str) -> AsyncIterator[Doors]:
    async with open_doors(database_url) as opened:
        yield opened


@pytest.fixture
async def ana(doors: Doors) -> Browser:
    """An ADMIN who is signed in."""
    await doors.people.person()
    return await doors.inside()


async def token_of(doors: Doors, email: str = "ana@example.com", name: str = "CRM") -> tuple[str, str]:
    user = await doors.people.user(email)
    async with doors.people.engine.begin() as connection:
        return await add_token(connection, user, name, [Permission.CONTACTS_READ], BY, doors.people.clock.now)


async def test_each_role_sees_its_pages_and_no_others(doors: Doors, ana: Browser) -> None:
    await doors.people.person("eve@example.com", Role.EDITOR)
    await doors.people.person("vic@example.com", Role.VIEWER)
    user_id = (await doors.people.user()).id
    stranger = await doors.browser()
    seen = {
        "admin": [(await ana.get(path)).status for path in PAGES],
        "none": [(await stranger.get(path, allow_redirects=False)).status for path in PAGES],
    }
    for role, email in (("editor", "eve@example.com"), ("viewer", "vic@example.com")):
        browser = await doors.inside(email)
        seen[role] = [(await browser.get(path)).status for path in PAGES]
        page = await browser.get("/tokens")
        assert ('href="/tokens"' in page.text, 'href="/users"' in page.text, 'href="/audit"' in page.text) == (
            True,
            False,
            False,
        )
        for path in (f"/users/{user_id}/delete", "/users", "/audit/export"):
            assert (await browser.post(path)).status == 403, path

    assert seen == {
        "admin": [200] * 5,
        "none": [303] * 5,
        "editor": [403, 403, 200, 200, 403],
        "viewer": [403, 403, 200, 200, 403],
    }
    assert (await doors.people.user()).status is UserStatus.ACTIVE


async def test_somebody_is_invited_by_a_link_that_is_shown_once(doors: Doors, ana: Browser) -> None:
    await ana.get("/users/new")
    wrong = await ana.post("/users", {"email": "nobody", "name": HOSTILE, "role": "KING"})
    made = await ana.post("/users", {"email": "RUI@example.com", "name": HOSTILE, "role": "EDITOR"})
    link = re.search(r"<code>\S+?(/welcome/\S+?)</code>", made.text)
    again = await ana.post("/users", {"email": "rui@example.com", "role": "EDITOR"})
    rui = await doors.people.user("rui@example.com")
    blank = await ana.post("/users", {"email": "lia@example.com", "name": "  ", "role": "VIEWER"})
    detail = await ana.get(f"/users/{rui.id}")
    everybody = await ana.get("/users")

    assert (wrong.status, wrong.text.count('class="error"')) == (422, 2)
    assert 'value="nobody"' in wrong.text
    assert "is no e-mail address" in wrong.words
    assert (made.status, made.headers["Cache-Control"], "15 minutes" in made.words) == (200, "no-store", True)
    assert link is not None
    opened = await (await doors.browser()).get(link[1])
    assert "You are invited" in opened.words
    assert (blank.status, (await doors.people.user("lia@example.com")).name) == (200, "lia")
    assert (again.status, "has this address already" in again.words) == (409, True)
    assert (rui.role, rui.status) == (Role.EDITOR, UserStatus.INVITED)
    for page in (detail, everybody, wrong):
        assert page.status in {200, 422}
        assert "<script>alert" not in page.text
        assert html.escape("<script>alert(1)</script>") in page.text
    assert link[1] not in detail.text + everybody.text


async def test_the_last_admin_stays_and_the_page_says_why(doors: Doors, ana: Browser) -> None:
    user = await doors.people.user()
    await ana.get(f"/users/{user.id}")
    csrf = ana.page.csrf
    for what, fields in (("role", {"role": "VIEWER"}), ("disable", {}), ("delete", {})):
        page = await ana.post(f"/users/{user.id}/{what}", {**fields, "csrf": csrf})
        assert (page.status, "This is the last ADMIN" in page.words) == (409, True), what
        assert 'role="alert"' in page.text

    assert (await doors.people.user()) == user._replace(last_seen_at=(await doors.people.user()).last_seen_at)


async def test_a_role_changes_with_undo_and_ends_their_sessions(doors: Doors, ana: Browser) -> None:
    rui = await doors.people.person("rui@example.com", Role.VIEWER)
    his = await doors.inside("rui@example.com")
    path = f"/users/{rui.id}"
    await ana.get(path)
    wrong = await ana.post(f"{path}/role", {"role": "KING"})
    done = await ana.post(f"{path}/role", {"role": "EDITOR"})
    role = (await doors.people.user(rui.id)).role
    outside = await his.get("/account")
    undo = re.search(
        r'action="(/users/[^"]+/role)"><input[^>]+><input type="hidden" name="role" value="(\w+)"', done.text
    )
    assert undo is not None
    await ana.post(undo[1], {"role": undo[2]})

    assert (wrong.status, "Choose one of the roles" in wrong.words) == (409, True)
    assert (role, "is now: Editor" in done.words) == (Role.EDITOR, True)
    assert outside.path.startswith("/sign-in")
    assert (await doors.people.user(rui.id)).role is Role.VIEWER


async def test_somebody_is_disabled_let_in_deleted_and_restored(doors: Doors, ana: Browser) -> None:
    rui = await doors.people.person("rui@example.com", Role.VIEWER)
    _id, token = await token_of(doors, "rui@example.com")
    path, people = f"/users/{rui.id}", doors.people
    shown = await ana.get(path)
    states = []
    for what in ("disable", "enable", "reset", "delete", "restore"):
        page = await ana.post(f"{path}/{what}")
        assert page.status == 200, what
        states.append((await people.user(rui.id)).status.value)
        await ana.get(path)
    missing = [(await ana.post(f"/users/none/{what}")).status for what in ("disable", "role", "reset")]
    await people.person("eve@example.com")
    await ana.get(path)
    await ana.post(f"{path}/delete")
    await people.invited("rui@example.com")
    await ana.get(path)
    taken = await ana.post(f"{path}/restore")

    dialog = re.search(r'<dialog id="delete".*?</dialog>', shown.text, re.DOTALL)
    assert dialog is not None
    assert "1 session ends at once." in dialog[0]
    assert "1 token is revoked, for good." in dialog[0]
    assert states == ["disabled", "active", "active", "deleted", "active"]
    assert await identify_token(people.engine, token, people.clock.now) is None
    assert missing == [404, 404, 404]
    assert (taken.status, "is the address of a user already" in taken.words, "bot.py" in taken.words) == (
        409,
        True,
        False,
    )


async def test_sessions_end_one_by_one_or_all_and_those_of_others_stay(doors: Doors, ana: Browser) -> None:
    rui = await doors.people.person("rui@example.com", Role.VIEWER)
    await doors.inside("rui@example.com")
    path = f"/users/{rui.id}"
    page = await ana.get(path)
    ids = re.findall(r'name="id" value="([^"]+)"', page.text)
    hers = re.findall(r'name="id" value="([^"]+)"', (await ana.get(f"/users/{(await doors.people.user()).id}")).text)
    one = await ana.post(f"{path}/sessions/end", {"id": ids[0]})
    none = await ana.post(f"{path}/sessions/end", {"id": hers[0]})
    for made_up in ("\x00", "\ufffd", "x" * 1000):
        assert (await ana.post(f"{path}/sessions/end", {"id": made_up})).status == 200, made_up
        assert (await ana.post(f"{path}/tokens/revoke", {"id": made_up})).status == 200, made_up
    every = await ana.post(f"{path}/sessions/end-all")

    assert len(ids) == 2
    assert "1 session has ended" in one.words
    assert "0 sessions have ended" in none.words
    assert "1 session has ended" in every.words
    assert "Signed in nowhere" in every.words


async def test_a_token_is_shown_once_and_never_may_more_than_its_owner(doors: Doors, ana: Browser) -> None:
    await doors.people.person("vic@example.com", Role.VIEWER)
    vic = await doors.inside("vic@example.com")
    asked = await vic.get("/tokens/new")
    empty = await vic.post("/tokens", {"name": "CRM", "lives": "30"})
    beyond = await vic.post("/tokens", {"name": "CRM", "scopes": "users.manage", "lives": "30"})
    unknown = await vic.post("/tokens", {"name": "CRM", "scopes": "everything", "lives": "30"})
    made = await vic.post("/tokens", {"name": HOSTILE, "scopes": "contacts.read", "lives": "30"})
    token = re.findall(r"rcd_[\w-]+", made.text)
    known = await identify_token(doors.people.engine, token[0], doors.people.clock.now)
    listed = await vic.get("/tokens")
    all_of_them = await ana.get("/tokens?q=VIC%40")

    assert ("contacts.read" in asked.text, "users.manage" in asked.text) == (True, False)
    assert (empty.status, "Choose at least 1." in empty.words) == (422, True)
    assert (beyond.status, "does not have users.manage" in beyond.words) == (422, True)
    assert unknown.status == 422
    assert (made.status, made.headers["Cache-Control"], len(set(token))) == (200, "no-store", 1)
    assert known is not None
    assert known.permissions == {Permission.CONTACTS_READ}
    assert f"Authorization: Bearer {token[0]}" in made.text
    assert "openapi.json" not in made.text
    assert token[0] not in listed.text
    assert html.escape("<script>alert(1)</script>") in listed.text
    assert "<script>alert" not in listed.text + made.text + all_of_them.text
    assert known.token_id in all_of_them.text


async def test_tokens_of_others_are_seen_and_revoked_by_who_manages_users_alone(doors: Doors, ana: Browser) -> None:
    hers, secret = await token_of(doors)
    await doors.people.person("vic@example.com", Role.VIEWER)
    his, _secret = await token_of(doors, "vic@example.com")
    vic = await doors.inside("vic@example.com")
    listed = await vic.get("/tokens")
    foreign = await vic.get(f"/tokens/{hers}")
    await vic.get("/tokens")
    refused = await vic.post(f"/tokens/{hers}/revoke")
    good = await identify_token(doors.people.engine, secret, doors.people.clock.now)
    await ana.get(f"/tokens/{his}")
    revoked = await ana.post(f"/tokens/{his}/revoke")
    again = await ana.post(f"/tokens/{his}/revoke")
    vic_id = (await doors.people.user("vic@example.com")).id
    await ana.get("/users")
    elsewhere = await ana.post(f"/users/{vic_id}/tokens/revoke", {"id": hers})
    mine = await ana.post(f"/users/{(await doors.people.user()).id}/tokens/revoke", {"id": hers})
    only_good = await ana.get("/tokens?only=good")

    assert (his in listed.text, hers in listed.text) == (True, False)
    assert (foreign.status, refused.status) == (404, 404)
    assert good is not None
    assert "CRM is revoked" in revoked.words
    assert "CRM was revoked before" in again.words
    assert "0 tokens are revoked" in elsewhere.words
    assert "1 token is revoked" in mine.words
    assert "No token fits" in only_good.words


async def test_a_token_whose_owner_is_disabled_is_not_called_good(doors: Doors, ana: Browser) -> None:
    await doors.people.person("rui@example.com")
    id_, _secret = await token_of(doors, "rui@example.com")
    path = f"/users/{(await doors.people.user('rui@example.com')).id}"

    await ana.get(path)
    await ana.post(f"{path}/disable")
    pages = [(await ana.get(where)).words for where in (f"/tokens/{id_}", "/tokens?q=rui")]
    await ana.post(f"{path}/enable")
    again = await ana.get(f"/tokens/{id_}")

    assert ["Owner disabled" in words for words in pages] == [True, True]
    assert "Owner disabled" not in again.words


async def test_made_up_places_filters_and_ids_fail_nothing(ana: Browser) -> None:
    for path in ("/users", "/tokens", "/audit"):
        for cursor in ("made.up", "%00", "a" * 3000):
            page = await ana.get(f"{path}?after={cursor}")
            assert (page.status, "That place in the list is not known" in page.words) == (200, True), (path, cursor)
    for path in ("/users?role=KING&status=%00", "/audit?since=0001-01-01&until=9999-12-31", "/tokens?only=x&q=%25_"):
        assert (await ana.get(path)).status == 200, path
    for path in ("/users/none", "/tokens/none", "/users/%0d%0a", "/tokens/..%2f"):
        assert (await ana.get(path)).status == 404, path


async def test_filters_find_users_by_words_role_and_state_page_by_page(doors: Doors, ana: Browser) -> None:
    for name in ("rui", "eve", "max"):
        await doors.people.invited(f"{name}@example.com", Role.EDITOR)
    shown = await ana.get("/users?q=EVE&role=EDITOR&status=invited")
    async with doors.people.engine.connect() as connection:
        first = await list_users(connection, UserFilter([Role.EDITOR]), 2)
        place = (first[-1].name, first[-1].id)
        rest = await list_users(connection, UserFilter([Role.EDITOR]), 2, place)
        gone = await list_users(connection, UserFilter(statuses=[UserStatus.DELETED]), 2)

    assert ("eve@example.com" in shown.words, "rui@example.com" in shown.words) == (True, False)
    assert ("1 user " in shown.words, "4 users " in (await ana.get("/users")).words) == (True, True)
    assert "Nobody fits" in (await ana.get("/users?q=nobody%25")).words
    assert [each.name for each in first + rest] == ["eve", "max", "rui"]
    assert gone == []


async def test_the_audit_tells_in_plain_words_what_was_before_and_after(doors: Doors, ana: Browser) -> None:
    rui = await doors.people.person("rui@example.com", Role.VIEWER)
    now = doors.people.clock.now
    async with doors.people.engine.begin() as connection:
        await change_role(connection, rui.id, Role.ADMIN, BY, now)
        odd = {"before": {HOSTILE: HOSTILE}, "after": {HOSTILE: [1, {"a": None}], "x_at": "no moment"}, "on": True}
        await record(connection, Actor(HOSTILE), "thing.odd", "thing", HOSTILE, odd, at=now)
        added = {"before": {"rate": 0.5}, "after": {"rate": 80.0, "second_factor": True, "name": ""}}
        await record(connection, BY, "account.add", "account", "telnyx:+1", added, at=now)
    page = await ana.get("/audit")
    roles = await ana.get("/audit?action=user.role")
    about = await ana.get(f"/audit?q={rui.id}")
    nothing = await ana.get("/audit?since=2031-01-01")
    same_day = await ana.get(f"/audit?since={now:%Y-%m-%d}&until={now:%Y-%m-%d}&on=user")
    account = await ana.get("/audit?action=account.add")
    portuguese = await ana.get("/audit?action=user.role", headers={"Accept-Language": "pt-BR"})

    assert "<script>alert" not in page.text
    assert "\u202e" not in page.text
    assert "thing.odd" in page.words
    assert "Changed a role" in roles.words
    assert "Role Viewer → Administrator" in roles.words
    for each in ("Messages a second 0.5 → 80", "Second factor yes", "Name -"):
        assert each in account.words
    assert f'href="/users/{rui.id}"' in roles.text
    assert ("Changed a role" in about.words, "thing.odd" in about.words) == (True, False)
    assert "Nothing fits" in nothing.words
    assert ("Invited a user" in same_day.words, "thing.odd" in same_day.words) == (True, False)
    assert "Leitor → Administrador" in portuguese.words


async def test_the_audit_is_exported_as_it_is_filtered_which_is_a_line_too(
    doors: Doors, ana: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.audit.service._PAGE", 2)
    async with doors.people.engine.begin() as connection:
        for each in range(5):
            await record(connection, Actor("=1+1;=2+2"), "job.retry", "job", str(each), at=doors.people.clock.now)
    await ana.get("/audit")
    answer = await ana.post("/audit/export?on=job")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    (line,) = await doors.people.told("audit.export")
    foreign = await ana.post("/audit/export", headers={"Sec-Fetch-Site": "cross-site"})
    forged = await ana.post("/audit/export", {"csrf": "made up"})

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="audit-')
    assert sorted(row["resource_id"] for row in rows) == ["0", "1", "2", "3", "4"]
    assert {row["actor"] for row in rows} == {"'=1+1;'=2+2"}
    assert (line.actor, line.detail) == ("ana", {"on": ["job"]})
    assert (foreign.status, forged.status) == (403, 403)
    assert len(await doors.people.told("audit.export")) == 1


async def test_every_change_asks_for_the_token_of_the_session(doors: Doors, ana: Browser) -> None:
    id_ = (await doors.people.user()).id
    token, _secret = await token_of(doors)
    paths = [f"/users/{id_}/{each}" for each in ("role", "disable", "enable", "reset", "delete", "restore")]
    paths += [f"/users/{id_}/{each}" for each in ("sessions/end", "sessions/end-all", "tokens/revoke")]
    before = len(await doors.people.told())
    for path in (*paths, "/users", "/tokens", f"/tokens/{token}/revoke"):
        assert (await ana.post(path, {"csrf": "made up"})).status == 403, path
    assert len(await doors.people.told()) == before
