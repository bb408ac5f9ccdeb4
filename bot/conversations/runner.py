"""One contact's turns within a batch: the engine is asked, its answer becomes rows; the database is not touched."""

import traceback
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.contacts.service import ConsentKey
from bot.conversations.contact_view import reached_at
from bot.conversations.reopening import is_about_consent, reopened
from bot.conversations.state import ConversationState
from bot.conversations.takeover import taken_over
from bot.conversations.turn_notes import TurnNote
from bot.core.addresses import Channel
from bot.core.consents import NOTHING, Agreed, ConsentReason, Said, Word, holds
from bot.core.email import from_body, thread_of, to_body
from bot.core.ids import new_id
from bot.core.messages import InboundMessage, MessageKind
from bot.engine.actions import SystemWord
from bot.engine.conversation import (
    ContactView,
    Conversation,
    Event,
    HandOff,
    Instance,
    RepeatConsent,
    Send,
    SetConsent,
    Turn,
)
from bot.engine.definitions import Definitions
from bot.engine.trace import Code
from bot.engine.turn import Acting, turn
from bot.messages import records
from bot.messages.body import body_of, headers_of
from bot.messages.models import Direction, TurnState
from bot.messages.records import MessageRow
from bot.messages.service import outbound_rows, recipient_of

REPLY_LIFETIME = timedelta(minutes=15)
"""A reply older than this is stale: it would only puzzle the person."""

MAX_AGE = timedelta(days=1)
"""What was older than this when it came is not answered; a setting may say otherwise."""


def inbound_row(message: InboundMessage, state: ConversationState, now: datetime) -> MessageRow:
    """The row of a new inbound message; its turn is still to come."""
    address = message.addresses[0]
    email = message.email
    body = dict(message.body)
    if message.label:
        body["answer"] = message.text
    if message.automatic:
        body["automatic"] = message.automatic
    if message.opt_out_handled:
        body["opt_out_handled"] = True
    if email is not None:
        body["email"] = to_body(email)
    return records.row(
        now,
        id=new_id(),
        contact_id=state.contact.id,
        account=message.account,
        channel=message.channel,
        address_id=state.contact.address_ids[address],
        address=address.value,
        address_kind=address.kind,
        direction=Direction.INBOUND,
        status="delivered",
        turn_state=TurnState.PENDING,
        seq=state.next_seq(),
        kind=message.kind,
        content=message.label or message.text,
        body=body or None,
        provider_message_id=message.provider_message_id,
        # A provider's clock may go ahead of ours.
        sent_at=None if message.sent_at is None else min(message.sent_at, now),
        thread_id=None if email is None else thread_of(email) or None,
    )


@dataclass(slots=True)
class WaitingTurn:
    """A turn that waits for an action; nothing of it shows in `state` and `row` yet.

    Attributes:
        state: the contact's.
        row: the inbound message.
        acting: where the turn stands.
        lives: the address, to which nothing was sent any more, evidently lives.
        reopening: the hand-off that goes on with the message, or None.
    """

    state: ConversationState
    row: MessageRow
    acting: Acting
    lives: bool
    reopening: Instance | None = None


def take_turn(
    definitions: Definitions,
    state: ConversationState,
    row: MessageRow,
    now: datetime,
    max_age: timedelta = MAX_AGE,
    meant: SystemWord | None = None,
) -> WaitingTurn | None:
    """Give the inbound message `row` its turn: `row` gets its trace and state, `state` moves on.

    Returns the turn where it waits for an action; `settle` ends it. A fault of the engine parks the message, with its
    error, and leaves the state as it was. What was older than `max_age` when it came is not answered.
    """
    key = (row["address_id"], Channel(row["channel"]))
    event = _event(row, max_age)
    lives = _lives(state.consents.get(key, NOTHING), row)
    if lives:
        said = Said(True, ConsentReason.BOUNCE, said_at=row["sent_at"], heard_at=row["created_at"])
        state.hear(key, said, now)
    reopening = reopened(state, row, now)
    conversation = conversation_of(state, row, key)
    try:
        result = turn(
            definitions,
            conversation if reopening is None else conversation._replace(instance=reopening),
            event,
            now=now,
            seed=f"{row['account']}\n{row['address']}\n{row['provider_message_id']}",
            instance_id=new_id(),
            meant=meant,
        )
    except Exception as error:  # noqa: BLE001 - whatever the engine's fault is, only this message may suffer
        park(state, row, error, now)
        return None
    if isinstance(result, Acting):
        return WaitingTurn(state, row, result, lives, reopening)
    end(state, row, result, now, lives=lives, reopening=reopening)
    return None


def settle(waiting: WaitingTurn, result: Turn, now: datetime) -> None:
    """End a turn that has waited, as `take_turn` does."""
    end(waiting.state, waiting.row, result, now, lives=waiting.lives, reopening=waiting.reopening)


def end(
    state: ConversationState,
    row: MessageRow,
    result: Turn,
    now: datetime,
    *,
    lives: bool = False,
    reopening: Instance | None = None,
) -> None:
    """Let `state` move on by what a turn came to; `row` gets its trace and state.

    Where it ends in `reopening`, a person has the conversation again, unless it only settled a consent.
    """
    if reopening is not None and result.conversation.instance is reopening:
        if is_about_consent(result):
            result = result._replace(conversation=result.conversation._replace(instance=None))
        else:
            state.reopen(reopening)
    _apply(state, row, (row["address_id"], Channel(row["channel"])), result, now)
    if lives:
        row["trace"] = [{"code": "bounce_over", "data": {}}, *(row["trace"] or ())]


def _lives(agreed: Agreed, row: MessageRow) -> bool:
    """Whether an address, to which nothing is sent since a message bounced, evidently lives: a person wrote from it."""
    return (
        agreed.all is not None
        and agreed.refuses
        and agreed.all.reason is ConsentReason.BOUNCE
        and "automatic" not in (row["body"] or {})
        and holds(Word(True, row["created_at"], row["sent_at"]), agreed.all.word)
    )


def conversation_of(state: ConversationState, row: MessageRow, key: ConsentKey) -> Conversation:
    """What the engine may know of a contact to whom it speaks where `row` is."""
    contact = state.contact
    agreed = state.consents.get(key, NOTHING)
    phone, email = reached_at(contact, row["address_kind"], row["address"])
    return Conversation(
        contact=ContactView(
            state.name, phone, email, state.locale, row["seq"] == 1, state.attributes, frozenset(state.tags)
        ),
        instance=state.instance,
        cooldowns=state.cooldowns,
        fallback_at=state.fallback_at,
        opted_out=agreed.refuses,
        consent=None if agreed.all is None else agreed.all.word,
        marketing=None if agreed.of_marketing is None else agreed.of_marketing.word,
        reminded_at=agreed.reminded_at,
        recent_answers=state.recent_answers,
        offered=state.offered,
    )


def _event(row: MessageRow, max_age: timedelta) -> Event:
    body = row["body"] or {}
    answered = "answer" in body
    heard_at, said_at = row["created_at"], row["sent_at"]
    # By when it came, however long it then waited for its turn.
    late_by = timedelta() if said_at is None else heard_at - said_at
    return Event(
        kind=MessageKind(row["kind"]),
        channel=Channel(row["channel"]),
        text=body["answer"] if answered else row["content"],
        label=row["content"] if answered else "",
        automatic=body.get("automatic", ""),
        opt_out_handled=body.get("opt_out_handled", False),
        ref=body.get("ref", ""),
        heard_at=heard_at,
        said_at=said_at,
        late_seconds=int(late_by.total_seconds()) if late_by > max_age else 0,
        words_in=body.get("words_in", ""),
    )


def parked(error: Exception, action: str = "") -> MessageRow:
    """The columns of a message on which `error`, perhaps of an action, put an end to the turn."""
    data = {"error": type(error).__name__} | ({"action": action} if action else {})
    return {
        "turn_state": TurnState.PARKED,
        "trace": [{"code": "parked", "data": data}],
        "error": "engine_fault",
        "error_reason": "".join(traceback.format_exception(error))[-4000:],
        "next_attempt_at": None,
    }


def park(state: ConversationState, row: MessageRow, error: Exception, now: datetime, action: str = "") -> None:
    """Put a message aside on which `error`, perhaps of an action, put an end to the turn."""
    row |= {**parked(error, action), "updated_at": now}
    state.notes.append(TurnNote(row["id"], row["contact_id"], row["channel"], error=type(error).__name__))


def _apply(state: ConversationState, row: MessageRow, key: ConsentKey, result: Turn, now: datetime) -> None:
    after = result.conversation
    state.instance = after.instance
    state.fallback_at = after.fallback_at
    state.recent_answers = result.recent_answers
    state.cooldowns = dict(after.cooldowns)
    for instance in result.instances:
        # An instance that moves again is written once, with its last state, in the place of its first move.
        state.instances[instance.id] = instance
    before = state.consents.get(key)
    sends = 0
    for effect in result.effects:
        if isinstance(effect, SetConsent | RepeatConsent):
            state.hear(key, _said(effect, row), now)
        elif isinstance(effect, HandOff):
            paused = taken_over(state.instance, effect.until, now)
            if paused is not None:
                state.instance = state.instances[paused.id] = paused
        elif isinstance(effect, Send):
            state.outbound += _outbound_rows(effect, state, row, now)
            state.offered = effect.choices
            if effect.trigger_id:
                state.cooldowns[effect.trigger_id] = now
            sends += 1
        else:
            state.change(effect)
    current = state.consents.get(key)
    if current is not None and before is current and after.reminded_at != current.reminded_at:
        state.set_consent(key, current._replace(reminded_at=after.reminded_at), now)
    state.heard(now, asks=row["kind"] != MessageKind.REACTION and "automatic" not in (row["body"] or {}))
    row["turn_state"] = TurnState.DONE
    row["trace"] = [{"code": entry.code, "data": dict(entry.data)} for entry in result.trace]
    row["updated_at"] = now
    missing = tuple(
        (str(entry.data["template"]), str(entry.data["name"]))
        for entry in result.trace
        if entry.code == Code.VARIABLE_MISSING
    )
    braked = result.trace[0].code if any(entry.code == Code.BRAKE_ON for entry in result.trace) else ""
    state.notes.append(
        TurnNote(row["id"], row["contact_id"], row["channel"], sends=sends, missing=missing, braked=braked)
    )


def _said(effect: SetConsent | RepeatConsent, row: MessageRow) -> Said:
    return Said(effect.opted_in, ConsentReason.WORD, effect.purpose, row["sent_at"], effect.word, row["created_at"])


def _outbound_rows(send: Send, state: ConversationState, inbound: MessageRow, now: datetime) -> list[MessageRow]:
    email = (inbound["body"] or {}).get("email")
    return outbound_rows(
        recipient_of(inbound),
        send.text,
        body_of(send),
        state.next_seq,
        now,
        mail=None if email is None else headers_of(send, from_body(email)),
        reply_to_id=inbound["id"] or None,
        thread_id=inbound["thread_id"],
        trigger_id=send.trigger_id or None,
        flow_instance_id=send.instance_id or None,
        template_id=send.template_id or None,
        expires_at=now + REPLY_LIFETIME,
        despite_opt_out=send.despite_opt_out,
        # What confirms an opt-out is owed to the person, whoever has the conversation by then.
        epoch=None if send.despite_opt_out else state.contact.epoch,
    )
