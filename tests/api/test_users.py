"""Users by the API: inviting them, what they may do, and letting them in or not."""

import re
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from bot.api.idempotency import Key, claimed
from bot.users.service import Role, SignedIn, lock_user, reset_user
from tests.support.people import BY, HERE, PASSWORD
from tests.support.programs import Program, Served


async def _invited(shop: Program, email: str = "rui@example.com", role: str = "VIEWER") -> str:
    told = await shop.post("/users", {"email": email, "role": role})
    assert told.status == 201
    return str(told.body["id"])


async def test_somebody_is_invited_by_a_link_that_is_shown_once_and_lets_them_in(served: Served, shop: Program) -> None:
    key = {"Idempotency-Key": "rui"}
    body = {"email": "Rui@Example.com", "name": "Rui Dias", "role": "EDITOR"}
    made = await shop.post("/users", body, headers=key)
    again = await shop.post("/users", body, headers=key)
    read = await shop.get(f"/users/{made.body['id']}")

    assert (made.status, made.body["email"], made.body["status"]) == (201, "rui@example.com", "invited")
    assert again.body == {**made.body, "link": None}
    assert set(made.body) - set(read.body) == {"link", "link_expires_at"}
    assert made.headers["ETag"] == read.headers["ETag"]
    assert made.body["link"].startswith(str(served.doors.base))
    token = urlsplit(made.body["link"]).path.rpartition("/")[2]
    assert isinstance(await served.doors.people.door.by_link(token, PASSWORD, HERE), SignedIn)
    assert (await shop.get(f"/users/{made.body['id']}")).body["status"] == "active"
    taken = await shop.post("/users", body)
    assert (taken.status, taken.problem, taken.body["code"]) == (409, "conflict", "taken")
    assert (taken.body["user_id"], "bot.py" in taken.body["detail"]) == (made.body["id"], False)
    assert (await shop.post("/users", {"email": "nobody"})).problem == "refused"


async def test_a_user_is_changed_shut_out_and_deleted_and_each_change_taken_back(served: Served, shop: Program) -> None:
    rui = await served.doors.people.person("rui@example.com", Role.VIEWER)
    await served.doors.people.enters("rui@example.com")
    path = f"/users/{rui.id}"
    read = await shop.get(path)
    mine = {"If-Match": read.headers["ETag"]}

    promoted = await shop.ask("PATCH", path, headers=mine, json={"role": "EDITOR"})
    late = await shop.ask("PATCH", path, headers=mine, json={"role": "ADMIN"})
    assert (promoted.body["role"], late.problem) == ("EDITOR", "overtaken")
    assert (await shop.get(f"{path}/sessions")).body == {"data": []}
    for verb, status in (("disable", "disabled"), ("disable", "disabled"), ("enable", "active")):
        assert (await shop.post(f"{path}/{verb}")).body["status"] == status
    link = await shop.post(f"{path}/link")
    assert (link.status, re.search(r"/welcome/\S+", link.body["link"]) is not None) == (201, True)
    assert (await shop.ask("DELETE", path)).body["status"] == "deleted"
    assert (await shop.ask("PATCH", path, json={"role": "ADMIN"})).problem == "not_found"
    assert (await shop.post(f"{path}/link")).problem == "not_found"
    another = await _invited(shop)
    assert (await shop.post(f"{path}/restore")).body["code"] == "taken"
    await shop.ask("DELETE", f"/users/{another}")
    assert (await shop.post(f"{path}/restore")).body["status"] == "active"
    done = {each.action for each in await served.doors.people.told() if each.token_id == shop.token_id}
    assert done == {
        *("user.add", "user.role", "session.end_all", "user.disable", "user.enable", "user.reset", "user.delete"),
        "user.restore",
    }


async def test_the_last_admin_stays_one(served: Served, shop: Program) -> None:
    (admin,) = (await shop.get("/users?role=ADMIN")).body["data"]
    path = f"/users/{admin['id']}"

    for told in (
        await shop.ask("PATCH", path, json={"role": "EDITOR"}),
        await shop.post(f"{path}/disable"),
        await shop.ask("DELETE", path),
    ):
        assert (told.status, told.body["code"]) == (409, "last_admin")
    other = await served.program()
    assert (await other.ask("DELETE", path)).status == 200
    assert (await shop.get("/users")).status == 401


async def test_users_are_listed_by_name_page_by_page(shop: Program) -> None:
    for name in ("carla", "ana", "bia"):
        await _invited(shop, f"{name}@example.com")
    gone = await _invited(shop, "dora@example.com")
    await shop.ask("DELETE", f"/users/{gone}")

    first = await shop.get("/users?limit=2&role=VIEWER")
    second = await shop.get(f"/users?limit=2&role=VIEWER&cursor={first.body['next']}")
    names = [each["name"] for page in (first, second) for each in page.body["data"]]
    assert (names, second.body["next"]) == (["ana", "bia", "carla"], None)
    assert [each["id"] for each in (await shop.get("/users?status=deleted")).body["data"]] == [gone]
    assert [each["name"] for each in (await shop.get("/users?search=BIA%40")).body["data"]] == ["bia"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_whoever_changes_users_waits_for_no_request_of_theirs_that_has_a_key(
    served: Served, shop: Program
) -> None:
    people = served.doors.people
    (admin,) = (await shop.get("/users?role=ADMIN")).body["data"]
    async with people.engine.begin() as asking, people.engine.begin() as changing:
        assert await claimed(asking, Key(admin["id"], "order 7", "f" * 64), people.clock.now) is None
        await changing.execute(text("SET LOCAL lock_timeout = 50"))

        assert (await lock_user(changing, admin["id"])).id == admin["id"]
        await reset_user(changing, admin["id"], BY, people.clock.now)


async def test_a_page_may_end_with_the_longest_name(shop: Program) -> None:
    for each in range(2):
        told = await shop.post("/users", {"email": f"p{each}@example.com", "name": "\U0001f35e" * 255})
        assert told.status == 201

    first = await shop.get("/users?limit=1&role=VIEWER")
    second = await shop.get(f"/users?limit=1&role=VIEWER&cursor={first.body['next']}")
    assert (second.status, second.body.get("next")) == (200, None)
    assert second.body["data"][0]["id"] != first.body["data"][0]["id"]


async def test_sessions_of_a_user_are_ended_one_or_all(served: Served, shop: Program) -> None:
    people = served.doors.people
    rui = await people.person("rui@example.com", Role.VIEWER)
    entered = [await people.enters("rui@example.com") for _ in range(3)]
    path = f"/users/{rui.id}/sessions"

    told = (await shop.get(path)).body["data"]
    assert {each["id"] for each in told} > {each.session_id for each in entered}
    assert told[0]["address"] == HERE.address
    assert "token" not in str(told)
    assert (await shop.ask("DELETE", f"{path}/{entered[0].session_id}")).status == 204
    assert (await shop.ask("DELETE", f"{path}/{entered[0].session_id}")).problem == "not_found"
    assert await people.known(entered[0]) is None
    assert (await shop.ask("DELETE", path)).body == {"ended": 3}
    assert (await shop.get(path)).body == {"data": []}
    assert (await shop.get("/users/rui%40example.com")).problem == "not_found"
