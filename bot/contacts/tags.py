"""The tags of contacts."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import record
from bot.contacts import queries
from bot.contacts.rules import tags_of
from bot.contacts.telling import tell_contacts
from bot.core.actors import Actor
from bot.core.hints import Topic
from bot.core.ids import new_id
from bot.db.hub import hint


async def tag(connection: AsyncConnection, contact_id: str, names: str, by: Actor, now: datetime, *, has: bool) -> None:
    """Give a contact the tags that a text names, or take them away; raises BotError for what cannot be a tag."""
    tags = tags_of(names)
    await queries.lock_contacts(connection, [contact_id])
    await change_tags(connection, {contact_id: dict.fromkeys(tags, has)}, now)
    await tell_contacts(connection, (), [contact_id], now)
    action = "contact.tag" if has else "contact.untag"
    await record(connection, by, action, "contact", contact_id, {"tags": list(tags)}, at=now)


async def change_tags(connection: AsyncConnection, changes: Mapping[str, Mapping[str, bool]], now: datetime) -> None:
    """Give contacts tags, and take them away.

    Args:
        connection: in a transaction that holds the contacts' locks.
        changes: by contact's id the tags, and whether the contact is to have each.
        now: when.
    """
    hint(connection, Topic.CONTACTS, changes)
    given = sorted({tag for tags in changes.values() for tag, has in tags.items() if has})
    if given:
        times = {"created_at": now, "updated_at": now}
        await queries.INSERT_TAGS.execute(connection, [{"id": new_id(), "name": name, **times} for name in given])
    ids = await queries.tag_ids(connection, {tag for tags in changes.values() for tag in tags})
    pairs = sorted(
        (contact_id, ids[tag], has) for contact_id, tags in changes.items() for tag, has in tags.items() if tag in ids
    )
    added = [{"contact_id": contact, "tag_id": tag, "created_at": now} for contact, tag, has in pairs if has]
    if added:
        await queries.INSERT_CONTACT_TAGS.execute(connection, added)
    removed = [(contact, tag) for contact, tag, has in pairs if not has]
    if removed:
        await queries.delete_contact_tags(connection, removed)
