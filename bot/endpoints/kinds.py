"""What is told to whom: the kinds of events, and how an endpoint, a delivery and an attempt stand."""

from collections.abc import Mapping
from enum import StrEnum

from bot.core.i18n import N_


class EventKind(StrEnum):
    """What an event tells; an endpoint is told of those kinds that it asks for."""

    MESSAGE_RECEIVED = "message.received"
    MESSAGE_SENT = "message.sent"
    MESSAGE_DELIVERED = "message.delivered"
    MESSAGE_READ = "message.read"
    MESSAGE_FAILED = "message.failed"
    CONTACT_CREATED = "contact.created"
    CONTACT_UPDATED = "contact.updated"
    CONTACT_MERGED = "contact.merged"
    CONTACT_UNMERGED = "contact.unmerged"
    CONSENT_CHANGED = "consent.changed"
    HANDOFF_BEGAN = "handoff.began"
    HANDOFF_ENDED = "handoff.ended"
    CONVERSATION_OPENED = "conversation.opened"
    CONVERSATION_ASSIGNED = "conversation.assigned"
    CONVERSATION_RESOLVED = "conversation.resolved"
    CONVERSATION_NOTE = "conversation.note"

    # Enum's own, of the name, is Python's and slow, and another one than that of the equal text.
    __hash__ = str.__hash__


TEST = "endpoint.test"
"""The type of an event that tells nothing: somebody tries an endpoint. Nobody asks for it."""

WORDS: Mapping[EventKind, str] = {
    EventKind.MESSAGE_RECEIVED: N_("Somebody wrote"),
    EventKind.MESSAGE_SENT: N_("A message was sent"),
    EventKind.MESSAGE_DELIVERED: N_("A message arrived"),
    EventKind.MESSAGE_READ: N_("A message was read"),
    EventKind.MESSAGE_FAILED: N_("A message was not sent"),
    EventKind.CONTACT_CREATED: N_("There is a new contact"),
    EventKind.CONTACT_UPDATED: N_("A contact is known better"),
    EventKind.CONTACT_MERGED: N_("Two contacts are one person"),
    EventKind.CONTACT_UNMERGED: N_("They are two contacts again"),
    EventKind.CONSENT_CHANGED: N_("Somebody agreed to messages, or to none"),
    EventKind.HANDOFF_BEGAN: N_("A person has a conversation"),
    EventKind.HANDOFF_ENDED: N_("The bot has a conversation again"),
    EventKind.CONVERSATION_OPENED: N_("A conversation is in the inbox"),
    EventKind.CONVERSATION_ASSIGNED: N_("Somebody else has a conversation, or nobody"),
    EventKind.CONVERSATION_RESOLVED: N_("A conversation is resolved"),
    EventKind.CONVERSATION_NOTE: N_("The team noted something"),
}
"""What each tells, in words."""


class EndpointStatus(StrEnum):
    """Whether an endpoint is told of what happens."""

    ENABLED = "enabled"
    PAUSED = "paused"
    """It is told later: what happens waits for it."""
    DISABLED = "disabled"
    """What happens is not kept for it; what waited already goes on waiting."""


class DisabledReason(StrEnum):
    """Why an endpoint is disabled."""

    ASKED = "asked"
    """Somebody said so."""
    FAILING = "failing"
    """Whatever was delivered to it failed, for a day."""
    GONE = "gone"
    """It answered 410: it wants no more."""


GIVEN_UP = (DisabledReason.FAILING, DisabledReason.GONE)
"""Nobody said so: somebody is to be told of it."""


class DeliveryStatus(StrEnum):
    """How far an event has come on its way to an endpoint; it only moves forward."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    """It was given up after a day; resending makes another delivery of the same event."""


class AttemptError(StrEnum):
    """Why an attempt failed, where it did."""

    STATUS = "status"
    """The answer's status is neither 2xx nor 3xx."""
    REDIRECT = "redirect"
    """It leads elsewhere, where nobody said that events may go."""
    GONE = "gone"
    TIMEOUT = "timeout"
    NO_CONNECTION = "no_connection"
    BAD_CERTIFICATE = "bad_certificate"
    BROKEN_ANSWER = "broken_answer"
    PRIVATE_ADDRESS = "private_address"
    NO_HTTPS = "no_https"
    SEALED = "sealed"
    """No key of ours opens its secret."""


REASONS: Mapping[AttemptError, str] = {
    AttemptError.STATUS: N_("It did not answer 2xx."),
    AttemptError.REDIRECT: N_("It leads to another address; redirects are not followed."),
    AttemptError.GONE: N_("It answered that it is gone (410)."),
    AttemptError.TIMEOUT: N_("It did not answer within 15 seconds."),
    AttemptError.NO_CONNECTION: N_("It was not reached."),
    AttemptError.BAD_CERTIFICATE: N_("Its certificate is not good for its name."),
    AttemptError.BROKEN_ANSWER: N_("Its answer broke off, or is none."),
    AttemptError.PRIVATE_ADDRESS: N_("Its address is a private one."),
    AttemptError.NO_HTTPS: N_("Its address is none of https."),
    AttemptError.SEALED: N_("Its secret cannot be decrypted with BOT_SECRET_KEY."),
}
"""A sentence for each."""
