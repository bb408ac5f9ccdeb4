"""The public face of messages: the log, the outbox, statuses, what is kept raw, what is waiting, and daily work."""

from bot.messages.jobs import HANDLERS
from bot.messages.kept_posts import Bound, keep, trim
from bot.messages.outbox.depth import AccountDepth, Depth, outbox_depth
from bot.messages.outbox.loop import Outbox
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

__all__ = [
    "HANDLERS",
    "AccountDepth",
    "Bound",
    "Depth",
    "MessageRow",
    "MessageView",
    "Outbox",
    "Token",
    "apply",
    "apply_kept",
    "keep",
    "latest",
    "message",
    "outbox_depth",
    "replies",
    "spend",
    "timeline",
    "trim",
]
