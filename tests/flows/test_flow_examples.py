"""The bundles that come along, the schema for editors, and the examples of the guide."""

import json
import re
from pathlib import Path

from bot.app.action_specs import SPECS
from bot.engine.patterns import Candidate
from bot.flows.checks.check import Source, check
from bot.flows.compile import RowIds, compile_bundle
from bot.flows.files import read_folder, read_paths
from bot.flows.yaml.document import BundleDocument, CollectInput, SendTemplate
from bot.flows.yaml.schema import spelled
from tests.support.tables import for_each

DEMO, EXAMPLE = Path("flows/pizzaria.yaml"), Path("flows/examples/clinic.yaml")
BUNDLES = {each.document.bundle: each.document for each in check(read_paths([DEMO, EXAMPLE])).bundles}
GUIDE = Path("docs/flows.md").read_text(encoding="utf-8")


def test_the_bundles_that_come_along_have_no_fault_and_no_surprise() -> None:
    checked = check(read_paths([DEMO, EXAMPLE]))

    assert [each.sentence() for each in (*checked.faults, *checked.notes)] == []
    assert set(BUNDLES) == {"clinic", "pizzaria"}


@for_each(("file", "schema"), [(DEMO, "schema.json"), (EXAMPLE, "../schema.json")])
def test_each_is_understood_at_a_glance_and_named_to_editors(file: Path, schema: str) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()

    assert len(lines) <= 90
    assert lines[0] == f"# yaml-language-server: $schema={schema}"


def test_one_demo_lies_where_bundles_go_live() -> None:
    assert [source.file for source in read_folder(Path("flows"))] == ["flows/pizzaria.yaml"]


def test_together_they_show_what_there_is() -> None:
    triggers = [each for document in BUNDLES.values() for each in document.triggers]
    steps = [step for document in BUNDLES.values() for flow in document.flows.values() for step in flow.steps]
    asked = [step for step in steps if isinstance(step, CollectInput)]

    assert {each.type for each in triggers} == {"equals", "contains", "regex", "number"}
    assert any(each.interrupt for each in triggers)
    assert any(each.cooldown_sec for each in triggers)
    assert {len(step.options) > 3 for step in asked if step.options} == {True, False}
    assert any(step.expect == "email" for step in asked)
    assert any(step.otherwise for step in asked)
    assert any(isinstance(step, SendTemplate) and step.wait_input for step in steps)
    assert any(getattr(step, "handoff", False) for step in steps)
    assert all(each.welcome and each.fallback and each.unsupported for each in BUNDLES.values())


@for_each(
    ("said", "answers"),
    [
        ("Olá!", "pizzaria: hello"),
        ("pizza", "pizzaria: order"),
        ("quero uma pizza grande", "pizzaria: order"),
        ("que horas vocês abrem?", "pizzaria: hours"),
        ("01310100", "pizzaria: delivery"),
        ("quero falar com um atendente", "pizzaria: help"),
        ("oi", "pizzaria: hello"),
        ("Hello", "pizzaria: hello"),
        ("I would like a pizza", "pizzaria: order"),
        ("hours", "pizzaria: hours"),
        ("hi", "clinic: hello"),
        ("I need an appointment", "clinic: appointment"),
        ("Where are you?", "clinic: address"),
        ("4711", "clinic: in_our_book"),
        ("it is urgent", "clinic: urgent"),
    ],
)
def test_each_knows_what_its_people_say(said: str, answers: str) -> None:
    matching = []
    for name, document in BUNDLES.items():
        if not answers.startswith(name):
            continue
        ids = RowIds(
            {
                (key, locale): key
                for key, each in document.templates.items()
                for locale, _ in each.by_locale(document.locale)
            },
            {flow: flow for flow in document.flows},
            {position: str(position) for position in range(len(document.triggers))},
        )
        for _, trigger in compile_bundle(document, 1, ids, {}).triggers:
            if trigger.pattern.matches(Candidate(said, document.locale)):
                target = trigger.template.key if trigger.template else trigger.flow and trigger.flow.name
                matching.append(f"{name}: {target}")

    assert matching == [answers]


def test_the_schema_for_editors_is_made_from_the_code() -> None:
    assert Path("flows/schema.json").read_text(encoding="utf-8") == spelled()


def test_the_schema_explains_every_key() -> None:
    schema = json.loads(spelled())
    models = [schema, *schema["$defs"].values()]
    silent = [
        key
        for model in models
        for key, value in model["properties"].items()
        if "description" not in value and key not in {"type", "steps"}
    ]

    assert silent == []


EXAMPLES = re.findall(r"(?m)^```yaml\n(.*?)^```", GUIDE, re.DOTALL)


@for_each("number", range(len(EXAMPLES)))
def test_every_example_of_the_guide_is_sound(number: int) -> None:
    checked = check([Source("example.yaml", EXAMPLES[number].encode())], SPECS)

    assert [fault.sentence() for fault in checked.faults] == []


def test_the_guide_names_every_key() -> None:
    schema = json.loads(spelled())
    keys = {key for model in [schema, *schema["$defs"].values()] for key in model["properties"]}

    assert {key for key in keys if f"`{key}`" not in GUIDE} == set()


def test_the_faults_in_the_guide_are_what_the_check_says() -> None:
    wrong, said = re.findall(r"(?m)^```(?:yml|text)\n(.*?)^```", GUIDE, re.DOTALL)[:2]

    checked = check([Source("pizzaria.yaml", wrong.encode())])

    assert "".join(f"{each.sentence()}\n" for each in checked.faults) == said


def test_documents_survive_their_way_through_the_database() -> None:
    for document in BUNDLES.values():
        stored = json.loads(json.dumps(document.model_dump(mode="json", exclude_defaults=True)))

        assert BundleDocument.model_validate(stored) == document
