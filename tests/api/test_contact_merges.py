"""Merging contacts by the API: seen before, done once, undone; an id of somebody merged goes on to work."""

from tests.support.programs import Program


async def test_two_are_merged_and_are_two_again(shop: Program) -> None:
    ana = (await shop.post("/contacts", {"phone": "+5511987654321", "name": "Ana", "tags": ["vip"]})).body["id"]
    mail = (await shop.post("/contacts", {"email": "ana@example.com", "attributes": {"plan": "gold"}})).body["id"]
    pair = {"kept_id": ana, "merged_id": mail}

    seen = (await shop.post("/contact_merges/preview", pair)).body
    assert [each["value"] for each in seen["addresses"]] == ["ana@example.com"]
    assert (seen["filled"], seen["attributes"]) == ({"email": "ana@example.com"}, {"plan": "gold"})
    assert (await shop.get(f"/contacts/{mail}")).body["id"] == mail, "nothing has changed"

    done = await shop.post("/contact_merges", pair)
    assert (done.status, done.body["kept_id"], done.body["undone_at"]) == (201, ana, None)
    found = (await shop.get(f"/contacts/{mail}")).body
    assert (found["id"], found["email"], found["attributes"]) == (ana, "ana@example.com", {"plan": "gold"})
    assert [each["id"] for each in (await shop.get("/contacts")).body["data"]] == [ana]
    changed = await shop.ask("PATCH", f"/contacts/{mail}", json={"name": "Ana Souza"})
    assert (changed.body["id"], changed.body["name"]) == (ana, "Ana Souza")
    assert (await shop.post("/contact_merges", pair)).status == 409
    assert [each["id"] for each in (await shop.get(f"/contact_merges?contact_id={mail}")).body["data"]] == [
        done.body["id"]
    ]

    path = f"/contact_merges/{done.body['id']}/undo"
    assert (await shop.post(path, None)).body["undone_at"] is not None
    assert (await shop.post(path, None)).status == 409
    assert (await shop.get(f"/contacts/{mail}")).body["id"] == mail
    again = (await shop.get(f"/contacts/{ana}")).body
    assert (again["name"], again["email"], again["attributes"]) == ("Ana Souza", None, {})
