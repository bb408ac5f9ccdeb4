"""What a batch knows of one contact, and what is to be written of it; in memory alone, under the contact's lock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.contacts.rows import ConsentRow, ResponderRow
from bot.contacts.service import (
    ConsentKey,
    LockedContact,
    Responder,
    consent_changed,
    consent_row,
)
from bot.conversations.turn_notes import EchoNote, TurnNote
from bot.core.consents import NOTHING, Agreed, Said, settle
from bot.core.events import ConsentChanged
from bot.core.messages import Choice, RecentAnswer
from bot.core.purposes import ConsentPurpose
from bot.engine.conversation import ChangeTags, ContactEffect, Instance, StateValue
from bot.messages.records import MessageRow


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
        consent_changes: what truly changed of them, in order.
        opted_in: the consent last given or taken in this batch, or None.
        offered: the choices of the last message to them, where a number may stand for one of them.
        notes: what became of each message, and who was written to from elsewhere.
        responder: who answers the contact.
        epoch: how often people took the conversation over.
        waiting_since: since when the contact waits for a person, or None.
        reopens_until: until when what the contact writes goes to the person who answered last, or None.
        reopened: what the contact wrote in this batch went to the person who answered last.
        locale: the contact's language, or empty.
        timezone: the contact's, or empty.
        attributes: what is kept of the contact, by name.
        tags: the contact's, where anything published reads them; with those that came in this batch.
        profile_changed: the language, time zone or attributes are to be written.
        tag_changes: tags to be written, and whether the contact has each.
    """

    contact: LockedContact
    seq: int
    name: str
    last_inbound_at: datetime | None
    fallback_at: datetime | None
    recent_answers: tuple[RecentAnswer, ...]
    consents: dict[ConsentKey, Agreed] = field(default_factory=dict)
    instance: Instance | None = None
    found: Instance | None = None
    cooldowns: dict[str, datetime] = field(default_factory=dict)
    blocked: bool = False
    outbound: list[MessageRow] = field(default_factory=list)
    instances: dict[str, Instance] = field(default_factory=dict)
    consent_rows: dict[ConsentKey, ConsentRow] = field(default_factory=dict)
    consent_changes: list[ConsentChanged] = field(default_factory=list)
    last_inbound_id: str = ""
    opted_in: bool | None = None
    offered: tuple[Choice, ...] = ()
    notes: list[TurnNote | EchoNote] = field(default_factory=list)
    responder: Responder = Responder.BOT
    epoch: int = 0
    waiting_since: datetime | None = None
    reopens_until: datetime | None = None
    reopened: bool = False
    locale: str = ""
    timezone: str = ""
    attributes: Mapping[str, StateValue] = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)
    profile_changed: bool = False
    tag_changes: dict[str, bool] = field(default_factory=dict)

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
            reopens_until=contact.reopens_until,
            locale=contact.locale,
            timezone=contact.timezone,
            attributes=contact.attributes,
        )

    def change(self, effect: ContactEffect) -> None:
        """Change what is known of the contact."""
        if isinstance(effect, ChangeTags):
            self.tag_changes |= dict.fromkeys(effect.added, True) | dict.fromkeys(effect.removed, False)
            self.tags = self.tags.union(effect.added).difference(effect.removed)
            return
        self.name = self.name if effect.name is None else effect.name
        self.locale = self.locale if effect.locale is None else effect.locale
        self.timezone = self.timezone if effect.timezone is None else effect.timezone
        self.attributes = effect.attributes_after(self.attributes)
        self.profile_changed = True

    def take_over(self, instance: Instance | None) -> None:
        """Let a person have the conversation, the instance being then this one; None where that changes nothing.

        What the bot queued before is of an older epoch then.
        """
        self.epoch += 1
        self.responder, self.waiting_since, self.reopens_until = Responder.HUMAN, None, None
        if instance is not None:
            self.instance = self.instances[instance.id] = instance

    def hand_back(self, reopens_until: datetime | None = None) -> None:
        """Let the bot have the conversation again, but for what the contact writes until then."""
        self.responder, self.waiting_since, self.reopens_until = Responder.BOT, None, reopens_until

    def reopen(self, instance: Instance) -> None:
        """Let the person who answered last have the conversation again, the instance being then this one."""
        self.instance = self.instances[instance.id] = instance
        self.reopens_until, self.reopened = None, True

    @property
    def is_known_better(self) -> bool:
        """Whether something is known of the contact that was not when it was locked."""
        known, before = (self.name, self.locale, self.timezone, self.attributes), self.contact
        if before.has_moved or self.tag_changes:
            return True
        return known != (before.name, before.locale, before.timezone, before.attributes)

    def heard(self, now: datetime, *, asks: bool) -> None:
        """A message had its turn: whoever has the conversation by then has yet to answer what `asks` for it."""
        if self.instance is not None and self.instance.paused:
            self.responder = Responder.HUMAN
            if asks and self.waiting_since is None:
                self.waiting_since = now
        else:
            self.hand_back(self.reopens_until)

    def responder_row(self, now: datetime) -> ResponderRow | None:
        """What is to be written of who answers the contact; None where that is as it was."""
        after, before = (self.responder, self.epoch, self.waiting_since, self.reopens_until), self.contact
        if after == (before.responder, before.epoch, before.waiting_since, before.reopens_until):
            return None
        responder, epoch, waiting_since, reopens_until = after
        return {
            "id": before.id,
            "responder": responder,
            "epoch": epoch,
            "waiting_since": waiting_since,
            "reopens_until": reopens_until,
            "updated_at": now,
        }

    def hear(self, key: ConsentKey, said: Said, now: datetime) -> None:
        """Take what was said of what the address agrees to, with its history."""
        present = self.consents.get(key, NOTHING)
        agreed, purposes = settle(present, said, now)
        if agreed != present:
            self.set_consent(key, agreed, now)
        self.consent_changes += [consent_changed(self.contact.id, key, purpose, said, now) for purpose in purposes]
        if ConsentPurpose.ALL in purposes:
            self.opted_in = said.opted_in

    def set_consent(self, key: ConsentKey, agreed: Agreed, now: datetime) -> None:
        """Set what is known of an address, without a line in its history."""
        self.consents[key] = agreed
        self.consent_rows[key] = consent_row(key, agreed, now)

    def next_seq(self) -> int:
        """The next number of this contact's order."""
        self.seq += 1
        return self.seq
