"""Actions: a turn that waits for one, and goes on with what came of it."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from bot.engine.actions import (
    BOOLEAN,
    DATE,
    MAX_ACTIONS_PER_TURN,
    NUMBER,
    TEXT,
    Act,
    ActionResult,
    ActionSpec,
    ActionUse,
    ActionValue,
    Argument,
    ArgumentText,
    Kind,
)
from bot.engine.conversation import ChangeContact, ChangeTags, ContactView, EndReason, StateValue
from bot.engine.definitions import Brake
from bot.engine.templates import compile_text
from tests.support.conversations import Person, action, bundle, collect, end, flow, person, send, template, trigger
from tests.support.tables import for_each

POINTS = ActionSpec(
    "points.take",
    arguments=(Argument("amount", NUMBER, required=True), Argument("why", TEXT)),
    outcomes=("done", "too_few"),
    values=("balance", "vip"),
)


def filled(text: str) -> ArgumentText:
    return ArgumentText(compile_text(text))


def take(amount: Any = 3, *, save_as: str = "points", **arguments: Any) -> ActionUse:
    return ActionUse("points.take", POINTS, {"amount": amount, **arguments}, save_as)


def answering(*results: ActionResult) -> Any:
    """A system that gives these results, one after the other."""
    left: Iterable[ActionResult] = iter(results)
    return lambda _act: next(iter(left))


def in_a_flow(*steps: Any, results: Iterable[ActionResult] = (ActionResult("done"),), **rules: Any) -> Person:
    order = flow(*steps, rules=bundle(**rules))
    ana = person(trigger("pay", order, id="t1"), bundles=[order.bundle], acts=answering(*results))
    ana.says("pay")
    return ana


class TestSteps:
    """A step of a flow that does something."""

    def test_it_waits_for_what_comes_of_it_and_follows_the_outcome(self) -> None:
        ana = in_a_flow(
            action("try", take(), {"done": "paid", "too_few": "short"}),
            end("paid", "Paid."),
            end("short", "You have {{ points.balance }}."),
            results=[ActionResult("too_few", {"balance": 2})],
        )

        assert ana.acted == [Act("points.take", {"amount": 3})]
        assert [each.text for each in ana.sends] == ["You have 2."]
        assert ana.codes == [
            *("trigger_matched", "flow_started", "step_entered", "acted"),
            *("transition", "step_entered", "said", "transition", "flow_ended"),
        ]
        assert ana.found("acted") == {
            "action": "points.take",
            "outcome": "too_few",
            "call": "points.take (amount = 3)",
            "flow": "pizzaria/order",
            "step": "try",
        }

    def test_its_words_still_answer_the_trigger(self) -> None:
        ana = in_a_flow(action("try", take()), end("paid", "Paid."))
        assert [each.trigger_id for each in ana.sends] == ["t1"]

    @for_each(("default", "said"), [("other", "Other."), ("", "Next.")])
    def test_an_outcome_without_a_transition_goes_to_the_default_or_to_the_next_step(
        self, default: str, said: str
    ) -> None:
        steps = [
            action("try", take(), {"done": "other"}, default=default),
            end("next", "Next."),
            end("other", "Other."),
        ]
        ana = in_a_flow(*steps, results=[ActionResult("too_few")])
        assert [each.text for each in ana.sends] == [said]

    def test_what_it_gave_is_kept_for_later_turns_until_it_gives_something_else(self) -> None:
        ana = in_a_flow(
            action("first", take(save_as="points")),
            collect("ok"),
            action("second", take(save_as="points")),
            end("bye", "{{ points.balance }}{% if points.vip %}, VIP{% endif %}"),
            results=[
                ActionResult("done", {"balance": Decimal("2.5"), "vip": True}),
                ActionResult("done", {"balance": 1}),
            ],
        )
        assert ana.instance is not None
        assert ana.instance.state == {"points.balance": Decimal("2.5"), "points.vip": True}
        assert ana.says("yes") == ["1"]
        assert ana.last.instances[-1].state == {"ok": "yes", "points.balance": 1}

    def test_nothing_is_kept_without_a_name(self) -> None:
        ana = in_a_flow(action("try", take(save_as="")), end("bye"), results=[ActionResult("done", {"balance": 1})])
        assert ana.last.instances[-1].state == {}

    def test_a_round_with_an_action_in_it_may_go_round_but_not_for_ever(self) -> None:
        done = [ActionResult("done")] * MAX_ACTIONS_PER_TURN
        ana = in_a_flow(action("try", take(), {"done": "try"}), results=done)
        assert len(ana.acted) == MAX_ACTIONS_PER_TURN
        assert ana.found("actions_cut")["limit"] == MAX_ACTIONS_PER_TURN
        assert ana.last.instances[-1].end_reason is EndReason.LOST

    def test_one_that_no_system_has_any_more_ends_the_flow(self) -> None:
        ana = in_a_flow(send("hello"), action("try", ActionUse("gone.away", None)), end("bye", "Bye."))
        assert [each.text for each in ana.sends] == ["hello."]
        assert ana.found("action_lost")["action"] == "gone.away"
        assert ana.last.instances[-1].end_reason is EndReason.LOST


class TestTriggers:
    """A trigger that does something."""

    def test_it_answers_by_outcome(self) -> None:
        said = {"too_few": template("Only {{ points.balance }}."), "default": template("Paid.")}
        ana = person(trigger("pay", take(), templates=said, id="t1"), bundles=[bundle()])
        ana.acts = answering(ActionResult("too_few", {"balance": 2}), ActionResult("done"))

        assert ana.says("pay") == ["Only 2."]
        assert ana.sends[0].trigger_id == "t1"
        assert ana.says("pay") == ["Paid."]

    def test_without_words_for_the_outcome_it_is_silent(self) -> None:
        ana = person(trigger("pay", take()))
        assert ana.says("pay") == []
        assert ana.codes == ["trigger_matched", "acted", "silent"]

    def test_one_that_no_system_has_any_more_is_silent(self) -> None:
        ana = person(trigger("pay", ActionUse("gone.away", None), templates={"default": template("Paid.")}))
        assert ana.says("pay") == []
        assert ana.codes == ["trigger_matched", "action_lost", "silent"]

    def test_it_leaves_a_running_flow_alone(self) -> None:
        order = flow(collect("size"))
        triggers = [trigger("go", order), trigger("pay", take(), templates={"done": template("Paid.")}, interrupt=True)]
        ana = person(*triggers)
        ana.says("go")
        assert ana.says("pay") == ["Paid."]
        assert ana.instance is not None


class TestArguments:
    """What a handler gets."""

    def test_a_variable_alone_keeps_its_kind_and_words_around_it_make_text(self) -> None:
        ana = in_a_flow(
            collect("size"),
            action("try", take(filled("{{ size }}"), why=filled("size {{ size }} of {{ contact.name }}"))),
            end("bye"),
        )
        ana.says("7")
        assert ana.acted == [Act("points.take", {"amount": 7, "why": "size 7 of"})]

    @for_each("amount", ["many", ""])
    def test_one_that_is_none_of_its_kind_leads_to_invalid_and_nothing_is_done(self, amount: str) -> None:
        ana = in_a_flow(
            action("try", take(filled(amount or "{{ gone }}")), {"invalid": "bad", "done": "good"}),
            end("good", "Good."),
            end("bad", "Bad."),
        )
        assert ana.acted == []
        assert [each.text for each in ana.sends] == ["Bad."]
        assert ana.found("argument_invalid")["argument"] == "amount"

    @for_each(
        ("kind", "given", "read"),
        [
            *[(TEXT, "a", "a"), (TEXT, 3, "3"), (TEXT, True, "true"), (TEXT, "a" * 501, None), (TEXT, {"a": 1}, None)],
            *[(NUMBER, "1.5", Decimal("1.5")), (NUMBER, "3", 3), (NUMBER, Decimal("1.5"), Decimal("1.5"))],
            *[(NUMBER, "x", None), (NUMBER, True, None), (NUMBER, {}, None), (NUMBER, "9" * 20, Decimal("9" * 20))],
            *[(BOOLEAN, True, True), (BOOLEAN, "False", False), (BOOLEAN, "maybe", None), (BOOLEAN, 1, None)],
            *[(DATE, " 2026-12-31 ", "2026-12-31"), (DATE, "2026-02-30", None), (DATE, 5, None)],
        ],
    )
    def test_kinds_read_what_is_meant(self, kind: Kind, given: ActionValue, read: ActionValue | None) -> None:
        found = kind.read(given, "en")
        assert (found, type(found)) == (read, type(read))

    def test_a_map_is_filled_in_entry_by_entry(self) -> None:
        whole = Kind("a map", lambda value, _locale: value, has_keys=True)
        spec = ActionSpec("x.keep", (Argument("values", whole),))
        use = ActionUse(
            "x.keep", spec, {"values": {"name": filled("{{ contact.name }}"), "visits": 3, "regular": True}}
        )
        ana = person(trigger("keep", use), contact=ContactView(name="Ana"))
        ana.says("keep")
        assert ana.acted == [Act("x.keep", {"values": {"name": "Ana", "visits": 3, "regular": True}})]
        assert ana.found("acted")["call"] == "x.keep (values: name = Ana, visits = 3, regular = true)"


class TestContact:
    """What an action changes of the contact."""

    said = "{{ contact.name }} {{ contact.plan }} {{ contact.tags }}{% if 'VIP' in contact.tags %}!{% endif %}"

    def test_what_is_said_afterwards_knows_it_and_the_next_turn_too(self) -> None:
        effects = (
            ChangeContact(name="Bia", locale="en", attributes={"plan": "gold", "old": ""}),
            ChangeTags(added=("vip", "new"), removed=("cold",)),
        )
        view = ContactView(name="Ana", attributes={"old": 1, "visits": 2}, tags=frozenset({"cold"}))
        words = template(self.said, locales={"en": ["en " + self.said]})
        ana = person(trigger("set", take(), templates={"done": words}), contact=view)
        ana.acts = answering(ActionResult("done", effects=effects))

        assert ana.says("set") == ["en Bia gold new, vip!"]
        assert ana.last.effects[:2] == effects
        assert ana.conversation.contact.attributes == {"visits": 2, "plan": "gold"}

    def test_what_stays_stays(self) -> None:
        ana = person(
            trigger("set", take(), templates={"done": template("{{ contact.name }}{{ contact.locale }}")}),
            contact=ContactView(name="Ana", locale="pt"),
            acts=answering(ActionResult("done", effects=(ChangeContact(timezone="America/Sao_Paulo"),))),
        )
        assert ana.says("set") == ["Anapt"]
        assert ana.conversation.contact == ContactView(name="Ana", locale="pt")


class TestBrake:
    """What was done cannot be taken back by silence, so the brake holds a turn back before it acts."""

    def acting(self, brake: Brake, *results: ActionResult) -> Person:
        rules = bundle(brake=brake)
        paying = trigger("pay", take(), bundle=rules, templates={"default": template("Paid.", key="paid")})
        ana = person(paying, bundles=[rules])
        ana.acts = answering(*results)
        return ana

    @for_each("brake", [Brake(2, 0), Brake(0, 2)])
    def test_it_holds_back_the_same_action_before_it_is_done(self, brake: Brake) -> None:
        ana = self.acting(brake, ActionResult("done"), ActionResult("too_few"))
        assert [ana.says("pay"), ana.says("pay"), ana.says("pay")] == [["Paid."], ["Paid."], []]
        assert ana.acted == []
        assert "brake_on" in ana.codes

    def test_it_never_holds_back_what_came_of_one_that_is_done(self) -> None:
        rules = bundle(brake=Brake(0, 1))
        steps = [action("a", take(), {}), action("b", take(), {}), end("bye", "Paid.")]
        ana = person(trigger("pay", flow(*steps, rules=rules)), bundles=[rules])
        assert ana.says("pay") == ["Paid."]
        assert len(ana.acted) == 2

    def test_a_silent_one_does_not_count(self) -> None:
        ana = person(trigger("pay", take()), bundles=[bundle(brake=Brake(1, 1))])
        for _ in range(3):
            ana.says("pay")
            assert len(ana.acted) == 1


@for_each(
    ("value", "text", "said"),
    [
        (True, "{{ contact.vip }}", "true"),
        (True, "{% if contact.vip %}yes{% endif %}", "yes"),
        (False, "{% if contact.vip %}yes{% else %}no{% endif %}", "no"),
        (False, "{% if contact.vip == 'false' %}no{% endif %}", "no"),
        (True, "{{ contact.vip | upper }}", "TRUE"),
    ],
)
def test_templates_say_true_and_false(value: StateValue, text: str, said: str) -> None:
    ana = person(trigger("hi", text), contact=ContactView(attributes={"vip": value}))
    assert ana.says("hi") == [said]


def test_templates_ask_for_tags() -> None:
    text = "{% if 'vip' in contact.tags and 'cold' not in contact.tags %}yes{% else %}no{% endif %}"
    assert person(trigger("hi", text), contact=ContactView(tags=frozenset({"vip", "b"}))).says("hi") == ["yes"]
    assert person(trigger("hi", text), contact=ContactView(tags=frozenset({"vip", "cold"}))).says("hi") == ["no"]
    assert person(trigger("hi", text)).says("hi") == ["no"]
