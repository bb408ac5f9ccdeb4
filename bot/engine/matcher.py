"""Finding the trigger that answers a message."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.engine.conversation import TraceEntry
from bot.engine.definitions import Trigger
from bot.engine.patterns import Candidate
from bot.engine.trace import Code


def match(
    possible: Sequence[tuple[Candidate, Sequence[Trigger]]],
    tried: int,
    cooldowns: Mapping[str, datetime],
    now: datetime,
    *,
    interrupt: bool,
) -> tuple[Trigger | None, tuple[TraceEntry, ...]]:
    """The first trigger that matches and is not cooling down, and what was found on the way.

    Args:
        possible: the answer, and after it, for a button, its title, which is looked at where the answer finds
            nothing; with each the triggers that may match it, in matching order.
        tried: how many triggers there are in all.
        cooldowns: trigger id to the moment of its last message.
        now: the turn's moment.
        interrupt: look at the interrupting triggers alone, or at the others alone.
    """
    trace: list[TraceEntry] = []
    for candidate, triggers in possible:
        for trigger in triggers:
            if trigger.interrupt is not interrupt or not trigger.pattern.matches(candidate):
                continue
            about = {"trigger": trigger.label, "bundle": trigger.bundle.name}
            seconds = _cooling_down(trigger, cooldowns, now)
            if seconds:
                trace.append(TraceEntry(Code.TRIGGER_COOLING_DOWN, {**about, "seconds": seconds}))
                continue
            about |= {"type": trigger.pattern.type}
            trace.append(TraceEntry(Code.TRIGGER_MATCHED, {**about, "interrupt": interrupt}))
            return trigger, tuple(trace)
    if not interrupt:
        trace.append(TraceEntry(Code.NO_TRIGGER, {"tried": tried}))
    return None, tuple(trace)


def _cooling_down(trigger: Trigger, cooldowns: Mapping[str, datetime], now: datetime) -> int:
    """Whole seconds until the trigger may answer again; 0 when it may."""
    last = cooldowns.get(trigger.id)
    if last is None:
        return 0
    # A message that another host's clock puts into the future was sent just now.
    passed = max(0.0, (now - last).total_seconds())
    return max(0, math.ceil(trigger.cooldown - passed))
