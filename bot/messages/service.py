"""The public face of messages: the log, the outbox, statuses, what is kept raw, what is waiting, and daily work."""

from bot.messages.jobs import HANDLERS
from bot.messages.kept_posts import Bound, keep, trim
from bot.messages.outbox import smtp
from bot.messages.outbox.depth import AccountDepth, Depth, outbox_depth
from bot.messages.outbox.fence import Overtaken, fail_overtaken, fail_unsent
from bot.messages.outbox.loop import Outbox
from bot.messages.outbox.queues import Queue, give_up, queues
from bot.messages.outbox.window import heard_within, windows_of
from bot.messages.records import (
    MessageRow,
    MessageView,
    latest,
    message,
    replies,
    timeline,
)
from bot.messages.replay_tokens import Token, spend
from bot.messages.statuses import apply, apply_kept
from bot.messages.telling import tell_left_queue

__all__ = [
    "HANDLERS",
    "AccountDepth",
    "Bound",
    "Depth",
    "MessageRow",
    "MessageView",
    "Outbox",
    "Overtaken",
    "Queue",
    "Token",
    "apply",
    "apply_kept",
    "fail_overtaken",
    "fail_unsent",
    "give_up",
    "heard_within",
    "keep",
    "latest",
    "message",
    "outbox_depth",
    "queues",
    "replies",
    "smtp",
    "spend",
    "tell_left_queue",
    "timeline",
    "trim",
    "windows_of",
]
