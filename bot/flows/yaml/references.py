"""Whether every name leads somewhere, and to one thing only."""

from collections.abc import Iterator

from bot.core.did_you_mean import near
from bot.flows.yaml.document import CollectInput, End, StepDocument
from bot.flows.yaml.findings import Findings

Path = tuple[str | int, ...]


def check_references(found: Findings) -> None:
    """Templates, flows and steps that are named but not there; names that are given twice."""
    _templates_named(found)
    _triggers(found)
    for flow, steps in found.parts.flows.items():
        _steps(found, flow)
        for position, step in steps.items():
            _targets(found, flow, position, step)
    for key, template in found.parts.templates.items():
        own = found.parts.own.get("locale", "en").casefold()
        for locale in template.locales:
            if locale.casefold() == own:
                found.add_at_key(("templates", key, "locales", locale), "R07", name=locale)


def used_templates(found: Findings) -> Iterator[tuple[Path, str]]:
    """Each place that names a template, and the name."""
    parts = found.parts
    for name in ("welcome", "fallback", "unsupported"):
        if name in parts.own:
            yield (name,), parts.own[name]
    for position, trigger in parts.triggers.items():
        if trigger.template is not None:
            yield ("triggers", position, "template"), trigger.template
        for outcome, template in trigger.templates.items():
            yield ("triggers", position, "templates", outcome), template
    for flow, steps in parts.flows.items():
        for position, step in steps.items():
            if step.template is not None:
                yield ("flows", flow, "steps", position, "template"), step.template


def _templates_named(found: Findings) -> None:
    known = found.parts.names("templates")
    used = set()
    for path, name in used_templates(found):
        used.add(name)
        if name not in known:
            found.add(path, "R01", name=name, **near(name, known))
    if found.parts.document is not None:
        for name in known:
            if name not in used:
                found.add_at_key(("templates", name), "N03", name=name)


def _triggers(found: Findings) -> None:
    flows = found.parts.names("flows")
    keys: dict[str, int] = {}
    contents: dict[tuple[str, str, str], int] = {}
    for position, trigger in found.parts.triggers.items():
        path: Path = ("triggers", position)
        if trigger.flow is not None and trigger.flow not in flows:
            found.add((*path, "flow"), "R02", name=trigger.flow, **near(trigger.flow, flows))
        if trigger.key is not None:
            if trigger.key in keys:
                line = found.place(("triggers", keys[trigger.key], "key")).line
                found.add((*path, "key"), "R05", name=trigger.key, line=str(line))
            keys.setdefault(trigger.key, position)
            continue
        content = (trigger.type, trigger.stored_pattern, trigger.target)
        if content in contents:
            found.add(path, "R06", line=str(found.place(("triggers", contents[content])).line))
        contents.setdefault(content, position)


def _steps(found: Findings, flow: str) -> None:
    seen: dict[str, int] = {}
    for position, step in found.parts.flows[flow].items():
        if step.key in seen:
            line = found.place(("flows", flow, "steps", seen[step.key], "key")).line
            found.add(("flows", flow, "steps", position, "key"), "R05", name=step.key, line=str(line))
        seen.setdefault(step.key, position)


def _targets(found: Findings, flow: str, position: int, step: StepDocument) -> None:
    written = range(found.parts.steps_written(flow))
    known = [str(found.place(("flows", flow, "steps", each, "key")).data) for each in written]
    for path, target in targets(step):
        if target not in known:
            place: Path = ("flows", flow, "steps", position, *path)
            found.add(place, "R03", name=target, flow=flow, **near(target, known))


def targets(step: StepDocument) -> Iterator[tuple[tuple[str, ...], str]]:
    """The steps that a step names, each with its place within it."""
    if isinstance(step, End):
        return
    for answer, target in step.transitions.items():
        yield ("transitions", answer), target
    if isinstance(step, CollectInput) and step.otherwise is not None:
        yield ("otherwise",), step.otherwise
