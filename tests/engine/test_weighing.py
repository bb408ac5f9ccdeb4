"""Which trigger a message would find, told without taking the turn."""

from dataclasses import replace
from datetime import timedelta

from bot.core.addresses import Channel
from bot.core.messages import MessageKind
from bot.engine.actions import ActionSpec, ActionUse
from bot.engine.conversation import ContactView, Conversation, Event
from bot.engine.definitions import Definitions, Trigger
from bot.engine.trace import Code
from bot.engine.weighing import Verdict, Weighing, weigh
from tests.support.conversations import MORNING, collect, definitions, end, flow, person, trigger

HOURS = trigger("hours", "We open at nine.", id="hours")
OPEN = trigger("hour", "Yes.", kind="contains", id="open")
HELP = trigger("hour", "Here.", kind="contains", id="help", interrupt=True)
SHOP = definitions(HOURS, OPEN, trigger("bye", "Bye."))


def weighed(published: Definitions, text: str = "hours", conversation: Conversation | None = None) -> Weighing:
    event = Event(MessageKind.TEXT, Channel.WHATSAPP, text)
    return weigh(published, conversation or Conversation(ContactView()), event, now=MORNING)


def told(found: Weighing) -> list[tuple[str, str]]:
    return [(each.trigger.id, each.verdict.value) for each in found.triggers]


def test_the_first_wins_and_the_others_that_match_come_after() -> None:
    found = weighed(SHOP)

    assert told(found) == [("hours", "wins"), ("open", "comes_after")]
    assert [each.code for each in found.trace] == [Code.TRIGGER_MATCHED, Code.SAID]
    assert found.acts == ""


def test_nothing_that_matches_is_nothing() -> None:
    found = weighed(SHOP, "thanks")

    assert told(found) == []
    assert found.trace[0].data == {"tried": 3}


def test_one_that_answered_a_moment_ago_is_passed_over_with_its_rest() -> None:
    cooling = replace(HOURS, cooldown=60)
    before = Conversation(ContactView(), cooldowns={"hours": MORNING - timedelta(seconds=20)})

    found = weighed(definitions(cooling, OPEN), conversation=before)

    assert told(found) == [("hours", "cools_down"), ("open", "wins")]
    assert found.triggers[0].seconds == 40


def test_one_that_interrupts_is_tried_first_wherever_it_stands() -> None:
    assert told(weighed(definitions(HOURS, HELP))) == [("help", "wins"), ("hours", "comes_after")]


def test_what_goes_before_triggers_leaves_them_untried() -> None:
    order = flow(collect("item"), end("bye", "Done."))
    talking = person(trigger("order", order), HOURS)
    talking.says("order")

    in_a_flow = weighed(talking.published, conversation=talking.conversation)
    opted_out = weighed(definitions(trigger("stop", "Never.", id="stop")), "stop")

    assert told(in_a_flow) == [("hours", Verdict.NOT_TRIED)]
    assert Code.ANSWER_TAKEN in [each.code for each in in_a_flow.trace]
    assert told(opted_out) == [("stop", "not_tried")]


def test_a_machines_message_is_kept_out_of_and_a_flow_that_has_expired_hinders_nothing() -> None:
    machine = Event(MessageKind.TEXT, Channel.EMAIL, "hours", automatic="auto-replied")
    kept_out = weigh(SHOP, Conversation(ContactView()), machine, now=MORNING)

    assert told(kept_out) == [("hours", "not_tried"), ("open", "not_tried")]
    assert [each.code for each in kept_out.trace][:1] == [Code.AUTOMATIC]


def test_an_action_is_named_and_not_done() -> None:
    use = ActionUse("visits.book", ActionSpec("visits.book"))
    found = weighed(definitions(Trigger("book", "book", HOURS.pattern, HOURS.bundle, action=use)))

    assert told(found) == [("book", "wins")]
    assert found.acts == "visits.book"
    assert [each.code for each in found.trace] == [Code.TRIGGER_MATCHED]


def test_only_what_was_looked_at_is_passed_over() -> None:
    cooling = replace(OPEN, cooldown=60)
    order = flow(collect("item"), end("bye", "Done."))
    before = Conversation(ContactView(), cooldowns={"open": MORNING})
    talking = person(trigger("order", order), cooling)
    talking.says("order")

    behind_the_winner = weighed(definitions(HOURS, cooling), conversation=before)
    within_a_flow = weighed(talking.published, conversation=talking.conversation._replace(cooldowns={"open": MORNING}))

    assert told(behind_the_winner) == [("hours", "wins"), ("open", "comes_after")]
    assert told(within_a_flow) == [("open", "not_tried")]
