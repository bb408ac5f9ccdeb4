"""Templates that a provider lists as approved: what they say, what is filled in, and the message that comes of it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bot.core.expressions import compiled_later
from bot.core.messages import ApprovedTemplate, ButtonValue, Media, MediaKind

APPROVED = "APPROVED"
"""The one status in which a provider sends a template."""
MARKETING = "MARKETING"
"""The category of what only those may get who have not refused marketing."""
_BLANK = compiled_later(r"\{\{\s*(\w{1,64})\s*\}\}", re.ASCII)
_FILLED_BUTTONS: Mapping[str, str] = {"URL": "url", "COPY_CODE": "copy_code"}


class TemplateButton(NamedTuple):
    """A button of a template.

    Attributes:
        kind: as the provider calls it: `QUICK_REPLY`, `URL`, `PHONE_NUMBER`, `COPY_CODE`, `VOICE_CALL`.
        label: what the person sees.
        target: the address that it opens or the number that it calls; else empty.
        example: of what is filled in; may be empty.
    """

    kind: str
    label: str
    target: str = ""
    example: str = ""


class Blank(NamedTuple):
    """A place of a template where something is filled in.

    Attributes:
        key: names it within the template: `header.1`, `body.guest`, `button.0`.
        name: its name in the template, or its number.
        label: of the button that it belongs to; empty for one of the words.
        example: as the provider was given it; may be empty.
    """

    key: str
    name: str
    label: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class ListedTemplate:
    """A template in one language, as a provider lists it.

    Attributes:
        name: at the provider.
        language: at the provider, e.g. `pt_BR`.
        category: `MARKETING`, `UTILITY` or `AUTHENTICATION`, or what it may be called one day.
        status: `APPROVED`, or why it is not sent: `PAUSED`, `REJECTED`, …
        quality: `GREEN`, `YELLOW`, `RED`; empty where it is not told.
        header: the words above the others; may be empty.
        header_file: what kind of file stands above them; None for none.
        body: the words, with `{{1}}` or `{{name}}` where something is filled in.
        footer: the small words below; may be empty.
        buttons: in their order.
        is_named: its blanks have names, and are no numbers.
        examples: what may stand in the blanks, by key.
        unknown: the part of it that nothing here can fill in; empty where all of it can be.
    """

    name: str
    language: str
    category: str = ""
    status: str = APPROVED
    quality: str = ""
    header: str = ""
    header_file: MediaKind | None = None
    body: str = ""
    footer: str = ""
    buttons: tuple[TemplateButton, ...] = ()
    is_named: bool = False
    examples: Mapping[str, str] = field(default_factory=dict)
    unknown: str = ""

    @property
    def is_sendable(self) -> bool:
        """Whether somebody may choose it by hand now."""
        return self.status == APPROVED and not self.unknown

    @property
    def blanks(self) -> tuple[Blank, ...]:
        """What is to be filled in, each once, in the order in which it is read."""
        found = [*self._blanks_of("header", self.header), *self._blanks_of("body", self.body)]
        for at, each in enumerate(self.buttons):
            if each.kind == "COPY_CODE" or (each.kind == "URL" and _BLANK.search(each.target)):
                found.append(Blank(f"button.{at}", "1", each.label, each.example))
        return tuple(found)

    def _blanks_of(self, place: str, words: str) -> Iterator[Blank]:
        for name in dict.fromkeys(_BLANK.findall(words)):
            key = f"{place}.{name}"
            yield Blank(key, name, example=self.examples.get(key, ""))


class Filled(NamedTuple):
    """A template with everything in its place.

    Attributes:
        text: all of its words, as the person reads them.
        approved: what the provider is to send.
    """

    text: str
    approved: ApprovedTemplate


def fill(template: ListedTemplate, values: Mapping[str, str], header: Media | None) -> Filled | tuple[str, ...]:
    """The message that a template makes; where something is missing, the keys of those blanks instead.

    A header's file that is missing is the key `header`.

    Args:
        template: that is sendable.
        values: by the blanks' keys; blank ones count as missing.
        header: the file above the words, where it has one.
    """
    given = {key: " ".join(value.split()) for key, value in values.items()}
    missing = [each.key for each in template.blanks if not given.get(each.key)]
    if template.header_file is not None and (header is None or header.kind is not template.header_file):
        missing.insert(0, "header")
    if missing:
        return tuple(missing)
    buttons = [
        ButtonValue(at, _FILLED_BUTTONS[each.kind], given[f"button.{at}"])
        for at, each in enumerate(template.buttons)
        if f"button.{at}" in given and each.kind in _FILLED_BUTTONS
    ]
    approved = ApprovedTemplate(
        name=template.name,
        language=template.language,
        parameters=_parameters(template, "body", template.body, given),
        header=header if template.header_file is not None else None,
        header_parameters=_parameters(template, "header", template.header, given),
        button_values=tuple(buttons),
        is_chosen=True,
    )
    words = (_filled("header", template.header, given), _filled("body", template.body, given), template.footer)
    return Filled("\n\n".join(filter(None, words)), approved)


def to_json(template: ListedTemplate) -> dict[str, Any]:
    """What it says, as it is kept beside its name, language, category, status and quality."""
    return {
        "header": template.header,
        "header_file": template.header_file,
        "body": template.body,
        "footer": template.footer,
        "buttons": [list(each) for each in template.buttons],
        "is_named": template.is_named,
        "examples": dict(template.examples),
        "unknown": template.unknown,
    }


def from_json(kept: Mapping[str, Any], **columns: str) -> ListedTemplate:
    """The same back; `columns` are what it is kept beside."""
    kind = kept["header_file"]
    return ListedTemplate(
        **columns,
        header=kept["header"],
        header_file=None if kind is None else MediaKind(kind),
        body=kept["body"],
        footer=kept["footer"],
        buttons=tuple(TemplateButton(*each) for each in kept["buttons"]),
        is_named=kept["is_named"],
        examples=kept["examples"],
        unknown=kept["unknown"],
    )


def pieces(words: str, place: str) -> Iterator[tuple[str, str]]:
    """The words of a place and the keys of its blanks in turn: each time (words, key), at the end with an empty key.

    >>> list(pieces("Hi {{1}}!", "body"))
    [('Hi ', 'body.1'), ('!', '')]
    """
    at = 0
    for found in _BLANK.finditer(words):
        yield words[at : found.start()], f"{place}.{found[1]}"
        at = found.end()
    yield words[at:], ""


def _filled(place: str, words: str, values: Mapping[str, str]) -> str:
    return "".join(before + values.get(key, "") for before, key in pieces(words, place))


def _parameters(
    template: ListedTemplate, place: str, words: str, values: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    names = list(dict.fromkeys(_BLANK.findall(words)))
    if not template.is_named:
        # By number they count by their order, whatever comes first in the words.
        names.sort(key=lambda name: int(name) if name.isdigit() else 0)
    return tuple((name if template.is_named else "", values[f"{place}.{name}"]) for name in names)
