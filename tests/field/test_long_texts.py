"""What is too long for a channel is told before it is published, and no character is ever cut in two."""

from pathlib import Path

from bot.core.splitting import Counted, TextLimit, split
from bot.flows.checks.check import Source, check
from tests.support.tables import for_each

HANGUL = "\u1112\u1161\u11ab"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
WALES = "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"
SHORT = "content: Which one?"
WORDY = "content: '" + "All of this is said here. " * 60 + "'"
LONG = "x" * 150
TEN = "[" + ", ".join(f"'{number} {LONG}'" for number in range(10)) + "]"
APPROVED = "whatsapp: {{template: a, parameters: ['{}']{}}}"
IMAGE = "media: {type: image, url: 'https://a.example/b.png'}"
LINK = f"media: {{type: image, url: 'https://a.example/{'b' * 1_100}.png'}}"


def _codes(*lines: str, more: str = "") -> list[str]:
    template = "\n".join(f"    {line}" for line in lines)
    source = f"bundle: b\nlocale: en\nwelcome: t\ntemplates:\n  t:\n{template}\n{more}"
    checked = check([Source("b.yaml", source.encode())])
    assert bool(checked.bundles) is not bool(checked.faults)
    return [
        f"{each.line}:{each.column} {each.code}" for each in (*checked.faults, *checked.notes) if each.code != "N01"
    ]


@for_each(
    ("lines", "codes"),
    [
        ((SHORT, f"buttons: {TEN}"), ["7:14 F05"]),
        ((SHORT, f"list: {{rows: {TEN}}}"), ["7:18 F05"]),
        ((SHORT, "locales:", f"  pt: {{content: Qual?, buttons: {TEN}}}"), ["8:37 F05"]),
        ((SHORT, APPROVED.format("x" * 1_025, ", buttons: [a]")), ["7:42 F06"]),
        ((SHORT, APPROVED.format("x" * 1_024, ", buttons: [a]")), []),
        ((SHORT, APPROVED.format("x" * 1_025, "")), []),
        ((WORDY,), ["6:14 N12"]),
        (("variants:", "  - Hello.", f"  - {WORDY.partition(' ')[2]}"), ["8:9 N12"]),
        ((WORDY, IMAGE), ["6:14 N12", "7:12 N13"]),
        ((SHORT, IMAGE), []),
        ((SHORT, LINK), ["7:12 N14"]),
        ((LINK,), []),
        ((SHORT, "buttons: [Yes, No]"), []),
        (("content: '{{ x'", f"buttons: {TEN}"), ["6:14 T01", "6:14 T02", "7:14 F05"]),
        ((SHORT, "location: {latitude: 1, longitude: 2, name: Shop}"), []),
    ],
)
def test_C14_check_tells_what_does_not_fit_into_a_message(lines: tuple[str, ...], codes: list[str]) -> None:
    assert _codes(*lines) == codes


def test_C14_check_refuses_options_that_no_message_holds() -> None:
    options = TEN.replace(LONG, LONG[:97])
    flow = "\n".join(
        (
            "triggers: [{type: equals, pattern: a, flow: f}]",
            "flows:",
            "  f:",
            "    steps:",
            f"      - {{key: ask, type: collect_input, template: t, save_as: x, options: {options}}}",
        )
    )
    assert "11:75 F05" in _codes(SHORT, more=flow)


def test_C14_the_guides_bundles_say_nothing_that_goes_in_parts() -> None:
    shipped = [Source(str(path), path.read_bytes()) for path in sorted(Path("flows").glob("**/*.yaml"))]
    assert {each.code for each in check(shipped).notes} & {"N12", "N13", "N14"} == set()


@for_each("seen", [HANGUL, FAMILY, WALES, "\u0915\u094d\u0937\u093f", "\U0001f1e7\U0001f1f7", "e\u0301"])
def test_C14_what_is_seen_as_one_character_is_never_cut(seen: str) -> None:
    text = seen * 40
    parts = [each.partition(" ")[2] for each in split(text, TextLimit(60, Counted.CHARACTERS).takes)]
    assert len(parts) > 1
    assert "".join(parts) == text
    assert all(len(part) % len(seen) == 0 for part in parts)


def test_C14_only_what_alone_is_too_long_is_cut() -> None:
    zalgo = "a" + "\u0301" * 100
    parts = [each.partition(" ")[2] for each in split(zalgo, TextLimit(60).takes)]
    assert "".join(parts) == zalgo
    assert len(parts) == 2
