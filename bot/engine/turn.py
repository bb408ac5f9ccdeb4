"""One message of one person: what the bot makes of it.

The order is fixed: consent, interrupting triggers, the running instance, the other triggers, welcome or fallback,
silence. Each part below says whether it has dealt with the message; the first that has is the last to be asked.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from bot.core.addresses import Channel
from bot.core.messages import MessageKind
from bot.engine import flow as flows
from bot.engine.acting import act
from bot.engine.actions import DEFAULT, Act, ActionResult, SystemWord
from bot.engine.answers import meant, offered
from bot.engine.beforehand import keeps_out, settle
from bot.engine.brake import finish, keep_from_acting
from bot.engine.consent import settle_consent
from bot.engine.conversation import Conversation, EndReason, Event, Instance, StateValue, Turn
from bot.engine.definitions import BundleRules, Definitions, Flow, Step, Template, Trigger
from bot.engine.draft import Draft, name_of
from bot.engine.matcher import match
from bot.engine.trace import Code
from bot.engine.words import escape_words

FALLBACK_EVERY = timedelta(minutes=10)


def turn(
    definitions: Definitions,
    conversation: Conversation,
    event: Event,
    *,
    now: datetime,
    seed: str,
    instance_id: str,
    meant: SystemWord | None = None,
) -> "Turn | Acting":
    """Answer one message, or come to an action first: the same inputs give the same turn, and no input raises.

    Args:
        definitions: everything published.
        conversation: all that was before.
        event: the message.
        now: aware, in UTC.
        seed: account, contact's address and inbound provider id: the choice of variants hangs on it, so that a
            replay says the same words.
        instance_id: fresh, for the one instance that may begin in this turn.
        meant: what the message means to a system, or None.
    """
    draft = Draft(definitions, conversation, event, now, seed, instance_id, meant)
    if not keeps_out(draft):
        settle(draft)
        _answer(draft)
    return finish(draft, conversation) if draft.waits_for is None else _acting(draft, conversation)


def start(
    definitions: Definitions,
    conversation: Conversation,
    flow: Flow,
    state: Mapping[str, StateValue],
    channel: Channel,
    *,
    now: datetime,
    seed: str,
    instance_id: str,
) -> "Turn | Acting | None":
    """Begin a flow for somebody who has not just written; None where another one runs, or a person answers them.

    Args:
        definitions: everything published.
        conversation: all that was before.
        flow: what begins.
        state: the answers that are known already, by `save_as`.
        channel: where it speaks.
        now: aware, in UTC.
        seed: the choice of variants hangs on it.
        instance_id: fresh.
    """
    draft = Draft(definitions, conversation, Event(MessageKind.TEXT, channel, ""), now, seed, instance_id)
    settle(draft)
    if draft.conversation.instance is not None:
        return None
    # Nobody has written, so there is no machine to be answered for ever.
    draft.weighed = conversation.recent_answers
    flows.begin(draft, flow, "", state)
    return finish(draft, conversation) if draft.waits_for is None else Acting(draft.waits_for, draft, conversation)


class Acting(NamedTuple):
    """A turn that waits for an action; `go_on` takes what came of it, once.

    Attributes:
        act: what it waits for.
        draft: the turn so far.
        before: the conversation as it was.
    """

    act: Act
    draft: Draft
    before: Conversation


def go_on(acting: Acting, result: ActionResult) -> Turn | Acting:
    """Go on with what came of the action; as `turn`."""
    draft = acting.draft
    draft.go_on(result)
    return finish(draft, acting.before) if draft.waits_for is None else _acting(draft, acting.before)


def _acting(draft: Draft, before: Conversation) -> Turn | Acting:
    assert draft.waits_for is not None  # noqa: S101 - that is why it is asked
    return keep_from_acting(draft, before, draft.waits_for) or Acting(draft.waits_for, draft, before)


def _answer(draft: Draft) -> None:
    for part in _parts(draft):
        if part(draft):
            return


def _parts(draft: Draft) -> Sequence[Callable[[Draft], bool]]:
    if not draft.said[0].compared:
        return _PARTS_WITHOUT_TEXT
    if draft.meant is not None:
        return _PARTS_WITH_FIRST_WORD if draft.meant.first else _PARTS_WITH_WORD
    return _PARTS_OF_SHARED if draft.event.kind in _SHARED else _PARTS


def _hand_off(draft: Draft) -> bool:
    """A person has the conversation: nothing of the bot may come in between, interrupting triggers neither."""
    instance = draft.conversation.instance
    if instance is None or not instance.paused:
        return False
    until = instance.paused_until
    flow = draft.definitions.flows.get(instance.flow_id)
    draft.note(Code.PAUSED, flow=name_of(flow), until=until.isoformat() if until else None)
    return True


def _unsupported(draft: Draft) -> bool:
    """A message without any text: the running instance goes on waiting, and no attempt is counted."""
    packed = {"words_in": draft.event.words_in} if draft.event.words_in else {}
    draft.note(Code.UNSUPPORTED, kind=draft.event.kind, **packed)
    running = _running(draft)
    bundles = (running[1].bundle, *draft.definitions.bundles) if running else draft.definitions.bundles
    found = _first(bundles, lambda bundle: bundle.unsupported)
    if found:
        draft.say(found[0], found[1])
    elif running:
        draft.say_shipped(draft.words.unsupported)
    return bool(found or running)


def _interrupting_trigger(draft: Draft) -> bool:
    return draft.definitions.triggers.interrupt and _trigger(draft, interrupt=True)


def _other_trigger(draft: Draft) -> bool:
    """A trigger that matches but has answered a moment ago means silence: the person was understood."""
    return _trigger(draft, interrupt=False) or draft.cooling


def _trigger(draft: Draft, *, interrupt: bool) -> bool:
    tried = len(draft.definitions.triggers)
    trigger, entries = match(draft.possible, tried, draft.conversation.cooldowns, draft.now, interrupt=interrupt)
    if trigger is not None:
        draft.note_all(entries)
        _fire(draft, trigger)
        return True
    cooling = tuple(each for each in entries if each.code == Code.TRIGGER_COOLING_DOWN)
    draft.cooling = draft.cooling or bool(cooling)
    draft.note_all(cooling if draft.cooling else entries)
    return False


def _fire(draft: Draft, trigger: Trigger) -> None:
    if trigger.template:
        draft.say(trigger.template, trigger.bundle, trigger_id=trigger.id)
    if trigger.flow:
        _interrupt(draft)
        flows.begin(draft, trigger.flow, trigger.id)
    if trigger.action:
        act(draft, trigger.action, {}, {}, partial(_tell, trigger))


def _interrupt(draft: Draft) -> None:
    running = _running(draft)
    if running:
        instance, flow, step = running
        draft.note(Code.INTERRUPTED, flow=name_of(flow), step=step.key)
        draft.end(instance, EndReason.INTERRUPTED, flow)


def _system_word(draft: Draft) -> bool:
    """A word of a system; one whose action or flow is not there is a word like any other."""
    word = draft.meant
    assert word is not None  # noqa: S101 - else this is no part of the turn
    if word.use is not None:
        draft.note(Code.SYSTEM_WORD, target=word.use.name)
        return act(draft, word.use, {}, {}, partial(_say_outcome, word))
    flow = draft.definitions.published.get(word.flow)
    if flow is None:
        return False
    draft.note(Code.SYSTEM_WORD, target=word.flow)
    _interrupt(draft)
    flows.begin(draft, flow, "", word.values)
    return True


def _say_outcome(word: SystemWord, draft: Draft, result: ActionResult) -> None:
    text = word.answers.get(result.outcome) or word.answers.get(DEFAULT)
    if text is not None and word.use is not None:
        rendered = text.render(draft.variables(word.use.saved({}, result)), {}, draft.locale)
        draft.say_shipped(rendered.text)


def _tell(trigger: Trigger, draft: Draft, result: ActionResult) -> None:
    """Say what came of a trigger's action."""
    template = trigger.templates.get(result.outcome) or trigger.templates.get(DEFAULT)
    if template is not None and trigger.action is not None:
        draft.say(template, trigger.bundle, trigger_id=trigger.id, values=trigger.action.saved({}, result))


def _instance(draft: Draft) -> bool:
    """The running instance takes or refuses the answer, unless it is an escape word.

    An option the step itself offers is an answer even if it is spelled like an escape word.
    """
    running = _running(draft)
    if running is None:
        return False
    instance, flow, step = running
    escapes = escape_words(flow.bundle.escape_words, draft.locale, flow.bundle.locale)
    word = next((candidate.equal for candidate in draft.said if candidate.equal in escapes), None)
    if word is None or _is_offered(draft, flow, instance, step):
        flows.answer(draft, flow, instance, step)
        return True
    draft.note(Code.ESCAPED, word=word, flow=name_of(flow), step=step.key)
    draft.say_shipped(draft.words.escaped, instance_id=instance.id)
    draft.end(instance, EndReason.ESCAPED, flow)
    return True


def _is_offered(draft: Draft, flow: Flow, instance: Instance, step: Step) -> bool:
    choices = draft.offered(step.template, flow.bundle, instance)
    return offered(step, draft.said) is not None or meant(choices, draft.said) is not None


def _nothing_matched(draft: Draft) -> bool:
    bundles = draft.definitions.bundles
    welcome = _first(bundles, lambda bundle: bundle.welcome)
    if welcome and draft.conversation.contact.is_new:
        draft.note(Code.WELCOME, bundle=welcome[1].name)
        draft.say(*welcome)
        return True
    fallback = _first(bundles, lambda bundle: bundle.fallback)
    if fallback is None:
        return False
    last = draft.conversation.fallback_at
    if last is not None and draft.now - last < FALLBACK_EVERY:
        left = FALLBACK_EVERY - (draft.now - last)
        draft.note(Code.FALLBACK_RECENT, seconds=int(left.total_seconds()))
        return False
    draft.note(Code.FALLBACK, bundle=fallback[1].name)
    draft.say(*fallback)
    draft.change(fallback_at=draft.now)
    return True


def _running(draft: Draft) -> tuple[Instance, Flow, Step] | None:
    """The instance that waits for an answer, with its flow and step."""
    instance = draft.conversation.instance
    flow = draft.definitions.flows.get(instance.flow_id) if instance else None
    step = flow.step(instance.step_key) if instance and flow else None
    return (instance, flow, step) if instance and flow and step else None


def _first(
    bundles: Sequence[BundleRules], template_of: Callable[[BundleRules], Template | None]
) -> tuple[Template, BundleRules] | None:
    """The first bundle's template that there is, and the bundle."""
    return next(((found, bundle) for bundle in bundles if (found := template_of(bundle))), None)


_PARTS: Sequence[Callable[[Draft], bool]] = (
    settle_consent,
    _hand_off,
    _interrupting_trigger,
    _instance,
    _other_trigger,
    _nothing_matched,
)
_PARTS_WITH_FIRST_WORD = (_system_word, *_PARTS)
_PARTS_WITH_WORD = (
    settle_consent,
    _hand_off,
    _interrupting_trigger,
    _instance,
    _system_word,
    _other_trigger,
    _nothing_matched,
)
_PARTS_WITHOUT_TEXT: Sequence[Callable[[Draft], bool]] = (settle_consent, _hand_off, _unsupported, _nothing_matched)
_SHARED = frozenset({MessageKind.LOCATION, MessageKind.OTHER})
"""A place, a contact, a form, an order: it reads as an answer, though nobody wrote these words."""
_PARTS_OF_SHARED: Sequence[Callable[[Draft], bool]] = (
    settle_consent,
    _hand_off,
    _interrupting_trigger,
    _instance,
    _other_trigger,
    _unsupported,
    _nothing_matched,
)
