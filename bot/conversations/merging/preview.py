"""What merging two contacts would move, combine and end; nothing is changed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.contacts.service import JoinPreview
from bot.conversations.merging.flows import goes_on
from bot.conversations.queries import open_instances
from bot.conversations.takeover import is_with_a_person
from bot.messages import service as messages


@dataclass(frozen=True, slots=True)
class MergePreview:
    """What would become of two contacts and their conversations.

    Attributes:
        contacts: of what they are made of.
        waiting: how many messages of the merged one are still to be sent or answered, and would move.
        flow_goes_on: the contact whose flow, or person, goes on; empty where neither is in one.
        flow_ends: the contact whose flow would end; empty for nobody.
        with_a_person: a person would have the conversation.
    """

    contacts: JoinPreview
    waiting: int
    flow_goes_on: str
    flow_ends: str
    with_a_person: bool


async def preview_merge(
    connection: AsyncConnection, kept_id: str, merged_id: str, now: datetime
) -> MergePreview | None:
    """What would become of two contacts; None where one is gone, or they are one already."""
    found = await contacts.preview_join(connection, kept_id, merged_id)
    if found is None:
        return None
    running = await open_instances(connection, [kept_id, merged_id], now)
    chosen = goes_on(running.get(kept_id), running.get(merged_id), now)
    owners = {each.id: owner for owner, each in running.items()}
    return MergePreview(
        contacts=found,
        waiting=await messages.count_waiting(connection, merged_id),
        flow_goes_on="" if chosen is None else owners[chosen.id],
        flow_ends=next((owner for owner, each in running.items() if each is not chosen), ""),
        with_a_person=chosen is not None and is_with_a_person(chosen, now),
    )
