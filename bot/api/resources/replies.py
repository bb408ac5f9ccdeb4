"""Replies: what the token's owner says to a contact, as on the pages, and by which ways it can go."""

from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Self

from pydantic import Field, model_validator

from bot.api.operations import Call, NoBody, NoQuery, Operation, Resource
from bot.api.problems import CONFLICT, REFUSED, ProblemError
from bot.api.resources.conversation_shown import whose
from bot.api.resources.messages import refused
from bot.api.shapes import Attribute, Given, KeptMoment, Shown, state_values
from bot.conversations.service import Composed, FromTemplate, Overtaken, Refused, Way, Words, compose, ways_to
from bot.conversations.views import INTAKE
from bot.core.addresses import Channel
from bot.core.permissions import Permission
from bot.core.text import MAX_TEXT
from bot.inbox.service import assign
from bot.web.posted import WORDY

_FURTHEST = 2**31 - 1
_ONE = MappingProxyType({"path": {"contact_id": "cmb0z1q4w000012ab34cd56ef"}})


class NewReply(Given):
    """What is to be said: words, or a template of a published bundle."""

    text: Annotated[str | None, Field(min_length=1, max_length=MAX_TEXT)] = None
    template: Annotated[str | None, Field(max_length=255, description="`bundle/template`.")] = None
    variables: Annotated[dict[str, Attribute], Field(max_length=100)] = Field(default_factory=dict)
    account: Annotated[str, Field(max_length=255, description="Through which; by default where they last wrote.")] = ""
    channels: Annotated[list[Channel], Field(max_length=20, description="In order of preference.")] = Field(
        default_factory=list
    )
    seen: Annotated[
        int | None,
        Field(
            ge=0,
            le=_FURTHEST,
            description="The `version` that was read: what was said since by others is told as `unseen`.",
        ),
    ] = None
    at: Annotated[KeptMoment | None, Field(description="When it goes; by default at once.")] = None
    unless_heard: Annotated[bool, Field(description="With `at`: only if they have not written by then.")] = False

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.text is None) is (self.template is None):
            raise ValueError("give either text or template")
        if self.text is not None and self.variables:
            raise ValueError("variables go with a template")
        if self.unless_heard and self.at is None:
            raise ValueError("unless_heard goes with at")
        return self


class QueuedReply(Shown):
    """What will be sent."""

    id: Annotated[str, Field(description="Of the message; of its first part where it is too long for one.")]
    parts: Annotated[list[str], Field(description="The ids of all its parts.")]
    at: Annotated[datetime | None, Field(description="When it goes; null: at once.")]


class ConversationWay(Shown):
    """An account of ours that reaches a contact on a channel."""

    account: str
    name: Annotated[str | None, Field(description="What its owner calls it.")]
    channel: Channel
    is_last: Annotated[bool, Field(description="The conversation was last there, so a reply goes there by default.")]
    is_paused: Annotated[bool, Field(description="It sends nothing for now.")]
    takes_words: Annotated[bool, Field(description="False: nothing, or nothing but an approved template.")]
    open_until: Annotated[
        datetime | None, Field(description="Until when it takes words, where that ends by itself; else null.")
    ]

    @classmethod
    def of(cls, way: Way) -> Self:
        """A way of ours."""
        return cls(
            account=way.account,
            name=way.name or None,
            channel=way.channel,
            is_last=way.is_last,
            is_paused=way.is_paused,
            takes_words=way.takes_words,
            open_until=way.open_until,
        )


class ConversationWays(Shown):
    """All ways to a contact, through the oldest accounts first."""

    data: list[ConversationWay]


async def reply(call: Call[NoQuery, NewReply]) -> QueuedReply:
    """Say something, as the token's owner; who answers now has the conversation, unless a colleague has it."""
    given, contact_id, intake = call.body, await whose(call), call.app[INTAKE]
    say = (
        Words(given.text)
        if given.text is not None
        else FromTemplate(given.template or "", state_values(given.variables))
    )
    if given.at is None or given.at <= call.now:
        await assign(call.connection, [contact_id], call.token.user_id, call.by, call.now)
    composed = Composed(
        contact_id=contact_id,
        say=say,
        account=given.account,
        channels=tuple(given.channels),
        seen=given.seen,
        # A program takes nothing back that it has not put off itself.
        undo={},
        at=given.at,
        unless_heard=given.unless_heard,
    )
    outcome = await compose(call.connection, intake.catalogue, composed, call.by, call.now)
    if isinstance(outcome, Overtaken):
        said = f"Something was said meanwhile: read it, and send this with `seen` as {outcome.seq}."
        raise ProblemError(CONFLICT, said, code="unseen")
    if isinstance(outcome, Refused):
        raise refused(outcome)
    call.after(intake.on_queued)
    return QueuedReply(id=outcome.message_id, parts=list(outcome.message_ids), at=outcome.goes_at)


async def list_ways(call: Call[NoQuery, NoBody]) -> ConversationWays:
    """By which ways one can be written to now."""
    found = await ways_to(call.connection, await whose(call), call.now)
    return ConversationWays(data=[ConversationWay.of(each) for each in found])


REPLIES = Resource(
    "replies",
    "What the token's owner says to a contact, as on a page; what a program says of its own is among messages.",
    (
        Operation(
            name="reply_to_conversation",
            method="POST",
            path="/conversations/{contact_id}/replies",
            scope=Permission.MESSAGES_SEND,
            summary="Reply",
            description=(
                "The token's owner has the conversation then, unless a colleague has it, and the bot is silent. What "
                "goes later, with `at`, leaves it to whoever has it until then. With `seen`, what others said "
                "meanwhile is told as `unseen`, and nothing is sent. What cannot be queued has a `code`, "
                "as messages have."
            ),
            handle=reply,
            body=NewReply,
            result=QueuedReply,
            status=201,
            creates=True,
            problems=(CONFLICT, REFUSED),
            most=WORDY,
            example=MappingProxyType({**_ONE, "body": {"text": "We have it in blue, too.", "seen": 7}}),
        ),
        Operation(
            name="list_conversation_ways",
            method="GET",
            path="/conversations/{contact_id}/ways",
            scope=Permission.MESSAGES_READ,
            summary="List the ways to a contact",
            description="Our accounts that reach them, and whether each takes words now.",
            handle=list_ways,
            result=ConversationWays,
            example=_ONE,
        ),
    ),
)
