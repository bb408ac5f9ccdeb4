"""The public face of messages: what is written and shown, the outbox, statuses, what is kept of posts, daily work."""

from bot.messages.backlog.accounts import (
    AccountState,
    ListedAccount,
    NoAccountError,
    QueueNotEmptyError,
    listed_account,
    listed_accounts,
    remove_account,
)
from bot.messages.backlog.asking import NotInTimeError, ask_provider, record_answer
from bot.messages.backlog.depth import AccountDepth, Depth, outbox_depth
from bot.messages.backlog.queues import Queue, give_up, queues
from bot.messages.backlog.traffic import LOOKED_AT, Traffic, traffic
from bot.messages.failures.dismissing import dismiss, record_decision
from bot.messages.failures.queries import (
    Failures,
    decide,
    failed_ids,
    failed_messages,
    failures,
    lock_undecided,
    owners,
)
from bot.messages.jobs import HANDLERS
from bot.messages.kept.posts import Bound, keep
from bot.messages.kept.queries import count_kept, dismiss_posts, kept_posts, mark_replayed, next_kept, raw_of, trim
from bot.messages.kept.raw_post import RawPost
from bot.messages.kept.replay_tokens import Token, spend
from bot.messages.kept.values import KeptView, PostState, Wanted
from bot.messages.listing.listed import Listed, listed
from bot.messages.listing.queries import Place, conditions, count_messages, within
from bot.messages.listing.wanted import MessageFilter, MessageState, state_of
from bot.messages.moving.moved import MessageMove, MovedMessage, move_back, move_waiting
from bot.messages.moving.queries import count_waiting
from bot.messages.outbound import Recipient, outbound_rows, recipient_of
from bot.messages.outbox import smtp
from bot.messages.outbox.fence import Overtaken, fail_overtaken, fail_unsent, hold_unsent
from bot.messages.outbox.loop import Outbox
from bot.messages.outbox.sending import open_session, send
from bot.messages.outbox.verdicts import REASONS as NOT_SENT
from bot.messages.outbox.window import heard_within, open_until, windows_of
from bot.messages.parts import limit_of, parts_of
from bot.messages.queries import (
    INSERT_MESSAGES,
    INSERT_QUEUED,
    latest,
    message,
    message_by_provider_id,
    messages_of,
    readdress,
    replies,
    timeline,
)
from bot.messages.statuses import apply
from bot.messages.stretches import Stretch, around, newer, news, older, place_from_text, place_to_text

__all__ = [
    "HANDLERS",
    "INSERT_MESSAGES",
    "INSERT_QUEUED",
    "LOOKED_AT",
    "NOT_SENT",
    "AccountDepth",
    "AccountState",
    "Bound",
    "Depth",
    "Failures",
    "KeptView",
    "Listed",
    "ListedAccount",
    "MessageFilter",
    "MessageMove",
    "MessageState",
    "MovedMessage",
    "NoAccountError",
    "NotInTimeError",
    "Outbox",
    "Overtaken",
    "Place",
    "PostState",
    "Queue",
    "QueueNotEmptyError",
    "RawPost",
    "Recipient",
    "Stretch",
    "Token",
    "Traffic",
    "Wanted",
    "apply",
    "around",
    "ask_provider",
    "conditions",
    "count_kept",
    "count_messages",
    "count_waiting",
    "decide",
    "dismiss",
    "dismiss_posts",
    "fail_overtaken",
    "fail_unsent",
    "failed_ids",
    "failed_messages",
    "failures",
    "give_up",
    "heard_within",
    "hold_unsent",
    "keep",
    "kept_posts",
    "latest",
    "limit_of",
    "listed",
    "listed_account",
    "listed_accounts",
    "lock_undecided",
    "mark_replayed",
    "message",
    "message_by_provider_id",
    "messages_of",
    "move_back",
    "move_waiting",
    "newer",
    "news",
    "next_kept",
    "older",
    "open_session",
    "open_until",
    "outbound_rows",
    "outbox_depth",
    "owners",
    "parts_of",
    "place_from_text",
    "place_to_text",
    "queues",
    "raw_of",
    "readdress",
    "recipient_of",
    "record_answer",
    "record_decision",
    "remove_account",
    "replies",
    "send",
    "smtp",
    "spend",
    "state_of",
    "timeline",
    "traffic",
    "trim",
    "windows_of",
    "within",
]
