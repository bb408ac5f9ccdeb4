"""What people write for an action's arguments, what they are told, and that doing so makes the bundle sound."""

import pytest

from bot.app.action_specs import SPECS
from bot.flows.checks.check import Source, check

HEAD = """bundle: b
welcome: t
templates: {t: {content: x}}
triggers: [{type: equals, pattern: go, flow: f}]
flows:
  f:
    steps:
    - key: a
      type: action
"""
TAG, SET = "      action: contact.tag\n", "      action: contact.set\n"

CASES = {
    "tags behind one another between braces": (
        TAG + "      arguments: {tags: club, gold}\n",
        ['11:25 Y36 a comma ends the text between braces. Write this line as: arguments: {tags: "club, gold"}'],
        TAG + '      arguments: {tags: "club, gold"}\n',
    ),
    "a tag and a variable behind it": (
        TAG + "      arguments: {tags: club, {{ contact.name }}}\n",
        [
            (
                "11:25 Y36 a comma ends the text between braces. "
                'Write this line as: arguments: {tags: "club, {{ contact.name }}"}'
            )
        ],
        TAG + '      arguments: {tags: "club, {{ contact.name }}"}\n',
    ),
    "a list of tags": (
        TAG + "      arguments: {tags: [club, gold]}\n",
        ['11:25 S03 tags must be text. Write it as "club, gold".'],
        TAG + '      arguments: {tags: "club, gold"}\n',
    ),
    "a map of tags": (
        TAG + "      arguments: {tags: {club: true}}\n",
        [
            (
                "11:25 A04 tags is not what contact.tag takes there. "
                'Write a tag, or several with commas between them: "club, gold".'
            )
        ],
        TAG + '      arguments: {tags: "club, gold"}\n',
    ),
    "names of one's own beside the arguments": (
        SET + "      arguments: {plan: gold}\n",
        ["11:19 A07 contact.set takes names of your own under attributes. Write it as: attributes: {plan: gold}"],
        SET + "      arguments: {attributes: {plan: gold}}\n",
    ),
    "several of them, and some where they belong": (
        SET + "      arguments:\n        name: Ana\n        attributes: {city: Santos}\n"
        "        plan: '{{ contact.name }}'\n        visits: 3\n        code: \"007\"\n",
        [
            (
                "14:9 A07 contact.set takes names of your own under attributes. Write it as: "
                'attributes: {city: Santos, plan: "{{ contact.name }}", visits: 3, code: "007"}'
            )
        ],
        SET + "      arguments:\n        name: Ana\n"
        '        attributes: {city: Santos, plan: "{{ contact.name }}", visits: 3, code: "007"}\n',
    ),
    "one of them that is nearly an argument": (
        SET + "      arguments: {atributes: {plan: gold}}\n",
        ["11:19 A02 contact.set takes no atributes. Did you mean attributes?"],
        SET + "      arguments: {attributes: {plan: gold}}\n",
    ),
    "one that no attribute may be called": (
        SET + "      arguments: {email: a@b.c}\n",
        ["11:19 A02 contact.set takes no email. It takes attributes, locale, name, timezone."],
        SET + "      arguments: {name: Ana}\n",
    ),
    "a text for attributes": (
        SET + "      arguments: {attributes: gold}\n",
        [
            (
                "11:31 A04 attributes is not what contact.set takes there. "
                "Write names of your own, each with text, a number, true or false: {plan: gold, visits: 3}."
            )
        ],
        SET + "      arguments: {attributes: {plan: gold, visits: 3}}\n",
    ),
    "a list of attributes": (
        SET + "      arguments:\n        attributes:\n        - plan: gold\n        - visits: 3\n",
        ["13:9 S03 attributes must be text. Write it as {plan: gold, visits: 3}."],
        SET + "      arguments:\n        attributes: {plan: gold, visits: 3}\n",
    ),
    "a map within a map": (
        SET + "      arguments: {attributes: {plan: {name: gold}}}\n",
        ['11:38 Y04 text with a colon and a blank needs quotes. Write it as "name: gold".'],
        SET + '      arguments: {attributes: {plan: "name: gold"}}\n',
    ),
    "an argument beside the action": (
        TAG + "      tags: club\n",
        ["11:7 S01 tags is not known here. Write it below `arguments:`, indented."],
        TAG + "      arguments:\n        tags: club\n",
    ),
    "two of them": (
        SET + "      name: Ana\n      attributes: {plan: gold}\n",
        [
            "11:7 S01 name is not known here. Write it below `arguments:`, indented.",
            "12:7 S01 attributes is not known here. Write it below `arguments:`, indented.",
        ],
        SET + "      arguments:\n        name: Ana\n        attributes: {plan: gold}\n",
    ),
    "one beside others that are where they belong": (
        SET + "      locale: pt-BR\n      arguments: {name: Ana}\n",
        ["11:7 S01 locale is not known here. Write it below `arguments:`, indented."],
        SET + "      arguments: {name: Ana, locale: pt-BR}\n",
    ),
}


def told(steps: str) -> list[str]:
    faults = check([Source("b", (HEAD + steps).encode())], SPECS).faults
    return [each.sentence().removeprefix("b:") for each in faults]


@pytest.mark.parametrize("case", CASES)
def test_whoever_does_what_the_mend_says_has_a_sound_bundle(case: str) -> None:
    broken, expected, mended = CASES[case]

    assert told(broken) == expected
    assert told(mended) == []


def test_an_argument_of_a_trigger_beside_its_action_is_told_where_it_belongs() -> None:
    trigger = "bundle: b\ntriggers:\n- {type: equals, pattern: go, action: contact.tag, tags: club}\n"

    faults = check([Source("b", trigger.encode())], SPECS).faults

    assert [each.sentence() for each in faults] == [
        "b:3:52 S01 tags is not known here. Write it below `arguments:`, indented."
    ]


@pytest.mark.parametrize("words", ["Hi, there", "Hi, {{ contact.name }}", "Hi {{ contact.name }}, come in, please"])
def test_a_comma_in_a_templates_words_between_braces_is_told_with_the_words_in_quotes(words: str) -> None:
    bundle = f"bundle: b\nwelcome: t\ntemplates:\n  t: {{content: {words}}}\n"

    faults = check([Source("b", bundle.encode())]).faults

    assert [each.sentence() for each in faults] == [
        f'b:4:16 Y36 a comma ends the text between braces. Write this line as: t: {{content: "{words}"}}'
    ]
