"""Bundles for programs: checked, published over what was seen, archived, rolled back."""

import asyncio
from typing import Any

import pytest

from bot.api.resources import bundles
from bot.flows.checking import Checked
from bot.users.service import Role
from tests.support.bundles import published
from tests.support.programs import Program, Served, Told

SHOP = """bundle: shop
templates:
  hours: {content: "We open at nine."}
  bye: {content: Bye., locales: {pt-BR: {content: Tchau.}}}
triggers:
  - {type: equals, pattern: hours, template: hours}
"""
LATER = SHOP.replace("nine", "ten")
WRONG = SHOP.replace("template: hours}", "template: ours}")


async def puts(program: Program, source: str, name: str = "shop", **headers: str) -> Told:
    told = {each.replace("_", "-"): value for each, value in headers.items()}
    return await program.ask("PUT", f"/bundles/{name}", json={"source": source}, headers=told)


async def checks(program: Program, source: str) -> dict[str, Any]:
    told = await program.post("/bundles/check", {"source": source})
    assert told.status == 200, told.body
    body: dict[str, Any] = told.body
    return body


async def test_a_text_is_checked_published_replaced_rolled_back_and_archived(served: Served, shop: Program) -> None:
    before = await checks(shop, SHOP)
    first = await puts(shop, SHOP)
    again = await puts(shop, SHOP.replace("bundle: shop", "bundle: shop  # ours"))
    same, changed = await checks(shop, SHOP), await checks(shop, LATER)
    second = await puts(shop, LATER)
    back = await shop.post("/bundles/shop/versions/1/publish")
    gone = await shop.post("/bundles/shop/archive")
    twice = await shop.post("/bundles/shop/archive")
    restored = await shop.post("/bundles/shop/versions/2/publish")

    assert (before["sound"], before["over"], before["becomes"], before["changes"]) == (True, None, 1, True)
    assert (first.status, first.body["version"], first.body["status"]) == (200, 1, "published")
    assert (first.body["source"], first.body["locales"]) == (SHOP, ["en", "pt-BR"])
    assert again.body == first.body
    assert (same["over"], same["becomes"], same["changes"]) == (1, 1, False)
    assert (changed["over"], changed["becomes"], changed["changes"]) == (1, 2, True)
    assert (second.body["version"], second.body["source"]) == (2, LATER)
    assert (back.body["version"], back.body["source"]) == (3, SHOP)
    assert (gone.body["version"], gone.body["status"]) == (3, "archived")
    assert (twice.status, twice.problem, twice.body["code"]) == (409, "conflict", "archived")
    assert (restored.body["version"], restored.body["status"], restored.body["source"]) == (4, "published", LATER)
    told = [each.action for each in await served.doors.people.told() if each.resource == "bundle"]
    assert sorted(told) == ["bundle.archive", *["bundle.publish"] * 4]

    page = await shop.get("/bundles/shop/versions?limit=3")
    rest = await shop.get(f"/bundles/shop/versions?limit=3&cursor={page.body['next']}")
    listed = [each for told in (page, rest) for each in told.body["data"]]
    assert [(each["version"], each["status"]) for each in listed] == [
        (4, "published"),
        *((number, "archived") for number in (3, 2, 1)),
    ]
    assert (await shop.get("/bundles/shop/versions/1")).body["source"] == SHOP
    assert (await shop.get("/bundles/shop")).body == restored.body


async def test_a_text_that_was_published_with_its_key_is_not_looked_at_again(
    served: Served, shop: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = {"Idempotency_Key": "build 7"}
    first = await puts(shop, SHOP, **key)

    async def fails(*_: object) -> Checked:
        raise AssertionError("it was published already")

    monkeypatch.setattr(bundles, "_checked", fails)
    again, other = await puts(shop, SHOP, **key), await puts(shop, LATER, **key)
    assert (again.body, again.headers["Idempotency-Replayed"]) == (first.body, "true")
    assert (again.headers["ETag"], other.problem) == (first.headers["ETag"], "key_reused")
    monkeypatch.undo()

    served.doors.people.clock.advance(hours=24, seconds=1)
    assert (await puts(shop, LATER, **key)).body["version"] == 2


async def test_faults_are_told_at_their_lines_and_nothing_is_published(shop: Program) -> None:
    checked = await checks(shop, WRONG)
    refused, other = await puts(shop, WRONG), await puts(shop, SHOP, "bakery")
    unreadable = await checks(shop, "")
    large = await checks(shop, "# " + "x" * 300_000)
    many = await checks(shop, "bundle: shop\ntriggers:\n" + "  - {type: equals, pattern: a, template: b}\n" * 150)

    (fault,) = checked["faults"]
    assert (checked["bundle"], checked["sound"], checked["becomes"]) == ("shop", False, None)
    assert (fault["line"], fault["code"], fault["mend"]) == (6, "R01", "Did you mean hours?")
    (told,) = refused.body["errors"]
    assert (refused.status, refused.body["code"]) == (422, "faults")
    assert (told["pointer"], told["line"], told["column"]) == ("/source", 6, fault["column"])
    assert "Did you mean hours?" in told["detail"]
    assert (other.status, other.body["code"]) == (422, "other_bundle")
    assert other.body["detail"].endswith("Put it to `/bundles/shop`, or change its key `bundle`.")
    assert [(each["bundle"], each["faults"][0]["code"]) for each in (unreadable, large)] == [
        (None, "Y15"),
        (None, "Y12"),
    ]
    assert (len(many["faults"]), many["fault_count"]) == (100, 299)
    assert (await shop.get("/bundles")).body == {"data": [], "next": None}


async def test_whoever_was_overtaken_publishes_nothing(served: Served, shop: Program) -> None:
    first = await puts(shop, SHOP, Idempotency_Key="release 1")
    seen = first.headers["ETag"]
    await published(served.doors.people.engine, LATER, now=served.doors.people.clock.now)
    late = await puts(shop, SHOP.replace("nine", "noon"), If_Match=seen)
    archived = await shop.post("/bundles/shop/archive", headers={"If-Match": seen})
    replayed = await puts(shop, SHOP, Idempotency_Key="release 1")
    read = await shop.get("/bundles/shop")
    both = await asyncio.gather(
        *(puts(shop, SHOP.replace("nine", hour), If_Match=read.headers["ETag"]) for hour in ("noon", "dawn"))
    )

    assert [(each.status, each.problem) for each in (late, archived)] == [(412, "overtaken")] * 2
    assert (replayed.body["version"], replayed.headers["Idempotency-Replayed"]) == (1, "true")
    assert read.body["version"] == 2
    assert sorted(each.status for each in both) == [200, 412]
    assert (await shop.get("/bundles/shop")).body["version"] == 3


async def test_of_two_who_make_one_of_the_same_name_one_does(shop: Program) -> None:
    texts = (SHOP, LATER)
    both = await asyncio.gather(*(puts(shop, text, If_None_Match="*") for text in texts))
    odd = await puts(shop, SHOP, If_None_Match='"none of ours"')

    assert sorted((each.status, each.problem) for each in both) == [(200, ""), (412, "overtaken")]
    assert (await shop.get("/bundles/shop/versions")).body["data"][-1]["version"] == 1
    assert odd.status == 200


async def test_bundles_are_found_by_name_and_state(served: Served, shop: Program) -> None:
    cafe = "bundle: café\nlocale: pt-BR\n"
    await published(served.doors.people.engine, SHOP, cafe, "bundle: check\n", now=served.doors.people.clock.now)
    assert (await shop.post("/bundles/caf%C3%A9/archive")).status == 200
    page = await shop.get("/bundles?limit=2")
    rest = await shop.get(f"/bundles?limit=2&cursor={page.body['next']}")
    found, none = (
        await shop.get("/bundles?search=SHO&status=published"),
        await shop.get("/bundles?status=archived&search=s"),
    )

    assert [[each["name"] for each in told.body["data"]] for told in (page, rest, none)] == [
        ["café", "check"],
        ["shop"],
        [],
    ]
    (shown,) = found.body["data"]
    assert (shown["locales"], shown["templates"], shown["triggers"], shown["flows"]) == (["en", "pt-BR"], 2, 1, 0)
    assert shown["published_by"] == "ana"
    assert (await shop.get("/bundles/check")).body["name"] == "check"
    for path in ("/bundles/bakery", "/bundles/bakery/versions", "/bundles/shop/versions/2", "/bundles/shop/versions/x"):
        assert (await shop.get(path)).problem == "not_found", path
    for path in (
        "/bundles/bakery/archive",
        "/bundles/shop/versions/9/publish",
        "/bundles/shop/versions/99999999999/publish",
    ):
        assert (await shop.post(path)).problem == "not_found", path


async def test_who_does_not_publish_sees_all_the_same(served: Served, shop: Program) -> None:
    await puts(shop, SHOP)
    viewer = await served.program(Role.VIEWER)

    assert (await viewer.get("/bundles/shop")).body["source"] == SHOP
    assert (await puts(viewer, LATER)).body["scope"] == "bundles.publish"
    assert (await viewer.post("/bundles/check", {"source": SHOP})).body["scope"] == "bundles.publish"
