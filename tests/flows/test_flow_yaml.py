"""How YAML is read: spelled text stays as spelled, and whatever the bytes are, the answer is faults."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.flows.checks.check import Source, check
from bot.flows.yaml import compose
from bot.flows.yaml.document import BundleDocument, CollectInput
from bot.flows.yaml.parse import MAX_BYTES, parse
from tests.support.examples import examples
from tests.support.tables import for_each


def read(text: str | bytes) -> BundleDocument:
    data = text if isinstance(text, bytes) else text.encode()
    checked = check([Source("b.yaml", data)])
    assert [fault.sentence() for fault in checked.faults] == []
    return checked.bundles[0].document


def codes(data: bytes) -> list[str]:
    return [f"{fault.line}:{fault.column} {fault.code}" for fault in check([Source("b.yaml", data)]).faults]


@for_each(
    "spelled",
    [
        "1",
        "on",
        "não",
        "18:30",
        "+5511999990000",
        "0123",
        "1e3",
        "1_000",
        "yes",
        "true",
        "2026-01-01",
        "0x1F",
        "-",
        "#1",
    ],
)
def test_a_plain_scalar_is_text_as_it_is_spelled(spelled: str) -> None:
    quotes = '"' if spelled in {"-", "#1"} else ""
    document = read(
        f"bundle: b\ntemplates: {{t: {{content: {quotes}{spelled}{quotes}}}}}\n"
        f"triggers: [{{type: equals, pattern: [{quotes}{spelled}{quotes}], template: t}}]\n"
    )

    assert document.templates["t"].content == spelled
    assert document.triggers[0].pattern == [spelled]


def test_keys_of_transitions_need_no_quotes() -> None:
    document = read(
        """
bundle: b
templates: {t: {content: x}}
triggers: [{type: equals, pattern: a, flow: f}]
flows:
  f:
    steps:
      - {key: 1, type: collect_input, template: t, options: [1, on, 18:30], transitions: {1: no, on: no, 18:30: no}}
      - {key: no, type: end}
"""
    )

    step = document.flows["f"].steps[0]
    assert isinstance(step, CollectInput)
    assert step.key == "1"
    assert step.options == ["1", "on", "18:30"]
    assert step.transitions == {"1": "no", "on": "no", "18:30": "no"}


def test_numbers_and_truths_are_read_where_they_are_expected() -> None:
    document = read(
        "bundle: b\ntemplates: {t: {content: x}}\n"
        "triggers: [{type: number, priority: -5, cooldown_sec: 60, active: False, interrupt: true, template: t}]\n"
    )

    trigger = document.triggers[0]
    assert (trigger.priority, trigger.cooldown_sec, trigger.active, trigger.interrupt) == (-5, 60, False, True)
    assert trigger.pattern == [""]


def test_a_question_mark_between_brackets_is_text() -> None:
    document = read("bundle: b\nwelcome: t\ntemplates: {t: {variants: [Tudo bem?, Quer pizza? Sim]}}\n")

    assert document.templates["t"].texts == ("Tudo bem?", "Quer pizza? Sim")


def test_a_comment_after_two_blanks_is_no_part_of_the_text() -> None:
    assert read("bundle: b\nwelcome: t # said first\ntemplates: {t: {content: Oi}}  # all of them\n").welcome == "t"


def test_texts_may_span_lines() -> None:
    document = read(
        "bundle: b\nwelcome: t\ntemplates:\n  t:\n    content: |\n      Oi: # {{ contact.name }}\n      *tudo*\n"
    )

    assert document.templates["t"].content == "Oi: # {{ contact.name }}\n*tudo*\n"


def test_a_byte_order_mark_is_accepted() -> None:
    assert read(codecs.BOM_UTF8 + b"bundle: b\r\nlocale: pt-BR\r\n").locale == "pt-BR"


@for_each(
    ("data", "encoding"),
    [
        ("bundle: ação".encode("utf-16"), "UTF-16"),
        ("bundle: b".encode("utf-16-be"), "UTF-16"),
        ("bundle: b".encode("utf-32"), "UTF-32"),
        ("bundle: ação".encode("cp1252"), "probably Windows-1252"),
    ],
)
def test_another_encoding_is_named(data: bytes, encoding: str) -> None:
    (fault,) = check([Source("b.yaml", data)]).faults

    assert (fault.code, str(fault.values["encoding"])) == ("Y02", encoding)


def test_a_billion_laughs_is_a_clear_fault() -> None:
    lines = ["bundle: b", 'a0: &a0 ["lol"]']
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 40)]

    # Were the aliases followed, this would end with the memory, or never.
    faults = check([Source("b.yaml", "\n".join(lines).encode())]).faults

    assert [fault.line for fault in faults if fault.code == "Y06" and fault.values["what"] == "&a0"] == [2]


@for_each("data", [b"x" * (MAX_BYTES + 1), b"[" * 1000, b"a: " + b"{b: " * 5000])
def test_what_is_too_big_or_too_deep_is_refused(data: bytes) -> None:
    assert "Y12" in {fault.code for fault in check([Source("b.yaml", data)]).faults}


def test_what_has_too_many_values_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    # As many as there may be take a second to read.
    monkeypatch.setattr(compose, "MAX_NODES", 100)
    several, too_many = ({fault.code for fault in check([Source("b.yaml", b"- a\n" * n)]).faults} for n in (90, 110))

    assert "Y12" not in several
    assert "Y12" in too_many


def test_several_faults_of_the_syntax_are_told_at_once() -> None:
    text = b"bundle: b\nwelcome: *x y\nfallback: {{ z }} t\nlocale: a: b\nunsupported: nobody\n"

    assert codes(text) == ["2:10 Y03", "3:11 Y03", "4:9 Y04", "5:14 R01"]


def test_a_file_of_nothing_but_faults_of_the_syntax_is_given_up_after_a_while() -> None:
    faults = check([Source("b.yaml", b"".join(b"k%d: *x y\n" % number for number in range(1000)))]).faults

    assert {fault.code for fault in faults} == {"Y03"}
    assert len(faults) == 20


def test_the_fault_says_what_to_quote() -> None:
    (fault, *_) = parse("pizzaria.yaml", b"templates:\n  bold: {content: 1}\n  t:\n    content: *bold* words\n").faults

    assert fault.sentence() == 'pizzaria.yaml:4:14 Y03 text starting with * needs quotes. Write it as "*bold* words".'


@examples(1.5)
@given(st.binary(max_size=300))
def test_any_bytes_give_faults_and_never_an_exception(data: bytes) -> None:
    assert check([Source("b.yaml", data)]).faults


_PIECES = st.sampled_from(
    [
        *("bundle: b", "templates:", "triggers:", "flows:", "steps:", "  ", "    ", "- ", "\n", "\n  ", "\n    ", ": "),
        *(
            "t: {content: ",
            "variants: [",
            "]",
            "}",
            "{{ a }}",
            "*a",
            "&a ",
            "!x ",
            "| ",
            "> ",
            "#",
            " #b",
            "'",
            '"',
            "\t",
        ),
        *(
            "type: equals",
            "pattern: ",
            "template: t",
            "flow: f",
            "key: k",
            "~",
            "null",
            "<<: ",
            "? ",
            "---",
            "%",
            "\0",
            "é",
        ),
    ]
)


@examples(3)
@given(st.lists(_PIECES, max_size=40).map("".join))
def test_anything_like_a_bundle_is_checked_without_an_exception(text: str) -> None:
    checked = check([Source("b.yaml", text.encode())])

    assert bool(checked.faults) != bool(checked.bundles)
