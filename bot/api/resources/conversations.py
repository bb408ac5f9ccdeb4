"""Conversations: which there are, how each stands, and who is there."""

from types import MappingProxyType
from typing import Any

from bot.api.operations import Call, NoBody, NoQuery, Operation, Resource
from bot.api.resources.conversation_changes import CHANGES
from bot.api.resources.conversation_shapes import (
    Agents,
    Conversation,
    ConversationCounts,
    ConversationPage,
    ConversationQuery,
    PresentUser,
    PresentUsers,
)
from bot.api.resources.conversation_shown import shown, whose
from bot.core.permissions import Permission
from bot.endpoints.service import people_of
from bot.inbox.service import ConversationFilter, Place, count_lists, list_conversations, present
from bot.users.service import able

_ID = "cmb0z1q4w000012ab34cd56ef"
_ONE = MappingProxyType({"path": {"contact_id": _ID}})


async def list_(call: Call[ConversationQuery, NoBody]) -> ConversationPage:
    """A page of a list."""
    query, cursors, after = call.query, call.cursors, call.cursors.after
    wanted = ConversationFilter(
        list=query.list,
        channels=query.channel,
        labels=query.label,
        assignees=query.assignee,
        statuses=query.status,
        sort=query.sort,
    )
    place = None if after is None else Place.read(after)
    found = await list_conversations(call.connection, wanted, call.token.user_id, call.now, cursors.wanted, place)
    rows, following = cursors.page(found, lambda row: row.place.values)
    return ConversationPage(data=[Conversation.of(each.conversation) for each in rows], next=following)


async def count(call: Call[NoQuery, NoBody]) -> ConversationCounts:
    """How many each list has."""
    counts = await count_lists(call.connection, call.token.user_id)
    return ConversationCounts(**{each.value: number for each, number in counts.items()})


async def get(call: Call[NoQuery, NoBody]) -> Conversation:
    """One of them."""
    return await shown(call, await whose(call))


async def list_present(call: Call[Any, NoBody]) -> PresentUsers:
    """Who looks at one."""
    contact_id = await whose(call)
    found = await present(call.connection, [contact_id], call.now)
    return PresentUsers(data=[PresentUser.of(each) for each in found.get(contact_id, ())])


async def list_agents(call: Call[NoQuery, NoBody]) -> Agents:
    """Who may have conversations."""
    found = await able(call.connection, Permission.MESSAGES_SEND)
    return Agents(data=people_of(found.items()))


CONVERSATIONS = Resource(
    "conversations",
    "Conversations that people of yours have, or had: one for each contact, over all channels.",
    (
        Operation(
            name="list_conversations",
            method="GET",
            path="/conversations",
            scope=Permission.MESSAGES_READ,
            summary="List conversations",
            description="Those of one list, as `/inbox` has them.",
            handle=list_,
            query=ConversationQuery,
            result=ConversationPage,
            example=MappingProxyType({"query": {"list": "waiting", "sort": "waiting", "limit": 20}}),
        ),
        Operation(
            name="count_conversations",
            method="GET",
            path="/conversations/counts",
            scope=Permission.MESSAGES_READ,
            summary="Count the conversations of each list",
            handle=count,
            result=ConversationCounts,
        ),
        Operation(
            name="get_conversation",
            method="GET",
            path="/conversations/{contact_id}",
            scope=Permission.MESSAGES_READ,
            summary="Get a conversation",
            description=(
                "The bot's, too. The id of a contact who was merged gives that of who goes on. Its `ETag` is of how it "
                "stands, who has it and its labels, not of what is said in it."
            ),
            handle=get,
            result=Conversation,
            example=_ONE,
        ),
        Operation(
            name="list_conversation_presence",
            method="GET",
            path="/conversations/{contact_id}/presence",
            scope=Permission.MESSAGES_READ,
            summary="List who looks at a conversation",
            description="Who has it open on a page just now, and who writes.",
            handle=list_present,
            result=PresentUsers,
            example=_ONE,
        ),
        Operation(
            name="list_agents",
            method="GET",
            path="/agents",
            scope=Permission.MESSAGES_READ,
            summary="List who may have conversations",
            handle=list_agents,
            result=Agents,
        ),
        *CHANGES,
    ),
)
