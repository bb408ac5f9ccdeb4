"""The public face of webhooks out: who is told of what happens, what became of it, and how programs are told.

Whoever changes something gives a connection in a transaction, who it is (`by`) and the moment (`now`).
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db.clock import database_now
from bot.endpoints import queries
from bot.endpoints.changing import (
    MOST_ENDPOINTS,
    add_endpoint,
    change_endpoint,
    delete_endpoint,
    disable_endpoint,
    enable_endpoint,
    pause_endpoint,
    roll_secret,
    rotate_endpoints,
)
from bot.endpoints.delivery.loop import Deliverer
from bot.endpoints.events.hearing import LISTENERS
from bot.endpoints.inbox_payloads import (
    AssignmentPayload,
    ConversationPayload,
    LabelPayload,
    TeamNotePayload,
    UserPayload,
    conversation_payload,
    people_of,
)
from bot.endpoints.jobs import HANDLERS
from bot.endpoints.kinds import (
    REASONS,
    TEST,
    WORDS,
    AttemptError,
    DeliveryStatus,
    DisabledReason,
    EndpointStatus,
    EventKind,
)
from bot.endpoints.payloads import (
    ChoicePayload,
    ConsentPayload,
    ContactPayload,
    EventPayload,
    FilePayload,
    HandoffPayload,
    LocationPayload,
    MergePayload,
    MessagePayload,
    TrialPayload,
    contact_payload,
    contact_payloads,
    message_payload,
    message_payloads,
)
from bot.endpoints.queries import count_given_up, endpoint, endpoints, lock_endpoint
from bot.endpoints.resending import AT_ONCE, resend, resend_failed, send_test
from bot.endpoints.rules import KEPT
from bot.endpoints.secrets import EndpointSealer
from bot.endpoints.shown.queries import (
    Place,
    any_to_resend,
    attempts,
    count_deliveries,
    deliveries,
    deliveries_of_event,
    delivery,
    event,
    events,
)
from bot.endpoints.trying import try_endpoint
from bot.endpoints.values import (
    Added,
    Asked,
    AskedError,
    AttemptCard,
    DeliveryCard,
    DeliveryFilter,
    EndpointCard,
    EndpointDepth,
    EventCard,
    EventFilter,
    NoDeliveryError,
    NoEndpointError,
    Terms,
    terms_of,
)

__all__ = [
    "AT_ONCE",
    "HANDLERS",
    "KEPT",
    "LISTENERS",
    "MOST_ENDPOINTS",
    "REASONS",
    "TEST",
    "WORDS",
    "Added",
    "Asked",
    "AskedError",
    "AssignmentPayload",
    "AttemptCard",
    "AttemptError",
    "ChoicePayload",
    "ConsentPayload",
    "ContactPayload",
    "ConversationPayload",
    "Deliverer",
    "DeliveryCard",
    "DeliveryFilter",
    "DeliveryStatus",
    "DisabledReason",
    "EndpointCard",
    "EndpointDepth",
    "EndpointSealer",
    "EndpointStatus",
    "EventCard",
    "EventFilter",
    "EventKind",
    "EventPayload",
    "FilePayload",
    "HandoffPayload",
    "LabelPayload",
    "LocationPayload",
    "MergePayload",
    "MessagePayload",
    "NoDeliveryError",
    "NoEndpointError",
    "Place",
    "TeamNotePayload",
    "Terms",
    "TrialPayload",
    "UserPayload",
    "add_endpoint",
    "any_to_resend",
    "attempts",
    "change_endpoint",
    "contact_payload",
    "contact_payloads",
    "conversation_payload",
    "count_deliveries",
    "count_given_up",
    "delete_endpoint",
    "deliveries",
    "deliveries_of_event",
    "delivery",
    "disable_endpoint",
    "enable_endpoint",
    "endpoint",
    "endpoint_depths",
    "endpoints",
    "event",
    "events",
    "lock_endpoint",
    "message_payload",
    "message_payloads",
    "pause_endpoint",
    "people_of",
    "resend",
    "resend_failed",
    "roll_secret",
    "rotate_endpoints",
    "send_test",
    "terms_of",
    "try_endpoint",
]


async def endpoint_depths(connection: AsyncConnection) -> dict[str, EndpointDepth]:
    """What waits for each endpoint, by id."""
    now = await database_now(connection)
    return {
        row.id: EndpointDepth(
            waiting=row.waiting,
            oldest_age_seconds=0.0 if row.oldest is None else max(0.0, (now - row.oldest).total_seconds()),
            given_up=bool(row.given_up),
        )
        for row in await queries.depth(connection)
    }
