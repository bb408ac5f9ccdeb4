"""What a template brings beside its words: choices, a file, a place, an approved template, a mail's subject and HTML.

Compiled once, like the words; most templates have none of it, and then nothing here is looked at.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.core.addresses import Channel
from bot.core.messages import ApprovedTemplate, Choice, Location, Media, MediaKind
from bot.core.text import cut
from bot.engine.conversation import Attached
from bot.engine.templates import CompiledText
from bot.engine.text import compare_equal

MAX_LABEL = 100
"""Characters of a choice's label, and of the words on the button that opens a list."""
MAX_LINE = 200
"""Characters of a choice's description, a file's name, a place's name and address, a mail's subject."""
MAX_PARAMETER = 1_000
"""Characters of an approved template's parameter."""


@dataclass(frozen=True, slots=True)
class ChoiceText:
    """A choice.

    Attributes:
        label: what the person sees.
        id: what comes back when it is pressed; empty for the label itself.
        description: a line below the label, or None.
    """

    label: CompiledText
    id: str = ""
    description: CompiledText | None = None


@dataclass(frozen=True, slots=True)
class MediaText:
    """A file.

    Attributes:
        kind: how it is shown.
        url: where it lies, of the form `templates.URL`.
        filename: what the person sees of a document, or None.
    """

    kind: MediaKind
    url: CompiledText
    filename: CompiledText | None = None


@dataclass(frozen=True, slots=True)
class PlaceText:
    """A place; see `bot.core.messages.Location`."""

    latitude: float
    longitude: float
    name: CompiledText | None = None
    address: CompiledText | None = None


@dataclass(frozen=True, slots=True)
class ApprovedText:
    """An approved template; see `bot.core.messages.ApprovedTemplate`."""

    name: str
    language: str
    parameters: tuple[tuple[str, CompiledText], ...] = ()
    header: MediaText | None = None
    buttons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Extras:
    """All that goes along with a template's words in one locale.

    Attributes:
        choices: in order; they are answers that a waiting step takes.
        choices_label: words on the button that opens a list, or None for the shipped ones.
        media: or None.
        place: or None.
        approved: what is sent instead on WhatsApp when only an approved template may be; or None.
        subject: of a mail, or None for the thread's.
        html: of a mail, of the form `templates.HTML`, or None.
    """

    choices: tuple[ChoiceText, ...] = ()
    choices_label: CompiledText | None = None
    media: MediaText | None = None
    place: PlaceText | None = None
    approved: ApprovedText | None = None
    subject: CompiledText | None = None
    html: CompiledText | None = None


@dataclass(slots=True)
class Saying:
    """Renders the texts of one message, and gathers what was amiss with any of them.

    Attributes:
        variables: by dotted name.
        defaults: by dotted name.
        locale: numbers are printed as people write them there.
        missing: the printed variables that had no value.
        left_out: the parts that could not be sent: `media`, `html`.
    """

    variables: Mapping[str, Any]
    defaults: Mapping[str, str]
    locale: str
    missing: dict[str, None] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def attached(self, extras: Extras, channel: Channel) -> Attached | None:
        """What goes along with the words beside the choices, as far as that channel can use it; None for nothing."""
        place, approved = extras.place, extras.approved
        attached = Attached(
            media=None if extras.media is None else self._media(extras.media, "media"),
            location=None
            if place is None
            else Location(place.latitude, place.longitude, self.line(place.name), self.line(place.address)),
            template=self._approved(approved) if approved is not None and channel is Channel.WHATSAPP else None,
            subject=self.line(extras.subject) if channel is Channel.EMAIL else "",
            html=self._whole(extras.html, "html") if extras.html is not None and channel is Channel.EMAIL else "",
        )
        return attached if any(attached) else None

    def choices(self, extras: Extras) -> tuple[Choice, ...]:
        """The choices; one without a label, or one that could not be told from another, is left out."""
        made: list[Choice] = []
        taken: set[str] = set()
        for each in extras.choices:
            label = self.line(each.label, MAX_LABEL)
            choice = Choice(each.id or label, label, self.line(each.description))
            names = {compare_equal(choice.id), compare_equal(label)}
            if label and taken.isdisjoint(names):
                made.append(choice)
                taken |= names
        return tuple(made)

    def line(self, text: CompiledText | None, limit: int = MAX_LINE) -> str:
        """A short text on one line, or empty."""
        if text is None:
            return ""
        rendered = text.render(self.variables, self.defaults, self.locale)
        self.missing |= dict.fromkeys(rendered.missing)
        return cut(" ".join(rendered.text.split()), limit)

    def _approved(self, approved: ApprovedText) -> ApprovedTemplate | None:
        header = None if approved.header is None else self._media(approved.header, "whatsapp")
        if approved.header is not None and header is None:
            return None
        parameters = tuple((name, self.line(text, MAX_PARAMETER)) for name, text in approved.parameters)
        return ApprovedTemplate(approved.name, approved.language, parameters, header, approved.buttons)

    def _media(self, media: MediaText, part: str) -> Media | None:
        url = self._whole(media.url, part)
        return Media(media.kind, url, self.line(media.filename)) if url else None

    def _whole(self, text: CompiledText, part: str) -> str:
        """A text of which a piece is of no use: empty when it is too long, or an address that lacks a value."""
        rendered = text.render(self.variables, self.defaults, self.locale)
        self.missing |= dict.fromkeys(rendered.missing)
        incomplete = part != "html" and not all(self.defaults.get(name) for name in rendered.missing)
        if not rendered.cut and not incomplete:
            return rendered.text
        self.left_out.append(part)
        return ""
