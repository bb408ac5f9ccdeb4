"""A conversation as it is answered, to whoever reads it or has just changed it."""

from typing import Any

from bot.api.operations import Call
from bot.api.problems import not_found
from bot.api.resources.conversation_shapes import Conversation
from bot.contacts.service import cards, lock
from bot.inbox.service import conversations


async def whose(call: Call[Any, Any]) -> str:
    """The id of the contact in the path, or of who goes on; raises ProblemError where there is no such one."""
    found = await cards(call.connection, [call.path["contact_id"]])
    if not found:
        raise not_found("contact")
    return found[0].id


async def shown(call: Call[Any, Any], contact_id: str) -> Conversation:
    """That of a contact who was not merged; raises ProblemError where there is no such one."""
    found = await conversations(call.connection, [contact_id], call.token.user_id, call.now)
    if contact_id not in found:
        raise not_found("contact")
    return Conversation.of(found[contact_id])


async def held(call: Call[Any, Any]) -> Conversation:
    """The one that is asked for, which nobody else changes until the transaction ends."""
    asked = call.path["contact_id"]
    locked = await lock(call.connection, [asked])
    if asked not in locked:
        raise not_found("contact")
    return await shown(call, locked[asked].id)
