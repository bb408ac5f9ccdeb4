"""Scheduled messages: what people wrote to go later, changed or taken back while nobody has begun to send it."""

from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from bot.api.operations import Call, NoBody, NoQuery, Operation, Resource
from bot.api.problems import CONFLICT, REFUSED, Fault, ProblemError, not_found, sentence
from bot.api.resources.conversation_shown import whose
from bot.api.resources.message_shapes import Cancelled
from bot.api.shapes import Given, KeptMoment, Shown
from bot.conversations.service import REASONS, Refused, Scheduled, TooLate, cancel_by_hand, change_scheduled, scheduled
from bot.conversations.views import INTAKE
from bot.core.addresses import Channel
from bot.core.errors import BotError
from bot.core.permissions import Permission
from bot.core.text import MAX_TEXT
from bot.messages.service import message
from bot.web.posted import WORDY

_ID = "cmb0z1q4w000012ab34cd56ef"
_ONE = MappingProxyType({"path": {"message_id": _ID}})
_TOO_LATE = "It is on its way, gone, or taken back already; or nobody wrote it by hand."


class ScheduledMessage(Shown):
    """What somebody wrote by hand, to go later."""

    id: Annotated[str, Field(description="Of the message; of its first part where it is too long for one.")]
    parts: Annotated[list[str], Field(description="The ids of all its parts.")]
    text: str
    at: Annotated[datetime, Field(description="When it goes.")]
    account: Annotated[str, Field(description="Through which it goes.")]
    channel: Channel
    user_id: Annotated[str | None, Field(description="Who wrote it; null for somebody at a terminal.")]

    @classmethod
    def of(cls, waiting: Scheduled) -> Self:
        """One of ours."""
        return cls(
            id=waiting.message_ids[0],
            parts=list(waiting.message_ids),
            text=waiting.text,
            at=waiting.at,
            account=waiting.account,
            channel=waiting.channel,
            user_id=waiting.user_id or None,
        )


class ScheduledMessages(Shown):
    """What goes to a contact later, the next one first."""

    data: list[ScheduledMessage]


class Rescheduling(Given):
    """What is another now; what is left out stays."""

    text: Annotated[str | None, Field(min_length=1, max_length=MAX_TEXT)] = None
    at: Annotated[KeptMoment | None, Field(description="When it goes; a moment that is over is now.")] = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if self.text is None and self.at is None:
            raise ValueError("give text or at")
        return self


async def list_(call: Call[NoQuery, NoBody]) -> ScheduledMessages:
    """What goes to one contact later."""
    found = await scheduled(call.connection, await whose(call))
    return ScheduledMessages(data=[ScheduledMessage.of(each) for each in found])


async def change(call: Call[NoQuery, Rescheduling]) -> ScheduledMessage:
    """Change what it says, or when it goes."""
    given = call.body
    await _contact_of(call)
    outcome = await change_scheduled(
        call.connection, call.path["message_id"], call.by, call.now, text=given.text, at=given.at
    )
    if isinstance(outcome, TooLate):
        raise ProblemError(CONFLICT, _TOO_LATE, code="too_late")
    if isinstance(outcome, Refused):
        said = sentence(BotError(REASONS[outcome.code], detail=outcome.detail))
        raise ProblemError(REFUSED, said, faults=[Fault(said, "/text")], code=outcome.code.value)
    call.after(call.app[INTAKE].on_queued)
    # The contact may have been merged while their lock was waited for.
    waiting = {each.message_ids: each for each in await scheduled(call.connection, await _contact_of(call))}
    return ScheduledMessage.of(waiting[outcome.message_ids])


async def take_back(call: Call[NoQuery, NoBody]) -> Cancelled:
    """Take it back, all its parts."""
    await _contact_of(call)
    return Cancelled(cancelled=await cancel_by_hand(call.connection, call.path["message_id"], call.by, call.now))


async def _contact_of(call: Call[Any, Any]) -> str:
    """To whom the message goes; raises ProblemError for no such message."""
    found = await message(call.connection, call.path["message_id"])
    if found is None:
        raise not_found("message")
    return found.contact_id


SCHEDULED_MESSAGES = Resource(
    "scheduled_messages",
    "What people wrote by hand to go later; what programs send with `not_before` is cancelled among messages.",
    (
        Operation(
            name="list_scheduled_messages",
            method="GET",
            path="/contacts/{contact_id}/scheduled_messages",
            scope=Permission.MESSAGES_READ,
            summary="List what goes to a contact later",
            description="What nobody has begun to send, the next one first.",
            handle=list_,
            result=ScheduledMessages,
            example=MappingProxyType({"path": {"contact_id": _ID}}),
        ),
        Operation(
            name="change_scheduled_message",
            method="PATCH",
            path="/scheduled_messages/{message_id}",
            scope=Permission.MESSAGES_SEND,
            summary="Change what goes later, or when",
            description=(
                "While nobody has begun to send it; else it is `too_late`. Words for which it has too few parts are "
                "`too_long`; where it needs fewer, its `id` is another one then."
            ),
            handle=change,
            body=Rescheduling,
            result=ScheduledMessage,
            problems=(CONFLICT, REFUSED),
            most=WORDY,
            example=MappingProxyType({**_ONE, "body": {"at": "2035-01-01T09:00:00Z"}}),
        ),
        Operation(
            name="cancel_scheduled_message",
            method="POST",
            path="/scheduled_messages/{message_id}/cancel",
            scope=Permission.MESSAGES_SEND,
            summary="Take back what goes later",
            description="All its parts.",
            handle=take_back,
            result=Cancelled,
            example=_ONE,
        ),
    ),
)
