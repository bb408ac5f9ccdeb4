"""Webhooks out by the API: made, changed, tried, and looked at."""

import asyncio

import pytest
from openapi_schema_validator import OAS31Validator

from bot.users.service import Role
from tests.support.programs import Program, Served

ADDRESS = "https://shop.example/recado/s3cret"


async def test_an_endpoint_is_made_shown_changed_and_deleted(served: Served, shop: Program) -> None:
    wanted = {"url": ADDRESS, "kinds": ["contact.created", "message.failed"], "description": "the till"}
    key = {"Idempotency-Key": "till"}
    made = await shop.post("/endpoints", wanted, headers=key)
    again = await shop.post("/endpoints", wanted, headers=key)
    path = f"/endpoints/{made.body['id']}"
    paused = await shop.ask("PATCH", path, headers={"If-Match": made.headers["ETag"]}, json={"status": "paused"})
    late = await shop.ask("PATCH", path, headers={"If-Match": made.headers["ETag"]}, json={"description": "?"})
    rolled = await shop.post(f"{path}/roll", headers={"If-Match": paused.headers["ETag"]})
    twice = await shop.post(f"{path}/roll", headers={"If-Match": paused.headers["ETag"]})

    assert made.body["secret"].startswith("whsec_")
    assert (again.body["id"], again.body["secret"]) == (made.body["id"], None)
    assert (paused.body["status"], late.status, late.problem) == ("paused", 412, "overtaken")
    assert rolled.body["secret"] not in {None, made.body["secret"]}
    assert (twice.status, twice.problem) == (412, "overtaken")
    assert [each["id"] for each in (await shop.get("/endpoints")).body["data"]] == [made.body["id"]]
    assert "secret" not in (await shop.get(path)).body
    told = await served.doors.people.told("endpoint.add")
    assert "s3cret" not in str(told)
    assert (await shop.ask("DELETE", path)).status == 204
    assert (await shop.get(path)).problem == "not_found"


@pytest.mark.parametrize("url", ["http://shop.example/", "https://127.0.0.1/", "https://localhost/", "no address"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_address_of_our_own_network_is_refused(shop: Program, url: str) -> None:
    refused = await shop.post("/endpoints", {"url": url, "kinds": ["message.sent"]})

    assert (refused.status, refused.problem) == (422, "refused")


async def test_what_happens_is_an_event_and_waits_for_whom_it_is_told(served: Served, shop: Program) -> None:
    made = await shop.post("/endpoints", {"url": ADDRESS, "kinds": ["contact.created"]})
    contact = await shop.post("/contacts", {"email": "ana@example.com"})
    path = f"/endpoints/{made.body['id']}"
    (event,) = (await shop.get("/events")).body["data"]
    (delivery,) = (await shop.get(f"{path}/deliveries")).body["data"]

    assert event["type"] == "contact.created"
    assert event["data"]["contact"] == {**contact.body}
    assert (await shop.get(f"/events/{event['id']}")).body == event
    assert (delivery["event_id"], delivery["status"], delivery["attempts"]) == (event["id"], "pending", 0)
    one = await shop.get(f"/deliveries/{delivery['id']}")
    assert one.body["tries"] == []
    assert (await shop.post(f"/deliveries/{delivery['id']}/resend")).problem == "refused"
    assert (await shop.post(f"{path}/resend")).body == {"deliveries": 0}
    assert (await shop.post(f"{path}/test")).body["type"] == "endpoint.test"
    assert len((await shop.get(f"{path}/deliveries?limit=1")).body["data"]) == 1
    assert (await shop.get("/events?type=message.sent")).body == {"data": [], "next": None}
    for program in (await served.program(Role.VIEWER), await served.program(Role.EDITOR)):
        assert (await program.get("/events")).status == 403


async def test_two_who_change_different_things_at_once_both_have_their_way(shop: Program) -> None:
    made = await shop.post("/endpoints", {"url": ADDRESS, "kinds": ["message.sent"]})
    path = f"/endpoints/{made.body['id']}"
    for number in range(8):
        kind = ("message.sent", "message.read")[number % 2]
        told = await asyncio.gather(
            shop.ask("PATCH", path, json={"description": f"till {number}"}),
            shop.ask("PATCH", path, json={"kinds": [kind]}),
        )
        now = (await shop.get(path)).body
        assert [each.status for each in told] == [200, 200]
        assert (now["description"], now["kinds"]) == (f"till {number}", [kind])


async def test_what_endpoints_are_told_is_as_the_document_says(served: Served, shop: Program) -> None:
    document = (await shop.get("/openapi.json")).body
    kinds = set(document["webhooks"]) - {"endpoint.test"}
    made = (await shop.post("/endpoints", {"url": ADDRESS, "kinds": sorted(kinds)})).body
    ana = f"/contacts/{await served.hears('hi')}"
    address = (await shop.get(f"{ana}/addresses")).body["data"][0]["id"]
    said = {"address_id": address, "channel": "whatsapp", "opted_in": False, "detail": "at the counter"}
    await shop.post(f"{ana}/consents", said)
    await shop.ask("PUT", f"{ana}/responder", json={"responder": "human"})
    await shop.ask("PUT", f"{ana}/responder", json={"responder": "bot"})
    await shop.ask("PATCH", ana, json={"name": "Ana"})
    await shop.post(f"{ana.replace('contacts', 'conversations')}/notes", {"content": "Pays late."})
    await shop.post(f"/endpoints/{made['id']}/test")

    told = {each["type"]: each for each in (await shop.get("/events")).body["data"]}
    assert set(told) == {
        *("message.received", "contact.created", "contact.updated", "consent.changed"),
        *("handoff.began", "handoff.ended", "endpoint.test"),
        *("conversation.opened", "conversation.assigned", "conversation.resolved", "conversation.note"),
    }
    for kind, event in told.items():
        schema = document["webhooks"][kind]["post"]["requestBody"]["content"]["application/json"]["schema"]
        OAS31Validator({**schema, "components": document["components"]}).validate(event)
        assert set(event["data"]) == set(schema["properties"]["data"]["properties"])
