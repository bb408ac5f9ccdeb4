"""Waiting for an action: the turn names it, stops, and goes on with what came of it."""

from collections.abc import Callable, Mapping
from functools import partial

from bot.engine.actions import INVALID, Act, ActionResult, ActionUse, ActionValue, read_text
from bot.engine.conversation import StateValue
from bot.engine.draft import Draft
from bot.engine.trace import Code

Then = Callable[[Draft, ActionResult], None]
"""Goes on with the turn."""


def act(draft: Draft, use: ActionUse, state: Mapping[str, StateValue], about: Mapping[str, str], then: Then) -> bool:
    """Let the turn wait for an action; returns whether there is such a one.

    Args:
        draft: the turn.
        use: the step's or the trigger's.
        state: of the flow, for the variables in its arguments.
        about: what the trace tells of where it stands.
        then: what to do with what came of it. Where an argument is none of its kind that is done at once.
    """
    if use.spec is None:
        draft.note(Code.ACTION_LOST, action=use.name, **about)
        return False
    draft.acts += 1
    arguments, wrong = use.read(use.spec, draft.variables(state), draft.locale)
    if wrong:
        draft.note(Code.ARGUMENT_INVALID, action=use.name, argument=wrong, **about)
        then(draft, ActionResult(INVALID))
    else:
        doing = Act(use.name, arguments)
        draft.wait_for(doing, partial(_acted, doing, about, then))
    return True


def _acted(doing: Act, about: Mapping[str, str], then: Then, draft: Draft, result: ActionResult) -> None:
    draft.note(Code.ACTED, action=doing.action, call=_call(doing), outcome=result.outcome, **about)
    for effect in result.effects:
        draft.change_contact(effect)
    then(draft, result)


def _call(act: Act) -> str:
    return f"{act.action} ({_shown(act.arguments)})" if act.arguments else act.action


def _shown(arguments: Mapping[str, ActionValue]) -> str:
    return ", ".join(
        f"{name}: {_shown(value)}" if isinstance(value, Mapping) else f"{name} = {read_text(value, '') or ''}"
        for name, value in arguments.items()
    )
