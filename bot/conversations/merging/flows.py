"""Which flow goes on when two contacts turn out to be one: a person's conversation first, else what was last talked of.

The other one ends as `merged`, and goes on once they are two again, unless another one has begun by then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversations import queries as conversation_queries
from bot.conversations.merging import queries
from bot.conversations.takeover import is_with_a_person
from bot.engine.conversation import EndReason, Instance


@dataclass(frozen=True, slots=True)
class EndedFlow:
    """An instance that ended since its contact was merged.

    Attributes:
        id: its own.
        paused: a person had the conversation.
        paused_until: when that would have ended by itself.
    """

    id: str
    paused: bool
    paused_until: datetime | None


@dataclass(frozen=True, slots=True)
class FlowMove:
    """What became of the flows of two who were merged.

    Attributes:
        ended: the one that does not go on; None for none.
        moved: the id of the one that went to who was kept; empty for none.
    """

    ended: EndedFlow | None = None
    moved: str = ""


def goes_on(kept: Instance | None, merged: Instance | None, now: datetime) -> Instance | None:
    """The one of two open instances that goes on."""
    if kept is None or merged is None:
        return kept or merged
    both = (kept, merged)
    return max(both, key=lambda each: (is_with_a_person(each, now), each.last_interaction_at))


async def join_flows(
    connection: AsyncConnection, open_: Mapping[str, Instance], kept_id: str, merged_id: str, now: datetime
) -> FlowMove:
    """Let one flow go on with who is kept; both contacts are locked, and `open_` are their open instances."""
    kept, merged = open_.get(kept_id), open_.get(merged_id)
    chosen = goes_on(kept, merged, now)
    ended = None
    for owner, each in ((kept_id, kept), (merged_id, merged)):
        if each is not None and each is not chosen:
            await conversation_queries.end_instances(connection, [owner], EndReason.MERGED, now)
            ended = EndedFlow(each.id, each.paused, each.paused_until)
    if merged is None or chosen is not merged:
        return FlowMove(ended)
    await queries.give_instance(connection, merged.id, merged_id, kept_id, now)
    return FlowMove(ended, merged.id)


async def part_flows(
    connection: AsyncConnection,
    moved: FlowMove,
    kept_id: str,
    merged_id: str,
    now: datetime,
    *,
    since: datetime,
    last_flow_id: str,
) -> Mapping[str, bool]:
    """Give back the flow that moved, and let the other one go on where its contact is in none.

    Args:
        connection: in a transaction that holds the locks of both contacts.
        moved: what became of them.
        kept_id: who was kept.
        merged_id: who is there again.
        now: the moment.
        since: when they were merged.
        last_flow_id: in which flow the last thing was said that goes back: begun since, it goes along.

    Returns the contacts who are in a flow, and whether a person has the conversation.
    """
    if moved.moved:
        await queries.give_instance(connection, moved.moved, kept_id, merged_id, now)
    running = {row.contact_id: row for row in await queries.opened(connection, [kept_id, merged_id])}
    begun = running.get(kept_id)
    if begun is not None and begun.id == last_flow_id and begun.created_at >= since and merged_id not in running:
        await queries.give_instance(connection, begun.id, kept_id, merged_id, now)
        running[merged_id] = running.pop(kept_id)
    paused = {contact_id: row.paused for contact_id, row in running.items()}
    if moved.ended is not None:
        owner = await queries.owner(connection, moved.ended.id)
        if owner is not None and owner not in paused:
            was = moved.ended
            await queries.reopen(connection, was.id, paused=was.paused, paused_until=was.paused_until, now=now)
            paused[owner] = was.paused
    return paused
