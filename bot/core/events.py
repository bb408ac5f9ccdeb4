"""What happens in the conversation, as the systems above it are told: each value one thing that really changed.

Every id may be looked up within the transaction in which the value is told: the rows are written by then. What people
said is not in them, since a value that waits for another try is kept as it is.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.core.actors import Actor
from bot.core.addresses import Channel
from bot.core.consents import ConsentReason
from bot.core.inbox_events import ConversationAssigned, ConversationOpened, ConversationResolved, NoteChanged
from bot.core.messages import Status
from bot.core.purposes import ConsentPurpose, Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnCompleted:
    """What a contact wrote has had its turn; it is told once for each message, be its turn taken late.

    Attributes:
        contact_id: who wrote it.
        message_id: the inbound message.
        seq: its number within the contact; 1 for the first message ever.
        account: on which it came.
        channel: the account's.
        address_id: the contact's, from which they wrote.
        sends: how many messages the turn queued.
        parked: the engine failed on it, so that nobody has answered.
        paused: the bot is silent towards the contact now, since a person has the conversation.
        automatic: a machine wrote it, such as an out-of-office reply.
        said_at: when it was said, as far as is known; never after `at`.
        at: when it had its turn.
    """

    contact_id: str
    message_id: str
    seq: int
    account: str
    channel: Channel
    address_id: str
    sends: int
    parked: bool
    paused: bool
    automatic: bool
    said_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChanged:
    """A message of ours has come further, or will come no further; several steps at once are told as one.

    Attributes:
        contact_id: to whom it goes.
        message_id: the outbound message.
        account: from which.
        channel: the account's.
        address_id: the contact's, to which.
        origin: who asked for it; empty for a turn of the bot.
        purpose: what it is sent for.
        before: how far it was.
        after: how far it is; its rank is higher.
        error: where it failed the code, ours (`expired`, `opted_out`, …) or the provider's; else empty.
        reported_at: when the provider says that it came to that; None where it does not, or where we decided.
        at: when we came to know it.
    """

    contact_id: str
    message_id: str
    account: str
    channel: Channel
    address_id: str
    origin: str
    purpose: Purpose
    before: Status
    after: Status
    error: str
    reported_at: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentChanged:
    """An address agrees to something else than before; each is a line of the history.

    Attributes:
        contact_id: whose address it is.
        address_id: the address.
        channel: where it holds.
        purpose: all messages, or marketing alone.
        opted_in: what holds from now on.
        reason: who or what set it.
        detail: the person's word as compared, or the provider's code; empty for none.
        said_at: when it was said; None where nobody told.
        at: when we came to know it.
    """

    contact_id: str
    address_id: str
    channel: Channel
    purpose: ConsentPurpose
    opted_in: bool
    reason: ConsentReason
    detail: str
    said_at: datetime | None
    at: datetime


class TakenBy(StrEnum):
    """Who took a conversation from the bot."""

    FLOW = "flow"
    """A step of a flow, or what the bot is told to do when it is at a loss: nobody has taken it up yet."""
    ECHO = "echo"
    """A person of ours who wrote from the provider's own app."""
    SEND = "send"
    """A person's words, sent by hand."""
    USER = "user"
    """Somebody who is logged in."""
    REOPENED = "reopened"
    """Whoever had it before: the contact wrote again soon after it was resolved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOff:
    """The bot is silent towards a contact from now on, since a person is to answer. That it lasts longer is not told.

    Attributes:
        contact_id: towards whom.
        by: who took the conversation.
        user_id: somebody who is logged in; empty for nobody.
        until: when it ends by itself; None when it does not.
        at: when it was handed off.
    """

    contact_id: str
    by: TakenBy
    user_id: str
    until: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Echoed:
    """A person of ours wrote to a contact from the provider's own app.

    Attributes:
        contact_id: to whom.
        message_id: as it was recorded.
        channel: of the account from which.
        said_at: when it was written, as far as is known; never after `at`.
        at: when we came to know it.
    """

    contact_id: str
    message_id: str
    channel: Channel
    said_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedBack:
    """The bot answers a contact again.

    Attributes:
        contact_id: whom.
        reason: why, an `EndReason` of the engine: `resumed` by a person, `handoff_over` by time, `restarted`, …
        user_id: somebody who is logged in; empty for nobody.
        at: when it was handed back; for `handoff_over` when the contact wrote again.
    """

    contact_id: str
    reason: str
    user_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactCreated:
    """There is a new contact: they wrote, or a sheet or somebody of ours named them.

    Attributes:
        contact_id: who.
        at: when.
    """

    contact_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactUpdated:
    """A contact's name, language, time zone, attributes, tags or addresses changed; told once for what changed at once.

    That they wrote, what they agreed to and who answers them is told by values of its own.

    Attributes:
        contact_id: who.
        at: when.
    """

    contact_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsMerged:
    """Two contacts turned out to be one person: from now on the merged one's addresses are the kept one's.

    Attributes:
        merge_id: the row that tells what moved.
        kept_id: the contact who goes on.
        merged_id: the contact of whom nothing but the history is left.
        user_id: who said so; empty where it was certain by itself.
        at: when.
    """

    merge_id: str
    kept_id: str
    merged_id: str
    user_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeUndone:
    """They are two again, each with what was theirs; the attributes are those of the `ContactsMerged`.

    Attributes:
        merge_id: the row that told what had moved.
        kept_id: the contact who had gone on.
        merged_id: the contact who is there again.
        user_id: who said so.
        at: when.
    """

    merge_id: str
    kept_id: str
    merged_id: str
    user_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactErased:
    """A person is to be forgotten: whatever a system has of them goes, or becomes nameless, in this transaction.

    Attributes:
        contact_id: whose row is still there, and goes last.
        user_id: who said so; empty for the command line.
        at: when.
    """

    contact_id: str
    user_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UserLimited:
    """Somebody of ours may do less than before: another role, or not let in any more.

    Attributes:
        user_id: who.
        by: who said so, as the audit tells it.
        at: when.
    """

    user_id: str
    by: Actor
    at: datetime


News = (
    TurnCompleted
    | StatusChanged
    | ConsentChanged
    | HandedOff
    | Echoed
    | HandedBack
    | ConversationOpened
    | ConversationAssigned
    | ConversationResolved
    | NoteChanged
    | ContactCreated
    | ContactUpdated
    | ContactsMerged
    | MergeUndone
    | ContactErased
    | UserLimited
)
