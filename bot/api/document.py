"""`/api/v1/openapi.json`, and the page that shows it readably."""

import json
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any, TypeGuard

import orjson
from aiohttp import web
from markupsafe import Markup
from pydantic import BaseModel
from yarl import URL

from bot.api.openapi import document, problems_of
from bot.api.operations import CSV, JSON, Operation, Resource
from bot.api.problems import KINDS, ROOT, Kind
from bot.api.shapes import Page, Shown
from bot.core.permissions import Permission
from bot.web.access import SIGNED_IN, Open, Routes
from bot.web.frame import PAGES, Entry, Part, add_entries, render
from bot.web.i18n import N_
from bot.web.pages import base_of, language

PATH = f"{ROOT}/openapi.json"
_MOST_KEPT = 8
"""Pages that are kept, by language and address."""
_WHY = Open("it says what there is, and nothing of anybody")
_TOKEN = "$RECADO_TOKEN"  # noqa: S105 - the name of a variable


@dataclass(frozen=True, slots=True)
class Told:
    """An operation as the page shows it.

    Attributes:
        operation: as it is declared.
        schema: of its body, by field: name, type and words; empty for none.
        parameters: of its query, likewise.
        curl: an example for a terminal.
        python: the same for a program.
        gives: the name of the thing that is answered, where that is told by itself; else empty.
        answer: fields of what is answered, where it is told nowhere else.
        problems: those that are its own.
    """

    operation: Operation
    schema: Sequence[tuple[str, str, str, bool]]
    parameters: Sequence[tuple[str, str, str, bool]]
    gives: str
    answer: Sequence[tuple[str, str, str, bool]]
    curl: str
    python: str
    problems: Sequence[Kind]


@dataclass(frozen=True, slots=True)
class Thing:
    """What several operations take or give, told once.

    Attributes:
        name: as types say it.
        words: what it is.
        fields: as those of a body.
    """

    name: str
    words: str
    fields: Sequence[tuple[str, str, str, bool]]


def add_document(app: web.Application, resources: Sequence[Resource]) -> None:
    """Add both routes."""

    @cache
    def rendered() -> bytes:
        # Made when it is first asked for: it takes longer than all else that a start does.
        return orjson.dumps(document(resources, version("recado")))

    async def show(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=rendered(), content_type="application/json")

    kept: dict[tuple[str, str], Markup] = {}

    async def read(request: web.Request) -> web.StreamResponse:
        _, base = language(request), base_of(request)
        if (_.locale, base) not in kept:
            operations = await _operations(request, resources, base)
            # Whoever asks says at which address, so there may be any number of them.
            while len(kept) >= _MOST_KEPT:
                del kept[next(iter(kept))]
            kept[_.locale, base] = operations
        return await render(request, "api/reference.html", title=_("API"), operations=kept[_.locale, base])

    routes = Routes(app)
    routes.get(PATH, show, _WHY)
    routes.get(ROOT, read, SIGNED_IN)
    add_entries(app, Entry(ROOT, N_("API"), "plug", Permission.TOKENS_OWN, part=Part.SETTINGS))


async def _operations(request: web.Request, resources: Sequence[Resource], base: str) -> Markup:
    """What the page shows within the frame; it takes an eighth of a second."""
    things = _things(resources)
    names = {each.name for some in things.values() for each in some}
    told = [(each, [_told(one, base, names) for one in each.operations], things[each.name]) for each in resources]
    return await PAGES.part(request, "api/operations.html", resources=told, names=names, problems=KINDS, path=PATH)


def curl(operation: Operation, base: str) -> str:
    """An operation's example for a terminal."""
    lines = [f"curl {_quoted(_url(operation, base))}"]
    if operation.method != "GET":
        lines[0] = f"curl -X {operation.method} {_quoted(_url(operation, base))}"
    lines.append(f'  -H "Authorization: Bearer {_TOKEN}"')
    if operation.creates:
        lines.append('  -H "Idempotency-Key: $(uuidgen)"')
    if operation.body is not None:
        lines.append(f"  -H 'Content-Type: {operation.takes}'")
        body = operation.example.get("body", {})
        said = json.dumps(body, ensure_ascii=False) if operation.takes == JSON else body
        lines.append(f"  --data-binary {_quoted(said)}")
    return " \\\n".join(lines)


def python(operation: Operation, base: str) -> str:
    """The same for a program, with nothing but the standard library."""
    lines = ["import json, os, urllib.request, uuid", "", "request = urllib.request.Request("]
    lines.append(f"    {json.dumps(_url(operation, base))},")
    lines.append(f"    method={json.dumps(operation.method)},")
    if operation.body is not None:
        body = _literal(operation.example.get("body", {}))
        lines.append(f"    data={f'json.dumps({body})' if operation.takes == JSON else body}.encode(),")
    lines.append("    headers={")
    lines.append('        "Authorization": f"Bearer {os.environ[\'RECADO_TOKEN\']}",')
    if operation.body is not None:
        lines.append(f'        "Content-Type": "{operation.takes}",')
    if operation.creates:
        lines.append('        "Idempotency-Key": str(uuid.uuid4()),')
    lines += ["    },", ")", "with urllib.request.urlopen(request) as answer:"]
    shown = {JSON: "json.load(answer)", CSV: "answer.read().decode()"}[operation.gives]
    lines.append(f"    print({shown})" if operation.result is not None else "    print(answer.status)")
    return "\n".join(lines)


def _told(operation: Operation, base: str, names: set[str]) -> Told:
    gives = operation.result.__name__ if _is_shown(operation.result) and operation.result.__name__ in names else ""
    return Told(
        operation,
        [] if operation.body is None or operation.takes != JSON else _fields(_taken(operation.body)),
        _fields(_taken(operation.query)),
        gives,
        _fields(_answered(operation.result)) if _is_shown(operation.result) and not gives else [],
        curl(operation, base),
        python(operation, base),
        problems_of(operation),
    )


def _things(resources: Sequence[Resource]) -> dict[str, list[Thing]]:
    """By the resource that speaks of them first: what is within others, and what two operations or more answer."""
    answers = [one.result for each in resources for one in each.operations if _is_shown(one.result)]
    often = {result for result, times in Counter(answers).items() if times > 1 and not issubclass(result, Page)}
    told: set[str] = set()
    things: dict[str, list[Thing]] = {}
    for each in resources:
        things[each.name] = []
        for name, schema, definitions in _shapes(each, often):
            if name not in told and "properties" in schema:
                told.add(name)
                fields = _fields({"$defs": definitions, **schema})
                things[each.name].append(Thing(name, schema.get("description", ""), fields))
    return things


def _shapes(resource: Resource, often: set[type[Shown]]) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    for operation in resource.operations:
        if _is_shown(operation.result):
            schema = _answered(operation.result)
            definitions = schema.get("$defs", {})
            if operation.result in often:
                yield operation.result.__name__, schema, definitions
            yield from ((name, within, definitions) for name, within in definitions.items())
        if operation.body is not None and operation.takes == JSON:
            definitions = _taken(operation.body).get("$defs", {})
            yield from ((name, within, definitions) for name, within in definitions.items())


# A schema takes some milliseconds to make, and there are 150.
@cache
def _taken(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


@cache
def _answered(result: type[Shown]) -> dict[str, Any]:
    return result.model_json_schema(mode="serialization")


def _is_shown(result: type[object] | None) -> TypeGuard[type[Shown]]:
    return result is not None and issubclass(result, Shown)


def _url(operation: Operation, base: str) -> str:
    path = operation.path.format_map(operation.example.get("path", {}))
    return str(URL(f"{base}{ROOT}{path}").with_query(operation.example.get("query", {})))


def _quoted(text: str) -> str:
    return shlex.quote(text)


def _literal(value: object) -> str:
    return repr(value)


def _fields(schema: dict[str, Any]) -> list[tuple[str, str, str, bool]]:
    definitions, required = schema.get("$defs", {}), schema.get("required", [])
    return [
        (name, _type(told, definitions), told.get("description", ""), name in required)
        for name, told in schema.get("properties", {}).items()
    ]


def _type(told: dict[str, Any], definitions: dict[str, Any]) -> str:
    """A schema in a few words: `text or null`, `list of Contact`, `bot | human`."""
    if "$ref" in told:
        name = told["$ref"].rpartition("/")[2]
        inner = definitions.get(name, {})
        return name if "properties" in inner else _type(inner, definitions)
    if "anyOf" in told:
        return " or ".join(dict.fromkeys(_type(each, definitions) for each in told["anyOf"]))
    if "enum" in told:
        return " | ".join(str(each) for each in told["enum"])
    if "const" in told:
        return str(told["const"])
    if told.get("type") == "array":
        return f"list of {_type(told.get('items', {}), definitions)}"
    if told.get("format") == "date-time":
        return "time"
    names = {"string": "text", "object": "map", "null": "null", "integer": "whole number", "boolean": "true or false"}
    type_ = str(told.get("type", "any"))
    return names.get(type_, type_)
