"""Publishing writes new rows, keeps triggers, and lets one publisher in at a time."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.actors import Actor
from bot.core.errors import BotError
from bot.flows.models import Bundle, Flow, FlowStep, Template, Trigger
from bot.flows.service import archive, listing, publish, show
from tests.support.bundles import MOMENT, checked, published

PIZZA = """
bundle: pizzaria
locale: pt-BR
templates:
  ask: {variants: [Qual sabor?, Que sabor?], locales: {en: {content: Which one?}}}
  bye: {content: "{{ flavour }}, até já!", variables: {flavour: pizza}}
triggers:
  - {key: start, type: equals, pattern: pizza, priority: 10, flow: order}
  - {type: contains, pattern: [tchau, até], cooldown_sec: 60, template: bye}
  - {type: equals, pattern: pedido, flow: order}
flows:
  order:
    steps:
      - {key: flavour, type: collect_input, template: ask, save_as: flavour, transitions: {nada: end, default: end}}
      - {key: end, type: end, template: bye}
"""
LATER = MOMENT + timedelta(hours=1)


async def rows(engine: AsyncEngine, statement: Any) -> list[Any]:
    async with engine.connect() as connection:
        return list((await connection.execute(statement)).all())


async def triggers(engine: AsyncEngine) -> dict[str, Any]:
    return {row.pattern: row for row in await rows(engine, select(Trigger).order_by(Trigger.position))}


async def test_a_bundle_becomes_rows(engine: AsyncEngine) -> None:
    (result,) = await published(engine, PIZZA)

    assert (result.name, result.version, result.changed) == ("pizzaria", 1, True)
    (bundle,) = await rows(engine, select(Bundle))
    assert (bundle.status, bundle.published_at, bundle.published_by) == ("published", MOMENT, "ana")
    assert bundle.source == PIZZA
    templates = await rows(engine, select(Template).order_by(Template.key, Template.locale))
    assert [(row.key, row.locale, row.content, row.variants, row.variables) for row in templates] == [
        ("ask", "en", "Which one?", ["Which one?"], None),
        ("ask", "pt-BR", "Qual sabor?", ["Qual sabor?", "Que sabor?"], None),
        ("bye", "pt-BR", "{{ flavour }}, até já!", ["{{ flavour }}, até já!"], {"flavour": "pizza"}),
    ]
    found = await triggers(engine)
    assert list(found) == ["pizza", '["tchau", "até"]', "pedido"]
    assert {row.updated_at for row in found.values()} == {MOMENT}
    (flow,) = await rows(engine, select(Flow))
    assert (flow.name, flow.version, flow.status, flow.entry_trigger_id) == (
        "order",
        1,
        "published",
        found["pizza"].id,
    )
    steps = await rows(engine, select(FlowStep).order_by(FlowStep.order))
    assert [(row.key, row.type, row.wait_input, row.transitions_json) for row in steps] == [
        ("flavour", "collect_input", True, {"nada": "end", "default": "end"}),
        ("end", "end", False, None),
    ]


async def test_an_unchanged_bundle_makes_no_new_version(engine: AsyncEngine) -> None:
    await published(engine, PIZZA)

    (again,) = await published(engine, f"# only a comment is new\n{PIZZA}", now=LATER)

    assert (again.version, again.changed) == (1, False)
    assert len(await rows(engine, select(Bundle))) == 1


async def test_a_new_version_archives_the_old_one_and_keeps_its_rows(engine: AsyncEngine) -> None:
    await published(engine, PIZZA)

    (again,) = await published(engine, PIZZA.replace("Qual sabor?", "Sabor?"), now=LATER)

    assert (again.version, again.changed) == (2, True)
    assert [(row.version, row.status) for row in await rows(engine, select(Bundle).order_by(Bundle.version))] == [
        (1, "archived"),
        (2, "published"),
    ]
    assert [(row.version, row.status) for row in await rows(engine, select(Flow).order_by(Flow.version))] == [
        (1, "archived"),
        (2, "published"),
    ]
    active = await rows(engine, select(Template.is_active, func.count()).group_by(Template.is_active))
    assert {bool(is_active): count for is_active, count in active} == {False: 3, True: 3}


async def test_triggers_keep_their_ids(engine: AsyncEngine) -> None:
    await published(engine, PIZZA)
    before = await triggers(engine)

    moved = PIZZA.replace("pattern: pizza,", "pattern: pizzas,").replace("cooldown_sec: 60", "cooldown_sec: 5")
    await published(engine, moved, now=LATER)

    after = await triggers(engine)
    assert after["pizzas"].id == before["pizza"].id, "by its key, although the pattern is another"
    assert after['["tchau", "até"]'].id == before['["tchau", "até"]'].id, "by type, pattern and target"
    assert after['["tchau", "até"]'].cooldown_sec == 5
    assert {row.updated_at for row in after.values()} == {LATER}
    (current,) = await rows(engine, select(Flow).where(Flow.status == "published"))
    assert after["pedido"].flow_id == current.id


async def test_an_absent_trigger_is_deactivated_and_comes_back_as_itself(engine: AsyncEngine) -> None:
    await published(engine, PIZZA)
    before = await triggers(engine)

    await published(engine, PIZZA.replace("  - {type: equals, pattern: pedido, flow: order}\n", ""), now=LATER)
    absent = (await triggers(engine))["pedido"]
    await published(engine, PIZZA, now=LATER + timedelta(hours=1))
    back = (await triggers(engine))["pedido"]

    assert (absent.id, absent.active, absent.updated_at) == (before["pedido"].id, False, LATER)
    assert (back.id, back.active) == (before["pedido"].id, True)


async def test_a_trigger_that_is_given_a_key_stays_itself(engine: AsyncEngine) -> None:
    await published(engine, PIZZA)
    before = await triggers(engine)

    await published(
        engine, PIZZA.replace("- {type: equals, pattern: pedido", "- {key: p, type: equals, pattern: pedido")
    )

    assert (await triggers(engine))["pedido"].id == before["pedido"].id


async def test_a_twin_with_a_key_does_not_take_the_place_of_the_one_without(engine: AsyncEngine) -> None:
    twin = "  - {type: equals, pattern: pedido, flow: order}\n"
    await published(engine, PIZZA)
    before = (await triggers(engine))["pedido"].id

    await published(engine, PIZZA.replace(twin, twin.replace("{", "{key: twin, active: false, ") + twin), now=LATER)

    assert await rows(engine, select(Trigger.id).where(Trigger.pattern == "pedido", Trigger.key.is_(None))) == [
        (before,)
    ]


async def test_two_publishers_at_once_make_two_versions(engine: AsyncEngine) -> None:
    await published(engine, PIZZA)

    results = await asyncio.gather(
        *(published(engine, PIZZA.replace("Qual sabor?", f"Sabor {number}?"), now=LATER) for number in range(4))
    )

    assert sorted(each.version for (each,) in results) == [2, 3, 4, 5]
    assert len(await rows(engine, select(Bundle).where(Bundle.status == "published"))) == 1
    assert len(await rows(engine, select(Trigger))) == 3


async def test_nothing_is_published_when_the_caller_rolls_back(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await publish(connection, checked(PIZZA, "bundle: other"), by=Actor("ana"), now=MOMENT)
        await connection.rollback()

    assert await rows(engine, select(Bundle)) == []


async def test_archiving_takes_a_bundle_out_of_service(engine: AsyncEngine) -> None:
    await published(engine, PIZZA)

    async with engine.begin() as connection:
        assert await archive(connection, "pizzaria", by=Actor("ana"), now=LATER) == 1
        (listed,) = await listing(connection)
        shown = await show(connection, "pizzaria")

    assert (listed.status, listed.templates, listed.triggers, listed.flows) == ("archived", 2, 3, 1)
    assert (shown.source, shown.document["locale"]) == (PIZZA, "pt-BR")
    assert not any(row.active for row in (await triggers(engine)).values())
    async with engine.begin() as connection:
        with pytest.raises(BotError, match="no bundle pizzaria is published"):
            await archive(connection, "pizzaria", by=Actor("ana"), now=LATER)
    (again,) = await published(engine, PIZZA, now=LATER)
    assert (again.version, again.changed) == (2, True)


async def test_an_unknown_bundle_cannot_be_shown(engine: AsyncEngine) -> None:
    await published(engine, PIZZA)

    async with engine.connect() as connection:
        with pytest.raises(BotError, match=r"there is no bundle pizaria\. Did you mean pizzaria\?"):
            await show(connection, "pizaria")
