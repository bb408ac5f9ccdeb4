"""What the page asks and sends, narrowed; and what a person wrote there, as a provider would bring it."""

from typing import Annotated

from aiohttp import web
from pydantic import (
    Base64Bytes,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from bot.channels.service import SIMULATOR
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.messages import EmailHeaders, InboundFile, InboundMessage, MessageKind
from bot.core.text import MAX_NAME, MAX_TEXT, clean

PERSON = "Recado-Person"
"""The header that says who is talking: a made-up number, mail address or name, unguessable and kept by the page."""

_MAX_READ = 100


def cleaned(limit: int) -> BeforeValidator:
    """Takes out of a text what cannot be kept, and cuts it at `limit` characters."""
    return BeforeValidator(lambda text: clean(text, limit)[0] if isinstance(text, str) else text)


_PageId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{8,32}$")]
_Line = Annotated[str, cleaned(MAX_NAME)]
_Mail = Annotated[str, StringConstraints(pattern=r"^$|^<[a-z0-9]{8,32}@simulator\.invalid>$")]
_Person = Annotated[
    str,
    StringConstraints(pattern=r"^(\+[0-9]{8,15}|[a-z0-9.]{1,40}@example\.com|[a-z]{1,30}\.[0-9]{8})$"),
]
_Locale = Annotated[str, StringConstraints(pattern=r"^$|^[a-z]{2,3}-[A-Z]{2}$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class Visitor(_Frozen):
    """Who talks, and how.

    Attributes:
        person: a number, a mail address, or a name that a channel gives (`ana.12345678`).
        channel: of the conversation.
        language: that they speak, with the region; empty for whatever their number tells.
    """

    person: _Person
    channel: Channel
    language: _Locale = ""

    @property
    def address(self) -> Address:
        """Where the answers go: each channel is a conversation of its own."""
        return Address(AddressKind.SIMULATOR, f"{self.channel}:{self.person}")


class Sent(_Frozen):
    """A file that the person sends.

    Attributes:
        name: as it is called on their computer.
        type: its MIME type, as their browser says.
        content: its bytes, in base64.
    """

    name: _Line = ""
    type: _Line = ""
    content: Base64Bytes

    @property
    def kind(self) -> str:
        """How it is shown."""
        kind = self.type.partition("/")[0]
        return kind if kind in {"image", "audio", "video"} else "document"


class Written(_Frozen):
    """What the person typed or pressed.

    Attributes:
        id: the page's own; a message sent again with the same id is one message.
        name: the person's.
        text: as typed; of a pressed choice its label.
        choice: the id of the pressed choice, or None.
        subject: of an e-mail.
        thread: the message id that the e-mail's thread began with, or empty for a new one.
        file: what goes along; the text may then be empty.
    """

    id: _PageId
    name: _Line = ""
    text: Annotated[str, cleaned(MAX_TEXT)] = ""
    choice: _Line | None = None
    subject: _Line = ""
    thread: _Mail = ""
    file: Sent | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Written":
        if not self.text and self.file is None:
            raise ValueError("neither a text nor a file")
        return self


class Seen(_Frozen):
    """Which of the bot's messages the person has seen."""

    ids: Annotated[tuple[_PageId, ...], Field(max_length=_MAX_READ)]


def inbound(visitor: Visitor, written: Written) -> InboundMessage:
    """What the person wrote, as a provider would bring it."""
    pressed = written.choice is not None
    file = written.file
    listed = {"media": [{"type": file.kind, "mime_type": file.type, "filename": file.name}]} if file else {}
    email = None
    if visitor.channel is Channel.EMAIL:
        email = EmailHeaders(
            subject=written.subject,
            message_id=f"<{written.id}@simulator.invalid>",
            in_reply_to=written.thread,
            references=(written.thread,) if written.thread else (),
        )
    return InboundMessage(
        account=SIMULATOR,
        provider_message_id=f"{visitor.address.value}/{written.id}",
        channel=visitor.channel,
        addresses=(visitor.address,),
        name=written.name,
        kind=MessageKind.BUTTON if pressed else MessageKind.MEDIA if file else MessageKind.TEXT,
        text=written.text if written.choice is None else written.choice,
        label=written.text if pressed else "",
        body=listed,
        email=email,
        files=(InboundFile(0, file.content),) if file else (),
        locale=visitor.language,
    )


def visitor_of(request: web.Request) -> Visitor:
    """Who talks; raises HTTPBadRequest where that is no made-up person."""
    given = {"channel": request.query.get("channel"), "language": request.query.get("language", "")}
    try:
        return Visitor.model_validate({"person": request.headers.get(PERSON), **given})
    except ValidationError as error:
        raise web.HTTPBadRequest(text=f"the channel, the language or the header {PERSON} is not valid\n") from error
