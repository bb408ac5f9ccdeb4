"""From what a document says beside a template's words to what the engine renders."""

from collections.abc import Mapping

from bot.core.messages import MediaKind
from bot.engine.extras import ApprovedText, ChoiceText, Extras, MediaText, PlaceText
from bot.engine.templates import HTML, URL, CompiledText, compile_text
from bot.flows.yaml.document_extras import (
    ApprovedDocument,
    ChoiceDocument,
    ExtrasDocument,
    LocationDocument,
    MediaDocument,
    RowDocument,
)


def compile_extras(document: ExtrasDocument, locale: str, files: Mapping[str, str]) -> Extras | None:
    """What goes along with words in that locale, or None for words alone; `files` has the URLs of the bundle's own."""
    extras = Extras(
        choices=tuple(map(_choice, document.choices)),
        choices_label=None if document.list is None else _line(document.list.button),
        media=None if document.media is None else _media(document.media, files),
        place=None if document.location is None else _place(document.location),
        approved=None if document.whatsapp is None else _approved(document.whatsapp, locale, files),
        subject=_line(document.subject),
        html=None if document.html is None else compile_text(document.html, HTML),
    )
    return None if extras == Extras() else extras


def _choice(choice: ChoiceDocument) -> ChoiceText:
    description = choice.description if isinstance(choice, RowDocument) else None
    return ChoiceText(compile_text(choice.label), choice.id or "", _line(description))


def _media(media: MediaDocument, files: Mapping[str, str]) -> MediaText:
    url = files[media.file] if media.file is not None else media.url or ""
    return MediaText(MediaKind(media.type), compile_text(url, URL), _line(media.filename))


def _place(place: LocationDocument) -> PlaceText:
    return PlaceText(place.latitude, place.longitude, _line(place.name), _line(place.address))


def _approved(approved: ApprovedDocument, locale: str, files: Mapping[str, str]) -> ApprovedText:
    return ApprovedText(
        name=approved.template,
        # WhatsApp writes `pt_BR`.
        language=(approved.language or locale).replace("-", "_"),
        parameters=tuple((name, compile_text(text)) for name, text in approved.named_parameters),
        header=None if approved.header is None else _media(approved.header, files),
        buttons=tuple(approved.buttons or ()),
    )


def _line(text: str | None) -> CompiledText | None:
    return None if text is None else compile_text(text)
