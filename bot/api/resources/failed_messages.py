"""Messages that were not sent: by kind, tried again, and left as they are."""

from collections.abc import Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Self

from pydantic import Field, model_validator

from bot.api.operations import Call, NoBody, NoQuery, Operation, Resource
from bot.api.resources.message_shapes import Message, MessagePage
from bot.api.shapes import Given, PageQuery, Shown, Text
from bot.conversations.service import MAX_REQUESTS, NOT_AGAIN, retry
from bot.conversations.views import INTAKE
from bot.core.permissions import Permission
from bot.db.counting import MOST_COUNTED
from bot.db.engine import reading
from bot.endpoints.service import message_payload
from bot.messages.media.service import files_of
from bot.messages.service import dismiss, failed_ids, failed_messages, failures
from bot.web.keys import CLOCK, ENGINE

_MOST_OF_KIND = 20 * MAX_REQUESTS
_Id = Annotated[str, Field(max_length=64)]


class FailedKind(Shown):
    """Messages that were not sent for one reason."""

    kind: Annotated[str, Field(description="The `error` of each.")]
    reason: Annotated[str, Field(description="The same as a sentence; empty where the provider gave none.")]
    count: Annotated[int, Field(description=f"How many; {MOST_COUNTED + 1} for any number beyond {MOST_COUNTED}.")]
    newest_at: Annotated[datetime, Field(description="When the newest one was written.")]


class FailedKinds(Shown):
    """All kinds about which nobody has decided."""

    data: list[FailedKind]


class FailedQuery(PageQuery):
    """Which of them."""

    kind: Annotated[Text, Field(max_length=64, description="Of which kind.")]


class Chosen(Given):
    """Which messages: some by their ids, or all of a kind."""

    ids: Annotated[list[_Id] | None, Field(min_length=1, max_length=MAX_REQUESTS)] = None
    kind: Annotated[
        str | None, Field(min_length=1, max_length=64, description=f"The newest of these, at most {_MOST_OF_KIND}.")
    ] = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.ids is None) is (self.kind is None):
            raise ValueError("give either ids or kind")
        return self


class NotAgain(Shown):
    """Some that are not tried again."""

    code: str
    reason: Annotated[str, Field(description="The same in words.")]
    count: int


class TriedAgain(Shown):
    """What came of it."""

    queued: Annotated[
        dict[str, str], Field(description="By the id of each that failed the id of the one that is queued instead.")
    ]
    refused: Annotated[list[NotAgain], Field(description="Those that are not; they stay listed.")]


class Left(Shown):
    """What came of it."""

    dismissed: Annotated[int, Field(description="How many are listed no more.")]


async def list_kinds(call: Call[NoQuery, NoBody]) -> FailedKinds:
    """Why messages were not sent."""
    found = await failures(call.connection)
    kinds = [
        FailedKind(kind=each.error, reason=each.reason, count=each.count, newest_at=each.newest_at) for each in found
    ]
    return FailedKinds(data=kinds)


async def list_(call: Call[FailedQuery, NoBody]) -> MessagePage:
    """A page of those of a kind."""
    cursors = call.cursors
    found = await failed_messages(call.connection, call.query.kind, cursors.wanted, cursors.after_moment)
    rows, following = cursors.page(found, lambda row: (row.created_at, row.id))
    files = await files_of(call.connection, rows)
    return MessagePage(
        data=[Message.of(message_payload(each, files.get(each.id, ()))) for each in rows], next=following
    )


async def try_again(call: Call[NoQuery, Chosen]) -> TriedAgain:
    """Queue them anew."""
    queued: dict[str, str] = {}
    refused: dict[str, int] = {}
    for ids in await _slices(call):
        async with call.app[ENGINE].begin() as connection:
            retried = await retry(connection, ids, call.by, call.app[CLOCK]())
        queued.update(retried.queued)
        for code, count in retried.refused.items():
            refused[code] = refused.get(code, 0) + count
    if queued:
        call.after(call.app[INTAKE].on_queued)
    kept = [NotAgain(code=str(code), reason=NOT_AGAIN[code], count=count) for code, count in sorted(refused.items())]
    return TriedAgain(queued=queued, refused=kept)


async def leave(call: Call[NoQuery, Chosen]) -> Left:
    """Leave them as they are."""
    dismissed = 0
    for ids in await _slices(call):
        async with call.app[ENGINE].begin() as connection:
            dismissed += await dismiss(connection, ids, call.by, call.app[CLOCK]())
    return Left(dismissed=dismissed)


async def _slices(call: Call[NoQuery, Chosen]) -> Sequence[Sequence[str]]:
    """The ids of those that are chosen, as many as one transaction takes at a time."""
    chosen = call.body
    if chosen.kind is None:
        return [sorted(set(chosen.ids or ()))]
    async with reading(call.app[ENGINE]) as connection:
        ids = await failed_ids(connection, chosen.kind, _MOST_OF_KIND)
    return [ids[begin : begin + MAX_REQUESTS] for begin in range(0, len(ids), MAX_REQUESTS)]


FAILED_MESSAGES = Resource(
    "failed_messages",
    "Messages that were not sent and about which nobody has decided.",
    (
        Operation(
            name="list_failed_message_kinds",
            method="GET",
            path="/failed_messages/kinds",
            scope=Permission.MESSAGES_READ,
            summary="List why messages were not sent",
            handle=list_kinds,
            result=FailedKinds,
        ),
        Operation(
            name="list_failed_messages",
            method="GET",
            path="/failed_messages",
            scope=Permission.MESSAGES_READ,
            summary="List messages that were not sent",
            description="Those of one kind, the newest first.",
            handle=list_,
            query=FailedQuery,
            result=MessagePage,
            example=MappingProxyType({"query": {"kind": "expired"}}),
        ),
        Operation(
            name="retry_failed_messages",
            method="POST",
            path="/failed_messages/retry",
            scope=Permission.MESSAGES_SEND,
            summary="Try messages again",
            description=(
                "Another message with the same words is queued for each; asking twice sends once. What may have gone "
                "out, is stale, or whom nobody may write to any more is refused with its reason. "
                "Ids that are not listed, or not any more, are passed over."
            ),
            handle=try_again,
            body=Chosen,
            result=TriedAgain,
            in_pieces=True,
            example=MappingProxyType({"body": {"ids": ["cmb0z1q4w000012ab34cd56ef"]}}),
        ),
        Operation(
            name="dismiss_failed_messages",
            method="POST",
            path="/failed_messages/dismiss",
            scope=Permission.MESSAGES_SEND,
            summary="Leave messages as they are",
            description="They are listed here no more.",
            handle=leave,
            body=Chosen,
            result=Left,
            in_pieces=True,
            example=MappingProxyType({"body": {"kind": "expired"}}),
        ),
    ),
)
