"""Texts with variables."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.templates import HTML, MAX_NESTING, MAX_OUTPUT, MAX_SOURCE, URL, TemplateFault, compile_text
from tests.support.tables import for_each


def render(source: str, locale: str = "", defaults: dict[str, str] | None = None, **variables: Any) -> str:
    return compile_text(source).render(variables, defaults or {}, locale).text


def test_names_and_dotted_names_stand_for_values() -> None:
    text = compile_text("Oi {{ contact.name }}! {{ people }} pessoas?")
    assert text.names == ("contact.name", "people")
    assert text.render({"contact.name": "Ana", "people": 3}, {}).text == "Oi Ana! 3 pessoas?"


def test_blanks_around_the_words_and_lines_of_mere_statements_vanish() -> None:
    assert render("\n {% if x %}\n  Oi\n  {% endif %}\nAna\n\n", x="1") == "Oi\nAna"


def test_decimals_are_printed_as_people_of_the_locale_write_them() -> None:
    assert render("{{ litres }}", "pt-BR", litres=Decimal("1.50")) == "1,50"
    assert render("{{ litres | upper }}", "en", litres=Decimal("1.50")) == "1.50"
    assert render("{{ tiny }}", tiny=Decimal("1E-7")) == "0.0000001"


@for_each("value", [{}, {"name": ""}, {"name": None}])
def test_a_missing_variable_is_its_default_or_nothing_and_is_told(value: dict[str, Any]) -> None:
    text = compile_text("Oi {{ name }}{{ name }}!")
    with_default = text.render(value, {"name": "você"})
    assert (with_default.text, with_default.missing) == ("Oi vocêvocê!", ("name",))
    without = text.render(value, {})
    assert (without.text, without.missing) == ("Oi !", ("name",))


def test_a_variable_that_is_only_asked_about_is_not_told_as_missing() -> None:
    rendered = compile_text("{% if name %}Oi {{ name }}{% else %}Oi{% endif %}").render({}, {})
    assert (rendered.text, rendered.missing) == ("Oi", ())


@for_each(
    ("source", "words"),
    [
        ("{{ name | upper }}", "ANA MARIA"),
        ("{{ name | lower }}", "ana maria"),
        ("{{ name | capitalize }}", "Ana maria"),
        ("{{ name | title }}", "Ana Maria"),
        ("{{ '  x ' | trim }}", "x"),
        ("{{ name | truncate(4) }}", "ana…"),
        ("{{ name | truncate(9) }}", "ana MARIA"),
        ("{{ name | default('você') }}", "ana MARIA"),
        ("{{ nobody | default('você') }}", "você"),
        ("{{ nobody | default('você') | upper }}", "VOCÊ"),
        ("{{ nobody | default(5) }}", "5"),
        ("{{ known | default('você') }}", "declared"),
        ("{{ nobody | upper }}", ""),
    ],
)
def test_filters(source: str, words: str) -> None:
    assert render(source, name="ana MARIA", defaults={"known": "declared"}) == words


@for_each(
    ("condition", "holds"),
    [
        ("people > 2", True),
        ("people >= 3 and people <= 3", True),
        ("people < 3 or people == 4", False),
        ("people != 3", False),
        ("1 < people < 4", True),
        ("1 < people < 3", False),
        ("not people", False),
        ("flavour == 'Calabresa'", True),
        ("flavour == 'calabresa'", False),
        ("litres == 1.5", True),
        ("option > 1", True),
        ("flavour > 1", False),
        ("flavour != 1", True),
        ("nothing == 1", False),
        ("nothing != 1", True),
        ("declared == 7", True),
        ("nothing is defined", False),
        ("people is defined", True),
        ("contact.name is defined", False),
        ("nothing", False),
        ("declared", True),
        ("0 == people", False),
    ],
)
def test_conditions(condition: str, holds: bool) -> None:
    values = {"people": 3, "flavour": "Calabresa", "litres": Decimal("1.5"), "option": "2"}
    defaults = {"declared": "7"}
    assert render(f"{{% if {condition} %}}yes{{% else %}}no{{% endif %}}", "", defaults, **values) == (
        "yes" if holds else "no"
    )


def test_choosing_among_several() -> None:
    source = "{% if n == 1 %}one{% elif n == 2 %}two{% else %}many{% endif %}"
    assert [render(source, n=n) for n in (1, 2, 3)] == ["one", "two", "many"]
    assert render("{% if n %}x{% endif %}") == ""
    assert render("{{ 'a' if n else 'b' }}{{ 'c' if n }}", n=1) == "ac"
    assert render("{{ 'a' if n else 'b' }}{{ 'c' if n }}") == "b"


def test_what_people_wrote_is_never_read_as_a_template() -> None:
    hostile = "{{ contact.phone }}{% for x in y %}"
    assert render("{{ text }}", text=hostile) == hostile


def test_the_output_is_bounded() -> None:
    whole = compile_text("{{ a }}").render({"a": "x" * MAX_OUTPUT}, {})
    assert (len(whole.text), whole.cut) == (MAX_OUTPUT, False)
    cut = compile_text("{{ a }}" * 400 + "end").render({"a": "x" * 100_000}, {})
    assert (len(cut.text), cut.text[-2:], cut.cut) == (MAX_OUTPUT, "x…", True)


@for_each(
    "source",
    [
        "{% for x in y %}{% endfor %}",
        "{{ a() }}",
        "{{ a.upper() }}",
        "{{ 'x' * 30000000 }}",
        "{{ a + 1 }}",
        "{{ -a }}",
        "{{ a ~ b }}",
        "{% set a = 1 %}",
        "{% include 'a' %}",
        "{% macro a() %}{% endmacro %}",
        "{% filter upper %}{% endfilter %}",
        "{{ a.b.c }}",
        "{{ a['b'] }}",
        "{{ 'a'.b }}",
        "{{ [1] }}",
        "{{ a in b }}",
        "{% if a in b %}{% endif %}",
        "{{ a and b }}",
        "{{ a is defined }}",
        "{% if a is even %}{% endif %}",
        "{% if 'a' is defined %}{% endif %}",
        "{{ true }}",
        "{{ none }}",
        "{{ 1e999 }}",
        r"{{ '\ud800' }}",
        r"{{ a | default('\x00') }}",
        "{{ a | default(b) }}",
        "{{ a | default() }}",
        "{{ a | truncate(0) }}",
        "{{ a | truncate(1001) }}",
        "{{ a | truncate('5') }}",
        "{{ a | truncate(length=5) }}",
        "{{ a | upper(*b) }}",
        "{{ a | join }}",
        "{{ a",
        "{{ }}",
        "{% nope %}",
        "{% if a %}",
        "{{ a | }}",
        "{{" + "(" * 1500 + "a" + ")" * 1500 + "}}",
        "{{" + "a if b else (" * 30 + "a" + ")" * 30 + "}}",
        "{% if a %}" * (MAX_NESTING + 1) + "{% endif %}" * (MAX_NESTING + 1),
        "{% if " + " and ".join("a" * 30) + " %}{% endif %}",
        "x" * (MAX_SOURCE + 1),
        "{{ " + "9" * 3900 + "x }}",
    ],
)
def test_what_could_loop_call_or_allocate_is_a_fault_with_a_mend(source: str) -> None:
    with pytest.raises(TemplateFault) as caught:
        compile_text(source)
    fault = caught.value
    assert fault.message
    assert not fault.message.endswith(".")
    assert fault.mend.endswith(".")
    assert fault.line == 1


def test_a_fault_tells_its_line_and_names_what_is_refused() -> None:
    with pytest.raises(TemplateFault, match="a call is not allowed") as caught:
        compile_text("Oi\n\n{{ a() }}")
    assert caught.value.line == 3


@for_each("asked", ["'vip' in contact.tag", "'vip' in contact.name", "'vip' not in plan"])
def test_only_tags_are_asked_with_in(asked: str) -> None:
    with pytest.raises(TemplateFault, match=r"only contact\.tags") as caught:
        compile_text(f"{{% if {asked} %}}x{{% endif %}}")
    assert "'vip' in contact.tags" in str(caught.value.mend)


NAMES = st.sampled_from(["a", "contact.name", "message.text", "b"])
PIECES = st.one_of(
    st.text(max_size=10),
    NAMES.map("{{{{ {} }}}}".format),
    st.tuples(NAMES, st.sampled_from(["upper", "title", "default('x')", "truncate(5)", "join", "default"])).map(
        lambda pair: f"{{{{ {pair[0]} | {pair[1]} }}}}"
    ),
    st.sampled_from(
        ["{% if a > 1 %}", "{% if a == b and not b %}", "{% else %}", "{% elif b %}", "{% endif %}", "{{", "}}", "{%"]
    ),
)
VALUES = st.one_of(st.text(max_size=20), st.integers(), st.decimals(allow_nan=False, allow_infinity=False), st.none())


@given(st.lists(PIECES, max_size=12).map("".join), st.dictionaries(NAMES, VALUES), st.sampled_from(["", "pt-BR"]))
def test_any_source_is_a_fault_or_renders_within_bounds(source: str, values: dict[str, Any], locale: str) -> None:
    try:
        text = compile_text(source)
    except TemplateFault:
        return
    rendered = text.render(values, {"b": "2"}, locale)
    assert len(rendered.text) <= MAX_OUTPUT
    assert set(rendered.missing) <= set(text.names)
    assert rendered == text.render(values, {"b": "2"}, locale)


def test_what_a_form_escapes_is_what_variables_and_expressions_print() -> None:
    text = compile_text("<b>{% if name %}{{ name }}{{ '<' }}{% else %}{{ 'a' if x else name }}{% endif %}</b>", HTML)
    assert text.render({"name": "<i>"}, {}).text == "<b>&lt;i&gt;&lt;</b>"
    assert compile_text("https://a.example/{{ name | upper }}", URL).render({"name": "\ud800 é?"}, {}).text == (
        "https://a.example/%3F%20%C3%89%3F"
    )


def test_each_form_has_its_own_limits() -> None:
    assert compile_text("x" * HTML.source, HTML).render({}, {}).text == "x" * HTML.source
    rendered = compile_text("{{ name }}", URL).render({"name": "x" * 3_000}, {})
    assert (len(rendered.text), rendered.cut) == (URL.output, True)
    with pytest.raises(TemplateFault, match="at most 2000 characters"):
        compile_text("x" * 2_001, URL)


@for_each("tag", ["contact,name", "contact, name", "contact:name", "contact name", "Contact-name", "contact.,name"])
def test_another_sign_than_the_point_of_a_name_is_told_with_the_point(tag: str) -> None:
    with pytest.raises(TemplateFault) as caught:
        compile_text(f"{{{{ a }}}} {{{{ {tag} }}}}")

    assert (caught.value.mend, caught.value.mended) == ("Write {{ contact.name }}.", "{{ a }} {{ contact.name }}")


def test_a_list_and_a_difference_of_other_names_stay_what_they_are() -> None:
    for tag, reason in (("a, b", "a list is not allowed"), ("a - b", "calculating is not allowed")):
        with pytest.raises(TemplateFault, match=reason):
            compile_text(f"{{{{ {tag} }}}}")
