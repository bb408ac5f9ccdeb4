"""The public face of conversations: saying something to a contact, who answers them, and who are one person."""

from bot.conversations.desk import return_conversation, take_conversation
from bot.conversations.merging.merging import merge, undo_merge
from bot.conversations.merging.preview import MergePreview, preview_merge
from bot.conversations.responding import hand_back, restart, take_over
from bot.conversations.sending.by_hand import send_by_hand
from bot.conversations.sending.composing import UNDO_DELAY, Composed, Overtaken, SentByHand, compose
from bot.conversations.sending.deferred import queue_later
from bot.conversations.sending.queue import cancel, queue, queue_where_free
from bot.conversations.sending.requests import (
    BY_A_USER,
    BY_TERMINAL,
    MAX_REQUESTS,
    REASONS,
    Code,
    FromProvider,
    FromTemplate,
    MailOptions,
    Outcome,
    Queued,
    Refused,
    SendRequest,
    StartRequest,
    Words,
)
from bot.conversations.sending.retrying import NOT_AGAIN, Retried, retry
from bot.conversations.sending.scheduled import Scheduled, TooLate, cancel_by_hand, change_scheduled, scheduled
from bot.conversations.sending.start import start
from bot.conversations.sending.threads import Thread, threads_with
from bot.conversations.sending.ways import Way, last_channel, ways_to
from bot.conversations.work import HANDLERS

__all__ = [
    "BY_A_USER",
    "BY_TERMINAL",
    "HANDLERS",
    "MAX_REQUESTS",
    "NOT_AGAIN",
    "REASONS",
    "UNDO_DELAY",
    "Code",
    "Composed",
    "FromProvider",
    "FromTemplate",
    "MailOptions",
    "MergePreview",
    "Outcome",
    "Overtaken",
    "Queued",
    "Refused",
    "Retried",
    "Scheduled",
    "SendRequest",
    "SentByHand",
    "StartRequest",
    "Thread",
    "TooLate",
    "Way",
    "Words",
    "cancel",
    "cancel_by_hand",
    "change_scheduled",
    "compose",
    "hand_back",
    "last_channel",
    "merge",
    "preview_merge",
    "queue",
    "queue_later",
    "queue_where_free",
    "restart",
    "retry",
    "return_conversation",
    "scheduled",
    "send_by_hand",
    "start",
    "take_conversation",
    "take_over",
    "threads_with",
    "undo_merge",
    "ways_to",
]
