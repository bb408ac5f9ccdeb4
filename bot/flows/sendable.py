"""What whoever sends a template has to give it."""

from collections.abc import Iterator, Mapping

from bot.engine.definitions import Template
from bot.engine.extras import Extras, MediaText
from bot.engine.templates import CompiledText

_KNOWN = ("contact.", "message.")
"""How the names begin that nobody has to give."""


def variables_of(template: Template) -> Mapping[str, str | None]:
    """The variables of a template in any of its languages by name, each with its default or None.

    What it says of the contact, and of the message that it answers, is not among them.
    """
    given: dict[str, str | None] = dict(template.defaults)
    for localized in (template.base, *template.locales.values()):
        extras = () if localized.extras is None else _texts(localized.extras)
        for text in (*localized.variants, *extras):
            for name in () if text is None else text.names:
                given.setdefault(name, None)
    return {name: default for name, default in given.items() if not name.startswith(_KNOWN)}


def _texts(extras: Extras) -> Iterator[CompiledText | None]:
    for choice in extras.choices:
        yield choice.label
        yield choice.description
    yield extras.choices_label
    yield from _media(extras.media)
    if extras.place is not None:
        yield extras.place.name
        yield extras.place.address
    if extras.approved is not None:
        yield from (text for _name, text in extras.approved.parameters)
        yield from _media(extras.approved.header)
    yield extras.subject
    yield extras.html


def _media(media: MediaText | None) -> Iterator[CompiledText | None]:
    if media is not None:
        yield media.url
        yield media.filename
