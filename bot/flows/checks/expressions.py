"""Whether templates can be rendered: their syntax, and that every name in them gets a value."""

import re
from collections.abc import Iterable, Iterator, Mapping

from bot.engine.templates import WORDS, CompiledText, Form, TemplateFault, compile_text
from bot.flows.checks.paths import FlowPaths
from bot.flows.did_you_mean import near
from bot.flows.yaml.document import CollectInput, LocalizedText, TemplateDocument
from bot.flows.yaml.document_extras import Text
from bot.flows.yaml.findings import Findings
from bot.flows.yaml.references import Path

RESERVED = frozenset(
    {
        *("contact.name", "contact.phone", "contact.email", "contact.locale"),
        *("message.text", "message.channel", "message.ref"),
    }
)
"""What every template may say without declaring it."""

_ATTRIBUTES = {"nome": "name", "nombre": "name", "telefone": "phone", "e_mail": "email", "texto": "text"}
_MOST_FAULTS = 5
_OWNERS = frozenset({"contact", "message"})


def check_expressions(found: Findings, paths: Mapping[str, FlowPaths]) -> None:
    """Note faults of syntax, names that nothing gives a value, and names that cannot be said."""
    compiled = {key: list(_compile(found, key, template)) for key, template in found.parts.templates.items()}
    for key, template in found.parts.templates.items():
        for name in template.variables:
            _reserved(found, ("templates", key, "variables", name), name, of_key=True)
        for path, text in compiled[key]:
            for name in text.names:
                _reserved(found, path, name)
    for flow, steps in found.parts.flows.items():
        for position, step in steps.items():
            if isinstance(step, CollectInput) and step.save_as is not None and not _sayable(step.save_as):
                found.add(("flows", flow, "steps", position, "save_as"), "T04", name=step.save_as)
    _missing(found, paths, compiled)


def _missing(
    found: Findings, paths: Mapping[str, FlowPaths], compiled: Mapping[str, list[tuple[Path, CompiledText]]]
) -> None:
    """Note once each name that has no value in some place where its template is sent."""
    told: set[tuple[Path, str]] = set()
    for place, key, known in _uses(found, paths):
        for path, text in compiled.get(key, ()):
            given = known | found.parts.templates[key].variables.keys()
            for name in text.names:
                has_value = name in given or name.removesuffix(".id") in known
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


def _uses(found: Findings, paths: Mapping[str, FlowPaths]) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Each place that sends a template, the template, and the names stored on some way there."""
    nothing: frozenset[str] = frozenset()
    for name in ("welcome", "fallback", "unsupported"):
        if name in found.parts.own:
            yield name, found.parts.own[name], nothing
    for trigger in found.parts.triggers.values():
        if trigger.template is not None:
            yield f"trigger {trigger.label}", trigger.template, nothing
    for flow, ways in paths.items():
        for position, step in found.parts.flows[flow].items():
            # A step out of reach is never rendered, so nothing can be missing there.
            if step.template is not None and position in ways.known:
                yield f"{flow}/{step.key}", step.template, ways.known[position]


def _reserved(found: Findings, path: Path, name: str, *, of_key: bool = False) -> None:
    owner = _owner(name)
    if owner in _OWNERS and name not in RESERVED:
        known = [each for each in RESERVED if _owner(each) == owner]
        add = found.add_at_key if of_key else found.add
        add(path, "T03", name=name, **near(name, known))


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
