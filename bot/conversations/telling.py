"""Telling the systems above what came of a batch's turns, and who has a conversation from now on."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversations import queries
from bot.conversations.state import ConversationState
from bot.conversations.turn_notes import EchoNote, TurnNote
from bot.core.addresses import Channel
from bot.core.events import Echoed, HandedBack, HandedOff, TakenBy, TurnCompleted
from bot.engine.conversation import Instance
from bot.listeners.service import hears, tell
from bot.messages.models import TurnState
from bot.messages.records import MessageRow


async def tell_turns(
    connection: AsyncConnection, states: Mapping[str, ConversationState], rows: Sequence[MessageRow], now: datetime
) -> None:
    """Tell what a batch came to, once it is written.

    Args:
        connection: in the batch's transaction.
        states: by contact's id, as the turns left them.
        rows: the inbound messages; those whose turn is still to come are not told.
        now: of the batch.
    """
    if hears(connection, TurnCompleted):
        sends = {note.message_id: note.sends for state in states.values() for note in _turns(state)}
        done = [row for row in rows if row["turn_state"] != TurnState.PENDING]
        await tell(
            connection,
            [_completed(row, states[row["contact_id"]].instance, sends.get(row["id"], 0), now) for row in done],
            now,
        )
    await tell(connection, [each for state in states.values() for each in state.consent_changes], now)
    if hears(connection, HandedBack):
        await tell(connection, [each for state in states.values() for each in _handed_back(state, now)], now)
    if hears(connection, HandedOff):
        await tell(connection, [each for state in states.values() for each in _handed_off(state, now)], now)
    if hears(connection, Echoed):
        await tell(connection, [each for state in states.values() for each in _echoed(state, now)], now)


async def tell_parked(connection: AsyncConnection, message_id: str, now: datetime) -> None:
    """Tell that a message's turn was given up."""
    if hears(connection, TurnCompleted):
        rows = await queries.message_rows(connection, [message_id])
        await tell(connection, [_completed(row, None, 0, now) for row in rows], now)


async def tell_handed_off(
    connection: AsyncConnection, taken: Mapping[str, Instance], by: TakenBy, now: datetime, *, user_id: str = ""
) -> None:
    """Tell who took conversations from the bot.

    Args:
        connection: in the transaction in which that happens.
        taken: by contact's id, the paused instance, of those that the bot had until now.
        by: who.
        now: the moment.
        user_id: somebody who is logged in; empty for nobody.
    """
    if taken and hears(connection, HandedOff):
        values = [_off(contact_id, instance, by, now, user_id) for contact_id, instance in taken.items()]
        await tell(connection, values, now)


async def tell_handed_back(
    connection: AsyncConnection, contact_ids: Iterable[str], reason: str, now: datetime, *, user_id: str = ""
) -> None:
    """Tell whose conversations the bot has again, that a person had until now, and why (an `EndReason`)."""
    if hears(connection, HandedBack):
        values = [HandedBack(contact_id=each, reason=reason, user_id=user_id, at=now) for each in contact_ids]
        await tell(connection, values, now)


def _completed(row: MessageRow, instance: Instance | None, sends: int, now: datetime) -> TurnCompleted:
    return TurnCompleted(
        contact_id=row["contact_id"],
        message_id=row["id"],
        seq=row["seq"],
        account=row["account"],
        channel=Channel(row["channel"]),
        address_id=row["address_id"],
        sends=sends,
        parked=row["turn_state"] == TurnState.PARKED,
        paused=instance is not None and instance.paused,
        automatic="automatic" in (row["body"] or {}),
        said_at=row["sent_at"] or row["created_at"],
        at=now,
    )


def _turns(state: ConversationState) -> Iterable[TurnNote]:
    return (note for note in state.notes if isinstance(note, TurnNote))


def _handed_back(state: ConversationState, now: datetime) -> Iterable[HandedBack]:
    """The hand-off that was there when the contact was locked, if it has ended."""
    before = state.found
    if before is not None and before.paused:
        after = state.instances.get(before.id, before)
        if after.end_reason is not None:
            yield HandedBack(contact_id=state.contact.id, reason=after.end_reason, user_id="", at=now)


def _handed_off(state: ConversationState, now: datetime) -> Iterable[HandedOff]:
    """The hand-off that is there now, if it was not when the contact was locked."""
    before, after = state.found, state.instance
    if after is not None and after.paused and (before is None or before.id != after.id or not before.paused):
        by_echo = any(isinstance(note, EchoNote) for note in state.notes)
        by = TakenBy.REOPENED if state.reopened else TakenBy.ECHO if by_echo else TakenBy.FLOW
        yield _off(state.contact.id, after, by, now)


def _echoed(state: ConversationState, now: datetime) -> Iterable[Echoed]:
    written = {note.message_id for note in state.notes if isinstance(note, EchoNote)}
    for row in state.outbound if written else ():
        if row["id"] in written:
            yield Echoed(
                contact_id=state.contact.id,
                message_id=row["id"],
                channel=Channel(row["channel"]),
                said_at=row["sent_at"] or now,
                at=now,
            )


def _off(contact_id: str, instance: Instance, by: TakenBy, now: datetime, user_id: str = "") -> HandedOff:
    return HandedOff(contact_id=contact_id, by=by, user_id=user_id, until=instance.paused_until, at=now)
