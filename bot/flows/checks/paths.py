"""The ways through a flow: steps that no way leads to, rounds without an end, and what is known where."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.engine.actions import DEFAULT, Specs
from bot.flows.checks.actions import Use, saved_names
from bot.flows.yaml.document import ActionStep, CollectInput, End, StepDocument
from bot.flows.yaml.findings import Findings


@dataclass(frozen=True, slots=True)
class Way:
    """A way from one step to the next.

    Attributes:
        target: the step's position.
        answered: an answer was taken before, or an action done, so that what it gave is stored.
    """

    target: int
    answered: bool


@dataclass(frozen=True, slots=True)
class FlowPaths:
    """Every way through one flow.

    Attributes:
        reached: positions that some way leads to.
        known: by position, the names that some way to it has stored.
        ways: by position.
        endless: positions from which no way leads to the end, or to a step that waits.
    """

    reached: frozenset[int]
    known: Mapping[int, frozenset[str]]
    ways: Mapping[int, tuple[Way, ...]]
    endless: frozenset[int]


def check_paths(found: Findings, specs: Specs) -> dict[str, FlowPaths]:
    """Note rounds and steps out of reach; returns the ways through each flow that is sound as a whole."""
    paths = {}
    for flow, steps in found.parts.flows.items():
        keys = [step.key for step in steps.values()]
        if not steps or len(steps) != found.parts.steps_written(flow) or len(set(keys)) != len(keys):
            continue
        paths[flow] = _explore(list(steps.values()), specs)
        _unreached(found, flow, paths[flow], keys)
        _rounds(found, flow, paths[flow], keys)
    return paths


def _explore(steps: list[StepDocument], specs: Specs) -> FlowPaths:
    positions = {step.key: position for position, step in enumerate(steps)}
    ways: dict[int, tuple[Way, ...]] = {}
    stops = set()
    for position, step in enumerate(steps):
        ways[position] = tuple(_ways(step, position, positions, len(steps), specs))
        last = position + 1 == len(steps)
        if step.waits or not ways[position] or (last and _goes_on(step, specs)):
            stops.add(position)
    known: dict[int, frozenset[str]] = {0: frozenset()}
    waiting = [0]
    while waiting:
        position = waiting.pop()
        step, before = steps[position], known[position]
        saved = _saved(step, specs)
        for way in ways[position]:
            after = before | saved if way.answered else before
            if way.target not in known or not after <= known[way.target]:
                known[way.target] = known.get(way.target, frozenset()) | after
                waiting.append(way.target)
    return FlowPaths(frozenset(known), known, ways, _endless(ways, stops))


def _endless(ways: Mapping[int, tuple[Way, ...]], stops: set[int]) -> frozenset[int]:
    found = set(stops)
    while more := {each for each, on in ways.items() if each not in found and any(way.target in found for way in on)}:
        found |= more
    return frozenset(ways.keys() - found)


def _saved(step: StepDocument, specs: Specs) -> frozenset[str]:
    if isinstance(step, ActionStep):
        return saved_names(step, specs)
    return frozenset({step.save_as}) if isinstance(step, CollectInput) and step.save_as is not None else frozenset()


def _ways(step: StepDocument, position: int, positions: Mapping[str, int], count: int, specs: Specs) -> Iterator[Way]:
    if isinstance(step, End):
        return
    for target in step.transitions.values():
        if target in positions:
            yield Way(positions[target], answered=True)
    if _goes_on(step, specs) and position + 1 < count:
        yield Way(position + 1, answered=True)
    if isinstance(step, CollectInput) and step.otherwise is not None and step.otherwise in positions:
        yield Way(positions[step.otherwise], answered=False)


def _goes_on(step: StepDocument, specs: Specs) -> bool:
    """Whether it may go to the next step in the list, or there to the end."""
    if isinstance(step, End) or DEFAULT in step.transitions:
        return False
    if isinstance(step, ActionStep):
        spec = specs.get(step.action)
        use = Use((), step.action, step, step.transitions, "transitions")
        return not step.transitions or spec is None or bool(use.unhandled(spec))
    # Without `default` a waiting step with transitions takes nothing else.
    return not (step.waits and step.transitions)


def _unreached(found: Findings, flow: str, paths: FlowPaths, keys: list[str]) -> None:
    for position, key in enumerate(keys):
        if position not in paths.reached:
            found.add(("flows", flow, "steps", position, "key"), "N02", step=key)


def _rounds(found: Findings, flow: str, paths: FlowPaths, keys: list[str]) -> None:
    """From a step that comes to no stop any way leads into a round, so the first of them tells one."""
    told: set[int] = set()
    for start in sorted(paths.endless):
        trail: list[int] = []
        position = start
        while position not in trail:
            trail.append(position)
            position = paths.ways[position][0].target
        if position in told:
            continue
        around = sorted(trail[trail.index(position) :])
        told.update(around)
        names = ", ".join(keys[each] for each in around)
        found.add(("flows", flow, "steps", around[0]), "F01", steps=names)
