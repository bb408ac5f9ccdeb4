"""Messages whose turn failed: each is run once more, or left as it is."""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.api.operations import Call, NoBody, NoQuery, Operation, Resource
from bot.api.resources.message_shapes import TracedMessage
from bot.api.shapes import MOST_ROWS, Given, Page, PageQuery, Shown
from bot.conversations.parked.turns import dismiss, parked, run_again
from bot.core.actors import Actor
from bot.core.addresses import Channel
from bot.core.permissions import Permission
from bot.endpoints.service import message_payload
from bot.messages.media.service import files_of

_Decide = Callable[[AsyncConnection, Collection[str], Actor, datetime], Awaitable[Collection[str]]]
_EXAMPLE = MappingProxyType({"body": {"ids": ["cmb0z1q4w000012ab34cd56ef"]}})


class ParkedTurn(TracedMessage):
    """A message whose turn failed."""

    fault: Annotated[str | None, Field(description="What it failed by, for whoever mends it.")]


class ParkedPage(Page[ParkedTurn]):
    """Some messages whose turn failed."""


class ParkedQuery(PageQuery):
    """Which of them."""

    channel: tuple[Channel, ...] = ()


class ParkedIds(Given):
    """Which messages."""

    ids: Annotated[list[Annotated[str, Field(max_length=64)]], Field(min_length=1, max_length=MOST_ROWS)]


class Decided(Shown):
    """What came of it."""

    decided: Annotated[list[str], Field(description="The ids of those that were parked until now.")]
    left: Annotated[list[str], Field(description="Those of the others: somebody decided on them before.")]


async def list_(call: Call[ParkedQuery, NoBody]) -> ParkedPage:
    """A page of them."""
    cursors = call.cursors
    found = await parked(call.connection, call.query.channel, cursors.wanted, cursors.after_moment)
    rows, following = cursors.page(found, lambda row: (row.created_at, row.id))
    files = await files_of(call.connection, rows)
    told = [(dict(message_payload(each, files.get(each.id, ()))), each) for each in rows]
    data = [ParkedTurn(**values, trace=each.trace, fault=each.error_reason) for values, each in told]
    return ParkedPage(data=data, next=following)


async def try_again(call: Call[NoQuery, ParkedIds]) -> Decided:
    """Let their turns be run once more."""
    return await _decided(call, run_again)


async def leave(call: Call[NoQuery, ParkedIds]) -> Decided:
    """Let the bot leave them as they are."""
    return await _decided(call, dismiss)


async def _decided(call: Call[Any, ParkedIds], decide: _Decide) -> Decided:
    ids = set(call.body.ids)
    decided = await decide(call.connection, ids, call.by, call.now)
    return Decided(decided=sorted(decided), left=sorted(ids - set(decided)))


PARKED_TURNS = Resource(
    "parked_turns",
    "Messages that people wrote and that the bot could not answer, since its turn failed.",
    (
        Operation(
            name="list_parked_turns",
            method="GET",
            path="/parked_turns",
            scope=Permission.POSTS_MANAGE,
            summary="List messages whose turn failed",
            description="The newest first, each with its trace and its fault.",
            handle=list_,
            query=ParkedQuery,
            result=ParkedPage,
            example=MappingProxyType({"query": {"channel": "whatsapp"}}),
        ),
        Operation(
            name="retry_parked_turns",
            method="POST",
            path="/parked_turns/retry",
            scope=Permission.POSTS_MANAGE,
            summary="Run turns again",
            description="Within seconds; the answer begins where the conversation stands by then.",
            handle=try_again,
            body=ParkedIds,
            result=Decided,
            example=_EXAMPLE,
        ),
        Operation(
            name="dismiss_parked_turns",
            method="POST",
            path="/parked_turns/dismiss",
            scope=Permission.POSTS_MANAGE,
            summary="Leave messages unanswered",
            description="The bot leaves them as they are.",
            handle=leave,
            body=ParkedIds,
            result=Decided,
            example=_EXAMPLE,
        ),
    ),
)
