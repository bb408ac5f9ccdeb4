"""Messages as programs see them, and what they ask to be sent."""

from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, model_validator

from bot.api.shapes import Attribute, Given, KeptMoment, Moment, Page, PageQuery, Shown, Text
from bot.core.addresses import Channel
from bot.core.messages import Choice
from bot.core.purposes import Purpose
from bot.core.text import MAX_TEXT
from bot.endpoints.service import MessagePayload
from bot.messages.service import MessageState


class Message(MessagePayload, Shown):
    """Something that was said, or is to be."""

    @classmethod
    def of(cls, payload: MessagePayload) -> "Message":
        """As events tell it."""
        return cls(**dict(payload))


class TracedMessage(MessagePayload, Shown):
    """A message with what led to it."""

    trace: Annotated[list[JsonValue], Field(description="What the bot decided, step by step.")]


class MessagePage(Page[Message]):
    """Some messages."""


class MessageQuery(PageQuery):
    """Which messages."""

    search: Annotated[Text, Field(max_length=200, description="Words that were said.")] = ""
    channel: tuple[Channel, ...] = ()
    direction: Annotated[
        tuple[Literal["in", "out"], ...], Field(description="`in`: people wrote it; `out`: it was said to them.")
    ] = ()
    state: tuple[MessageState, ...] = ()
    account: tuple[Text, ...] = ()
    since: Annotated[Moment | None, Field(description="Not before.")] = None
    until: Annotated[Moment | None, Field(description="Before.")] = None


class Option(Given):
    """Something that may be answered by pressing a button."""

    id: Annotated[str, Field(min_length=1, max_length=200, description="What comes back when it is chosen.")]
    label: Annotated[str, Field(min_length=1, max_length=200, description="What stands on the button.")]
    description: Annotated[str, Field(max_length=200, description="A line below it, in lists.")] = ""

    @property
    def choice(self) -> Choice:
        """As the engine has it."""
        return Choice(self.id, self.label, self.description)


class NewMessage(Given):
    """Something to be said: words of your own, or a template of a published bundle."""

    contact_id: Annotated[str, Field(max_length=64)]
    text: Annotated[str | None, Field(min_length=1, max_length=MAX_TEXT)] = None
    choices: Annotated[list[Option], Field(max_length=20)] = Field(default_factory=list)
    template: Annotated[str | None, Field(max_length=255, description="`bundle/template`.")] = None
    variables: Annotated[dict[str, Attribute], Field(max_length=100)] = Field(default_factory=dict)
    account: Annotated[str, Field(max_length=255, description="Through which; by default where they last wrote.")] = ""
    channels: Annotated[list[Channel], Field(max_length=20, description="In order of preference.")] = Field(
        default_factory=list
    )
    purpose: Annotated[Purpose, Field(description="What it is sent for; marketing needs a consent that was given.")] = (
        Purpose.SERVICE
    )
    not_before: Annotated[KeptMoment | None, Field(description="When it may go; by default at once.")] = None
    not_after: Annotated[KeptMoment | None, Field(description="When it is stale; by default a day later.")] = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.text is None) is (self.template is None):
            raise ValueError("give either text or template")
        if self.template is not None and self.choices:
            raise ValueError("choices go with text; a template has its own")
        if self.text is not None and self.variables:
            raise ValueError("variables go with a template")
        if self.account and self.channels:
            raise ValueError("give either account or channels")
        return self


class QueuedMessage(Shown):
    """What will be sent."""

    id: Annotated[str, Field(description="Of the message; of its first part where it is too long for one.")]
    parts: Annotated[list[str], Field(description="The ids of all its parts.")]


class Cancelled(Shown):
    """What became of it."""

    cancelled: Annotated[bool, Field(description="False: it was on its way, or came to its end, before.")]
