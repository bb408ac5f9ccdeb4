"""Going through a flow: beginning, answering, walking from step to step until one waits."""

from collections.abc import Mapping
from functools import partial

from bot.engine.acting import act
from bot.engine.actions import MAX_ACTIONS_PER_TURN, ActionResult
from bot.engine.answers import Refusal, Taken, next_step, take
from bot.engine.conversation import EndReason, Instance, StateValue
from bot.engine.definitions import Flow, Step, StepType
from bot.engine.draft import NO_VALUES, Draft, name_of
from bot.engine.trace import Code

MAX_STEPS_PER_TURN = 50
"""Steps entered in one turn at most; each says one message at most, so this bounds a turn's messages too."""


def begin(draft: Draft, flow: Flow, trigger_id: str, state: Mapping[str, StateValue] = NO_VALUES) -> None:
    """Begin an instance of the flow; what it says in this turn answers the trigger, if one began it."""
    instance = Instance(draft.instance_id, flow.id, flow.steps[0].key, state, 0, draft.now, trigger_id)
    draft.note(Code.FLOW_STARTED, flow=name_of(flow))
    _walk(draft, flow, instance, flow.steps[0].key, trigger_id)


def answer(draft: Draft, flow: Flow, instance: Instance, step: Step) -> None:
    """Give the person's answer to the step that waits for it."""
    instance = instance._replace(last_interaction_at=draft.now)
    taken = take(flow, step, draft.said, draft.offered(step.template, flow.bundle, instance))
    if isinstance(taken, Refusal):
        _refuse(draft, flow, instance, step, taken)
        return
    draft.moved_on = True
    draft.note(Code.ANSWER_TAKEN, flow=name_of(flow), step=step.key, save_as=step.save_as)
    if step.save_as:
        instance = instance._replace(state=_stored(instance.state, step.save_as, taken))
    _go(draft, flow, instance, step, taken.to)


def _stored(state: Mapping[str, StateValue], name: str, taken: Taken) -> Mapping[str, StateValue]:
    """The state with an answer; a choice's id stands beside its label, as `name.id`."""
    kept = {each: value for each, value in state.items() if each != f"{name}.id"} | {name: taken.value}
    return kept | {f"{name}.id": taken.id} if taken.id else kept


def _refuse(draft: Draft, flow: Flow, instance: Instance, step: Step, why: Refusal) -> None:
    draft.asks_again = True
    about = {"flow": name_of(flow), "step": step.key}
    draft.note(Code.ANSWER_REFUSED, **about, why=why, attempt=instance.asked, attempts=step.attempts)
    if instance.asked < step.attempts:
        again = instance._replace(asked=instance.asked + 1)
        _say(draft, flow, again, step)
        draft.rest(again)
        return
    draft.note(Code.ATTEMPTS_USED_UP, **about, otherwise=step.otherwise)
    if step.otherwise:
        _go(draft, flow, instance, step, step.otherwise)
        return
    if flow.bundle.fallback:
        draft.say(flow.bundle.fallback, flow.bundle, instance=instance)
    else:
        draft.say_shipped(draft.words.not_understood, instance_id=instance.id)
    # These are the fallback's words, so they are not said again at once if the next message means nothing either.
    draft.change(fallback_at=draft.now)
    draft.end(instance, EndReason.REFUSED, flow)


def _go(draft: Draft, flow: Flow, instance: Instance, step: Step, to: str) -> None:
    draft.note(Code.TRANSITION, flow=name_of(flow), step=step.key, to=to)
    _walk(draft, flow, instance, to)


def _walk(draft: Draft, flow: Flow, instance: Instance, key: str, trigger_id: str = "") -> None:
    """Enter the step and those after it until one waits or ends; an empty key is the end of the flow."""
    entered: set[str] = set()
    while key:
        about = {"flow": name_of(flow), "step": key}
        step = flow.step(key)
        if step is None:
            draft.note(Code.STEP_LOST, **about)
            draft.end(instance, EndReason.LOST, flow)
            return
        if key in entered or draft.entered == MAX_STEPS_PER_TURN:
            # Nothing a person says comes in between, so what went round once would go round for ever.
            draft.note(Code.LOOP_CUT, **about, steps=draft.entered)
            draft.end(instance, EndReason.LOST, flow)
            return
        entered.add(key)
        draft.entered += 1
        instance = instance._replace(step_key=key, asked=1)
        draft.note(Code.STEP_ENTERED, **about, type=step.type)
        if step.type is StepType.ACTION:
            _act(draft, flow, instance, step, trigger_id)
            return
        _say(draft, flow, instance, step, trigger_id)
        if step.waits:
            draft.rest(instance)
            return
        if step.handoff:
            until = draft.now + flow.bundle.handoff_after
            draft.note(Code.HANDED_OVER, **about, until=until.isoformat())
            draft.rest(instance._replace(paused=True, paused_until=until))
            return
        key = "" if step.type is StepType.END else next_step(flow, step)
        draft.note(Code.TRANSITION, **about, to=key)
    draft.end(instance, EndReason.FINISHED, flow)


def _act(draft: Draft, flow: Flow, instance: Instance, step: Step, trigger_id: str) -> None:
    """Do what the step does; what comes of it tells how the flow goes on."""
    about = {"flow": name_of(flow), "step": step.key}
    if draft.acts == MAX_ACTIONS_PER_TURN:
        draft.note(Code.ACTIONS_CUT, **about, limit=MAX_ACTIONS_PER_TURN)
        draft.end(instance, EndReason.LOST, flow)
        return
    then = partial(_go_on, flow, instance, step, trigger_id)
    if step.action is None or not act(draft, step.action, instance.state, about, then):
        draft.end(instance, EndReason.LOST, flow)


def _go_on(flow: Flow, instance: Instance, step: Step, trigger_id: str, draft: Draft, result: ActionResult) -> None:
    assert step.action is not None  # noqa: S101 - its result is what this goes on with
    instance = instance._replace(state=step.action.saved(instance.state, result))
    to = step.transitions.get(result.outcome) or next_step(flow, step)
    draft.note(Code.TRANSITION, flow=name_of(flow), step=step.key, to=to)
    _walk(draft, flow, instance, to, trigger_id)


def _say(draft: Draft, flow: Flow, instance: Instance, step: Step, trigger_id: str = "") -> None:
    if step.template:
        draft.say(step.template, flow.bundle, instance=instance, options=step.options, trigger_id=trigger_id)
