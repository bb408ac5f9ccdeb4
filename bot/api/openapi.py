"""The OpenAPI document (3.1) of the operations, as they are declared."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from bot.api import idempotency
from bot.api.operations import JSON, Operation, Resource
from bot.api.problems import (
    CONTENT_TYPE,
    FAILED,
    FORBIDDEN,
    IN_PROGRESS,
    INVALID,
    INVALID_CURSOR,
    INVALID_JSON,
    INVALID_QUERY,
    KEY_REUSED,
    NOT_FOUND,
    OVERTAKEN,
    ROOT,
    TOO_LARGE,
    TOO_MANY,
    TOO_SLOW,
    UNAUTHORIZED,
    UNAVAILABLE,
    UNSUPPORTED,
    Kind,
)
from bot.api.shapes import PageQuery, Sheet, Shown
from bot.api.webhooks import MODELS, webhooks

_NAMES = re.compile(r"\{(\w+)\}")
_REF = "#/components/schemas/{model}"
_ALWAYS = (UNAUTHORIZED, FORBIDDEN, TOO_MANY, FAILED, UNAVAILABLE)
_WITH_BODY = (INVALID_JSON, TOO_SLOW, TOO_LARGE, UNSUPPORTED)
_RATE_HEADERS = {
    "RateLimit-Policy": {"$ref": "#/components/headers/RateLimit-Policy"},
    "RateLimit": {"$ref": "#/components/headers/RateLimit"},
}

_PROBLEM: Mapping[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "What is wrong with a request (RFC 9457).",
    "required": ["type", "title", "status", "detail", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "Which problem, and where it is told."},
        "title": {"type": "string", "description": "The same for each problem of the type."},
        "status": {"type": "integer", "description": "As that of the answer."},
        "detail": {"type": "string", "description": "This one, and what to do about it."},
        "code": {"type": "string", "description": "Why it was refused, where a program can do something about it."},
        "scope": {"type": "string", "description": "What the token lacks."},
        "contact_id": {"type": "string", "description": "Whose it is already."},
        "user_id": {"type": "string", "description": "Whose it is already, where that is somebody of ours."},
        "name": {"type": "string", "description": "How they are called."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "detail": {"type": "string"},
                    "pointer": {"type": "string", "description": "Where in the body (RFC 6901)."},
                    "parameter": {"type": "string", "description": "Of which parameter, or header."},
                    "line": {"type": "integer", "description": "In a text that is there, from 1."},
                    "column": {"type": "integer", "description": "In its line, from 1."},
                },
            },
        },
    },
}


def document(resources: Sequence[Resource], version: str) -> dict[str, Any]:
    """The document.

    Args:
        resources: all of them.
        version: of the server.
    """
    operations = [each for resource in resources for each in resource.operations]
    paths: dict[str, dict[str, Any]] = {}
    for resource in resources:
        for each in resource.operations:
            paths.setdefault(f"{ROOT}{each.path}", {})[each.method.lower()] = _operation(resource, each)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Recado",
            "version": version,
            "description": (
                "What a program can ask of Recado. Every answer is JSON, unless its operation says CSV; "
                "times are RFC 3339 in UTC."
            ),
        },
        "security": [{"token": []}],
        "tags": [{"name": each.name, "description": each.words} for each in resources],
        "paths": paths,
        "webhooks": webhooks(),
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "A token with the operation's scope."}
            },
            "headers": {
                "RateLimit-Policy": {"schema": {"type": "string"}, "description": "Requests (q) in seconds (w)."},
                "RateLimit": {"schema": {"type": "string"}, "description": "What is left (r), until when (t)."},
                "ETag": {"schema": {"type": "string"}, "description": "What it is known by, for `If-Match`."},
            },
            "schemas": {"Problem": _PROBLEM, **_schemas(operations)},
        },
    }


def problems_of(operation: Operation) -> list[Kind]:
    """All problems that it can answer, by their status."""
    kinds = [*_ALWAYS, *operation.problems, INVALID_QUERY]
    if _NAMES.search(operation.path):
        kinds.append(NOT_FOUND)
    if issubclass(operation.query, PageQuery):
        kinds.append(INVALID_CURSOR)
    if operation.sends:
        kinds += _WITH_BODY
    if operation.body is not None:
        kinds.append(INVALID)
    if operation.creates:
        kinds += [IN_PROGRESS, KEY_REUSED]
    if operation.current is not None:
        kinds.append(OVERTAKEN)
    return sorted(dict.fromkeys(kinds), key=lambda each: (each.status, each.name))


def _schemas(operations: Sequence[Operation]) -> dict[str, Any]:
    wanted: dict[tuple[type[BaseModel], Any], None] = {}
    for each in operations:
        if each.body is not None and each.takes == JSON:
            wanted[each.body, "validation"] = None
        if each.result is not None and issubclass(each.result, Shown):
            wanted[each.result, "serialization"] = None
    wanted |= {(each, "serialization"): None for each in MODELS}
    _by_model, definitions = models_json_schema([*wanted], ref_template=_REF)
    found: dict[str, Any] = definitions.get("$defs", {})
    return found


def _operation(resource: Resource, operation: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [resource.name],
        "summary": operation.summary,
        "description": f"{operation.description}\n\nScope: `{operation.scope}`.".strip(),
        "security": [{"token": [operation.scope.value]}],
        "parameters": [*_path(operation), *_query(operation), *_headers(operation)],
        "responses": _responses(operation),
    }
    if operation.body is not None:
        content = _content(operation.body)
        if "body" in operation.example:
            content["example"] = operation.example["body"]
        told["requestBody"] = {"required": True, "content": {operation.takes: content}}
    return told


def _content(model: type[object]) -> dict[str, Any]:
    is_json = issubclass(model, BaseModel) and model is not Sheet
    return {"schema": {"$ref": _REF.format(model=model.__name__)} if is_json else {"type": "string"}}


def _path(operation: Operation) -> list[dict[str, Any]]:
    named = operation.example.get("path", {})
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string"},
            **({"example": named[name]} if name in named else {}),
        }
        for name in _NAMES.findall(operation.path)
    ]


def _query(operation: Operation) -> list[dict[str, Any]]:
    schema = operation.query.model_json_schema(ref_template=_REF)
    found = []
    for name, told in schema.get("properties", {}).items():
        inner = _inlined(told, schema.get("$defs", {}))
        words = inner.pop("description", "")
        inner.pop("title", None)
        required = name in schema.get("required", [])
        found.append({"name": name, "in": "query", "required": required, "description": words, "schema": inner})
    return found


def _inlined(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """A schema without references to definitions that stand with the query alone, and without null: no URL has it."""
    if isinstance(schema, list):
        return [_inlined(each, definitions) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    inner = {name: _inlined(value, definitions) for name, value in schema.items() if not _is_null_default(name, value)}
    choices = [each for each in inner.pop("anyOf", []) if each != {"type": "null"}]
    if len(choices) == 1:
        return {**choices[0], **inner}
    return {**inner, "anyOf": choices} if choices else inner


def _is_null_default(name: str, value: object) -> bool:
    return name == "default" and value is None


def _headers(operation: Operation) -> list[dict[str, Any]]:
    found = []
    if operation.creates:
        words = "Makes sending the same request twice do it once; kept for 24 hours."
        schema = {"type": "string", "minLength": 1, "maxLength": idempotency.LONGEST, "pattern": "^[ -~]+$"}
        found.append({"name": idempotency.HEADER, "in": "header", "description": words, "schema": schema})
    if operation.current is not None:
        words = "The `ETag` with which it was read: somebody else's change in between is a 412."
        found.append({"name": "If-Match", "in": "header", "description": words, "schema": {"type": "string"}})
        if operation.method == "PUT" and operation.creates:
            words = "`*`: only where there is none yet; else it is a 412."
            found.append({"name": "If-None-Match", "in": "header", "description": words, "schema": {"type": "string"}})
    return [{"required": False, **each} for each in found]


def _responses(operation: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {"description": "Done.", "headers": dict(_RATE_HEADERS)}
    if operation.result is not None:
        told["content"] = {operation.gives: _content(operation.result)}
        if issubclass(operation.result, Shown) and operation.result.has_etag:
            told["headers"]["ETag"] = {"$ref": "#/components/headers/ETag"}
    found = {str(operation.status if operation.result is not None else 204): told}
    by_status: dict[int, list[Kind]] = {}
    for kind in problems_of(operation):
        by_status.setdefault(kind.status, []).append(kind)
    for status, kinds in by_status.items():
        words = " ".join(f"`{each.name}`: {each.title}. {each.mend}" for each in kinds)
        schema = {"$ref": _REF.format(model="Problem")}
        found[str(status)] = {"description": words, "content": {CONTENT_TYPE: {"schema": schema}}}
    return found
