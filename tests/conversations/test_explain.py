import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.conversations.shown.explain import BOUNCE_OVER, PARKED, explain
from bot.core.messages import MessageKind
from bot.engine.answers import Refusal
from bot.engine.conversation import EndReason, TraceEntry
from bot.engine.trace import Code
from bot.web.i18n import translator
from tests.support.tables import for_each

EN = translator("en")
PT = translator("pt-BR")

DATA: dict[str, Any] = {
    "why": "option",
    "flow": "pizzaria/order",
    "step": "flavour",
    "until": "2026-03-01T12:00:00+00:00",
    "word": "parar",
    "idle_seconds": 90000,
    "expire_after_seconds": 86400,
    "flow_id": "c1",
    "trigger": "equals pizza",
    "bundle": "pizzaria",
    "type": "collect_input",
    "interrupt": False,
    "seconds": 42,
    "times": 3,
    "within_seconds": 60,
    "tried": 7,
    "save_as": "flavour",
    "attempt": 1,
    "attempts": 3,
    "otherwise": "human",
    "to": "people",
    "steps": 50,
    "reason": "finished",
    "template": "ask_flavour",
    "variant": 2,
    "locale": "en",
    "name": "contact.name",
    "default": "you",
    "kind": "media",
    "part": "media",
    "error": "ValueError",
    "words_in": "winmail.dat",
    "action": "contact.tag",
    "call": "contact.tag (tag = vip)",
    "outcome": "done",
    "argument": "tag",
    "limit": 8,
    "target": "events.join",
}
"""A value for each name that a trace may hold."""


def sentence(code: str, language: Any = EN, **data: Any) -> str:
    return explain([TraceEntry(code, data)], language)[0]


@for_each("code", [*Code, PARKED, BOUNCE_OVER])
def test_every_code_has_a_sentence_in_both_languages(code: str) -> None:
    spoken = [sentence(code, language, **DATA) for language in (EN, PT)]
    assert spoken[0] != spoken[1]
    for said in spoken:
        assert said.endswith(".")
        assert "{" not in said
        assert "…" not in said, "a value that the trace does not hold"


def test_every_code_has_a_sentence_of_its_own() -> None:
    codes = [*Code, PARKED, BOUNCE_OVER]
    assert len({sentence(code, EN, **DATA) for code in codes}) == len(codes)


def test_a_flow_is_told_step_by_step() -> None:
    trace = [
        TraceEntry("trigger_matched", {"trigger": "equals pizza", "bundle": "pizzaria", "type": "equals"}),
        TraceEntry("flow_started", {"flow": "pizzaria/order"}),
        TraceEntry("step_entered", {"flow": "pizzaria/order", "step": "flavour", "type": "collect_input"}),
        TraceEntry("said", {"template": "ask_flavour", "variant": 2, "locale": ""}),
    ]
    assert explain(trace, EN) == (
        "The trigger “equals pizza” of the bundle pizzaria matches.",
        "The flow pizzaria/order begins.",
        "The flow pizzaria/order comes to the step flavour (a question).",
        "The bot answers with the template ask_flavour, variant 2.",
    )


@pytest.mark.parametrize("refusal", Refusal)
def test_every_refusal_is_told_in_words(refusal: Refusal) -> None:
    said = sentence("answer_refused", **{**DATA, "why": refusal})
    assert re.search(r"does not take this answer: (it|the|no) .+\. That was attempt 1 of 3\.$", said)


@pytest.mark.parametrize("reason", EndReason)
def test_every_reason_to_end_is_told_in_words(reason: EndReason) -> None:
    assert re.search(r"is over: (it|the|a|another|all) ", sentence("flow_ended", **{**DATA, "reason": reason}))


@pytest.mark.parametrize("kind", MessageKind)
def test_every_kind_without_text_is_told_in_words(kind: MessageKind) -> None:
    assert re.match(r"This is (a|something) ", sentence("unsupported", kind=kind))


def test_times_are_said_as_people_say_them() -> None:
    assert "for 24 hours, longer than 24 hours" in sentence("expired", **{**DATA, "idle_seconds": 86_400})
    assert "em 42 segundos" in sentence("fallback_recent", PT, seconds=42)
    assert "12:00" in sentence("handed_over", **DATA)
    assert "UTC" in sentence("handed_over", **DATA)


def test_what_is_not_there_is_not_talked_about() -> None:
    assert sentence("paused", flow="a/b", until=None) == (
        "The conversation is with a person (flow a/b), so the bot says nothing."
    )
    assert sentence("answer_taken", **{**DATA, "save_as": ""}).endswith("takes this answer.")


def test_a_person_may_take_over_while_no_flow_is_running() -> None:
    told = [sentence(code, **{**DATA, "flow": ""}) for code in ("paused", "handoff_over", "flow_ended")]
    assert told[0].startswith("The conversation is with a person, so the bot says nothing until ")
    assert told[1:] == [
        "The time with a person is over, so the bot answers again.",
        "What was running is over: it came to its end.",
    ]


def test_a_moment_is_told_where_the_reader_is_and_else_in_utc() -> None:
    silent = [TraceEntry("paused", {"until": "2026-03-01T12:00:00+00:00"})]
    there, anywhere = explain(silent, PT, place=ZoneInfo("America/Sao_Paulo")), explain(silent, PT)
    assert there[0].endswith(" 01/03/2026 09:00.")
    assert anywhere[0].endswith(" 01/03/2026 12:00 UTC.")


def test_a_trace_of_another_version_still_gets_a_sentence() -> None:
    assert sentence("invented_later", x=1) == "Something happened that this version has no words for."
    assert sentence("flow_started") == "The flow … begins."
    assert "until soon" in sentence("handed_over", flow="a/b", until="soon")
    assert "in many." in sentence("fallback_recent", seconds="many")


def test_braces_in_a_value_are_only_text() -> None:
    assert sentence("opt_out", word="{flow} {0}").startswith("“{flow} {0}” asks")


def test_a_step_is_named_with_its_words_where_they_are_known() -> None:
    words = {("pizzaria/order", "size"): "Which size?", ("pizzaria/order", "done"): "Coming up."}
    told = explain(
        [
            TraceEntry("transition", {"flow": "pizzaria/order", "step": "size", "to": "done"}),
            TraceEntry("step_entered", {"flow": "cafe/order", "step": "size", "type": "collect_input"}),
        ],
        EN,
        words,
    )

    assert told == (
        "From the step size “Which size?” it goes on to done “Coming up.”.",
        "The flow cafe/order comes to the step size (a question).",
    )
