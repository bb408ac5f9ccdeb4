"""Mailgun's posts as its fixtures hold them, and new ones of the same form."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bot.providers.base import Credentials, WebhookRequest
from tests.support.captured import defaults_of

FIXTURES = Path(__file__).parents[1] / "fixtures" / "mailgun"

SIGNING_KEY = "mailgun-signing-key-for-tests"
SIGNED = {
    "timestamp": "1760000000",
    "token": "a" * 50,
    "signature": "bd294601a63de3b32ec9291cecd3898303d7c202efe06b694e568e85b6713c05",
}
"""A signature that was computed apart from this program."""

CREDENTIALS = Credentials(
    {
        "api_url": "https://api.mailgun.net/",
        "domain": "MG.example.com",
        "api_key": "key-made-up",
        "signing_key": SIGNING_KEY,
        "from": "Pizzaria <oi@mg.example.com>",
    },
    {"signing_key": "MAILGUN_SIGNING_KEY", "from": "MAILGUN_FROM"},
)


@dataclass(frozen=True, slots=True)
class Case:
    """One fixture: a post as sent, and what it means."""

    name: str
    request: WebhookRequest
    expected: Any

    def __str__(self) -> str:
        return self.name


def cases() -> list[Case]:
    """Every fixture."""
    found = []
    for path in sorted(FIXTURES.glob("*.json")):
        case = json.loads(path.read_bytes())
        found.append(Case(path.stem, post(case["body"].encode(), case["headers"]["content-type"]), case["expected"]))
    return found


def post(body: bytes, content_type: str) -> WebhookRequest:
    """A post of Mailgun's."""
    url = "https://bot.example.com/webhooks/mailgun"
    return WebhookRequest("POST", url, {"content-type": content_type}, {}, body)


def form_post(fields: Mapping[str, str] | list[tuple[str, str]]) -> WebhookRequest:
    """An urlencoded post."""
    return post(urlencode(fields).encode(), "application/x-www-form-urlencoded")


ALWAYS = ("messages", "statuses", "unknown")
"""What every fixture lists, though it be empty."""


def normalised(value: Any) -> Any:
    """A delivery in JSON, without what is as by default, and without the token, which is each post's own.

    Bytes are the text that they spell.
    """
    names = defaults_of(value)
    if names:
        pairs = ((name, getattr(value, name)) for name in names if "token" not in name and name != "answer")
        return {name: normalised(each) for name, each in pairs if each or name in ALWAYS}
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [normalised(each) for each in value]
    return value
