"""The public face of the inbox: who of ours has which conversation, and how it stands.

Whoever changes something gives a connection in a transaction, who it is (`by`) and the moment (`now`). Conversations
are named by their contacts' ids, any number at once; each that cannot be changed is refused with the reason.
"""

from bot.inbox.assigning import assign, unassign
from bot.inbox.hearing import LISTENERS
from bot.inbox.kinds import COLOURS, ConversationStatus, DraftMode, NoteType, PresenceStatus
from bot.inbox.listing.listed import (
    Author,
    LastWords,
    ListedConversation,
    Placed,
    conversations,
    list_conversations,
)
from bot.inbox.listing.queries import MOST_UNREAD, LabelRow
from bot.inbox.listing.queries import count as count_conversations
from bot.inbox.listing.queries import counts as count_lists
from bot.inbox.listing.wanted import ConversationFilter, ConversationList, Place, Sort
from bot.inbox.standing import reopen, resolve, snooze
from bot.inbox.values import REASONS, Code, Outcomes, Refusal

__all__ = [
    "COLOURS",
    "LISTENERS",
    "MOST_UNREAD",
    "REASONS",
    "Author",
    "Code",
    "ConversationFilter",
    "ConversationList",
    "ConversationStatus",
    "DraftMode",
    "LabelRow",
    "LastWords",
    "ListedConversation",
    "NoteType",
    "Outcomes",
    "Place",
    "Placed",
    "PresenceStatus",
    "Refusal",
    "Sort",
    "assign",
    "conversations",
    "count_conversations",
    "count_lists",
    "list_conversations",
    "reopen",
    "resolve",
    "snooze",
    "unassign",
]
