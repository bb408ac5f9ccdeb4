"""The ways through a flow: steps that no way leads to, rounds without an end, and what is known where."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.flows.yaml.document import CollectInput, End, StepDocument
from bot.flows.yaml.findings import Findings


@dataclass(frozen=True, slots=True)
class Way:
    """A way from one step to the next.

    Attributes:
        target: the step's position.
        answered: an answer was taken before, so that it is stored.
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
    """

    reached: frozenset[int]
    known: Mapping[int, frozenset[str]]
    ways: Mapping[int, tuple[Way, ...]]


def check_paths(found: Findings) -> dict[str, FlowPaths]:
    """Note rounds and steps out of reach; returns the ways through each flow that is sound as a whole."""
    paths = {}
    for flow, steps in found.parts.flows.items():
        keys = [step.key for step in steps.values()]
        if not steps or len(steps) != found.parts.steps_written(flow) or len(set(keys)) != len(keys):
            continue
        paths[flow] = _explore(list(steps.values()))
        _unreached(found, flow, paths[flow], keys)
        _rounds(found, flow, paths[flow], list(steps.values()))
    return paths


def _explore(steps: list[StepDocument]) -> FlowPaths:
    positions = {step.key: position for position, step in enumerate(steps)}
    ways = {position: tuple(_ways(step, position, positions, len(steps))) for position, step in enumerate(steps)}
    known: dict[int, frozenset[str]] = {0: frozenset()}
    waiting = [0]
    while waiting:
        position = waiting.pop()
        step, before = steps[position], known[position]
        saved = {step.save_as} if isinstance(step, CollectInput) and step.save_as is not None else set()
        for way in ways[position]:
            after = before | saved if way.answered else before
            if way.target not in known or not after <= known[way.target]:
                known[way.target] = known.get(way.target, frozenset()) | after
                waiting.append(way.target)
    return FlowPaths(frozenset(known), known, ways)


def _ways(step: StepDocument, position: int, positions: Mapping[str, int], count: int) -> Iterator[Way]:
    if isinstance(step, End):
        return
    for target in step.transitions.values():
        if target in positions:
            yield Way(positions[target], answered=True)
    # Without `default` a waiting step with transitions takes nothing else; any other goes to the next in the list.
    goes_on = not step.transitions if step.waits else "default" not in step.transitions
    if goes_on and position + 1 < count:
        yield Way(position + 1, answered=True)
    if isinstance(step, CollectInput) and step.otherwise is not None and step.otherwise in positions:
        yield Way(positions[step.otherwise], answered=False)


def _unreached(found: Findings, flow: str, paths: FlowPaths, keys: list[str]) -> None:
    for position, key in enumerate(keys):
        if position not in paths.reached:
            found.add(("flows", flow, "steps", position, "key"), "N02", step=key)


def _rounds(found: Findings, flow: str, paths: FlowPaths, steps: list[StepDocument]) -> None:
    """A step that does not wait has one way on at most, so a round is found by following it."""
    told: set[int] = set()
    for start in range(len(steps)):
        trail: list[int] = []
        position: int | None = start
        while position is not None and not steps[position].waits and position not in trail:
            trail.append(position)
            position = next((way.target for way in paths.ways[position]), None)
        if position is None or position not in trail or position in told:
            continue
        around = sorted(trail[trail.index(position) :])
        told.update(around)
        names = ", ".join(steps[each].key for each in around)
        found.add(("flows", flow, "steps", around[0]), "F01", steps=names)
