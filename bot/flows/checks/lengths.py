"""Whether what templates say can be sent on every channel: in one message, in several, or not at all."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.messages import Choice, Location, Media, MediaKind, OutboundMessage
from bot.core.splitting import TextLimit, split
from bot.engine.templates import URL, WORDS, Form, TemplateFault, compile_text
from bot.flows.yaml.document import CollectInput, LocalizedText, TemplateDocument
from bot.flows.yaml.document_extras import ApprovedDocument, ExtrasDocument, Path, RowDocument
from bot.flows.yaml.findings import Findings
from bot.providers.kit.plain_text import plain
from bot.providers.table import PROVIDERS
from bot.providers.telegram.outbound import MAX_CAPTION

_SHORT = 250
"""Characters that every channel takes, whatever it counts them in."""
_LINK = 400
"""Characters that the link to a file of ours may have."""
_PARAMETER = 1024
"""Characters of a parameter of WhatsApp's, where the template has a header or buttons too."""
_CAPTIONED = (Channel.TELEGRAM, Channel.WHATSAPP)
_NOBODY = Address(AddressKind.PHONE, "")
_NOTHING = OutboundMessage("", "", Channel.OTHER, _NOBODY, "")


def check_lengths(found: Findings) -> None:
    """What no channel's limit leaves whole is a fault where it cannot go in parts, and else a note."""
    own = found.parts.own.get("locale", "en")
    for key, template in found.parts.templates.items():
        for path, locale, words, extras in _localized(key, template, own):
            _check(found, path, locale, words, extras)
            if words.whatsapp is not None:
                _parameters(found, (*path, "whatsapp"), words.whatsapp, locale)
    for flow, steps in found.parts.flows.items():
        for position, step in steps.items():
            if isinstance(step, CollectInput) and step.options:
                said = replace(_NOTHING, choices=tuple(Choice(each, each) for each in step.options))
                _choices(found, ("flows", flow, "steps", position, "options"), said)


def _localized(
    key: str, template: TemplateDocument, own: str
) -> Iterator[tuple[Path, str, LocalizedText, ExtrasDocument]]:
    for locale, words, extras in template.localized(own):
        path: Path = ("templates", key) if words is template else ("templates", key, "locales", locale)
        yield path, locale, words, extras


def _check(found: Findings, path: Path, locale: str, words: LocalizedText, extras: ExtrasDocument) -> None:
    said = _beside(extras, locale)
    if words.choices:
        _choices(found, words.choices_at(path), replace(said, media=None, location=None))
    texts = [_rendered(each, locale) for each in words.texts]
    if said.media is not None and any(texts):
        below = replace(said, choices=(), location=None)
        if words.media is not None and (refusing := _refusing(below)):
            found.add((*path, "media"), "N14", channels=_named(refusing))
        if words.media is not None and any(len(each) > MAX_CAPTION for each in texts):
            found.add((*path, "media"), "N13", limit=str(MAX_CAPTION), channels=", ".join(_CAPTIONED))
    for position, text in enumerate(texts):
        parts = _parts(text, plain(said))
        if parts:
            place = (*path, "content") if words.content is not None else (*path, "variants", position)
            counted = ", ".join(f"{channel} ({count})" for channel, count in sorted(parts.items()))
            found.add(place, "N12", channels=counted)


def _choices(found: Findings, place: Path, said: OutboundMessage) -> None:
    refusing = _refusing(said)
    if refusing:
        found.add(place, "F05", channels=_named(refusing))


def _parameters(found: Findings, path: Path, approved: ApprovedDocument, locale: str) -> None:
    if approved.header is None and approved.buttons is None:
        return
    for position, (name, text) in enumerate(approved.named_parameters):
        if len(_rendered(text, locale)) > _PARAMETER:
            found.add((*path, "parameters", name or position), "F06", limit=str(_PARAMETER))


def _beside(extras: ExtrasDocument, locale: str) -> OutboundMessage:
    """What goes along with the words, without what its variables add."""
    choices = tuple(
        Choice(
            each.answer,
            _rendered(each.label, locale),
            _rendered((each.description if isinstance(each, RowDocument) else None) or "", locale),
        )
        for each in extras.choices
    )
    media = location = None
    if extras.media is not None:
        url = extras.media.url
        link = " " * _LINK if url is None else _rendered(url, locale, URL)
        media = Media(MediaKind(extras.media.type), link)
    if extras.location is not None:
        place = extras.location
        name, address = (_rendered(each or "", locale) for each in (place.name, place.address))
        location = Location(place.latitude, place.longitude, name, address)
    return replace(_NOTHING, choices=choices, media=media, location=location)


def _rendered(text: str, locale: str, form: Form = WORDS) -> str:
    """The text without what variables add; empty where it is at fault."""
    try:
        return compile_text(text, form).render({}, {}, locale).text
    except TemplateFault:
        return ""


@cache
def _limits() -> Mapping[Channel, Sequence[TextLimit]]:
    """What the providers of each channel take."""
    limits: dict[Channel, list[TextLimit]] = defaultdict(list)
    for provider in PROVIDERS.values():
        for channel, limit in provider.texts.items():
            limits[channel].append(limit)
    return limits


def _refusing(said: OutboundMessage) -> list[Channel]:
    """The channels on which no provider takes even the shortest words with it."""
    below = f"?\n\n{plain(said)}"
    if len(below) <= _SHORT:
        return []
    return [channel for channel, limits in _limits().items() if not any(limit.takes(below) for limit in limits)]


def _parts(text: str, below: str) -> dict[Channel, int]:
    """In how many messages the text goes, on the channels where those are several; at most, as providers differ."""
    below = f"\n\n{below}" if below else ""
    if len(text + below) <= _SHORT:
        return {}
    counts = {channel: max(_count(text, below, limit) for limit in limits) for channel, limits in _limits().items()}
    return {channel: count for channel, count in counts.items() if count > 1}


def _count(text: str, below: str, limit: TextLimit) -> int:
    return len(split(text, limit.takes, lambda part: limit.takes(part + below)))


def _named(channels: Sequence[Channel]) -> str:
    return ", ".join(sorted(channels))
