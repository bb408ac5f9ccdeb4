"""Trying again what was not sent: a status only rises, so it is another message with the same words."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, cast

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.contacts.service import ConsentKey, LockedContact, Responder
from bot.conversations.sending.dissent import dissent
from bot.conversations.sending.requests import MAX_REQUESTS, Code
from bot.core.actors import Actor
from bot.core.addresses import Channel
from bot.core.consents import NOTHING, Agreed
from bot.core.hints import Topic
from bot.core.i18n import N_
from bot.core.ids import new_id
from bot.core.messages import Status
from bot.core.purposes import Lane, Purpose
from bot.db.bulk import together
from bot.db.hub import hint
from bot.messages import service as messages
from bot.messages.records import ECHO, WRITTEN, MessageRow

_UNKNOWN = "outcome_unknown"
NOT_AGAIN: Mapping[str, str] = MappingProxyType(
    {
        _UNKNOWN: N_("it may have been sent, and what is no answer is sent once at most"),
        "expired": N_("it is stale by now"),
        Code.OPTED_OUT: N_("the person opted out on this channel"),
        Code.NO_CONSENT: N_("the person has not agreed to marketing on this channel"),
        Code.TAKEN_OVER: N_("a person took the conversation over"),
        "cancelled": N_("whoever asked for it took it back"),
        "replaced": N_("whoever wrote it changed it"),
        "malformed": N_("its stored form could not be read"),
        ECHO: N_("it was written in the provider's own app"),
        "gone": N_("the person is gone"),
    }
)
"""Why something is not tried again."""


@dataclass(frozen=True, slots=True)
class Retried:
    """What became of messages that were to be tried again.

    Attributes:
        queued: by the id of each one that failed the id of the one that is queued in its place.
        refused: how many are not, by a code of `NOT_AGAIN`; they stay listed.
    """

    queued: Mapping[str, str]
    refused: Mapping[str, int]


async def retry(connection: AsyncConnection, message_ids: Collection[str], by: Actor, now: datetime) -> Retried:
    """Queue those of the messages anew that failed, behind all that was said since; they are listed no more.

    One about which somebody has decided already, be it a moment ago, is passed over: asking twice sends once.

    Args:
        connection: in a transaction; contacts are locked here, then messages.
        message_ids: at most MAX_REQUESTS.
        by: who wants it.
        now: the moment.
    """
    if len(message_ids) > MAX_REQUESTS:
        raise ValueError(f"{len(message_ids)} messages in one transaction: at most {MAX_REQUESTS}")
    locked = await contacts.lock(connection, await messages.owners(connection, message_ids))
    failed = await messages.lock_undecided(connection, message_ids)
    consents = await contacts.consents_of(connection, {row.address_id for row in failed})
    seqs = {contact.id: contact.seq for contact in locked.values()}
    refusals: Counter[str] = Counter()
    rows: list[MessageRow] = []
    again: dict[str, str] = {}
    for row in sorted(failed, key=lambda each: (each.contact_id, each.seq)):
        contact = locked.get(row.contact_id)
        refused = _refused(row, contact, consents, now)
        if contact is None or refused:
            refusals[refused] += 1
            continue
        seqs[contact.id] += 1
        rows.append(_again(row, contact, seqs[contact.id], now))
        again[row.id] = rows[-1]["id"]
    if not again:
        return Retried({}, refusals)
    moved = {row["contact_id"]: row["seq"] for row in rows}
    written = [{"id": id_, "seq": seq, "updated_at": now} for id_, seq in moved.items()]
    await together(connection, (contacts.UPDATE_SEQS, written), (messages.INSERT_QUEUED, rows))
    await messages.decide(connection, again, now)
    hint(connection, Topic.MESSAGES, moved)
    errors = {row.id: row.error for row in failed if row.id in again}
    await messages.record_decision(connection, "message.retry", errors, by, now)
    return Retried(again, refusals)


def _refused(row: Row[Any], contact: LockedContact | None, consents: Mapping[ConsentKey, Agreed], now: datetime) -> str:
    """By which code of `NOT_AGAIN` it is not tried again; empty where it is."""
    if contact is None:
        return "gone"
    body = row.body if isinstance(row.body, dict) else {}
    if body.get(ECHO):
        return ECHO
    if row.error in {"cancelled", "replaced", "malformed"}:
        return str(row.error)
    if row.error == _UNKNOWN and row.lane != Lane.REPLY:
        return _UNKNOWN
    if row.error == "expired" or (row.expires_at is not None and row.expires_at <= now):
        return "expired"
    if row.epoch is not None and _is_overtaken(row, contact):
        return Code.TAKEN_OVER
    agreed = consents.get((row.address_id, Channel(row.channel)), NOTHING)
    return "" if row.despite_opt_out else (dissent(agreed, Purpose(row.purpose)) or "")


def _is_overtaken(row: Row[Any], contact: LockedContact) -> bool:
    if row.contact_id == contact.id:
        return bool(row.epoch < contact.epoch)
    # Its epoch is one of who was merged.
    return contact.responder == Responder.HUMAN


def _again(row: Row[Any], contact: LockedContact, seq: int, now: datetime) -> MessageRow:
    kept = {name: row._mapping[name] for name in (*WRITTEN, "origin", "purpose", "lane")}  # noqa: SLF001 - a Row's public mapping
    new = {
        "id": new_id(),
        "contact_id": contact.id,
        "seq": seq,
        "epoch": None if row.epoch is None else contact.epoch,
        "status": Status.QUEUED,
        "provider_message_id": None,
        "error": None,
        "error_reason": None,
        "scheduled_at": None,
        "created_at": now,
        "updated_at": now,
    }
    return cast("MessageRow", {**kept, **new})
