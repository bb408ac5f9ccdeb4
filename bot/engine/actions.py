"""What a flow or a trigger can do in a system: an action's spec, its arguments, a call of it, and what comes back.

A spec is pure, so that bundles can be checked against it without a database; what it does stands in a handler.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from bot.core.i18n import N_
from bot.engine.conversation import ContactEffect, StateValue
from bot.engine.numbers import read_number
from bot.engine.templates import CompiledText

MAX_ACTIONS_PER_TURN = 8
MAX_TEXT = 500
"""Characters of an argument."""
INVALID = "invalid"
"""The outcome where an argument turned out to be none of its kind when it was filled in; no handler is called then."""
DEFAULT = "default"
"""Stands for all outcomes that are not named."""

ActionValue = StateValue | Mapping[str, StateValue]
"""An argument: text, a number, true or false; of a kind that `has_keys` a flat map of these."""

_EXACT_INT = 2**53
_TRUTHS = {"true": True, "false": False}
_ALONE = re.compile(r"\s*\{\{[^{}|]*\}\}\s*")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of argument.

    Attributes:
        form: how it is written, for people who got it wrong; braces stand there twice.
        read: (value, locale) gives it as handlers get it, or None where it is none of this kind.
        has_keys: it is a flat map.
        said_as: what templates say its keys of from then on, `contact` of `contact.plan`; empty for nothing.
    """

    form: str
    read: Callable[[ActionValue, str], ActionValue | None]
    has_keys: bool = False
    said_as: str = ""


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of an action.

    Attributes:
        name: as a bundle names it.
        kind: what it is.
        required: whether each call has it.
    """

    name: str
    kind: Kind
    required: bool = False


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """An action, as bundles see it.

    Attributes:
        name: `system.verb`.
        arguments: in any order.
        outcomes: what may come of it, beside INVALID.
        values: what templates may say of it under the name of `save_as`.
    """

    name: str
    arguments: tuple[Argument, ...] = ()
    outcomes: tuple[str, ...] = ("done",)
    values: tuple[str, ...] = ()

    def argument(self, name: str) -> Argument | None:
        """The argument of that name, or None."""
        return next((each for each in self.arguments if each.name == name), None)


Specs = Mapping[str, ActionSpec]
"""By name."""
NO_SPECS: Specs = MappingProxyType({})


class ActionCall(NamedTuple):
    """One contact's call, as a handler gets it.

    Attributes:
        contact_id: whose; the contact is locked.
        message_id: the inbound message in whose turn it is; empty where a flow begins without one.
        arguments: by name, each of its kind; those that were left out are not there.
    """

    contact_id: str
    message_id: str
    arguments: Mapping[str, ActionValue]


class ActionResult(NamedTuple):
    """What came of a call.

    Attributes:
        outcome: one of the spec's.
        values: some of the spec's.
        effects: what changes of the contact; the turn writes it.
    """

    outcome: str
    values: Mapping[str, StateValue] = {}
    effects: tuple[ContactEffect, ...] = ()


class Act(NamedTuple):
    """What a turn waits for.

    Attributes:
        action: its name.
        arguments: by name, each of its kind.
    """

    action: str
    arguments: Mapping[str, ActionValue]


@dataclass(frozen=True, slots=True)
class ArgumentText:
    """An argument with variables; one variable alone keeps its kind, anything else becomes text."""

    text: CompiledText

    def value(self, variables: Mapping[str, StateValue], locale: str) -> StateValue:
        """What it comes to; empty text for nothing."""
        if len(self.text.names) == 1 and _ALONE.fullmatch(self.text.source):
            return variables.get(self.text.names[0], "")
        return self.text.render(variables, {}, locale).text


ArgumentSource = StateValue | ArgumentText | Mapping[str, StateValue | ArgumentText]
"""An argument as a bundle gives it."""


@dataclass(frozen=True, slots=True)
class ActionUse:
    """A step's or a trigger's action.

    Attributes:
        name: the action's.
        spec: None where no system has it any more.
        arguments: by name.
        save_as: the name under which templates find its values, or empty.
    """

    name: str
    spec: ActionSpec | None
    arguments: Mapping[str, ArgumentSource] = field(default_factory=dict)
    save_as: str = ""

    def read(
        self, spec: ActionSpec, variables: Mapping[str, StateValue], locale: str
    ) -> tuple[Mapping[str, ActionValue], str]:
        """The arguments filled in, and the name of one that is none of its kind, or empty.

        What comes to nothing counts as left out.
        """
        found: dict[str, ActionValue] = {}
        for each in spec.arguments:
            given = _filled(self.arguments.get(each.name, ""), variables, locale)
            value = given if given == "" else each.kind.read(given, locale)
            if value is None or (value == "" and each.required):
                return found, each.name
            if value != "":
                found[each.name] = value
        return found, ""

    def saved(self, state: Mapping[str, StateValue], result: ActionResult) -> Mapping[str, StateValue]:
        """The state with the values of a result, which take the place of those of an earlier one."""
        if not self.save_as:
            return state
        owner = f"{self.save_as}."
        kept = {name: value for name, value in state.items() if not name.startswith(owner)}
        return kept | {owner + name: value for name, value in result.values.items()}


@dataclass(frozen=True, slots=True)
class SystemWord:
    """What a message means to a system: an action, or a flow that begins.

    Attributes:
        first: it goes before everything else, opting out too, since a question of the system waits for it; else it
            comes before ordinary triggers, after opting out, a running flow and its escape words.
        use: the action, or None for a flow.
        answers: what is said by its outcome, `default` for all others; none: nothing.
        flow: as `bundle/flow`, of the published version.
        values: what the flow knows from the beginning, by the names that its templates say.
    """

    first: bool = False
    use: ActionUse | None = None
    answers: Mapping[str, CompiledText] = field(default_factory=dict)
    flow: str = ""
    values: Mapping[str, StateValue] = field(default_factory=dict)


def _filled(source: ArgumentSource, variables: Mapping[str, StateValue], locale: str) -> ActionValue:
    if isinstance(source, ArgumentText):
        return source.value(variables, locale)
    if isinstance(source, Mapping):
        return {
            name: each.value(variables, locale) if isinstance(each, ArgumentText) else each
            for name, each in source.items()
        }
    return source


def read_text(value: ActionValue, _locale: str) -> ActionValue | None:
    """Any text or number, as text."""
    if isinstance(value, Mapping):
        return None
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= MAX_TEXT else None


def _number(value: ActionValue, locale: str) -> ActionValue | None:
    if isinstance(value, str):
        read = read_number(value, locale)
        return None if read is None else _exact(read)
    return None if isinstance(value, bool | Mapping) else value


def _exact(number: Decimal) -> int | Decimal:
    whole = number == number.to_integral_value() and abs(number) <= _EXACT_INT
    return int(number) if whole else number


def _boolean(value: ActionValue, _locale: str) -> ActionValue | None:
    return _TRUTHS.get(value.strip().lower()) if isinstance(value, str) else value if isinstance(value, bool) else None


def _date(value: ActionValue, _locale: str) -> ActionValue | None:
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value.strip()).isoformat()
    except ValueError:
        return None


TEXT = Kind(N_("text of at most 500 characters"), read_text)
NUMBER = Kind(N_("a number: 3, or 2.5"), _number)
BOOLEAN = Kind(N_("true or false"), _boolean)
DATE = Kind(N_("a date: 2026-12-31"), _date)
