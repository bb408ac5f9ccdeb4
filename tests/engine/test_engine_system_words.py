"""Words that systems know: where they stand in the order, and what comes of them."""

from typing import Any

from bot.engine.actions import TEXT, ActionResult, ActionSpec, ActionUse, Argument, SystemWord
from bot.engine.templates import compile_text
from tests.support.conversations import Person, bundle, collect, end, flow, person, trigger
from tests.support.tables import for_each

JOIN = ActionSpec("events.join", (Argument("room", TEXT),), ("done", "full"), ("seat",))
USE = ActionUse("events.join", JOIN, {"room": "r1"}, "event")
ANSWERS = {"done": compile_text("Seat {{ event.seat }}."), "default": compile_text("Full.")}


def word(*, first: bool = False, **fields: Any) -> SystemWord:
    return SystemWord(**{"first": first, "use": USE, "answers": ANSWERS, **fields})


def guest(outcome: str = "done", **fields: Any) -> Person:
    order = flow(collect("size"))
    made = person(trigger("party", "ordinary"), trigger("go", order), bundles=[bundle(fallback="?")], **fields)
    made.acts = lambda _act: ActionResult(outcome, {"seat": 7})
    return made


@for_each(("outcome", "said"), [("done", "Seat 7."), ("full", "Full.")])
def test_it_comes_before_ordinary_triggers_and_answers_by_outcome(outcome: str, said: str) -> None:
    ana = guest(outcome)
    assert ana.says("party", meant=word()) == [said]
    assert ana.codes == ["system_word", "acted"]
    assert [each.arguments for each in ana.acted] == [{"room": "r1"}]
    assert ana.says("party") == ["ordinary"]


def test_it_may_be_silent() -> None:
    assert guest().says("party", meant=word(answers={})) == []


@for_each("text", ["stop", "big"])
def test_it_comes_after_opting_out_and_a_waiting_question(text: str) -> None:
    ana = guest()
    ana.says("go")
    ana.says(text, meant=word())
    assert ana.acted == []


def test_an_answer_that_a_system_waits_for_comes_before_opting_out() -> None:
    ana = guest()
    ana.says("go")
    assert ana.says("stop", meant=word(first=True)) == ["Seat 7."]
    assert ana.consents == []
    assert ana.instance is not None
    assert ana.says("stop") != []
    assert ana.consents == [False]


def test_it_may_begin_a_flow_that_knows_more() -> None:
    rules = bundle("events")
    steps = (collect("name", "Your name for {{ room }}?"), end("bye", "{{ name }} in {{ room }}."))
    join = flow(*steps, name="join", rules=rules)
    ana = person(trigger("x", join), bundles=[rules])

    assert ana.says("party", meant=SystemWord(flow="events/join", values={"room": "The ball"})) == [
        "Your name for The ball?"
    ]
    assert ana.says("Ana") == ["Ana in The ball."]


def test_a_first_word_that_begins_a_flow_ends_the_running_one() -> None:
    rules = bundle()
    ana = person(trigger("go", flow(collect("size"), rules=rules)), bundles=[rules])
    ana.says("go")
    assert ana.says("cancel", meant=SystemWord(first=True, flow="pizzaria/order")) == ["size?"]
    assert "interrupted" in ana.codes


@for_each("gone", [word(use=ActionUse("gone.away", None)), SystemWord(flow="events/gone")])
def test_one_that_leads_nowhere_is_a_word_like_any_other(gone: SystemWord) -> None:
    assert guest().says("party", meant=gone) == ["ordinary"]


def test_without_text_there_is_no_word() -> None:
    ana = guest()
    ana.says("", meant=word())
    assert ana.acted == []
