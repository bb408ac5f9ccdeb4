"""Which trigger a message would find, and what became of every other one that matches it: a turn that nobody takes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from bot.engine.actions import SystemWord
from bot.engine.beforehand import keeps_out, settle
from bot.engine.conversation import Conversation, Event, TraceEntry
from bot.engine.definitions import Definitions, Trigger
from bot.engine.draft import Draft
from bot.engine.matcher import match
from bot.engine.trace import Code
from bot.engine.turn import Acting, turn


class Verdict(StrEnum):
    """What becomes of a trigger whose pattern matches."""

    WINS = "wins"
    COOLS_DOWN = "cools_down"
    """It has answered this person a moment ago."""
    COMES_AFTER = "comes_after"
    """Another one is tried before it, and answers."""
    NOT_TRIED = "not_tried"
    """Something that goes before triggers has dealt with the message."""


class Weighed(NamedTuple):
    """A trigger whose pattern matches.

    Attributes:
        trigger: it.
        verdict: what becomes of it.
        seconds: until it may answer again, where it cools down.
    """

    trigger: Trigger
    verdict: Verdict
    seconds: int = 0


class Weighing(NamedTuple):
    """What would become of a message.

    Attributes:
        trace: of the turn, up to an action where it would do one.
        triggers: those whose pattern matches, in the order in which they are tried.
        acts: the action that it would do then; empty for none.
    """

    trace: Sequence[TraceEntry]
    triggers: Sequence[Weighed]
    acts: str = ""


def weigh(
    definitions: Definitions,
    conversation: Conversation,
    event: Event,
    *,
    now: datetime,
    meant: SystemWord | None = None,
) -> Weighing:
    """What would become of a message: `turn` says so itself; nothing is done.

    Args:
        definitions: everything published.
        conversation: all that was before.
        event: the message.
        now: aware, in UTC.
        meant: what the message means to a system, or None.
    """
    result = turn(definitions, conversation, event, now=now, seed="", instance_id="", meant=meant)
    trace = result.draft.trace if isinstance(result, Acting) else result.trace
    draft = Draft(definitions, conversation, event, now, "", "", meant)
    if not keeps_out(draft):
        settle(draft)
    found = next((entry for entry in trace if entry.code == Code.TRIGGER_MATCHED), None)
    winner = None
    if found is not None:
        interrupt = bool(found.data["interrupt"])
        winner, _ = match(
            draft.possible, len(definitions.triggers), draft.conversation.cooldowns, now, interrupt=interrupt
        )
    passed = {
        (each.data["bundle"], each.data["trigger"]): int(each.data["seconds"])
        for each in trace
        if each.code == Code.TRIGGER_COOLING_DOWN
    }
    weighed = [_weighed(each, winner, passed) for each in _matching(draft)]
    return Weighing(trace, weighed, result.act.action if isinstance(result, Acting) else "")


def _matching(draft: Draft) -> list[Trigger]:
    """Those whose pattern matches, each once: the interrupting ones go first, the answer before what it stands for."""
    matching = {
        trigger.id: trigger
        for said, triggers in draft.possible
        for trigger in triggers
        if trigger.pattern.matches(said)
    }
    return sorted(matching.values(), key=lambda trigger: not trigger.interrupt)


def _weighed(trigger: Trigger, winner: Trigger | None, passed: Mapping[tuple[str, str], int]) -> Weighed:
    if trigger is winner:
        return Weighed(trigger, Verdict.WINS)
    seconds = passed.get((trigger.bundle.name, trigger.label), 0)
    if seconds:
        return Weighed(trigger, Verdict.COOLS_DOWN, seconds)
    return Weighed(trigger, Verdict.NOT_TRIED if winner is None else Verdict.COMES_AFTER)
