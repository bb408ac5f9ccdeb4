"""The audit by the API."""

from tests.support.programs import Program, Served


async def test_what_a_program_did_is_found_by_who_what_and_when(served: Served, shop: Program) -> None:
    clock = served.doors.people.clock
    start = clock.now
    made = [(await shop.post("/contacts", {"email": f"p{each}@example.com"})).body["id"] for each in range(3)]
    clock.advance(hours=1)
    invited = (await shop.post("/users", {"email": "rui@example.com"})).body["id"]

    page = (await shop.get(f"/audit?limit=2&resource=contact&search={shop.token_id}")).body
    assert page["data"] == []
    first = (await shop.get("/audit?limit=2&resource=contact&search=(shop)")).body
    second = (await shop.get(f"/audit?limit=2&resource=contact&search=(shop)&cursor={first['next']}")).body
    told = [*first["data"], *second["data"]]
    assert {each["resource_id"] for each in told} == set(made)
    assert second["next"] is None
    assert {(each["token_id"], each["address"]) for each in told} == {(shop.token_id, "127.0.0.1")}

    hour = f"{clock.now:%Y-%m-%dT%H:%M:%SZ}"
    queries = {
        f"since={hour}&action=user.add": [invited],
        f"until={hour}&action=user.add&resource_id={invited}": [],
        f"user_id={told[0]['user_id']}&action=user.add&action=user.role": [invited],
        f"since={start:%Y-%m-%dT%H:%M:%SZ}&search={invited}": [invited],
    }
    for query, ids in queries.items():
        assert [each["resource_id"] for each in (await shop.get(f"/audit?{query}")).body["data"]] == ids, query
    (line,) = (await shop.get(f"/audit?resource_id={invited}")).body["data"]
    assert (await shop.get(f"/audit/{line['id']}")).body == line
    assert line["detail"]["after"]["email"] == "rui@example.com"
    assert (await shop.get("/audit?since=2026-11-30")).problem == "invalid_query"
