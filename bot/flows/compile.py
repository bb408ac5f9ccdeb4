"""From a checked document and the ids of its rows to the engine's definitions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from bot.engine.actions import DEFAULT, ActionSpec, ActionUse, ArgumentSource, ArgumentText
from bot.engine.conversation import StateValue
from bot.engine.definitions import (
    Brake,
    BundleRules,
    Expect,
    Flow,
    LocalizedTemplate,
    Step,
    StepType,
    Template,
    Trigger,
)
from bot.engine.numbers import NumberRange
from bot.engine.patterns import compile_pattern
from bot.engine.templates import compile_text
from bot.engine.text import compare_equal
from bot.flows.compile_extras import compile_extras
from bot.flows.yaml.document import (
    ActionStep,
    ArgumentDocument,
    BundleDocument,
    CollectInput,
    End,
    NumberExpected,
    ScalarDocument,
    SendTemplate,
    StepDocument,
    TemplateDocument,
    TriggerDocument,
)
from bot.flows.yaml.document_extras import has_variables

_TAGS = re.compile(r"\bcontact\s*\.\s*tags\b")


@dataclass(frozen=True, slots=True)
class RowIds:
    """The rows of one bundle version.

    Attributes:
        templates: by key and locale.
        flows: by name.
        triggers: by position in the file; those that are in force.
        files: where those that lie beside the bundle are kept, by their name; these have no row.
    """

    templates: Mapping[tuple[str, str], str]
    flows: Mapping[str, str]
    triggers: Mapping[int, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CompiledBundle:
    """One bundle version, ready for the engine.

    Attributes:
        rules: what holds for all of it.
        flows: in the file's order.
        triggers: priority and trigger, in the file's order.
        offers: whether any template brings choices of its own.
        reads_tags: whether anything may say a contact's tags.
        templates: by key.
    """

    rules: BundleRules
    flows: tuple[Flow, ...]
    triggers: tuple[tuple[int, Trigger], ...]
    offers: bool
    reads_tags: bool
    templates: Mapping[str, Template]


def compile_bundle(
    document: BundleDocument, version: int, ids: RowIds, actions: Mapping[str, ActionSpec]
) -> CompiledBundle:
    """Compile a document that `check` found no fault in."""
    templates = {key: _template(document, key, each, ids) for key, each in document.templates.items()}
    rules = _rules(document, version, templates)
    flows = {
        name: Flow(ids.flows[name], name, rules, tuple(_step(step, templates, actions) for step in flow.steps))
        for name, flow in document.flows.items()
    }
    triggers = tuple(
        (each.priority, _trigger(each, ids.triggers[position], rules, templates, flows, actions))
        for position, each in enumerate(document.triggers)
        if position in ids.triggers
    )
    offers = any(template.offers for template in templates.values())
    reads_tags = _TAGS.search(document.model_dump_json()) is not None
    return CompiledBundle(rules, tuple(flows.values()), triggers, offers, reads_tags, templates)


def _template(document: BundleDocument, key: str, template: TemplateDocument, ids: RowIds) -> Template:
    compiled = {
        # An approved template that is taken over stays in the language it was given for.
        locale: LocalizedTemplate(
            ids.templates[key, locale],
            tuple(compile_text(text) for text in words.texts),
            compile_extras(extras, document.locale if words.whatsapp is None else locale, ids.files),
        )
        for locale, words, extras in template.localized(document.locale)
    }
    return Template(
        key=key,
        base=compiled.pop(document.locale),
        locales=compiled,
        defaults={name: default for name, default in template.variables.items() if default is not None},
        offers=any(extras.choices for _, _, extras in template.localized(document.locale)),
    )


def _rules(document: BundleDocument, version: int, templates: Mapping[str, Template]) -> BundleRules:
    seconds, words = document.expire_seconds, document.escape_words
    return BundleRules(
        name=document.bundle,
        version=version,
        locale=document.locale,
        welcome=_maybe(templates, document.welcome),
        fallback=_maybe(templates, document.fallback),
        unsupported=_maybe(templates, document.unsupported),
        expire_after=None if seconds is None else timedelta(seconds=seconds),
        handoff_after=timedelta(hours=document.handoff_hours),
        brake=Brake(document.brake.same_answer, document.brake.turns, handoff=document.brake.handoff),
        escape_words=None if words is None else frozenset(map(compare_equal, words)),
    )


def _maybe(templates: Mapping[str, Template], key: str | None) -> Template | None:
    return None if key is None else templates[key]


def _step(step: StepDocument, templates: Mapping[str, Template], actions: Mapping[str, ActionSpec]) -> Step:
    if isinstance(step, ActionStep):
        outcomes = {outcome: target for outcome, target in step.transitions.items() if outcome != DEFAULT}
        use = _action(step.action, step, actions)
        default = step.transitions.get(DEFAULT, "")
        return Step(step.key, StepType.ACTION, transitions=outcomes, default=default, action=use)
    if isinstance(step, End):
        return Step(step.key, StepType.END, _maybe(templates, step.template), handoff=step.handoff)
    transitions = {compare_equal(answer): target for answer, target in step.transitions.items() if answer != "default"}
    default = step.transitions.get("default", "")
    if isinstance(step, SendTemplate):
        return Step(
            step.key,
            StepType.SEND_TEMPLATE,
            templates[step.template],
            transitions=transitions,
            default=default,
            wait_input=step.wait_input,
        )
    expect, expect_range, strict = _expectation(step)
    return Step(
        step.key,
        StepType.COLLECT_INPUT,
        templates[step.template],
        save_as=step.save_as or "",
        options=tuple(step.options),
        expect=expect,
        expect_range=expect_range,
        strict=strict,
        free=step.free,
        attempts=step.attempts,
        otherwise=step.otherwise or "",
        transitions=transitions,
        default=default,
    )


def _action(name: str, written: ActionStep | TriggerDocument, actions: Mapping[str, ActionSpec]) -> ActionUse:
    arguments = {each: _argument(value) for each, value in written.arguments.items()}
    return ActionUse(name, actions.get(name), arguments, written.save_as or "")


def _argument(value: ArgumentDocument) -> ArgumentSource:
    if isinstance(value, dict):
        return {name: _value(each) for name, each in value.items()}
    return _value(value)


def _value(value: ScalarDocument) -> StateValue | ArgumentText:
    if isinstance(value, str):
        return ArgumentText(compile_text(value)) if has_variables(value) else value
    return Decimal(str(value)) if isinstance(value, float) else value


def _expectation(step: CollectInput) -> tuple[Expect, NumberRange | None, bool]:
    if isinstance(step.expect, NumberExpected):
        wanted = None if step.expect.number is None else NumberRange.parse(step.expect.number)
        return Expect(step.expect.kind), wanted, step.expect.strict
    return Expect(step.expect or "text"), None, False


def _trigger(
    trigger: TriggerDocument,
    row_id: str,
    rules: BundleRules,
    templates: Mapping[str, Template],
    flows: Mapping[str, Flow],
    actions: Mapping[str, ActionSpec],
) -> Trigger:
    return Trigger(
        id=row_id,
        label=trigger.label,
        pattern=compile_pattern(trigger.type, trigger.pattern),
        bundle=rules,
        template=_maybe(templates, trigger.template),
        flow=None if trigger.flow is None else flows[trigger.flow],
        cooldown=trigger.cooldown_sec,
        interrupt=trigger.interrupt,
        action=None if trigger.action is None else _action(trigger.action, trigger, actions),
        templates={outcome: templates[key] for outcome, key in trigger.templates.items()},
    )
