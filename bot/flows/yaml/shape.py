"""Whether a document has the shape that the models ask for, and what of it can be looked into when it has not."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from bot.flows.faults import Fault
from bot.flows.yaml.amend import Amendment, advice_for_missing, amend, swapped
from bot.flows.yaml.document import (
    ActionStep,
    BundleDocument,
    CollectInput,
    End,
    FlowDocument,
    LocalizedText,
    NumberExpected,
    SendTemplate,
    StepDocument,
    TemplateDocument,
    TriggerDocument,
)
from bot.flows.yaml.document_extras import (
    MAPPING,
    TEXT,
    ApprovedDocument,
    ChoiceDocument,
    ListDocument,
    LocationDocument,
    MediaDocument,
    RowDocument,
)
from bot.flows.yaml.meanings import meant
from bot.flows.yaml.nodes import Entries, Node, Scalar, at
from bot.flows.yaml.scalars import DURATION, HTTPS, LOCALE
from bot.flows.yaml.source import quoted

_STEP: TypeAdapter[StepDocument] = TypeAdapter(StepDocument)
_STEP_MODELS: Mapping[str, type[BaseModel]] = {
    "collect_input": CollectInput,
    "send_template": SendTemplate,
    "action": ActionStep,
    "end": End,
}
_UNION_TAGS = {"word", "range", TEXT, MAPPING}
"""Those that stand behind a key; those of steps stand behind a position."""
_KINDS = {
    "string_type": "S03",
    "list_type": "S04",
    "dict_type": "S05",
    "model_type": "S05",
    "model_attributes_type": "S05",
    "int_type": "S06",
    "bool_type": "S07",
    "float_type": "S19",
    "missing": "S02",
    "union_tag_not_found": "S02",
    "string_too_short": "S14",
    "too_short": "S14",
    "options_and_expect": "S17",
    "buttons_and_list": "S18",
    "cut": "Y05",
}
_BOUNDS = {
    "string_too_long": ("S12", "max_length", "≤"),
    "too_long": ("S13", "max_length", "≤"),
    "greater_than_equal": ("S15", "ge", "≥"),
    "less_than_equal": ("S15", "le", "≤"),
}
_ROUNDS = 8
"""What was misspelt may hold more that is."""
_PATTERNS = {LOCALE: "S10", DURATION: "S11", HTTPS: "S20"}


@dataclass(frozen=True, slots=True)
class Parts:
    """What of a document is sound: all of it, or what stands beside the faults.

    Attributes:
        document: None when something is not sound.
        root: the whole, with places.
        own: `bundle`, `locale`, `welcome`, `fallback` and `unsupported`, as far as they are text.
        templates: by key.
        triggers: by position.
        flows: name to steps by position.
    """

    document: BundleDocument | None
    root: Node
    own: Mapping[str, str]
    templates: Mapping[str, TemplateDocument]
    triggers: Mapping[int, TriggerDocument]
    flows: Mapping[str, Mapping[int, StepDocument]]
    faults: tuple[Fault, ...] = field(default=())

    def names(self, *path: str) -> list[str]:
        """The keys written at `path`, sound or not."""
        node = at(self.root, path)
        if not isinstance(node, Entries) or (path and node is self.root):
            return []
        return [str(key.text) for key, _ in node.entries]

    def steps_written(self, flow: str) -> int:
        """How many steps the flow has, sound or not."""
        node = at(self.root, ("flows", flow, "steps"))
        return len(getattr(node, "items", ()))


def shape(file: str, root: Node) -> Parts:
    """Hold a document against the models.

    What is not quite as they ask for, but can be meant in one way only, is read so: one wrong key then brings no faults
    of everything below it, or of everything that names it.
    """
    faults: list[Fault] = []
    for _ in range(_ROUNDS):
        document, errors = _validate(root)
        found = [_fault(file, root, error) for error in errors]
        changed = root
        for fault, change in found:
            if change is not None:
                amended = swapped(changed, change.old, change.new)
                if amended is not changed and _is_better(amended, errors, fault):
                    faults.append(fault)
                    changed = amended
        if changed is root:
            break
        # What else was wrong may only have followed from that.
        root = changed
    told = (*faults, *(fault for fault, change in found))
    return _parts(root, None if told else document, errors, tuple(dict.fromkeys(told)))


def _is_better(amended: Node, errors: Sequence[ErrorDetails], fault: Fault) -> bool:
    """Whether a document reads better with another key; one of the top level may well bring its own faults to light."""
    if fault.code != "S01" or fault.column == 1:
        return True
    return len(_validate(amended)[1]) < len(errors)


def _validate(root: Node) -> tuple[BundleDocument | None, Sequence[ErrorDetails]]:
    try:
        return BundleDocument.model_validate(root.data), ()
    except ValidationError as error:
        return None, error.errors(include_url=False, include_input=False)


def _parts(
    root: Node, document: BundleDocument | None, errors: Sequence[ErrorDetails], faults: tuple[Fault, ...]
) -> Parts:
    data = root.data
    data = data if isinstance(data, dict) else {}
    bad = {tuple(error["loc"][:depth]) for error in errors for depth in (2, 4)}
    own = ("bundle", "locale", "welcome", "fallback", "unsupported")
    return Parts(
        document,
        root,
        {name: str(data[name]) for name in own if isinstance(data.get(name), str) and data[name]},
        {
            key: TemplateDocument.model_validate(each)
            for key, each in _entries(data.get("templates"))
            if ("templates", key) not in bad
        },
        {
            position: TriggerDocument.model_validate(each)
            for position, each in _items(data.get("triggers"))
            if ("triggers", position) not in bad
        },
        {
            name: {
                position: _STEP.validate_python(each)
                for position, each in _items(flow.get("steps"))
                if ("flows", name, "steps", position) not in bad
            }
            for name, flow in _entries(data.get("flows"))
            if isinstance(flow, dict)
        },
        faults,
    )


def _entries(value: object) -> Iterable[tuple[str, Any]]:
    return value.items() if isinstance(value, dict) else ()


def _items(value: object) -> Iterable[tuple[int, Any]]:
    return enumerate(value) if isinstance(value, list) else ()


def _fault(file: str, root: Node, error: ErrorDetails) -> tuple[Fault, Amendment | None]:
    """What is wrong, and what was meant, where that can be told."""
    kind, path = error["type"], error["loc"]
    of_key = bool(path) and path[-1] == "[key]"
    path = path[:-1] if of_key else path
    misnamed = _misnamed_type(root, path) if kind == "union_tag_not_found" else None
    if misnamed is not None:
        kind, path = "extra_forbidden", (*path, str(misnamed.text))
    written = _without_tags(path)
    if misnamed is not None:
        node: Node = misnamed
    elif kind == "missing":
        node = at(root, written[:-1])
    elif kind == "union_tag_invalid":
        node = at(root, (*written, "type"))
    elif kind == "of_action":
        node = at(root, (*written, str(error["ctx"]["key"])), key=True)
    else:
        node = at(root, written, key=of_key or kind == "extra_forbidden")
    code, values = _words(kind, path, node, error.get("ctx", {}))
    change = amend(code, str(values.get("near", "")), root, node, written)
    advice = None if change is None else change.advice
    if code == "S02":
        advice = advice_for_missing(values["key"], written)
    return Fault(file, node.line, node.column, code, values, advice), change


def _without_tags(path: Sequence[str | int]) -> tuple[str | int, ...]:
    """The keys of the file itself: a step of the type action has a key `action`, too."""
    return tuple(
        part
        for place, part in enumerate(path)
        if part not in (_STEP_MODELS if path[:place][-2:-1] == ("steps",) else _UNION_TAGS)
    )


def _misnamed_type(root: Node, path: Sequence[str | int]) -> Scalar | None:
    """The key of a step that was meant as `type`, without which nobody knows its other keys."""
    step = at(root, path)
    keys = [key for key, _ in step.entries] if isinstance(step, Entries) else []
    return next((key for key in keys if "near" in meant(str(key.text), ["type"])), None)


def _words(kind: str, path: Sequence[str | int], node: Node, context: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """The code of a fault of the shape, and what its words name."""
    name = next((str(part) for part in reversed(_without_tags(path)) if isinstance(part, str)), "")
    if not path:
        return "Y16", {}
    if kind == "string_type" and isinstance(node, Entries) and len(node.entries) == 1:
        ((key, value),) = node.entries
        return "Y04", {"quoted": quoted(f"{key.text}: {_spelling(value)}".strip())}
    if kind == "extra_forbidden":
        return "S01", {"key": name, **meant(name, _fields(path))}
    if kind in {"literal_error", "union_tag_invalid"}:
        expected = str(context.get("expected", context.get("expected_tags")))
        return "S08", _choices(_spelling(node), re.findall(r"'(\w+)'", expected))
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(str(context["pattern"]), "S09"), {"value": _spelling(node)}
    if kind in _BOUNDS:
        code, limit, sign = _BOUNDS[kind]
        return code, {"key": name, "limit": str(context[limit]), "bound": f"{sign} {context[limit]}"}
    if kind == "of_action":
        return "S21", {"key": str(context["key"])}
    if kind == "either":
        return "S16", {"first": str(context["first"]), "second": str(context["second"])}
    return _KINDS[kind], {"key": "type" if kind == "union_tag_not_found" else name or '""'}


def _choices(value: str, choices: Iterable[str]) -> dict[str, str]:
    values = meant(value, choices)
    return {"value": value or '""', "choices": values.pop("known"), **values}


def _spelling(node: Node) -> str:
    return str(node.text)[:80] if isinstance(node, Scalar) else ""


def _fields(path: Sequence[str | int]) -> Iterable[str]:
    """The keys that the mapping may have in which `path` names an unknown one."""
    model: type[BaseModel] = BundleDocument
    match [part for part in path[:-1] if part not in {TEXT, MAPPING}]:
        case ["templates", _]:
            model = TemplateDocument
        case ["templates", _, "locales", _]:
            model = LocalizedText
        case ["templates", _, "locales", _, *rest] | ["templates", _, *rest]:
            model = _beside_words(rest)
        case ["triggers", _]:
            model = TriggerDocument
        case ["flows", _]:
            model = FlowDocument
        case ["flows", _, "steps", _]:
            return ("type",)
        case ["flows", _, "steps", _, str(tag)]:
            model = _STEP_MODELS[tag]
        case ["flows", _, "steps", _, _, "expect", "range"]:
            model = NumberExpected
    return model.model_fields


def _beside_words(path: Sequence[str | int]) -> type[BaseModel]:
    """The model of what goes along with a template's words, at that place within the template."""
    match path:
        case ["buttons", *_]:
            return ChoiceDocument
        case ["list", "rows", *_]:
            return RowDocument
        case ["list"]:
            return ListDocument
        case ["location"]:
            return LocationDocument
        case ["whatsapp"]:
            return ApprovedDocument
    return MediaDocument
