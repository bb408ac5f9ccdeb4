"""Fixtures: a provider's post as it is sent, and what it means; one file a case under `tests/fixtures/{provider}`.

    {"about": "a sentence", "method": "POST", "query": {}, "headers": {...}, "body": {...}, "expected": {...}}

`body` is the JSON object, the form, or the text itself; `expected` the Delivery without what is as by default.
"""

import json
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bot.core.messages import NOTHING_TO_SAY, Delivery
from bot.providers.base import WebhookRequest

FIXTURES = Path(__file__).parents[1] / "fixtures"
PUBLIC_URL = "https://bot.example.com"


@dataclass(frozen=True, slots=True)
class Case:
    """One fixture."""

    name: str
    request: WebhookRequest
    body: Any
    expected: Any

    def __str__(self) -> str:
        return self.name


def cases(provider: str) -> list[Case]:
    """Every fixture of `provider`."""
    return [_case(provider, path) for path in sorted((FIXTURES / provider).glob("*.json"))]


def normalised(value: Any) -> Any:
    """A delivery in JSON, without what is as by default, and without the answer to it; bytes as the text they spell."""
    if isinstance(value, Delivery):
        value = value._replace(answer=NOTHING_TO_SAY)
    defaults = defaults_of(value)
    if defaults:
        parts = {name: getattr(value, name) for name in defaults}
        return {name: normalised(part) for name, part in parts.items() if part != defaults[name]}
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, datetime):
        return value.isoformat()
    return [normalised(each) for each in value] if isinstance(value, tuple) else value


def defaults_of(value: Any) -> dict[str, Any]:
    """What each attribute of a dataclass or NamedTuple is by default; empty where `value` is neither."""
    if is_dataclass(value):
        return {field.name: field.default for field in fields(value)}
    return {name: value._field_defaults.get(name, MISSING) for name in getattr(value, "_fields", ())}


def _case(provider: str, path: Path) -> Case:
    written = json.loads(path.read_bytes())
    headers: dict[str, str] = {name.lower(): value for name, value in written["headers"].items()}
    content_type = headers.get("content-type", "")
    if isinstance(written["body"], str):
        body = written["body"]
    else:
        # SNS says that its JSON is plain text.
        is_json = "json" in content_type or content_type.startswith("text/plain")
        body = json.dumps(written["body"]) if is_json else urlencode(written["body"])
    method, query = written.get("method", "POST"), written.get("query", {})
    url = f"{PUBLIC_URL}/webhooks/{provider}{'?' if query else ''}{urlencode(query)}"
    request = WebhookRequest(method, url, headers, query, body.encode() if method == "POST" else b"")
    return Case(path.stem, request, written["body"], written["expected"])
