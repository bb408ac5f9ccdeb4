"""Made-up triggers of mixed kinds, the same for a loop of `re` searches, and messages for them."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bench.scenario import word

_WORDS = 40_000
_UNUSED = 10_000
_TWELVE = (*("equals", "contains", "regex") * 3, "equals", "contains", "number")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A trigger.

    Attributes:
        kind: as in a bundle: a third equals, a third contains, a fourth regex, the rest number.
        pattern: as in a bundle.
        expression: the same for `re`, to be searched in a text without accents, in any case.
        example: a message for it.
    """

    kind: str
    pattern: str
    expression: str
    example: str


def wanted(count: int) -> list[Wanted]:
    """Triggers, the same ones for the same `count`."""
    choice = random.Random(count)
    words = map(word, choice.sample(range(_WORDS), 2 * count))
    return [_MAKE[_TWELVE[at % len(_TWELVE)]](at, next(words), next(words)) for at in range(count)]


def messages(made: Sequence[Wanted], count: int, seed: int) -> list[str]:
    """Messages, the same ones for the same `seed`: every other one is for a trigger, the rest are for none."""
    choice = random.Random(seed)
    return [choice.choice(made).example if at % 2 else _idle(choice) for at in range(count)]


def _idle(choice: random.Random) -> str:
    said = [word(_WORDS + choice.randrange(_UNUSED)) for _ in range(choice.randint(1, 10))]
    return " ".join(said).capitalize() + choice.choice(["", ".", "!", "?", " não?"])


def _equals(at: int, one: str, other: str) -> Wanted:
    text = one if at % 2 else f"{one} {other}"
    return Wanted("equals", text, rf"^\W*{re.escape(text)}\W*$", f"{text.capitalize()}!")


def _contains(at: int, one: str, other: str) -> Wanted:
    text = one if at % 2 else f"{one} {other}"
    return Wanted("contains", text, re.escape(text), f"Olá, vocês têm {text} hoje?")


def _regex(at: int, one: str, other: str) -> Wanted:
    expression, example = (
        (rf"\b{one}s?\b", f"E os {one}s?"),
        (rf"^(quero|gostaria de|me ve) {one}", f"Gostaria de {one}, por favor"),
        (rf"\b{one}\b.*\b{other}\b", f"Quero {one} com {other}"),
        (rf"{one}( de)? ({other}|casa)", f"Tem {one} de {other}?"),
        (rf"\b({one}|{other})\b.*\?", f"Quanto custa {other} hoje?"),
        (rf"n[uo]mero d[oa] {one}", f"Qual o número da {one}?"),
        (rf"{one} *\d+", f"{one} 12"),
        # One in eight needs no part of a text: codes and the like.
        (rf"^{one[0]}{other[0]}[a-z]{{0,{at % 7}}}\d{{{at % 5 + 3}}}$", f"{one[0]}{other[0]}{10 ** (at % 5 + 2)}"),
    )[at // 4 % 8]
    return Wanted("regex", expression, expression, example)


def _number(at: int, _one: str, _other: str) -> Wanted:
    if at // 12 % 2:
        return Wanted("number", f"{at}00..{at}99", rf"^\W*{at}\d\d\W*$", f"{at}07")
    return Wanted("number", f"{at}000", rf"^\W*{at}000\W*$", f"{at}000")


_MAKE = {"equals": _equals, "contains": _contains, "regex": _regex, "number": _number}
