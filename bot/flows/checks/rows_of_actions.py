"""More actions in a row than are done for one message: the flow would be cut there, and end."""

from collections import deque
from collections.abc import Iterator, Mapping

from bot.engine.actions import MAX_ACTIONS_PER_TURN
from bot.flows.checks.paths import FlowPaths
from bot.flows.yaml.document import ActionStep, StepDocument
from bot.flows.yaml.findings import Findings

_Trail = tuple[int, ...]
"""The positions of the actions on a way since somebody answered last, in order; one may stand there more than once."""


def check_rows_of_actions(found: Findings, paths: Mapping[str, FlowPaths]) -> None:
    """Note ways through the flows on which more actions follow each other than are done for one message."""
    for flow, ways in paths.items():
        steps = list(found.parts.flows[flow].values())
        told: set[int] = set()
        for trail in _cut(steps, ways):
            if told.issuperset(trail):
                continue
            told.update(trail)
            names = ", ".join(steps[each].key for each in dict.fromkeys(trail))
            place = ("flows", flow, "steps", trail[-1])
            found.add(place, "F07", steps=names, limit=str(MAX_ACTIONS_PER_TURN))


def _cut(steps: list[StepDocument], paths: FlowPaths) -> Iterator[_Trail]:
    """The shortest way to each action at which a flow is cut.

    A round without an end is another fault, and no part of it is looked at.
    """
    seen = {(0, 0)}
    waiting: deque[tuple[int, _Trail]] = deque([(0, ())])
    while waiting:
        position, trail = waiting.popleft()
        if position in paths.endless:
            continue
        step = steps[position]
        if isinstance(step, ActionStep):
            trail = (*trail, position)
        elif step.waits:
            trail = ()
        if len(trail) > MAX_ACTIONS_PER_TURN:
            yield trail
            continue
        for way in paths.ways[position]:
            # However it came there, what follows hangs on the number alone.
            if (way.target, len(trail)) not in seen:
                seen.add((way.target, len(trail)))
                waiting.append((way.target, trail))
