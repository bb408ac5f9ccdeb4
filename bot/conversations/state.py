"""What a batch knows of one contact, and what is to be written of it; in memory alone, under the contact's lock."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.contacts.service import LockedContact, Responder, change_row
from bot.conversations.turn_notes import EchoNote, TurnNote
from bot.core.addresses import Channel
from bot.core.consents import Word, last_said_at
from bot.core.ids import new_id
from bot.core.messages import Choice, ConsentReason, RecentAnswer
from bot.engine.conversation import Instance
from bot.messages.records import MessageRow

ConsentKey = tuple[str, Channel]
"""(address's id, channel)."""


@dataclass(frozen=True, slots=True)
class ConsentState:
    """What an address agreed to on a channel; see `bot.contacts.models.Consent`."""

    opted_in: bool
    reason: str
    changed_at: datetime
    reminded_at: datetime | None = None
    said_at: datetime | None = None

    @property
    def word(self) -> Word:
        """That it was said."""
        return Word(self.opted_in, self.changed_at, self.said_at)


@dataclass(slots=True)
class ConversationState:
    """What a batch knows of one contact, under its lock; it moves on as the contact's messages have their turns.

    Attributes:
        contact: as it was locked.
        seq: the last number given.
        name: the contact's, as last given.
        last_inbound_at: when the contact last wrote.
        last_inbound_id: what the contact wrote last in this batch; empty for nothing.
        instance: the open one, or None.
        found: the open one when the contact was locked, or None.
        cooldowns: trigger id to its last message's moment.
        fallback_at: when the fallback was last said.
        recent_answers: what the bot said to them a moment ago.
        consents: what the contact's addresses agreed to.
        blocked: earlier messages are still pending, so further ones queue behind them.
        outbound: rows to insert.
        instances: rows to write, by id, in order.
        consent_rows: rows to write, by key.
        consent_changes: rows of their history to write, in order.
        opted_in: the consent last given or taken in this batch, or None.
        offered: the choices of the last message to them, where a number may stand for one of them.
        notes: what became of each message, and who was written to from elsewhere.
        responder: who answers the contact.
        epoch: how often people took the conversation over.
        waiting_since: since when the contact waits for a person, or None.
    """

    contact: LockedContact
    seq: int
    name: str
    last_inbound_at: datetime | None
    fallback_at: datetime | None
    recent_answers: tuple[RecentAnswer, ...]
    consents: dict[ConsentKey, ConsentState] = field(default_factory=dict)
    instance: Instance | None = None
    found: Instance | None = None
    cooldowns: dict[str, datetime] = field(default_factory=dict)
    blocked: bool = False
    outbound: list[MessageRow] = field(default_factory=list)
    instances: dict[str, Instance] = field(default_factory=dict)
    consent_rows: dict[ConsentKey, dict[str, Any]] = field(default_factory=dict)
    consent_changes: list[dict[str, Any]] = field(default_factory=list)
    last_inbound_id: str = ""
    opted_in: bool | None = None
    offered: tuple[Choice, ...] = ()
    notes: list[TurnNote | EchoNote] = field(default_factory=list)
    responder: Responder = Responder.BOT
    epoch: int = 0
    waiting_since: datetime | None = None

    @classmethod
    def of(cls, contact: LockedContact) -> "ConversationState":
        """The state of a contact just locked; the rest is still to be read."""
        return cls(
            contact=contact,
            seq=contact.seq,
            name=contact.name,
            last_inbound_at=contact.last_inbound_at,
            fallback_at=contact.fallback_at,
            recent_answers=contact.recent_answers,
            responder=contact.responder,
            epoch=contact.epoch,
            waiting_since=contact.waiting_since,
        )

    def take_over(self, instance: Instance | None) -> None:
        """Let a person have the conversation, the instance being then this one; None where that changes nothing.

        What the bot queued before is of an older epoch then.
        """
        self.epoch += 1
        self.responder, self.waiting_since = Responder.HUMAN, None
        if instance is not None:
            self.instance = self.instances[instance.id] = instance

    def hand_back(self) -> None:
        """Let the bot have the conversation again."""
        self.responder, self.waiting_since = Responder.BOT, None

    def heard(self, now: datetime, *, asks: bool) -> None:
        """A message had its turn: whoever has the conversation by then has yet to answer what `asks` for it."""
        if self.instance is not None and self.instance.paused:
            self.responder = Responder.HUMAN
            if asks and self.waiting_since is None:
                self.waiting_since = now
        else:
            self.hand_back()

    def responder_row(self, now: datetime) -> dict[str, Any] | None:
        """What is to be written of who answers the contact; None where that is as it was."""
        after, before = (self.responder, self.epoch, self.waiting_since), self.contact
        if after == (before.responder, before.epoch, before.waiting_since):
            return None
        responder, epoch, waiting_since = after
        return {
            "id": before.id,
            "responder": responder,
            "epoch": epoch,
            "waiting_since": waiting_since,
            "updated_at": now,
        }

    def change_consent(self, key: ConsentKey, state: ConsentState, detail: str) -> None:
        """Set what the address agrees to from now on, with its history."""
        now = state.changed_at
        self.opted_in = state.opted_in
        self.set_consent(key, state, now)
        reason = ConsentReason(state.reason)
        row = change_row(*key, opted_in=state.opted_in, reason=reason, now=now, detail=detail, said_at=state.said_at)
        self.consent_changes.append(row)

    def repeat_consent(self, key: ConsentKey, word: Word, now: datetime) -> None:
        """Remember when it was last said, so that no word from before that counts against it."""
        known = self.consents.get(key)
        if known is None:
            if word.said_at is not None:
                self.set_consent(key, ConsentState(word.opted_in, ConsentReason.WORD, now, said_at=word.said_at), now)
            return
        said_at = last_said_at(word, known.word)
        if said_at != known.said_at:
            self.set_consent(key, replace(known, said_at=said_at), now)

    def set_consent(self, key: ConsentKey, state: ConsentState, now: datetime) -> None:
        """Set what is known of an address, without a line in its history."""
        self.consents[key] = state
        known = self.consent_rows.get(key)
        self.consent_rows[key] = {
            "id": new_id() if known is None else known["id"],
            "address_id": key[0],
            "channel": key[1],
            "opted_in": state.opted_in,
            "reason": state.reason,
            "changed_at": state.changed_at,
            "said_at": state.said_at,
            "reminded_at": state.reminded_at,
            "created_at": now,
            "updated_at": now,
        }

    def next_seq(self) -> int:
        """The next number of this contact's order."""
        self.seq += 1
        return self.seq
