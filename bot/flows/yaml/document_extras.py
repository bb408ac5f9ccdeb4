"""What a bundle's YAML may say beside a template's words: the models, each text in them with its form."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from bot.engine.templates import HTML, URL, WORDS, Form
from bot.flows.yaml.scalars import (
    ChoiceId,
    Content,
    Degrees,
    FileName,
    HtmlText,
    HttpsUrl,
    Line,
    Locale,
    StateName,
    TemplateName,
)

Path = tuple[str | int, ...]
Text = tuple[Path, str, Form]
"""Where it stands, what it says, what it writes."""
TEXT, MAPPING = "as text", "as mapping"
"""How something is written that may be either; no name has a blank in it."""


class Strict(BaseModel):
    """A mapping that has these keys and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ChoiceDocument(Strict):
    """A button, with what it answers."""

    label: Line = Field(description="What the person sees; WhatsApp shows 20 characters on a button, 24 in a list.")
    id: ChoiceId | None = Field(None, description="The answer that it stands for; the label, where it is left out.")

    @property
    def answer(self) -> str:
        """What comes back when it is pressed, as far as the file tells."""
        return self.id or self.label


class RowDocument(ChoiceDocument):
    """A row of a list, with what it answers."""

    description: Line | None = Field(None, description="A line below the label.")


def is_mapping(value: Any) -> str:
    """Which of the two it is."""
    return MAPPING if isinstance(value, dict | BaseModel) else TEXT


Buttons = Annotated[
    list[Annotated[Annotated[Line, Tag(TEXT)] | Annotated[ChoiceDocument, Tag(MAPPING)], Discriminator(is_mapping)]],
    Field(min_length=1, max_length=10),
]
Rows = Annotated[
    list[Annotated[Annotated[Line, Tag(TEXT)] | Annotated[RowDocument, Tag(MAPPING)], Discriminator(is_mapping)]],
    Field(min_length=1, max_length=10),
]
Parameters = Annotated[
    Annotated[list[Content], Tag(TEXT), Field(max_length=20)]
    | Annotated[dict[StateName, Content], Tag(MAPPING), Field(max_length=20)],
    Discriminator(is_mapping),
]
Answers = Annotated[list[ChoiceId], Field(min_length=1, max_length=10)]


class ListDocument(Strict):
    """Choices in a list that opens."""

    button: Line | None = Field(None, description="The words on the button that opens it.")
    rows: Rows = Field(description="Up to 10 rows: labels, or label, id and description.")


class MediaDocument(Strict):
    """A file."""

    type: Literal["image", "audio", "video", "document", "sticker"]
    url: HttpsUrl | None = Field(None, description="Where it lies: https, its host without variables.")
    file: FileName | None = Field(None, description="Instead of url: its path beside the bundle, at most 16 MB.")
    filename: Line | None = Field(None, description="The name under which the person gets a document.")

    @model_validator(mode="after")
    def _one_place(self) -> "MediaDocument":
        if (self.url is None) == (self.file is None):
            raise PydanticCustomError("either", "url or file", {"first": "url", "second": "file"})
        return self

    def texts(self, path: Path) -> Iterator[Text]:
        """Its texts, when it stands at `path`."""
        if self.url is not None:
            yield (*path, "url"), self.url, URL
        yield from _lines(path, filename=self.filename)


class LocationDocument(Strict):
    """A place on the map."""

    latitude: Degrees = Field(ge=-90, le=90, description="In degrees, south negative.")
    longitude: Degrees = Field(ge=-180, le=180, description="In degrees, west negative.")
    name: Line | None = Field(None, description="What the place is called.")
    address: Line | None = Field(None, description="Street and town.")


class ApprovedDocument(Strict):
    """A message template that WhatsApp has approved."""

    template: TemplateName = Field(description="Its name at WhatsApp; with Twilio, its ContentSid.")
    language: Locale | None = Field(None, description="Its language there: pt_BR; this template's, if left out.")
    parameters: Parameters = Field([], description="What stands for {{1}}, {{2}} …; a map, where they have names.")
    header: MediaDocument | None = Field(None, description="The file in its header.")
    buttons: Answers | None = Field(None, description="The answers that its quick replies stand for, in order.")

    @property
    def named_parameters(self) -> list[tuple[str, str]]:
        """Name, empty for a numbered one, and text."""
        if isinstance(self.parameters, dict):
            return list(self.parameters.items())
        return [("", each) for each in self.parameters]

    def texts(self, path: Path) -> Iterator[Text]:
        """Its texts, when it stands at `path`."""
        for position, (name, text) in enumerate(self.named_parameters):
            yield (*path, "parameters", name or position), text, WORDS
        if self.header is not None:
            yield from self.header.texts((*path, "header"))


class ExtrasDocument(Strict):
    """What goes along with the words of one locale."""

    buttons: Buttons | None = Field(
        None, description="Answers to press: up to 10 labels, or label and id; numbered lines where there are none."
    )
    list: ListDocument | None = Field(None, description="Answers in a list that opens, instead of buttons.")
    media: MediaDocument | None = Field(None, description="A picture or another file; elsewhere its address.")
    location: LocationDocument | None = Field(None, description="A place; where there is no map, a link to one.")
    whatsapp: ApprovedDocument | None = Field(
        None, description="WhatsApp's approved template to send when the person has not written for 24 hours."
    )
    subject: Line | None = Field(None, description="An e-mail's subject, instead of its thread's.")
    html: HtmlText | None = Field(None, description="An e-mail's HTML, beside the words.")

    @model_validator(mode="after")
    def _one_kind_of_choices(self) -> "ExtrasDocument":
        if self.buttons is not None and self.list is not None:
            raise PydanticCustomError("buttons_and_list", "buttons with list")
        return self

    @property
    def choices(self) -> tuple[ChoiceDocument, ...]:
        """Buttons or rows, in order."""
        written = self.list.rows if self.list is not None else self.buttons or ()
        return tuple(
            each if isinstance(each, ChoiceDocument) else ChoiceDocument(label=each, id=None) for each in written
        )

    def choices_at(self, path: Path) -> Path:
        """Where the buttons or rows stand, when this stands at `path`."""
        return (*path, "buttons") if self.list is None else (*path, "list", "rows")

    def beside_words(self, path: Path) -> Iterator[Text]:
        """All texts that may have variables, when this stands at `path`."""
        for position, choice in enumerate(self.choices):
            place = (*self.choices_at(path), position)
            description = choice.description if isinstance(choice, RowDocument) else None
            yield from _lines(place, label=choice.label, description=description)
        if self.list is not None:
            yield from _lines((*path, "list"), button=self.list.button)
        if self.media is not None:
            yield from self.media.texts((*path, "media"))
        if self.location is not None:
            yield from _lines((*path, "location"), name=self.location.name, address=self.location.address)
        if self.whatsapp is not None:
            yield from self.whatsapp.texts((*path, "whatsapp"))
        yield from _lines(path, subject=self.subject)
        if self.html is not None:
            yield (*path, "html"), self.html, HTML

    def completed(self, base: "ExtrasDocument") -> "ExtrasDocument":
        """These, and of `base` what is left out here; but no subject or HTML, which are words of one language."""
        own_choices = self.buttons is not None or self.list is not None
        inherited = {
            name: getattr(base, name)
            for name in ("buttons", "list", "media", "location", "whatsapp")
            if getattr(self, name) is None and not (own_choices and name in {"buttons", "list"})
        }
        own = {name: getattr(self, name) for name in ExtrasDocument.model_fields}
        return ExtrasDocument.model_construct(**own | inherited)


def _lines(path: Path, **lines: str | None) -> Iterator[Text]:
    for key, text in lines.items():
        if text is not None:
            yield (*path, key), text, WORDS


def has_variables(text: str) -> bool:
    """Whether what people see of it depends on more than the file."""
    return "{{" in text or "{%" in text
