"""Merging two contacts who are one person, and undoing it.

Addresses, what is still to be sent or answered, and one running flow go to who is kept; what was said stays where it
was said and is read over the family. So undoing gives back exactly what went. Whoever is merged has nothing under way:
no turn, no claim and no fence need know of it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import record
from bot.contacts import service as contacts
from bot.contacts.service import ContactMove, Merge, Responder
from bot.conversations.merging.flows import FlowMove, goes_on, join_flows, part_flows
from bot.conversations.queries import open_instances
from bot.conversations.takeover import is_with_a_person
from bot.core.actors import Actor
from bot.core.errors import BotError
from bot.core.events import ContactsMerged, MergeUndone
from bot.core.hints import Topic
from bot.core.i18n import N_
from bot.core.ids import new_id
from bot.db.hub import hint
from bot.engine.conversation import Instance
from bot.listeners.service import hears, tell
from bot.messages import service as messages
from bot.messages.service import MessageMove

_CONTACT, _MESSAGES, _FLOW = "contact", "messages", "flow"
_MOMENT = timedelta(microseconds=1)


async def merge(connection: AsyncConnection, kept_id: str, merged_id: str, by: Actor, now: datetime) -> Merge:
    """Let two contacts be one from the commit on; gives what is written down of it.

    Raises BotError when they are the same, when one is gone, and when one was merged meanwhile.

    Args:
        connection: in a transaction; both contacts are locked here, where they are not yet, and waited for.
        kept_id: who goes on.
        merged_id: of whom nothing but the history is left.
        by: who says so.
        now: the moment.
    """
    kept, merged = await _two(connection, kept_id, merged_id)
    open_ = await open_instances(connection, [kept_id, merged_id], now)
    epoch, of_moved = await _fence(connection, kept, merged, open_, now)
    flow = await join_flows(connection, open_, kept_id, merged_id, now)
    contact = await contacts.join(connection, kept, merged, now)
    moved = await messages.move_waiting(connection, merged_id, kept_id, kept.seq, of_moved, now)
    seq = kept.seq + len(moved.messages)
    await _write_kept(connection, kept, merged, open_, seq, epoch, contact.reopens_until_after, now)
    parts = {_CONTACT: contact, _MESSAGES: moved, _FLOW: flow}
    done = Merge(
        id=new_id(),
        kept_id=kept_id,
        merged_id=merged_id,
        moved={name: contacts.to_json(each) for name, each in parts.items()},
        merged_by=by.name,
        # They are undone in the order of their moments, whatever the clocks of several processes say.
        at=max([now, *(each.at + _MOMENT for each in await contacts.merges_of(connection, kept_id, 1))]),
        undone_at=None,
    )
    await contacts.write_down_merge(connection, done, by.user_id)
    hint(connection, Topic.MESSAGES, [kept_id, merged_id])
    detail = {"merged": merged_id, "merge": done.id, "addresses": len(contact.addresses)}
    await record(connection, by, "contact.merge", "contact", kept_id, detail, at=now)
    await contacts.tell_contacts(connection, (), [kept_id], now)
    if hears(connection, ContactsMerged):
        about = {"merge_id": done.id, "kept_id": kept_id, "merged_id": merged_id, "user_id": by.user_id or ""}
        await tell(connection, [ContactsMerged(**about, at=now)], now)
    return done


async def undo_merge(connection: AsyncConnection, merge_id: str, by: Actor, now: datetime) -> Merge:
    """Let two contacts who were merged be two again from the commit on; gives what had been written down.

    Whoever was merged has back what went over, and what was said since at the addresses that are theirs again.

    Raises BotError for a merge that there is not or that was undone, and where a later one is to be undone first.

    Args:
        connection: in a transaction; both contacts are locked here, where they are not yet, and waited for.
        merge_id: which.
        by: who says so.
        now: the moment.
    """
    done, kept, merged = await _merged(connection, merge_id)
    contact = contacts.from_json(ContactMove, done.moved[_CONTACT])
    moved = contacts.from_json(MessageMove, done.moved[_MESSAGES])
    flow = contacts.from_json(FlowMove, done.moved[_FLOW])
    address_ids = await contacts.part(connection, kept, merged, contact, now)
    back = await messages.move_back(connection, moved, kept.id, merged, address_ids, now)
    paused = await part_flows(connection, flow, kept.id, merged.id, now, since=done.at, last_flow_id=back.flow_id)
    heard_at = {
        kept.id: _latest(contact.last_inbound_at, back.kept_heard_at),
        merged.id: _latest(merged.last_inbound_at, back.merged_heard_at),
    }
    await contacts.set_heard(connection, heard_at, now)
    waiting = {kept.id: kept.waiting_since, merged.id: merged.waiting_since or kept.waiting_since}
    reopens_until = {kept.id: kept.reopens_until, merged.id: merged.reopens_until}
    if kept.reopens_until == contact.reopens_until_after:
        reopens_until[kept.id] = contact.reopens_until
    await contacts.UPDATE_SEQS.execute(connection, [{"id": merged.id, "seq": back.last_seq, "updated_at": now}])
    await contacts.UPDATE_RESPONDERS.execute(
        connection,
        [
            {
                "id": row.id,
                "responder": Responder.HUMAN if paused.get(row.id) else Responder.BOT,
                "epoch": row.epoch,
                "waiting_since": waiting[row.id] if paused.get(row.id) else None,
                "reopens_until": reopens_until[row.id],
                "updated_at": now,
            }
            for row in (kept, merged)
        ],
    )
    await contacts.set_merge_undone(connection, merge_id, now)
    hint(connection, Topic.MESSAGES, [kept.id, merged.id])
    detail = {"merged": merged.id, "merge": merge_id, "addresses": len(address_ids)}
    await record(connection, by, "contact.unmerge", "contact", kept.id, detail, at=now)
    await contacts.tell_contacts(connection, (), [kept.id, merged.id], now)
    if hears(connection, MergeUndone):
        about = {"merge_id": merge_id, "kept_id": kept.id, "merged_id": merged.id, "user_id": by.user_id or ""}
        await tell(connection, [MergeUndone(**about, at=now)], now)
    return done


async def _two(connection: AsyncConnection, kept_id: str, merged_id: str) -> tuple[Row[Any], Row[Any]]:
    if kept_id == merged_id:
        raise BotError(N_("that is one contact already"), mend=N_("Choose two."))
    rows = {row.id: row for row in await contacts.lock_contacts(connection, [kept_id, merged_id])}
    for each, other in ((kept_id, merged_id), (merged_id, kept_id)):
        if each not in rows:
            raise BotError(N_("there is no contact {id}"), mend=N_("Look whom there is."), id=each)
        if rows[each].merged_into == other:
            raise BotError(N_("they are one contact already"), mend=N_("Somebody merged them a moment ago."))
        if rows[each].merged_into is not None:
            raise BotError(
                N_("{id} is another contact by now, {kept}"),
                mend=N_("Merge with that one."),
                id=each,
                kept=rows[each].merged_into,
            )
    return rows[kept_id], rows[merged_id]


async def _merged(connection: AsyncConnection, merge_id: str) -> tuple[Merge, Row[Any], Row[Any]]:
    """What was merged, if that can be undone, under the locks of both."""
    done = await contacts.find_merge(connection, merge_id)
    if done is None:
        raise BotError(N_("there is no merge {id}"), mend=N_("Look whom was merged with whom."), id=merge_id)
    rows = {row.id: row for row in await contacts.lock_contacts(connection, [done.kept_id, done.merged_id])}
    done = await contacts.find_merge(connection, merge_id) or done
    if done.undone_at is not None:
        raise BotError(N_("they are two contacts already"), mend=N_("It was undone before."))
    kept, merged = rows[done.kept_id], rows[done.merged_id]
    if kept.merged_into is not None:
        later = await contacts.merge_that_holds(connection, kept.id)
        raise _later("" if later is None else later.id)
    (last,) = await contacts.merges_of(connection, kept.id, 1)
    if last.id != merge_id:
        raise _later(last.id)
    return done, kept, merged


def _later(merge_id: str) -> BotError:
    return BotError(N_("another merge came after it"), mend=N_("Undo {id} first."), id=merge_id)


async def _fence(
    connection: AsyncConnection, kept: Row[Any], merged: Row[Any], open_: Mapping[str, Instance], now: datetime
) -> tuple[int, int]:
    """Fail what the bot has queued on a side that it had, where a person has the other one, and so both from now on.

    Gives the epoch of who is kept, and that of what goes over to them.
    """
    with_person = {id_ for id_, each in open_.items() if is_with_a_person(each, now)}
    if len(with_person) != 1:
        return kept.epoch, kept.epoch
    (the_bots,) = {kept.id, merged.id} - with_person
    epoch = kept.epoch + (the_bots == kept.id)
    await messages.fail_overtaken(connection, [the_bots], now)
    # What is on its way already is not tried again.
    return epoch, epoch if the_bots == kept.id else epoch - 1


async def _write_kept(
    connection: AsyncConnection,
    kept: Row[Any],
    merged: Row[Any],
    open_: Mapping[str, Instance],
    seq: int,
    epoch: int,
    reopens_until: datetime | None,
    now: datetime,
) -> None:
    chosen = goes_on(open_.get(kept.id), open_.get(merged.id), now)
    responder = Responder.BOT
    if chosen is not None:
        responder = kept.responder if chosen is open_.get(kept.id) else merged.responder
    waiting = [each.waiting_since for each in (kept, merged) if each.waiting_since is not None]
    await contacts.UPDATE_SEQS.execute(connection, [{"id": kept.id, "seq": seq, "updated_at": now}])
    await contacts.UPDATE_RESPONDERS.execute(
        connection,
        [
            {
                "id": kept.id,
                "responder": responder,
                "epoch": epoch,
                "waiting_since": min(waiting, default=None) if responder == Responder.HUMAN else None,
                "reopens_until": reopens_until,
                "updated_at": now,
            }
        ],
    )


def _latest(*moments: datetime | None) -> datetime | None:
    return max((each for each in moments if each is not None), default=None)
