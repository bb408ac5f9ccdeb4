"""What is wrong with a template is said in an author's words, with the tag as it should be."""

import pytest

from bot.core.i18n import Phrase
from bot.engine.numbers import NumberRange, RangeFault
from bot.engine.patterns import PatternFault, compile_pattern
from bot.engine.template_syntax import explain
from bot.engine.templates import TemplateFault, compile_text
from tests.support.tables import for_each

GENERAL = "Write a variable as {{ name }}, and a condition as {% if name %} … {% endif %}."


def fault(source: str) -> TemplateFault:
    with pytest.raises(TemplateFault) as caught:
        compile_text(source)
    return caught.value


@for_each(
    ("source", "right"),
    [
        ("{{ name }", "{{ name }}"),
        ("Oi {{ contact.name, tudo bem?", "{{ contact.name }}"),
        ("{{ a | upper } and more", "{{ a | upper }}"),
        ("{{{ name }}}", "{{ name }}"),
        ("{% if a }x{% endif %}", "{% if a %}"),
        ("{% if a then }x{% endif %}", "{% if a %}"),
        ("{% IF a %}x{% ENDIF %}", "{% if a %}"),
        ("{% if a = 1 %}x{% endif %}", "{% if a == 1 %}"),
        ("{% if a && b || c %}x{% endif %}", "{% if a and b or c %}"),
        ("{% if a <> 1 %}x{% endif %}", "{% if a != 1 %}"),
        ("{% if !a %}x{% endif %}", "{% if not a %}"),
        ("{% if a == \u201cSim\u201d %}x{% endif %}", '{% if a == "Sim" %}'),
        ("{% if a == \u2018Sim\u2019 %}x{% endif %}", "{% if a == 'Sim' %}"),
        ("{% if a %}x{% elseif b %}y{% endif %}", "{% elif b %}"),
        ("{% if a %}x{% senão %}y{% endif %}", "{% else %}"),
        ("{% if a %}x{% end %}", "{% endif %}"),
        ("{{ if a }}x{% endif %}", "{% if a %}"),
        ("{{ a | default: 'x' }}", "{{ a | default('x') }}"),
        ("{{ first name }}", "{{ first_name }}"),
        ("{{ a | default(\u2018x\u2019) }}", "{{ a | default('x') }}"),
    ],
)
def test_a_tag_is_shown_as_it_should_be(source: str, right: str) -> None:
    assert fault(source).mend == f"Write {right}."


@for_each(
    ("source", "said"),
    [
        ("{{ , }", "{{ , } is never closed. Close it, as in {{ contact.name }}."),
        ("{% 1", "{% 1 is never closed. Close it, as in {{ contact.name }}."),
        ("{{ }}", "nothing stands in {{ }}. Name a variable, or delete it."),
        ("{% if %}x{% endif %}", "{% if %} does not say when. Say when, as in {% if contact.name %}."),
        ("{% if a %}x{% elif b %}y", "{% if a %} has no end. Write {% endif %} where the words for it end."),
        ("{% if a %}x", "{% if a %} has no end. Write {% endif %} where the words for it end."),
        (
            "x{% else %}y",
            "{% else %} has no if before it. Delete it, or write {% if … %} where the condition begins.",
        ),
        (
            "{{ x }}{{ a ? b : c }}",
            f"{{{{ a ? b : c }}}} cannot be read. {GENERAL}",
        ),
        (
            "{# a remark",
            f"its braces and percent signs cannot be read. {GENERAL}",
        ),
        ("{{ a | uppercase }}", "there is no filter uppercase. Did you mean upper?"),
        (
            "{{ a | reverse }}",
            "there is no filter reverse. The filters are capitalize, default, lower, title, trim, truncate, upper.",
        ),
    ],
)
def test_what_is_wrong_is_said_without_words_of_a_library(source: str, said: str) -> None:
    found = fault(source)

    assert f"{found.message}. {found.mend}" == said


def test_a_long_tag_is_cut() -> None:
    assert "…" in fault("{{ a ? " + "b" * 200 + " }}").message


def test_the_line_within_the_text_and_what_is_wrong_there_are_known() -> None:
    found = fault("Oi!\n{{ name }\n")

    assert (found.line, found.snippet.startswith("{{ name }")) == (2, True)
    assert found.mended == "Oi!\n{{ name }}\n"


def test_a_condition_that_ends_is_no_fault_beside_one_that_does_not() -> None:
    found = fault("{{ x }}{% if a %}{% if b %}x{% endif %}")

    assert found.message == "{% if a %} has no end"


def test_a_source_that_is_sound_as_far_as_anybody_knows_is_still_explained() -> None:
    assert explain("words", lambda _: True).message == "its braces and percent signs cannot be read"


@for_each(
    ("pattern", "said"),
    [
        ("[a", "a [ is never closed ([a). "),
        ("(a", "a ( is never closed ((a). "),
        ("*a", "nothing stands before the sign that repeats it (*). Write .*a, or choose contains"),
        ("(?=a)b", "what begins with (? here is not known ((?=). Look-around is not known here"),
        ("a\\", "a backslash stands at the end. Put a backslash before each of"),
    ],
)
def test_what_re2_refuses_is_said_in_our_words(pattern: str, said: str) -> None:
    with pytest.raises(PatternFault) as caught:
        compile_pattern("regex", pattern)

    assert f"{caught.value.message}. {caught.value.mend}".startswith(said)


@for_each("pattern", ["9..1", "many", "1" * 40])
def test_a_number_range_that_is_none_says_why(pattern: str) -> None:
    with pytest.raises(RangeFault) as caught:
        NumberRange.parse(pattern)

    assert str(caught.value) == str(caught.value.reason)


def test_a_phrase_is_said_in_the_language_of_its_values_too() -> None:
    words = {"there is no {what}": "não há {what}", "bread": "pão"}

    assert Phrase("there is no {what}", {"what": Phrase("bread")}).said(words.__getitem__) == "não há pão"
