"""Whether templates can be rendered: their syntax, and that every name in them gets a value."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from bot.core.did_you_mean import near
from bot.engine.actions import Specs
from bot.engine.templates import WORDS, CompiledText, Form, TemplateFault, compile_text
from bot.flows.checks.actions import contact_names, saved_names, uses
from bot.flows.checks.actions import texts_of as arguments_of
from bot.flows.checks.paths import FlowPaths
from bot.flows.yaml.document import ActionStep, CollectInput, LocalizedText, TemplateDocument
from bot.flows.yaml.document_extras import Text, has_variables
from bot.flows.yaml.findings import Findings
from bot.flows.yaml.references import Path

RESERVED = frozenset(
    {
        *("contact.name", "contact.phone", "contact.email", "contact.locale", "contact.tags"),
        *("message.text", "message.channel", "message.ref"),
    }
)
"""What every template may say without declaring it."""

_ATTRIBUTES = {"nome": "name", "nombre": "name", "telefone": "phone", "e_mail": "email", "texto": "text"}
_MOST_FAULTS = 5
_OWNERS = frozenset({"contact", "message"})


def check_expressions(found: Findings, paths: Mapping[str, FlowPaths], specs: Specs) -> None:
    """Note faults of syntax, names that nothing gives a value, and names that cannot be said."""
    compiled = {key: list(_compile(found, key, template)) for key, template in found.parts.templates.items()}
    declared = {name for template in found.parts.templates.values() for name in template.variables}
    own = contact_names(found, specs) | {name for name in declared if _owner(name) == "contact"}
    for key, template in found.parts.templates.items():
        for name in template.variables:
            _reserved(found, ("templates", key, "variables", name), name, own, of_key=True)
        for path, text in compiled[key]:
            for name in text.names:
                _reserved(found, path, name, own)
    for path, save_as in _saved(found):
        if not _sayable(save_as):
            found.add(path, "T04", name=save_as)
    _missing(found, paths, specs, compiled)
    _arguments(found, paths, own)


def _saved(found: Findings) -> Iterator[tuple[Path, str]]:
    for flow, steps in found.parts.flows.items():
        for position, step in steps.items():
            if isinstance(step, CollectInput | ActionStep) and step.save_as is not None:
                yield ("flows", flow, "steps", position, "save_as"), step.save_as
    for position, trigger in found.parts.triggers.items():
        if trigger.save_as is not None:
            yield ("triggers", position, "save_as"), trigger.save_as


def _arguments(found: Findings, paths: Mapping[str, FlowPaths], own: frozenset[str]) -> None:
    """What is wrong with the texts that actions are told."""
    nothing: frozenset[str] = frozenset()
    for use in uses(found):
        known = paths[use.flow].known.get(int(use.path[-1])) if use.flow in paths else None
        place = f"{use.flow}/{use.written.key}" if use.flow else f"trigger {use.written.key or use.name}"
        for below, text in arguments_of(use.written):
            path = (*use.path, *below)
            read = _read(found, path, text, WORDS) if has_variables(text) else None
            for name in () if read is None else read.names:
                _reserved(found, path, name, own)
                given = nothing if not use.flow else known
                if given is not None and _owner(name) not in _OWNERS and not _is_given(name, given):
                    found.add(path, "T02", name=name, place=place, **_near(name, given))


def _is_given(name: str, given: Collection[str]) -> bool:
    return not {name, name.removesuffix(".id"), f"{_owner(name)}.*"}.isdisjoint(given)


def _missing(
    found: Findings,
    paths: Mapping[str, FlowPaths],
    specs: Specs,
    compiled: Mapping[str, list[tuple[Path, CompiledText]]],
) -> None:
    """Note once each name that has no value in some place where its template is sent."""
    told: set[tuple[Path, str]] = set()
    for place, key, known in _uses(found, paths, specs):
        for path, text in compiled.get(key, ()):
            given = known | found.parts.templates[key].variables.keys()
            for name in text.names:
                has_value = name in given or _is_given(name, known)
                if _owner(name) not in _OWNERS and not has_value and (path, name) not in told:
                    told.add((path, name))
                    line = _line_of(text.source, name)
                    found.add_within(path, line, name, "T02", name=name, place=place, **_near(name, given))


def texts_of(key: str, template: TemplateDocument) -> Iterator[tuple[Path, str, Form]]:
    """Each text of a template that may have variables, in all its locales: its place, what it says and its form."""
    texts: list[tuple[Path, LocalizedText]] = [(("templates", key), template)]
    texts += [(("templates", key, "locales", locale), each) for locale, each in template.locales.items()]
    for path, localized in texts:
        yield from _words(path, localized)
        yield from localized.beside_words(path)


def _compile(found: Findings, key: str, template: TemplateDocument) -> Iterator[tuple[Path, CompiledText]]:
    for place, text, form in texts_of(key, template):
        read = _read(found, place, text, form)
        if read is not None:
            yield place, read


def _read(found: Findings, place: Path, text: str, form: Form) -> CompiledText | None:
    """A text compiled; what is wrong with it is noted, and read on as it was meant."""
    for _ in range(_MOST_FAULTS):
        try:
            return compile_text(text, form)
        except TemplateFault as fault:
            found.add_within(place, fault.line, fault.snippet, "T01", reason=fault.reason, mend=fault.advice)
            if not fault.mended or fault.mended == text:
                break
            text = fault.mended
    return None


def _words(path: Path, localized: LocalizedText) -> Iterator[Text]:
    for position, text in enumerate(localized.texts):
        yield ((*path, "content") if localized.content is not None else (*path, "variants", position)), text, WORDS


def _uses(found: Findings, paths: Mapping[str, FlowPaths], specs: Specs) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Each place that sends a template, the template, and the names stored on some way there."""
    nothing: frozenset[str] = frozenset()
    for name in ("welcome", "fallback", "unsupported"):
        if name in found.parts.own:
            yield name, found.parts.own[name], nothing
    for trigger in found.parts.triggers.values():
        if trigger.template is not None:
            yield f"trigger {trigger.label}", trigger.template, nothing
        for template in trigger.templates.values():
            yield f"trigger {trigger.label}", template, saved_names(trigger, specs)
    for flow, ways in paths.items():
        for position, step in found.parts.flows[flow].items():
            # A step out of reach is never rendered, so nothing can be missing there.
            if step.template is not None and position in ways.known:
                yield f"{flow}/{step.key}", step.template, ways.known[position]


def _reserved(found: Findings, path: Path, name: str, own: frozenset[str], *, of_key: bool = False) -> None:
    owner = _owner(name)
    if owner in _OWNERS and name not in RESERVED and name not in own:
        known = sorted({each for each in (*RESERVED, *own) if _owner(each) == owner})
        values = near(name.partition(".")[2], [each.partition(".")[2] for each in known])
        close = {"near": f"{owner}.{values['near']}"} if "near" in values else {}
        add = found.add_at_key if of_key else found.add
        add(path, "T03", name=name, known=", ".join(known), **close)


def _near(name: str, given: Iterable[str]) -> dict[str, str]:
    """A name that has a value there and is close to this one; `name` alone is the contact's."""
    values = near(name, {*given, *RESERVED})
    owned = [each for each in RESERVED if each.partition(".")[2] == _ATTRIBUTES.get(name.casefold(), name)]
    return {"near": owned[0], **values} if owned else values


def _line_of(source: str, name: str) -> int:
    """The line of a text, from 1, in which a variable is used first."""
    found = re.search(rf"\{{[{{%][^}}]*\b{re.escape(name)}\b", source)
    return 1 if found is None else source.count("\n", 0, found.end()) + 1


def _owner(name: str) -> str:
    return name.partition(".")[0]


def _sayable(name: str) -> bool:
    """Whether `{{ name }}` says the stored value: not a word of the template language, not a reserved name."""
    try:
        return name not in _OWNERS and compile_text(f"{{{{ {name} }}}}").names == (name,)
    except TemplateFault:
        return False
