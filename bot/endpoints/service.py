"""The public face of webhooks out: who is told of what happens, and the words in which programs are told."""

from bot.endpoints.events.hearing import LISTENERS
from bot.endpoints.kinds import EventKind
from bot.endpoints.payloads import (
    ChoicePayload,
    ConsentPayload,
    ContactPayload,
    EventPayload,
    FilePayload,
    HandoffPayload,
    LocationPayload,
    MessagePayload,
    contact_payload,
    contact_payloads,
    message_payload,
    message_payloads,
)

__all__ = [
    "LISTENERS",
    "ChoicePayload",
    "ConsentPayload",
    "ContactPayload",
    "EventKind",
    "EventPayload",
    "FilePayload",
    "HandoffPayload",
    "LocationPayload",
    "MessagePayload",
    "contact_payload",
    "contact_payloads",
    "message_payload",
    "message_payloads",
]
