"""Whether an answer is one that a step takes, and what is stored of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

import phonenumbers

from bot.core.messages import Choice
from bot.engine.conversation import StateValue
from bot.engine.definitions import Expect, Flow, Step, StepType
from bot.engine.entities import email_in, is_email, number_in, phone, phone_in, visible
from bot.engine.numbers import read_number
from bot.engine.patterns import Candidate
from bot.engine.text import compare_equal

_EXACT_INT = 2**53


class Refusal(StrEnum):
    """Why an answer was not taken."""

    OPTION = "option"
    """None of the options."""
    NUMBER = "number"
    """Not a number."""
    RANGE = "range"
    """A number, but not one that was asked for."""
    EMAIL = "email"
    """Not an e-mail address."""
    PHONE = "phone"
    """Not a phone number."""
    TRANSITION = "transition"
    """No transition fits, and there is no default."""


@dataclass(frozen=True, slots=True)
class Taken:
    """An answer the step takes.

    Attributes:
        value: what is stored.
        to: key of the step to go to; empty for the end of the flow.
        id: of the choice that was meant, where it is another text than `value`; else empty.
    """

    value: StateValue
    to: str
    id: str = ""


def take(flow: Flow, step: Step, said: Sequence[Candidate], choices: Sequence[Choice] = ()) -> Taken | Refusal:
    """Read the answer to a waiting step.

    Args:
        flow: the step's.
        step: the one the instance rests at.
        said: the answer, not blank; after it, for a button, its title.
        choices: those that the step's template offered of its own. Whatever the step expects, it takes what it has
            offered itself; and nothing else, unless it expects more than text or is free.
    """
    numbered = step.expect is Expect.TEXT
    if step.options:
        option = offered(step, said)
        if option is not None:
            return _follow(flow, step, option, _names(step.options)[option])
    choice = meant(choices, said, numbered=numbered)
    if choice is not None:
        return _chosen(flow, step, choices, choice, said[0].locale)
    if (step.options or choices) and step.type is StepType.COLLECT_INPUT and numbered and not step.free:
        return Refusal.OPTION
    value = _READ[step.expect](step, said[0])
    if isinstance(value, Refusal):
        return value
    said_so = [each.equal for each in said] if isinstance(value, str) else ()
    return _follow(flow, step, value, [*_spellings(flow, step, value), *said_so])


def _chosen(flow: Flow, step: Step, choices: Sequence[Choice], choice: Choice, locale: str) -> Taken | Refusal:
    """What comes of a choice: its label, or what its id is to a step that expects more than text."""
    value = choice.label if step.expect is Expect.TEXT else _READ[step.expect](step, Candidate(choice.id, locale))
    if isinstance(value, Refusal):
        value = choice.label
    names = {compare_equal(name): each for each in choices for name in (each.id, each.label)}
    keys = [*_spellings(flow, step, value), *(name for name, each in names.items() if each is choice)]
    number = str(choices.index(choice) + 1)
    taken = _follow(flow, step, value, keys if number in names or step.expect is not Expect.TEXT else [*keys, number])
    if isinstance(taken, Refusal) or choice.id == value or not isinstance(value, str):
        return taken
    return replace(taken, id=choice.id)


def offered(step: Step, said: Sequence[Candidate]) -> str | None:
    """The option that was meant, by its label, its button or its number, or None."""
    if said[0].text in step.options:
        return said[0].text
    names = _names(step.options)
    return next((option for each in said for option in step.options if each.equal in names[option]), None)


def meant(choices: Sequence[Choice], said: Sequence[Candidate], *, numbered: bool = True) -> Choice | None:
    """The choice that was meant, by its id, its label or, where they are `numbered`, its number, or None."""
    if not choices:
        return None
    pressed = next((choice for choice in choices if choice.id == said[0].text), None)
    if pressed is not None:
        return pressed
    named = {compare_equal(name): choice for choice in reversed(choices) for name in (choice.label, choice.id)}
    if numbered:
        named = {str(number): choice for number, choice in enumerate(choices, start=1)} | named
    return next((named[each.equal] for each in said if each.equal in named), None)


def next_step(flow: Flow, step: Step) -> str:
    """Key of the step after one whose transitions say nothing; empty for the end of the flow."""
    following = flow.after(step)
    return step.default or (following.key if following else "")


def _follow(flow: Flow, step: Step, value: StateValue, keys: Sequence[str]) -> Taken | Refusal:
    for key in keys:
        if key in step.transitions:
            return Taken(value, step.transitions[key])
    if step.transitions and not step.default:
        return Refusal.TRANSITION
    return Taken(value, next_step(flow, step))


@lru_cache(maxsize=1_000)
def _names(options: tuple[str, ...]) -> Mapping[str, Sequence[str]]:
    """What each option compares as: its label, and its number where that is no label of another one."""
    labels = {option: compare_equal(option) for option in options}
    numbers = {option: str(options.index(option) + 1) for option in options}
    taken = frozenset(labels.values())
    return {
        option: (label,) if numbers[option] in taken else (label, numbers[option]) for option, label in labels.items()
    }


def _spellings(flow: Flow, step: Step, value: StateValue) -> Sequence[str]:
    """The transitions that are spellings of this value, where it is a number: `1,0` as well as `1`."""
    if isinstance(value, str):
        return ()
    return [key for key in step.transitions if read_number(key, flow.bundle.locale) == value]


def _text(_step: Step, answer: Candidate) -> StateValue | Refusal:
    return answer.text.strip()


def _number(step: Step, answer: Candidate) -> StateValue | Refusal:
    number = answer.number
    if number is None and not step.strict:
        number = number_in(answer.text, answer.locale)
    if number is None:
        return Refusal.NUMBER
    if step.expect_range is not None and not step.expect_range.contains(number):
        return Refusal.RANGE
    return int(number) if number == number.to_integral_value() and abs(number) <= _EXACT_INT else number


def _email(step: Step, answer: Candidate) -> StateValue | Refusal:
    address = visible(answer.text).strip()
    found = address if is_email(address) else None if step.strict else email_in(address)
    return found or Refusal.EMAIL


def _phone(step: Step, answer: Candidate) -> StateValue | Refusal:
    named = answer.locale.rpartition("-")[2]
    region = named if named in phonenumbers.SUPPORTED_REGIONS else None
    return phone(answer.text, region) or (None if step.strict else phone_in(answer.text, region)) or Refusal.PHONE


_READ = {Expect.TEXT: _text, Expect.NUMBER: _number, Expect.EMAIL: _email, Expect.PHONE: _phone}
