"""What of those who were merged into a contact counts in the contact's conversation as a list shows it."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.inbox.kinds import ConversationStatus
from bot.inbox.left import PART, InboxMove
from bot.inbox.listing import queries
from bot.inbox.listing.queries import LastRow


def last_of_all(last: Mapping[str, LastRow], kin: Mapping[str, str]) -> dict[str, LastRow]:
    """What was last said with each contact or with one of theirs, by contact's id.

    Args:
        last: what was last said with each of them.
        kin: by the id of each who was merged the one of who goes on.
    """
    found = {each: words for each, words in last.items() if each not in kin}
    for each, kept in kin.items():
        if each in last and (kept not in found or found[kept]["created_at"] < last[each]["created_at"]):
            found[kept] = last[each]
    return found


async def unread_of_merged(
    connection: AsyncConnection, people: Iterable[Row[str]], kin: Mapping[str, str], user_id: str
) -> dict[str, int]:
    """How many messages of those who were merged somebody has not seen, by the id of who goes on.

    They count as long as the conversation is the one that it was by then.

    Args:
        connection: any.
        people: the rows of who goes on; `status` and `opened_at` count.
        kin: by the id of each who was merged the one of who goes on.
        user_id: who asks.
    """
    standing = {row.id: row for row in people}
    begun: dict[str, int] = {}
    for each in await contacts.merges_that_hold(connection, kin):
        left = contacts.from_json(InboxMove, each.moved.get(PART, {})).merged.conversation
        now = standing[kin[each.merged_id]]
        is_the_same = now.opened_at is not None and now.opened_at <= each.at
        if left is not None and ConversationStatus.RESOLVED not in (left.status, now.status) and is_the_same:
            begun[each.merged_id] = left.opened_seq - 1
    if not begun:
        return {}
    for contact_id, seq in (await queries.reads(connection, begun, user_id)).items():
        begun[contact_id] = max(begun[contact_id], seq)
    found: dict[str, int] = {}
    for contact_id, count in (await queries.count_behind(connection, begun)).items():
        found[kin[contact_id]] = found.get(kin[contact_id], 0) + count
    return found
