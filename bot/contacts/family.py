"""Who was merged: a contact's id leads to who goes on, and what was said is read over all whom that one stands for."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import queries


async def kept(connection: AsyncConnection, contact_ids: Iterable[str]) -> Mapping[str, str]:
    """Who goes on, by the ids of those of the contacts who were merged."""
    return await queries.kept(connection, contact_ids)


async def kept_id(connection: AsyncConnection, contact_id: str) -> str:
    """Who goes on for that contact: mostly they themselves."""
    return (await kept(connection, [contact_id])).get(contact_id, contact_id)


async def merged(connection: AsyncConnection, contact_ids: Collection[str]) -> Mapping[str, str]:
    """Who goes on, by the ids of all who were merged into those contacts; nothing is asked of the database for none."""
    return await queries.merged(connection, contact_ids) if contact_ids else {}


async def family(connection: AsyncConnection, contact_id: str) -> Sequence[str]:
    """Whose messages are a contact's: their own id, then of those who were merged into them."""
    return [contact_id, *sorted(await merged(connection, [contact_id]))]


async def kept_family(connection: AsyncConnection, contact_id: str) -> Sequence[str]:
    """The family of whoever goes on for a contact; mostly asked in one statement. Empty for no such contact."""
    found = await queries.kin(connection, contact_id)
    kept = found.get(contact_id, "")
    if kept is not None:
        return await family(connection, kept) if kept else ()
    return [contact_id, *sorted(found.keys() - {contact_id})]
