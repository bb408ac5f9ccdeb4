"""Whether actions are there, are told what they must know, and lead on whatever comes of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.core.did_you_mean import near
from bot.core.i18n import Phrase
from bot.engine.actions import DEFAULT, INVALID, ActionSpec, Argument, Specs
from bot.engine.conversation import StateValue
from bot.flows.yaml.document import ActionStep, ArgumentDocument, ScalarDocument, TriggerDocument
from bot.flows.yaml.document_extras import has_variables
from bot.flows.yaml.findings import Findings
from bot.flows.yaml.nodes import Node, Scalar
from bot.flows.yaml.references import Path
from bot.flows.yaml.source import quoted, short


@dataclass(frozen=True, slots=True)
class Use:
    """A place that does something.

    Attributes:
        path: the step or the trigger.
        name: the action's.
        written: the step or the trigger.
        by_outcome: outcome to a step or a template.
        key: under which that stands.
        flow: the step's; empty for a trigger.
    """

    path: Path
    name: str
    written: ActionStep | TriggerDocument
    by_outcome: Mapping[str, str]
    key: str
    flow: str = ""

    def outcomes(self, spec: ActionSpec) -> list[str]:
        """All that may come of it there; arguments without variables are looked at before."""
        varies = any(has_variables(text) for _, text in texts_of(self.written))
        return [*spec.outcomes, *([INVALID] if varies and INVALID not in spec.outcomes else [])]

    def unhandled(self, spec: ActionSpec) -> list[str]:
        """Outcomes for which nothing is said to happen."""
        if DEFAULT in self.by_outcome:
            return []
        return [each for each in self.outcomes(spec) if each not in self.by_outcome]


def uses(found: Findings) -> Iterator[Use]:
    """Each place that does something."""
    for position, trigger in found.parts.triggers.items():
        if trigger.action is not None:
            yield Use(("triggers", position), trigger.action, trigger, trigger.templates, "templates")
    for flow, steps in found.parts.flows.items():
        for position, step in steps.items():
            if isinstance(step, ActionStep):
                path: Path = ("flows", flow, "steps", position)
                yield Use(path, step.action, step, step.transitions, "transitions", flow)


def texts_of(written: ActionStep | TriggerDocument) -> Iterator[tuple[Path, str]]:
    """Each text among the arguments, with its place below the step or the trigger."""
    for name, value in written.arguments.items():
        for key, each in value.items() if isinstance(value, dict) else ((None, value),):
            if isinstance(each, str):
                yield ("arguments", name) if key is None else ("arguments", name, key), each


def saved_names(written: ActionStep | TriggerDocument, specs: Specs) -> frozenset[str]:
    """The names that templates may say once it is done; `name.*` where nobody knows them."""
    if written.save_as is None:
        return frozenset()
    spec = specs.get(written.action or "")
    return frozenset(f"{written.save_as}.{each}" for each in (("*",) if spec is None else spec.values))


def contact_names(found: Findings, specs: Specs) -> frozenset[str]:
    """The attributes of contacts that something in this file sets, as templates say them."""
    names = set()
    for use in uses(found):
        for name, value in use.written.arguments.items():
            argument = specs[use.name].argument(name) if use.name in specs else None
            if argument is not None and argument.kind.said_as and isinstance(value, dict):
                names |= {f"{argument.kind.said_as}.{key}" for key in value}
    return frozenset(names)


def check_actions(found: Findings, specs: Specs) -> None:
    """Note actions that are not there, arguments that they do not take, and outcomes that they have not."""
    for use in uses(found):
        spec = specs.get(use.name)
        if spec is None:
            found.add((*use.path, "action"), "A01", name=use.name, **near(use.name, specs))
            continue
        _arguments(found, use, spec)
        _outcomes(found, use, spec)


def _arguments(found: Findings, use: Use, spec: ActionSpec) -> None:
    known = [each.name for each in spec.arguments]
    misspelt = set()
    strays = _strays(use, spec)
    if strays.names:
        _beside_their_map(found, use, spec, strays)
    for name, value in use.written.arguments.items():
        argument = spec.argument(name)
        if name in strays.names:
            continue
        if argument is None:
            words = near(name, known)
            misspelt.add(words.get("near"))
            found.add_at_key((*use.path, "arguments", name), "A02", name=name, action=spec.name, **words)
        elif _is_wrong(argument, value):
            key = _wrong_key(argument, value)
            form = Phrase(argument.kind.form)
            place = (*use.path, "arguments", name, *key)
            found.add(place, "A04", name=(name, *key)[-1], action=spec.name, form=form)
    for argument in spec.arguments:
        is_missing = argument.required and use.written.arguments.get(argument.name, "") == ""
        if is_missing and argument.name not in misspelt:
            form = Phrase(argument.kind.form)
            found.add((*use.path, "action"), "A03", name=argument.name, action=spec.name, form=form)


@dataclass(frozen=True, slots=True)
class _Strays:
    """Names of one's own that stand beside the map in which they belong.

    Attributes:
        map: that argument's name.
        names: theirs.
        within: those that stand in it.
    """

    map: str
    names: Sequence[str]
    within: Sequence[str] = ()


def _strays(use: Use, spec: ActionSpec) -> _Strays:
    argument, known = (
        next((each for each in spec.arguments if each.kind.has_keys), None),
        {each.name for each in spec.arguments},
    )
    within = {} if argument is None else use.written.arguments.get(argument.name, {})
    if argument is None or not isinstance(within, dict):
        return _Strays("", ())
    return _Strays(
        argument.name,
        [
            name
            for name, value in use.written.arguments.items()
            if name not in known
            and not isinstance(value, dict)
            and "near" not in near(name, known)
            and not _is_wrong(argument, {name: value})
        ],
        list(within),
    )


def _beside_their_map(found: Findings, use: Use, spec: ActionSpec, strays: _Strays) -> None:
    path = (*use.path, "arguments")
    places = [*((*path, strays.map, name) for name in strays.within), *((*path, name) for name in strays.names)]
    written = short(", ".join(f"{place[-1]}: {_spelled(found.place(place))}" for place in places))
    line = f"{strays.map}: {{{written}}}"
    found.add_at_key((*path, strays.names[0]), "A07", action=spec.name, key=strays.map, line=line)


def _spelled(node: Node) -> str:
    if not isinstance(node, Scalar):
        return "…"
    return str(node.text) if node.text.plain else quoted(str(node.text))


def _is_wrong(argument: Argument, value: ArgumentDocument) -> bool:
    """Whether what stands there can be none of its kind, as far as the file tells."""
    if isinstance(value, dict) is not argument.kind.has_keys:
        return True
    if isinstance(value, dict):
        # What is filled in later may be any text.
        known: dict[str, StateValue] = {name: "x" if _varies(each) else _exact(each) for name, each in value.items()}
        return argument.kind.read(known, "") is None
    return value != "" and not _varies(value) and argument.kind.read(_exact(value), "") is None


def _wrong_key(argument: Argument, value: ArgumentDocument) -> tuple[str, ...]:
    """The key of a map that alone is wrong already; nothing where it is another thing."""
    if not isinstance(value, dict) or not argument.kind.has_keys:
        return ()
    return next(((key,) for key, each in value.items() if _is_wrong(argument, {key: each})), ())


def _varies(value: ScalarDocument) -> bool:
    return isinstance(value, str) and has_variables(value)


def _exact(value: ScalarDocument) -> StateValue:
    return Decimal(str(value)) if isinstance(value, float) else value


def _outcomes(found: Findings, use: Use, spec: ActionSpec) -> None:
    known = [*spec.outcomes, INVALID]
    unknown = [each for each in use.by_outcome if each not in known and each != DEFAULT]
    for outcome in unknown:
        place = (*use.path, use.key, outcome)
        found.add_at_key(place, "A05", outcome=outcome, action=spec.name, **near(outcome, known))
    unhandled = use.unhandled(spec) if use.by_outcome else []
    # One that is not there was probably meant for one that is.
    if len(unhandled) > len(unknown):
        words = {"outcomes": ", ".join(unhandled), "action": spec.name, "key": use.key}
        found.add_at_key((*use.path, use.key), "A06", **words)
