"""The public face of the inbox: who of ours has which conversation, and how it stands.

Whoever changes something gives a connection in a transaction, who it is (`by`) and the moment (`now`). Conversations
are named by their contacts' ids, any number at once; each that cannot be changed is refused with the reason.
"""

from bot.inbox.assigning import assign, unassign
from bot.inbox.hearing import LISTENERS
from bot.inbox.kinds import COLOURS, ConversationStatus, DraftMode, NoteType, PresenceStatus
from bot.inbox.standing import reopen, resolve, snooze
from bot.inbox.values import REASONS, Code, Outcomes, Refusal

__all__ = [
    "COLOURS",
    "LISTENERS",
    "REASONS",
    "Code",
    "ConversationStatus",
    "DraftMode",
    "NoteType",
    "Outcomes",
    "PresenceStatus",
    "Refusal",
    "assign",
    "reopen",
    "resolve",
    "snooze",
    "unassign",
]
