"""What a running server serves: the published bundles, compiled, a moment old at most."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.core.garbage import collecting_none
from bot.db.engine import reading
from bot.engine.actions import Specs
from bot.engine.definitions import Definitions, Triggers
from bot.flows import queries
from bot.flows.actions import NO_ACTIONS, Actions, WordSource, specs_of
from bot.flows.compile import CompiledBundle, compile_bundle
from bot.flows.queries import FILES, StoredBundle
from bot.flows.yaml.document import BundleDocument

if TYPE_CHECKING:
    from bot.engine.words import Words

log = structlog.get_logger()


class Catalogue:
    """Keeps the engine's definitions equal to what is published.

    Attributes:
        definitions: the current ones; swapped as a whole, never changed.
        actions: what flows and triggers may do.
        word_sources: systems that have words of their own, the first of which goes first.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        words: Mapping[str, "Words"],
        actions: Actions = NO_ACTIONS,
        word_sources: Sequence[WordSource] = (),
    ) -> None:
        self._engine = engine
        self.actions = actions
        self.word_sources = tuple(word_sources)
        self._specs = specs_of(actions)
        self._published: tuple[str, ...] | None = None
        self.definitions = Definitions(words=words)

    async def refresh(self) -> bool:
        """Load what is published, if that has changed; returns whether it has."""
        async with reading(self._engine) as connection:
            published = await queries.published_ids(connection)
            if published == self._published:
                return False
        # A full collection took 190 to 360 ms in the middle of loading 10,000 triggers, and messages waited for it.
        with collecting_none():
            published, stored = await self._read()
            # Compiling takes long enough to hold up messages, and needs nothing of the loop.
            definitions = await asyncio.to_thread(_define, stored, self.definitions.words, self._specs)
            self._published, self.definitions = published, definitions
        return True

    async def keep_fresh(self, interval: float = 0.5) -> None:
        """Refresh every `interval` seconds, for ever; while that fails, the last good definitions serve on."""
        failing = False
        while True:
            await asyncio.sleep(interval)
            try:
                changed = await self.refresh()
            except Exception as error:  # noqa: BLE001 - whatever fails, what is served already goes on serving
                if not failing:
                    log.warning("published bundles cannot be read", error=repr(error))
                failing = True
                continue
            if changed or failing:
                failing = False
                bundles = [f"{each.name} {each.version}" for each in self.definitions.bundles]
                log.info("serving bundles", bundles=bundles)

    async def with_flows(self, connection: AsyncConnection, flow_ids: Collection[str]) -> Definitions:
        """The current definitions with at least those flows, of whatever version; unknown ids are passed over."""
        known = {each: flow for each in flow_ids if (flow := self.definitions.flows.get(each)) is not None}
        missing = [each for each in flow_ids if each not in known]
        if missing:
            bundles = await queries.bundles_of_flows(connection, missing)
            stored = await queries.read_bundles(connection, bundles)
            older = await asyncio.to_thread(_compile_all, stored.values(), self._specs)
            flows = {flow.id: flow for bundle in older for flow in bundle.flows}
            reads_tags = self.definitions.reads_tags or any(bundle.reads_tags for bundle in older)
            # They stay until the next publish, and are read anew when they are still needed then. One that came while
            # these were read has taken the place of the definitions, and with them of the flows that were known.
            self.definitions = replace(
                self.definitions, flows={**flows, **known, **self.definitions.flows}, reads_tags=reads_tags
            )
        return self.definitions

    async def _read(self) -> tuple[tuple[str, ...], list[StoredBundle]]:
        """What is published at one moment: the ids, and the bundles in their order."""
        async with reading(self._engine) as connection:
            published = await queries.published_ids(connection)
            stored = await queries.read_bundles(connection, published)
            while (now := await queries.published_ids(connection)) != published:
                # Someone published in between, so what was read is partly of the one and partly of the other.
                published, stored = now, await queries.read_bundles(connection, now)
        return published, [stored[each] for each in published]


def _define(stored: Iterable[StoredBundle], words: Mapping[str, "Words"], specs: Specs) -> Definitions:
    bundles = _compile_all(stored, specs)
    # Sorting is stable: among equals the newest publish comes first, then the position in the file.
    triggers = sorted((each for bundle in bundles for each in bundle.triggers), key=lambda each: -each[0])
    return Definitions(
        triggers=Triggers(trigger for _, trigger in triggers),
        bundles=tuple(bundle.rules for bundle in bundles),
        flows={flow.id: flow for bundle in bundles for flow in bundle.flows},
        published={f"{bundle.rules.name}/{flow.name}": flow for bundle in bundles for flow in bundle.flows},
        words=words,
        offers=any(bundle.offers for bundle in bundles),
        reads_tags=any(bundle.reads_tags for bundle in bundles),
        templates={
            f"{bundle.rules.name}/{key}": (template, bundle.rules)
            for bundle in bundles
            for key, template in bundle.templates.items()
        },
    )


def _compile_all(stored: Iterable[StoredBundle], specs: Specs) -> list[CompiledBundle]:
    return [_compile(each, specs) for each in stored]


def _compile(stored: StoredBundle, specs: Specs) -> CompiledBundle:
    document = {key: value for key, value in stored.document.items() if key != FILES}
    return compile_bundle(BundleDocument.model_validate(document), stored.version, stored.ids, specs)
