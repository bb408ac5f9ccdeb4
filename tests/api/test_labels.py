"""Labels and reply templates by the API: of two with one name or shortcut the later one is told."""

import asyncio
from typing import Any

import pytest

from bot.users.service import Role
from tests.support.programs import Program, Served

HOURS = {"name": "Hours", "shortcut": "/hours", "content": "Hi {{ contact.first_name }}, we open at nine."}


async def test_labels_are_made_changed_merged_and_deleted(served: Served, shop: Program) -> None:
    made = await shop.post("/labels", {"name": " Big  order ", "colour": "green"})
    assert (made.status, made.body["name"], made.body["colour"]) == (201, "Big order", "green")
    path = f"/labels/{made.body['id']}"
    other = (await shop.post("/labels", {"name": "late"})).body
    assert other["colour"] == "gray"
    taken = await shop.post("/labels", {"name": "BIG order"})
    assert (taken.status, taken.body["code"], taken.body["errors"][0]["pointer"]) == (409, "taken", "/name")
    changed = (await shop.ask("PATCH", path, json={"colour": "red"})).body
    assert (changed["name"], changed["colour"]) == ("Big order", "red")
    assert (await shop.ask("PATCH", path, json={"name": "Late"})).body["code"] == "taken"
    odd = await shop.ask("PATCH", path, json={"colour": "plaid"})
    assert (odd.problem, odd.body["errors"][0]["pointer"]) == ("refused", "/colour")
    ana = await served.hears("hi")
    await shop.post(f"/conversations/{ana}/label", {"label_id": made.body["id"]})
    assert (await shop.post(f"{path}/merge", {"into": made.body["id"]})).problem == "refused"
    assert (await shop.post(f"{path}/merge", {"into": other["id"]})).body == {"conversations": 1}
    assert [each["name"] for each in (await shop.get(f"/conversations/{ana}")).body["labels"]] == ["late"]
    assert (await shop.get(path)).problem == "not_found"
    viewer = await served.program(Role.VIEWER)
    assert (await viewer.get("/labels")).body == {"data": [other]}
    assert (await viewer.ask("DELETE", f"/labels/{other['id']}")).body["scope"] == "inbox.manage"
    assert (await shop.ask("DELETE", f"/labels/{other['id']}")).status == 204
    assert (await shop.get(f"/conversations/{ana}")).body["labels"] == []


async def test_reply_templates_are_made_found_filled_changed_and_deleted(served: Served, shop: Program) -> None:
    made = await shop.post("/reply_templates", HOURS)
    assert (made.status, made.body["shortcut"], made.body["is_active"]) == (201, "hours", True)
    assert (made.body["variables"], made.body["channel"]) == (["contact.first_name"], None)
    path = f"/reply_templates/{made.body['id']}"
    changed = (await shop.ask("PATCH", path, json={"channel": "sms", "category": "Shop"})).body
    assert {**changed, "updated_at": ""} == {**made.body, "channel": "sms", "category": "Shop", "updated_at": ""}
    assert (await shop.ask("PATCH", path, json={"channel": None, "name": None})).body["channel"] is None
    second = (await shop.post("/reply_templates", {**HOURS, "shortcut": "address", "is_active": False})).body["id"]
    taken = await shop.ask("PATCH", f"/reply_templates/{second}", json={"shortcut": "Hours"})
    assert (taken.status, taken.body["code"], taken.body["errors"][0]["pointer"]) == (409, "taken", "/shortcut")
    wrong = await shop.post("/reply_templates", {**HOURS, "shortcut": "two words"})
    assert (wrong.problem, wrong.body["errors"][0]["pointer"]) == ("refused", "/shortcut")

    page = (await shop.get("/reply_templates?limit=1")).body
    rest = (await shop.get(f"/reply_templates?limit=1&cursor={page['next']}")).body
    assert [each["shortcut"] for each in [*page["data"], *rest["data"]]] == ["address", "hours"]
    found = (await shop.get("/reply_templates?active=true&search=nine&channel=sms&category=Shop")).body["data"]
    assert [each["id"] for each in found] == [made.body["id"]]

    ana = (await shop.post("/contacts", {"email": "ana@example.com", "name": "Ana Souza"})).body["id"]
    rui = (await shop.post("/contacts", {"email": "rui@example.com"})).body["id"]
    filled = (await shop.post(f"{path}/fill", {"contact_id": ana})).body
    assert filled == {"text": "Hi Ana, we open at nine.", "missing": []}
    assert (await shop.post(f"{path}/fill", {"contact_id": rui})).body["missing"] == ["contact.first_name"]
    assert (await shop.post(f"{path}/fill", {"contact_id": "nobody"})).problem == "not_found"
    editor, viewer = await served.program(Role.EDITOR), await served.program(Role.VIEWER)
    assert (await viewer.get(path)).status == 200
    assert (await viewer.post("/reply_templates", HOURS)).body["scope"] == "inbox.manage"
    assert (await editor.ask("DELETE", path)).status == 204
    assert (await editor.get(path)).problem == "not_found"


@pytest.mark.parametrize(
    ("path", "body"), [("/labels", {"name": "late"}), ("/reply_templates", HOURS)], ids=["label", "template"]
)
async def test_of_two_with_one_name_at_once_one_is_made(served: Served, path: str, body: dict[str, Any]) -> None:
    programs = [await served.program(Role.EDITOR) for _ in range(4)]
    told = await asyncio.gather(*(each.post(path, body) for each in programs))

    assert sorted(each.status for each in told) == [201, 409, 409, 409]
    assert {each.body["code"] for each in told if each.status != 201} == {"taken"}
    assert len((await programs[0].get(path)).body["data"]) == 1


@pytest.mark.parametrize(
    ("path", "body"), [("/labels", {"name": "late"}), ("/reply_templates", HOURS)], ids=["label", "template"]
)
async def test_of_two_who_change_what_both_have_read_one_is_told(
    shop: Program, path: str, body: dict[str, Any]
) -> None:
    one = f"{path}/{(await shop.post(path, body)).body['id']}"
    tag = {"If-Match": (await shop.get(one)).headers["ETag"]}
    told = await asyncio.gather(
        *(shop.ask("PATCH", one, json={"name": each}, headers=tag) for each in ("early", "on time")),
        shop.ask("DELETE", one, headers={"If-Match": '"another"'}),
    )

    assert sorted(each.status for each in told) == [200, 412, 412]
    assert (await shop.get(one)).status == 200
