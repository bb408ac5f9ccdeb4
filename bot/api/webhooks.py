"""What endpoints are told, as the OpenAPI document has it: a request to the program for each kind of event."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from bot.api.resources.contact_shapes import Contact
from bot.api.resources.message_shapes import Message
from bot.endpoints.service import (
    TEST,
    WORDS,
    AssignmentPayload,
    ConsentPayload,
    ConversationPayload,
    EventKind,
    EventPayload,
    HandoffPayload,
    MergePayload,
    TeamNotePayload,
    TrialPayload,
)

MODELS: tuple[type[BaseModel], ...] = (
    *(Message, Contact, ConsentPayload, HandoffPayload, MergePayload),
    *(ConversationPayload, AssignmentPayload, TeamNotePayload, TrialPayload),
)
"""Of which events are made."""
_BESIDE_ALL: Mapping[str, Mapping[str, type[BaseModel]]] = {
    "message": {"message": Message},
    "consent": {"consent": ConsentPayload},
    "handoff": {"handoff": HandoffPayload},
    "conversation": {"conversation": ConversationPayload},
}
"""What is told beside the contact, by what a kind begins with."""
_BESIDE: Mapping[EventKind, Mapping[str, type[BaseModel]]] = {
    EventKind.CONTACT_MERGED: {"merge": MergePayload},
    EventKind.CONTACT_UNMERGED: {"merge": MergePayload},
    EventKind.CONVERSATION_ASSIGNED: {"assignment": AssignmentPayload, "conversation": ConversationPayload},
    EventKind.CONVERSATION_NOTE: {"note": TeamNotePayload},
}
"""The same of kinds that are told otherwise."""
_REF = "#/components/schemas/{model}"
_HEADERS = {
    "webhook-id": "The event's `id`: the same however often it is told.",
    "webhook-timestamp": "When it was signed, in Unix seconds.",
    "webhook-signature": "`v1,` and a signature, as Standard Webhooks says; two with a blank between them for a day "
    "after the secret was rolled.",
}


def webhooks() -> dict[str, Any]:
    """The requests, by the type of what they tell."""
    told = {kind.value: _request(kind.value, WORDS[kind], _members(kind)) for kind in EventKind}
    told[TEST] = _request(TEST, "Somebody tries the endpoint", {"test": TrialPayload})
    return told


def _members(kind: EventKind) -> Mapping[str, type[BaseModel]]:
    """What `data` has, by name."""
    return {**(_BESIDE.get(kind) or _BESIDE_ALL.get(kind.partition(".")[0], {})), "contact": Contact}


def _request(kind: str, summary: str, members: Mapping[str, type[BaseModel]]) -> dict[str, Any]:
    envelope = EventPayload.model_json_schema()["properties"]
    data = {
        "type": "object",
        "required": [*members],
        "properties": {name: {"$ref": _REF.format(model=each.__name__)} for name, each in members.items()},
    }
    schema = {
        "type": "object",
        "required": [*envelope],
        "properties": {**envelope, "type": {"const": kind}, "data": data},
    }
    answers = {
        "2XX": "It has arrived.",
        "410": "Nothing more is wanted: the endpoint is disabled.",
        "default": "It is told again, later and later, for a day.",
    }
    return {
        "post": {
            "summary": summary,
            "tags": ["endpoints"],
            "security": [],
            "parameters": [
                {"name": name, "in": "header", "required": True, "description": words, "schema": {"type": "string"}}
                for name, words in _HEADERS.items()
            ],
            "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
            "responses": {status: {"description": words} for status, words in answers.items()},
        }
    }
