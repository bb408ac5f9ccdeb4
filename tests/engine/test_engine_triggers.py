"""Which trigger answers."""

from datetime import timedelta

from bot.engine.conversation import ContactView, EndReason
from tests.support.conversations import collect, end, flow, person, send, template, trigger
from tests.support.tables import for_each


def test_the_first_trigger_that_matches_wins() -> None:
    ana = person(trigger("pizza", "one"), trigger("pizza", "two", kind="contains"))
    assert ana.says("Pizza!") == ["one"]
    assert ana.says("uma pizza") == ["two"]
    assert ana.found("trigger_matched") == {
        "trigger": "contains pizza",
        "bundle": "pizzaria",
        "type": "contains",
        "interrupt": False,
    }


def test_a_message_answered_by_a_trigger_carries_its_ids() -> None:
    ana = person(trigger("pizza", "one", id="t1"))
    ana.says("pizza")
    assert (ana.sends[0].trigger_id, ana.sends[0].template_id, ana.sends[0].instance_id) == ("t1", "one", "")


def test_when_none_matches_the_trace_says_how_many_were_tried() -> None:
    ana = person(trigger("a", "one"), trigger("b", "two", interrupt=True))
    assert ana.says("pizza") == []
    assert ana.codes == ["no_trigger", "silent"]
    assert ana.found("no_trigger") == {"tried": 2}


def test_a_trigger_cools_down_after_its_message_and_the_next_match_wins() -> None:
    ana = person(trigger("pizza", "one", cooldown=60), trigger("pizza", "two", kind="contains"))
    assert ana.says("pizza") == ["one"]
    ana.waits(seconds=59.5)
    assert ana.says("pizza") == ["two"]
    assert ana.found("trigger_cooling_down") == {"trigger": "equals pizza", "bundle": "pizzaria", "seconds": 1}
    ana.waits(seconds=0.5)
    assert ana.says("pizza") == ["one"]


@for_each(("cooldown", "said", "seconds"), [(0, ["one"], None), (60, [], 60)])
def test_a_message_that_another_hosts_clock_puts_into_the_future_was_sent_just_now(
    cooldown: int, said: list[str], seconds: int | None
) -> None:
    ana = person(trigger("pizza", "one", id="t1", cooldown=cooldown))
    ana.conversation = ana.conversation._replace(cooldowns={"t1": ana.now + timedelta(seconds=5)})

    assert ana.says("pizza") == said
    cooling = [entry.data["seconds"] for entry in ana.last.trace if entry.code == "trigger_cooling_down"]
    assert cooling == ([] if seconds is None else [seconds])


def test_each_message_of_a_trigger_starts_its_cooldown_anew() -> None:
    ana = person(trigger("pizza", "one", cooldown=60))
    ana.says("pizza")
    ana.waits(seconds=60)
    ana.says("pizza")
    ana.waits(seconds=59)
    assert ana.says("pizza") == []


def test_a_message_that_failed_does_not_count_so_no_moment_stands_for_it() -> None:
    ana = person(trigger("pizza", "one", cooldown=60))
    ana.says("pizza")
    ana.conversation = ana.conversation._replace(cooldowns={})
    assert ana.says("pizza") == ["one"]


def test_a_trigger_with_a_flow_cools_down_by_what_the_flow_says_in_that_turn() -> None:
    order = flow(send("hello"), collect("size"), end("bye", "Bye."))
    ana = person(trigger("pizza", order, id="t1", cooldown=60))
    assert ana.says("pizza") == ["hello.", "size?"]
    assert [each.trigger_id for each in ana.sends] == ["t1", "t1"]
    ana.waits(seconds=59)
    assert ana.says("grande") == ["Bye."]
    assert [each.trigger_id for each in ana.sends] == [""]
    assert ana.says("pizza") == []
    ana.waits(seconds=1)
    assert ana.says("pizza") == ["hello.", "size?"]


def test_a_trigger_that_says_nothing_does_not_cool_down() -> None:
    ana = person(trigger("pizza", template("{{ nothing }}"), cooldown=60))
    assert ana.says("pizza") == []
    assert ana.codes == ["trigger_matched", "variable_missing", "text_empty", "silent"]
    assert ana.conversation.cooldowns == {}


def test_interrupting_triggers_come_before_those_of_higher_rank() -> None:
    ana = person(trigger("pizza", "ordinary"), trigger("pizza", "urgent", interrupt=True))
    assert ana.says("pizza") == ["urgent"]


def test_an_interrupting_template_leaves_the_running_instance() -> None:
    ana = person(trigger("pizza", flow(collect("size"))), trigger("hours", "From 18:00", interrupt=True))
    ana.says("pizza")
    before = ana.instance
    assert ana.says("hours") == ["From 18:00"]
    assert ana.instance == before
    assert ana.last.instances == ()


def test_an_interrupting_flow_ends_the_running_instance() -> None:
    urgent = flow(collect("what"), name="urgent")
    ana = person(trigger("pizza", flow(collect("size"))), trigger("help", urgent, interrupt=True))
    ana.says("pizza")
    assert ana.says("help") == ["what?"]
    ended, begun = ana.last.instances
    assert (ended.id, ended.end_reason, ended.step_key) == ("i1", EndReason.INTERRUPTED, "size")
    assert (begun.id, begun.end_reason, begun.flow_id) == ("i2", None, "flow-urgent")
    assert ana.instance == begun
    assert ana.found("interrupted") == {"flow": "pizzaria/order", "step": "size"}


def test_an_ordinary_trigger_is_never_reached_while_an_instance_runs() -> None:
    ana = person(trigger("pizza", flow(collect("size", options=("Big",)))), trigger("hours", "From 18:00"))
    ana.says("pizza")
    assert ana.says("hours") == ["size?"]
    assert "trigger_matched" not in ana.codes


def test_a_cooling_interrupting_trigger_lets_the_instance_have_the_message() -> None:
    ana = person(
        trigger("pizza", flow(collect("size"), end("bye", "Bye."))),
        trigger("hours", "From 18:00", interrupt=True, cooldown=60),
    )
    ana.says("hours")
    ana.says("pizza")
    assert ana.says("hours") == ["Bye."]
    assert ana.codes[0] == "trigger_cooling_down"


def test_a_button_is_matched_by_its_id_and_else_by_its_title() -> None:
    ana = person(trigger("Pizza", "by title"), trigger("id-1", "by id"))
    assert ana.presses("id-1", "Pizza") == ["by id"]
    assert ana.presses("id-of-an-old-menu", "Pizza") == ["by title"]


@for_each(("locale", "said"), [("", ["thousand"]), ("pt", ["thousand"]), ("en", [])])
def test_an_ambiguous_number_is_read_by_the_contacts_locale_else_the_bundles(locale: str, said: list[str]) -> None:
    ana = person(trigger("1000", "thousand", kind="number"), contact=ContactView(locale=locale))
    assert ana.says("1.000") == said
