"""What the inbox makes of texts."""

from bot.inbox.rules import Filled, fill, first_name, label_of, shortcut_of, variables_in
from tests.support.tables import for_each


@for_each(
    ("content", "names"),
    [
        ("{{ contact.name }} {{contact.name}}", ("contact.name",)),
        ("{{Agent.Name}} and {{ contact.plan_2 }}", ("agent.name", "contact.plan_2")),
        ("{ contact.name } {{ 2 }} {{ a b }} {{}} {{ a. }}", ()),
    ],
)
def test_variables_are_found_however_they_are_spaced_and_spelled(content: str, names: tuple[str, ...]) -> None:
    assert variables_in(content) == names


def test_a_template_takes_what_is_known_and_shows_what_is_not() -> None:
    values = {"contact.name": "{{ agent.name }}", "agent.name": "Bia", "contact.email": ""}
    found = fill("{{ Contact.Name }}, {{ agent.name }}, {{ contact.email }}, {{ nonsense }}", values)

    text = "{{ agent.name }}, Bia, {{ contact.email }}, {{ nonsense }}"
    assert found == Filled(text, ("contact.email", "nonsense"))


@for_each(
    ("typed", "shortcut"),
    [("/Hours", "hours"), (" a_b-c ", "a_b-c"), ("//x", ""), ("", ""), ("a" * 33, ""), ("horário", "")],
)
def test_a_shortcut_is_typed_with_or_without_its_slash(typed: str, shortcut: str) -> None:
    assert shortcut_of(typed) == shortcut


def test_labels_and_first_names() -> None:
    assert label_of(" Refund \n now") == ("Refund now", "refund now")
    assert (first_name("Ana Maria"), first_name("  ")) == ("Ana", "")
