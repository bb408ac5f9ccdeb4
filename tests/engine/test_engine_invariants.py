"""What holds for any bundle and any sequence of messages."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.core.addresses import Channel
from bot.core.messages import MessageKind
from bot.engine.actions import TEXT, Act, ActionResult, ActionSpec, ActionUse, Argument, ArgumentText
from bot.engine.conversation import ChangeContact, ChangeTags, ContactView, Conversation, Event, Instance, Send, Turn
from bot.engine.definitions import BundleRules, Definitions, Expect, Flow, Step, StepType, Template, Trigger, Triggers
from bot.engine.flow import MAX_STEPS_PER_TURN
from bot.engine.numbers import NumberRange
from bot.engine.patterns import compile_pattern
from bot.engine.state import decode_state, encode_state
from bot.engine.templates import MAX_OUTPUT, compile_text
from bot.engine.turn import turn
from tests.support.conversations import MORNING, template, to_its_end

WORDS = st.sampled_from(
    ["pizza", "Sim", "nao", "1", "2", "1.5", "MENU", "stop", "start", "", "?", "ana@example.com", "(11) 98765-4321"]
)
KEYS = st.sampled_from(["a", "b", "c", "d", "gone"])
TEMPLATES = st.sampled_from(
    [
        template("Oi {{ contact.name }}", "Olá {{ a }}", key="hello", locales={"en": ["Hi"]}),
        template("{{ message.text }}{{ message.text }}", key="echo", defaults={"message.text": "?"}),
        template("{{ nothing }}", key="silent"),
        template("{% if a > 1 %}{{ a }}{% else %}{{ b | upper }}{% endif %}", key="choice"),
    ]
)
LOCALES = st.sampled_from(["", "pt-BR", "pt", "en", "en-US"])


def maybe(values: st.SearchStrategy[Any], nothing: Any = None) -> st.SearchStrategy[Any]:
    return st.one_of(st.just(nothing), values)


BUNDLES = st.builds(
    BundleRules,
    name=st.sampled_from(["one", "two"]),
    version=st.just(1),
    locale=LOCALES.filter(bool),
    welcome=maybe(TEMPLATES),
    fallback=maybe(TEMPLATES),
    unsupported=maybe(TEMPLATES),
    expire_after=maybe(st.just(timedelta(minutes=5))),
    handoff_after=st.just(timedelta(minutes=7)),
    escape_words=maybe(st.just(frozenset({"nao"}))),
)


SPEC = ActionSpec("x.do", (Argument("word", TEXT, required=True),), outcomes=("sim", "1"))
ACTIONS = st.builds(
    ActionUse,
    name=st.just("x.do"),
    spec=maybe(st.just(SPEC)),
    arguments=st.sampled_from([{"word": "a"}, {"word": ArgumentText(compile_text("{{ message.text }}-{{ a }}"))}]),
    save_as=st.sampled_from(["", "a"]),
)


def outcome(act: Act) -> ActionResult:
    """Hangs on what is asked alone."""
    word = str(act.arguments["word"])
    effects = (ChangeContact(attributes={"word": word}), ChangeTags(added=(word,)))
    return ActionResult("sim" if len(word) % 2 else "1", {"b": word}, effects[: len(word) % 3])


@st.composite
def steps(draw: st.DrawFn, key: str) -> Step:
    kind = draw(st.sampled_from(StepType))
    return Step(
        key=key,
        type=kind,
        template=draw(maybe(TEMPLATES)),
        save_as=draw(st.sampled_from(["", "a", "b"])),
        options=draw(st.sampled_from([(), (), ("Sim", "Não"), ("2", "1", "MENU")])),
        expect=draw(st.sampled_from(Expect)),
        expect_range=draw(maybe(st.just(NumberRange.parse("1..2")))),
        attempts=draw(st.integers(1, 3)),
        otherwise=draw(maybe(KEYS, "")),
        transitions=draw(st.dictionaries(st.sampled_from(["sim", "1", "pizza"]), KEYS, max_size=2)),
        default=draw(maybe(KEYS, "")),
        wait_input=draw(st.booleans()),
        handoff=kind is StepType.END and draw(st.booleans()),
        action=draw(maybe(ACTIONS)),
    )


@st.composite
def flows(draw: st.DrawFn, name: str) -> Flow:
    keys = draw(st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=4, unique=True))
    return Flow(id=f"flow-{name}", name=name, bundle=draw(BUNDLES), steps=tuple(draw(steps(key)) for key in keys))


@st.composite
def published(draw: st.DrawFn) -> Definitions:
    known = {flow.id: flow for flow in (draw(flows("x")), draw(flows("y")))}
    triggers = tuple(draw(triggers_of(list(known.values()), number)) for number in range(draw(st.integers(0, 4))))
    # A flow may be gone although a trigger still starts it.
    left = draw(st.sets(st.sampled_from(sorted(known)))) if draw(st.booleans()) else set(known)
    return Definitions(
        triggers=Triggers(triggers),
        bundles=tuple(draw(st.lists(BUNDLES, max_size=2))),
        flows={key: flow for key, flow in known.items() if key in left},
    )


@st.composite
def triggers_of(draw: st.DrawFn, known: list[Flow], number: int) -> Trigger:
    kind, pattern = draw(
        st.sampled_from(
            [("equals", "pizza"), ("contains", "a"), ("regex", "."), ("number", ""), ("number", "1"), ("equals", "sim")]
        )
    )
    target: Template | Flow | ActionUse = draw(st.one_of(TEMPLATES, st.sampled_from(known), ACTIONS))
    return Trigger(
        id=f"t{number}",
        label=f"t{number}",
        pattern=compile_pattern(kind, pattern),
        bundle=draw(BUNDLES),
        template=target if isinstance(target, Template) else None,
        flow=target if isinstance(target, Flow) else None,
        action=target if isinstance(target, ActionUse) else None,
        templates=draw(st.dictionaries(st.sampled_from(["sim", "default"]), TEMPLATES)),
        cooldown=draw(st.sampled_from([0, 90])),
        interrupt=draw(st.booleans()),
    )


@dataclass(frozen=True)
class Happening:
    """Something a person does, some seconds after the last time."""

    event: Event
    after: int


HAPPENINGS = st.builds(
    Happening,
    event=st.builds(
        Event,
        kind=st.sampled_from([MessageKind.TEXT, MessageKind.TEXT, MessageKind.TEXT, *MessageKind]),
        channel=st.sampled_from(Channel),
        text=st.one_of(WORDS, WORDS, st.text(max_size=30)),
        label=st.one_of(st.just(""), WORDS),
        automatic=st.sampled_from(["", "", "", "", "bounce"]),
        opt_out_handled=st.sampled_from([False, False, False, True]),
    ),
    after=st.sampled_from([0, 1, 60, 301, 421, 601, 86_400]),
)
CONTACTS = st.builds(
    ContactView, name=st.sampled_from(["", "Ana"]), locale=LOCALES, is_new=st.booleans(), phone=st.just("+5511")
)


@given(published(), CONTACTS, st.lists(HAPPENINGS, max_size=12))
def test_the_invariants_hold(said: Definitions, contact: ContactView, happenings: list[Happening]) -> None:
    conversation, now = Conversation(contact), MORNING
    for number, happening in enumerate(happenings):
        now += timedelta(seconds=happening.after)
        inputs = {"now": now, "seed": f"m{number}", "instance_id": f"i{number}"}
        begun = turn(said, conversation, happening.event, **inputs)  # type: ignore[arg-type]  # each by its own type
        again = turn(said, conversation, happening.event, **inputs)  # type: ignore[arg-type]  # each by its own type
        result = to_its_end(begun, outcome)
        assert result == to_its_end(again, outcome), "the same inputs give the same outputs"
        check_instances(said, conversation, result, f"i{number}")
        check_effects(conversation, result)
        assert result.trace, "every turn is traced"
        conversation = result.conversation


def check_instances(said: Definitions, before: Conversation, result: Turn, fresh: str) -> None:
    ids = [each.id for each in result.instances]
    assert len(ids) == len(set(ids)), "each instance once"
    known = {fresh} | ({before.instance.id} if before.instance else set())
    assert set(ids) <= known, "no instance but the running one and the one that begins"
    still_open = [each for each in result.instances if each.end_reason is None]
    assert len(still_open) <= 1, "one running instance at most"
    running = result.conversation.instance
    if still_open:
        assert running == still_open[0]
        assert result.instances[-1] == running, "ended ones first"
    elif running is not None:
        assert running == before.instance, "an instance that is not told of has not changed"
    if running is not None:
        check_place(said, running)


def check_place(said: Definitions, running: Instance) -> None:
    triggered = {trigger.flow.id: trigger.flow for trigger in said.triggers if trigger.flow}
    flow = said.flows.get(running.flow_id) or triggered[running.flow_id]
    step = flow.step(running.step_key)
    assert step is not None, "no step outside the flow"
    assert step.handoff if running.paused else step.waits, "it rests only where it may"
    assert 1 <= running.asked <= step.attempts
    assert running.end_reason is None
    assert decode_state(encode_state(running.state)) == running.state


def check_effects(before: Conversation, result: Turn) -> None:
    sends = [effect for effect in result.effects if isinstance(effect, Send)]
    assert len(sends) <= MAX_STEPS_PER_TURN
    assert len(result.effects) - len(sends) <= 1, "one change of consent at most"
    for each in sends:
        assert 0 < len(each.text) <= MAX_OUTPUT, "words, and not too many"
        assert each.text == each.text.strip()
        if result.conversation.opted_out:
            assert each.despite_opt_out, "nothing but the confirmation and the way back for someone opted out"
    if before.opted_out and result.conversation.opted_out:
        assert len(sends) <= 1
