"""A running server serves what is published, a moment later and without stalling."""

import asyncio
import gc
import threading
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.core.actors import Actor
from bot.core.clock import utc_now
from bot.db.engine import create_engine, reading
from bot.engine.definitions import Expect, StepType
from bot.engine.patterns import Candidate
from bot.engine.words import ENGLISH
from bot.flows import queries
from bot.flows.compile import CompiledBundle, compile_bundle
from bot.flows.models import Flow
from bot.flows.queries import StoredBundle
from bot.flows.service import Catalogue, archive
from tests.support.bundles import MOMENT, published

PIZZA = """
bundle: pizzaria
locale: pt-BR
welcome: hello
expire_after: 30m
escape_words: [Chega!]
templates: {hello: {content: Oi, locales: {en: {content: Hi}}}, ask: {content: Quantas?, variables: {who: você}}}
triggers:
  - {type: equals, pattern: baixo, priority: -1, template: hello}
  - {type: equals, pattern: pizza, flow: order}
  - {type: contains, pattern: fim, priority: 5, cooldown_sec: 9, interrupt: true, template: hello}
  - {type: equals, pattern: fora, active: false, template: hello}
flows:
  order:
    steps:
      - key: n
        type: collect_input
        template: ask
        expect: {number: 1..3}
        otherwise: z
        transitions: {1: z, default: z}
      - {key: w, type: send_template, template: ask, wait_input: true}
      - {key: z, type: end, handoff: true}
"""
CLINIC = """
bundle: clinic
templates: {hello: {content: Hi}}
triggers: [{type: equals, pattern: hi, template: hello}, {type: equals, pattern: late, priority: -1, template: hello}]
"""


@asynccontextmanager
async def kept_fresh(catalogue: Catalogue) -> AsyncIterator[None]:
    task = asyncio.create_task(catalogue.keep_fresh(interval=0.05))
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def until(condition: Callable[[], bool], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_definitions_hold_what_is_published(engine: AsyncEngine) -> None:
    await published(engine, PIZZA)
    catalogue = Catalogue(engine, {"en": ENGLISH})

    assert await catalogue.refresh() is True

    definitions = catalogue.definitions
    assert definitions.words == {"en": ENGLISH}
    assert [trigger.label for trigger in definitions.triggers] == ["contains fim", "equals pizza", "equals baixo"]
    assert (definitions.triggers[0].cooldown, definitions.triggers[0].interrupt) == (9, True)
    (rules,) = definitions.bundles
    assert (rules.name, rules.version, rules.locale) == ("pizzaria", 1, "pt-BR")
    assert rules.expire_after == timedelta(minutes=30)
    assert rules.escape_words == frozenset({"chega"})
    assert rules.welcome is not None
    assert rules.welcome.locales["en"].variants[0].source == "Hi"
    (flow,) = definitions.flows.values()
    asks, waits, ends = flow.steps
    assert (asks.expect, asks.transitions, asks.default, asks.otherwise) == (Expect.NUMBER, {"1": "z"}, "z", "z")
    assert asks.expect_range is not None
    assert asks.template is not None
    assert asks.template.defaults == {"who": "você"}
    assert (waits.type, waits.waits) == (StepType.SEND_TEMPLATE, True)
    assert (ends.type, ends.handoff, ends.template) == (StepType.END, True, None)


async def test_nothing_is_read_anew_while_nothing_is_published(engine: AsyncEngine) -> None:
    await published(engine, PIZZA)
    catalogue = Catalogue(engine, {})

    assert [await catalogue.refresh(), await catalogue.refresh()] == [True, False]


async def test_a_publish_in_the_middle_of_a_refresh_is_seen_whole(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await published(engine, PIZZA)
    catalogue = Catalogue(engine, {})
    read = queries.read_bundles

    async def publish_meanwhile(connection: AsyncConnection, ids: Collection[str]) -> dict[str, StoredBundle]:
        monkeypatch.undo()
        await published(engine, PIZZA.replace("30m", "1h"))
        return await read(connection, ids)

    monkeypatch.setattr(queries, "read_bundles", publish_meanwhile)
    await catalogue.refresh()

    assert len(catalogue.definitions.bundles) == 1
    assert len(catalogue.definitions.triggers) == 3, "the triggers of one version, not of none"


async def test_at_equal_priority_the_newest_publish_comes_first(engine: AsyncEngine) -> None:
    await published(engine, CLINIC, now=MOMENT + timedelta(hours=1))
    await published(engine, PIZZA, now=MOMENT)
    catalogue = Catalogue(engine, {})

    await catalogue.refresh()

    assert [bundle.name for bundle in catalogue.definitions.bundles] == ["clinic", "pizzaria"]
    assert [trigger.label for trigger in catalogue.definitions.triggers] == [
        "contains fim",
        "equals hi",
        "equals pizza",
        "equals late",
        "equals baixo",
    ]


async def test_a_new_version_is_served_within_a_second(engine: AsyncEngine) -> None:
    catalogue = Catalogue(engine, {})
    await catalogue.refresh()

    async with kept_fresh(catalogue):
        await published(engine, PIZZA)
        await until(lambda: len(catalogue.definitions.bundles) == 1, 1)
        await published(engine, PIZZA.replace("30m", "1h"))
        await until(lambda: catalogue.definitions.bundles[0].version == 2, 1)
        async with engine.begin() as connection:
            await archive(connection, "pizzaria", by=Actor("ana"), now=utc_now())
        await until(lambda: not catalogue.definitions.triggers, 1)


async def test_compiling_is_left_to_another_thread(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []

    def compile_noted(*arguments: Any) -> CompiledBundle:
        threads.append(threading.current_thread())
        return compile_bundle(*arguments)

    monkeypatch.setattr("bot.flows.catalogue.compile_bundle", compile_noted)
    await published(engine, PIZZA)
    await published(engine, PIZZA.replace("Quantas?", "Quantas pizzas?"))
    catalogue = Catalogue(engine, {})

    await catalogue.refresh()
    async with engine.connect() as connection:
        old = (await connection.execute(select(Flow.id).where(Flow.version == 1))).scalar_one()
        await catalogue.with_flows(connection, {old})

    assert len(threads) == 2
    assert threading.main_thread() not in threads


async def test_messages_are_served_by_the_old_definitions_while_new_ones_are_compiled(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiling, go_on = threading.Event(), threading.Event()

    def compile_slowly(*arguments: Any) -> CompiledBundle:
        compiling.set()
        assert go_on.wait(5)
        return compile_bundle(*arguments)

    await published(engine, PIZZA)
    catalogue = Catalogue(engine, {})
    await catalogue.refresh()
    old = catalogue.definitions
    monkeypatch.setattr("bot.flows.catalogue.compile_bundle", compile_slowly)
    await published(engine, PIZZA.replace("pattern: pizza", "pattern: calzone"))

    refreshing = asyncio.create_task(catalogue.refresh())
    await until(compiling.is_set)
    for text, labels in (("pizza", ["equals pizza"]), ("calzone", [])):
        possible = catalogue.definitions.triggers.possible(Candidate(text, "pt-BR"))
        assert [trigger.label for trigger in possible] == labels
    assert catalogue.definitions is old
    go_on.set()
    await refreshing

    possible = catalogue.definitions.triggers.possible(Candidate("calzone", "pt-BR"))
    assert [trigger.label for trigger in possible] == ["equals calzone"]


async def test_no_garbage_is_collected_while_bundles_are_loaded_and_again_afterwards(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    collecting = []

    def compile_noted(*arguments: Any) -> CompiledBundle:
        collecting.append(gc.isenabled())
        return compile_bundle(*arguments)

    monkeypatch.setattr("bot.flows.catalogue.compile_bundle", compile_noted)
    await published(engine, PIZZA)
    await Catalogue(engine, {}).refresh()
    assert (collecting, gc.isenabled()) == ([False], True)

    async def fail(*_arguments: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(queries, "read_bundles", fail)
    with pytest.raises(ConnectionError):
        await Catalogue(engine, {}).refresh()
    assert gc.isenabled()


async def test_flows_that_instances_are_pinned_to_are_found(engine: AsyncEngine) -> None:
    await published(engine, PIZZA)
    await published(engine, PIZZA.replace("Quantas?", "Quantas pizzas?"))
    catalogue = Catalogue(engine, {})
    await catalogue.refresh()
    async with engine.connect() as connection:
        old = (await connection.execute(select(Flow.id).where(Flow.version == 1))).scalar_one()
        assert old not in catalogue.definitions.flows
        triggers = catalogue.definitions.triggers

        definitions = await catalogue.with_flows(connection, {old, "no such flow"})

        assert definitions.flows[old].bundle.version == 1
        assert len(definitions.flows) == 2
        assert definitions.triggers is triggers, "they are not indexed anew"
        assert await catalogue.with_flows(connection, {old}) is definitions, "known from now on"


async def test_a_publish_in_the_middle_of_a_batch_loses_no_flow_that_the_batch_needs(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await published(engine, PIZZA)
    await published(engine, PIZZA.replace("Quantas?", "Quantas pizzas?"))
    catalogue = Catalogue(engine, {})
    await catalogue.refresh()
    async with engine.connect() as connection:
        first, second = (await connection.execute(select(Flow.id).order_by(Flow.version))).scalars()
    await published(engine, PIZZA.replace("Quantas?", "Quantas mesmo?"))
    read = queries.bundles_of_flows

    async def read_while_another_publishes(connection: AsyncConnection, flow_ids: Collection[str]) -> Any:
        found = await read(connection, flow_ids)
        await catalogue.refresh()
        return found

    monkeypatch.setattr(queries, "bundles_of_flows", read_while_another_publishes)
    async with reading(engine) as connection:
        definitions = await catalogue.with_flows(connection, {first, second})

    assert [definitions.flows[each].bundle.version for each in (first, second)] == [1, 2]
    assert [each.version for each in definitions.bundles] == [3]


async def test_an_outage_of_the_database_is_survived(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = create_engine(sqlite_url)
    await published(engine, PIZZA)
    catalogue = Catalogue(engine, {})
    await catalogue.refresh()
    tries = 0

    async def refuse(_connection: object) -> tuple[str, ...]:
        nonlocal tries
        tries += 1
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr("bot.flows.queries.published_ids", refuse)
        async with kept_fresh(catalogue):
            await until(lambda: tries > 2)
            assert catalogue.definitions.triggers
            patch.undo()
            await published(engine, CLINIC)
            await until(lambda: len(catalogue.definitions.bundles) == 2)
    await engine.dispose()
