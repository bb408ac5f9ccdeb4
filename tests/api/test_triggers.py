"""Triggers for programs: the order in which they are tried, and which of them would win."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from bot.app.action_specs import SPECS
from bot.conversations.views import INTAKE
from bot.core.permissions import Permission
from bot.flows.checking import Source, check
from bot.flows.service import publish
from tests.support.people import BY
from tests.support.programs import Program, Served, Told

SHOP = """bundle: shop
templates:
  hours: {content: We open at nine.}
  what: {content: "What would you like?"}
triggers:
  - {key: opening, type: contains, pattern: [hour, open], template: hours, cooldown_sec: 90}
  - {type: number, template: hours, priority: 5}
  - {type: equals, pattern: order, flow: order}
flows:
  order:
    steps:
      - {key: what, type: collect_input, template: what, save_as: what}
"""
CAFE = """bundle: café
locale: pt-BR
templates: {t: {content: "Oi", locales: {es: {content: Hola}}}}
triggers:
  - {type: equals, pattern: hours, template: t}
  - {type: equals, pattern: [a, b], action: contact.tag, arguments: {tags: vip}}
  - {type: contains, pattern: help, template: t, interrupt: true, priority: -3}
"""


@pytest.fixture
async def open_shop(served: Served) -> Program:
    """A program where two bundles answer, the café's published last."""
    people = served.doors.people
    for text, at in ((SHOP, people.clock.now - timedelta(hours=1)), (CAFE, people.clock.now)):
        async with people.engine.begin() as connection:
            await publish(connection, check([Source("b.yaml", text.encode())], SPECS).bundles, by=BY, now=at)
    await served.doors.app[INTAKE].catalogue.refresh()
    return await served.program()


async def tries(program: Program, text: str, **more: Any) -> Told:
    return await program.post("/triggers/try", {"text": text, **more})


def verdicts(told: Told) -> Sequence[tuple[str, str]]:
    return [(each["verdict"], each["bundle"]) for each in told.body["matching"]]


async def test_they_are_listed_as_they_are_tried(open_shop: Program) -> None:
    page = await open_shop.get("/triggers?limit=4")
    rest = await open_shop.get(f"/triggers?limit=4&cursor={page.body['next']}")
    by_type, by_word = await open_shop.get("/triggers?type=number"), await open_shop.get("/triggers?search=OPENING")

    listed = [each for told in (page, rest) for each in told.body["data"]]
    assert [(each["place"], each["bundle"], each["patterns"]) for each in listed] == [
        (1, "café", ["help"]),
        (2, "shop", [""]),
        (3, "café", ["hours"]),
        (4, "café", ["a", "b"]),
        (5, "shop", ["hour", "open"]),
        (6, "shop", ["order"]),
    ]
    assert [(each["template"], each["flow"], each["action"]) for each in listed[3:]] == [
        (None, None, "contact.tag"),
        ("hours", None, None),
        (None, "order", None),
    ]
    assert (listed[0]["interrupt"], listed[0]["priority"], listed[0]["key"]) == (True, -3, None)
    assert [each["place"] for each in by_type.body["data"]] == [2]
    assert [(each["key"], each["cooldown"]) for each in by_word.body["data"]] == [("opening", 90)]


async def test_which_would_win_is_told_with_all_that_match_and_why(open_shop: Program) -> None:
    hours, none, acting = [await tries(open_shop, text) for text in ("hours", "thanks", "a")]
    spanish = await tries(open_shop, "hours", locale="es")
    wrong = [
        await tries(open_shop, " "),
        await tries(open_shop, "x" * 4_001),
        await tries(open_shop, "a", channel="pigeon"),
    ]

    assert (hours.body["winner"]["label"], hours.body["winner"]["version"]) == ("equals hours", 1)
    assert verdicts(hours) == [("wins", "café"), ("comes_after", "shop")]
    assert (none.body["winner"], none.body["matching"], none.body["action"]) == (None, [], None)
    assert any("No trigger matches" in each for each in none.body["why"])
    assert acting.body["action"] == "contact.tag"
    assert any("in es" in each for each in spanish.body["why"])
    assert [each.body["errors"][0]["pointer"] for each in wrong] == ["/text", "/text", "/channel"]


async def test_a_contact_counts_with_flow_and_cooldowns_and_nothing_is_written(
    served: Served, open_shop: Program
) -> None:
    ana = await served.hears("open")
    cooling = await tries(open_shop, "are you open", contact_id=ana)
    await served.hears("order")
    within = await tries(open_shop, "hours", contact_id=ana)
    before = (await open_shop.get("/messages")).body
    await tries(open_shop, "a pizza", contact_id=ana)
    narrow = await served.program(scopes=[Permission.BUNDLES_READ])
    refused, nobody = await tries(narrow, "hours", contact_id=ana), await tries(open_shop, "hours", contact_id="c1")

    assert verdicts(cooling) == [("cools_down", "shop")]
    assert cooling.body["matching"][0]["seconds"] == 90
    assert (within.body["winner"], verdicts(within)) == (None, [("not_tried", "café"), ("not_tried", "shop")])
    assert any("takes this answer" in each for each in within.body["why"])
    assert (await open_shop.get("/messages")).body == before
    assert (refused.status, refused.body["scope"]) == (403, "contacts.read")
    assert (await tries(narrow, "hours")).status == 200
    assert (nobody.status, nobody.body["code"]) == (422, "no_contact")
