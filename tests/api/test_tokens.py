"""Tokens by the API: a program makes others that may do no more than itself."""

from bot.core.permissions import Permission
from bot.users.service import Role
from tests.support.programs import Program, Served

READS = {"name": "till", "scopes": ["contacts.read"]}


async def test_a_token_is_made_shown_once_used_and_revoked(served: Served, shop: Program) -> None:
    key = {"Idempotency-Key": "till"}
    body = {**READS, "expires_at": "2030-01-01T00:00:00Z", "rate_limit": 5000}
    made = await shop.post("/tokens", body, headers=key)
    again = await shop.post("/tokens", body, headers=key)
    read = await shop.get(f"/tokens/{made.body['id']}")

    till = Program(served.session, served.doors.base, made.body["token"])
    assert (made.status, again.body) == (201, {**made.body, "token": None})
    assert set(made.body) - set(read.body) == {"token"}
    assert (read.body["status"], read.body["rate_limit"]) == ("good", 5000)
    assert read.body["expires_at"] == "2030-01-01T00:00:00Z"
    assert (await till.get("/contacts")).headers["RateLimit-Policy"].endswith(";q=5000;w=60")
    assert (await till.post("/tokens", READS)).problem == "forbidden"
    for _ in range(2):
        assert (await shop.ask("DELETE", f"/tokens/{made.body['id']}")).body["status"] == "revoked"
    assert (await till.get("/contacts")).status == 401
    told = [each.action for each in await served.doors.people.told() if each.resource_id == made.body["id"]]
    assert sorted(told) == ["token.add", "token.revoke"]


async def test_no_token_gives_another_more_than_it_has_itself(served: Served) -> None:
    small = await served.program(Role.ADMIN, [Permission.TOKENS_OWN, Permission.CONTACTS_READ], rate_limit=60)

    beyond = await small.post("/tokens", {"name": "all", "scopes": ["contacts.read", "users.manage"]})
    faster = await small.post("/tokens", {**READS, "rate_limit": 61})
    made = await small.post("/tokens", READS)
    assert (beyond.status, beyond.body["scope"]) == (403, "users.manage")
    assert (faster.status, faster.body["code"]) == (422, "limit")
    assert (made.status, made.body["rate_limit"]) == (201, 60)
    for wrong in (
        {**READS, "scopes": []},
        {**READS, "scopes": ["everything"]},
        {**READS, "expires_at": "2020-01-01T00:00:00Z"},
        {**READS, "expires_at": "2030-01-01T00:00:00"},
        {**READS, "expires_at": "2030-01-01"},
        {**READS, "expires_at": 1893456000},
        {**READS, "name": " "},
        {**READS, "rate_limit": 0},
    ):
        assert (await small.post("/tokens", wrong)).status == 422, wrong


async def test_what_a_token_makes_is_not_good_for_longer_than_itself(served: Served) -> None:
    end = {"expires_at": "2030-01-01T00:00:00Z"}
    lasting = await served.program(Role.ADMIN, [Permission.TOKENS_OWN, Permission.CONTACTS_READ])
    ending = (await lasting.post("/tokens", {**READS, "scopes": ["tokens.own", "contacts.read"], **end})).body
    till = Program(served.session, served.doors.base, ending["token"])

    longer = await till.post("/tokens", {**READS, "expires_at": "2030-01-01T00:00:01Z"})
    assert (longer.status, longer.body["code"]) == (422, "end")
    assert "2030-01-01T00:00:00Z" in longer.body["detail"]
    for given in ({}, {"expires_at": None}, end):
        assert (await till.post("/tokens", {**READS, **given})).body["expires_at"] == end["expires_at"]
    assert (await lasting.post("/tokens", READS)).body["expires_at"] is None


async def test_one_sees_ones_own_tokens_and_who_manages_users_everybodys(served: Served, shop: Program) -> None:
    viewer = await served.program(Role.VIEWER)
    mine = (await viewer.post("/tokens", READS)).body

    own = (await viewer.get("/tokens?limit=1")).body
    rest = (await viewer.get(f"/tokens?limit=1&cursor={own['next']}")).body
    assert {own["data"][0]["id"], rest["data"][0]["id"]} == {mine["id"], viewer.token_id}
    assert rest["next"] is None
    for told in (await viewer.get(f"/tokens/{shop.token_id}"), await viewer.ask("DELETE", f"/tokens/{shop.token_id}")):
        assert told.problem == "not_found"
    assert {each["user_id"] for each in (await shop.get("/tokens")).body["data"]} > {mine["user_id"]}
    of_viewer = (await shop.get(f"/tokens?user_id={mine['user_id']}&good=true&search=till")).body["data"]
    assert [each["id"] for each in of_viewer] == [mine["id"]]
    owner = (await shop.get(f"/tokens/{shop.token_id}")).body["user_id"]
    assert (await viewer.get(f"/tokens?user_id={owner}")).body["data"] == []
    assert (await shop.post(f"/users/{mine['user_id']}/disable")).status == 200
    assert (await shop.get(f"/tokens/{mine['id']}")).body["status"] == "owner_disabled"
