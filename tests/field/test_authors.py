"""What authors of bundles met: rows A01, A03 and C16; A02 has its corpus in test_broken_bundles.py."""

from bot.flows.check import Source, check
from bot.flows.faults import Fault
from bot.web.i18n import translator

SEVEN_LINES = """\
bundle: b
welcome: t
fallback: u
templates:
  t: {content: "Hi}
  u: {content: "Sorry, it's \\"closed\\""}
  v: {content: "Bye"}
"""


def faults(text: str) -> tuple[Fault, ...]:
    return check([Source("b.yaml", text.encode())]).faults


def test_A01_a_quote_that_is_not_closed_is_one_fault_at_the_quote() -> None:
    (fault,) = faults(SEVEN_LINES)

    assert fault.sentence() == (
        'b.yaml:5:16 Y17 the quote that opens here is never closed. Write this line as: t: {content: "Hi"}'
    )
    assert fault.sentence(translator("pt-BR")) == (
        'b.yaml:5:16 Y17 a aspa que abre aqui não é fechada. Escreva esta linha assim: t: {content: "Hi"}'
    )


def test_A01_of_a_long_text_only_its_ends_are_quoted() -> None:
    (fault,) = faults(SEVEN_LINES.replace('"Hi}', '"' + "Hi, and welcome!" * 200 + "}"))

    assert (fault.line, fault.code) == (5, "Y17")
    assert len(fault.sentence()) < 350
    assert fault.sentence().endswith('welcome!"}')


def test_A01_two_quotes_that_are_not_closed_are_two_faults() -> None:
    text = SEVEN_LINES.replace('"Bye"', '"Bye')

    assert [(each.line, each.column, each.code) for each in faults(text)] == [(5, 16, "Y17"), (7, 16, "Y17")]


def test_A01_a_quote_far_above_is_found_where_the_next_one_closed_it() -> None:
    lines = "".join(f"  t{number}:\n    content: We open at {number}.\n" for number in range(40))
    text = "bundle: b\nwelcome: a\ntemplates:\n  a:\n    content: 'Hi\n" + lines + "  z:\n    content: 'Bye'\n"

    assert [(each.line, each.column, each.code) for each in faults(text)] == [(5, 14, "Y17")]
