"""A message as plain words, for a provider, a channel or a length that has nothing better."""

from dataclasses import replace

from bot.core.messages import Location, OutboundMessage
from bot.core.text import cut
from bot.providers.kit.numbered import numbered, undescribed

_BETWEEN = "\n\n"


def plain(message: OutboundMessage, limit: int | None = None) -> str:
    """The text, its choices as numbered lines, the file's URL, the place and a map's URL, a blank line between them.

    Where all of it exceeds `limit` characters, the place's name and address give way, then the choices' descriptions,
    then the end of the text. The numbered lines and the URLs are never cut: half of one is of no use, so that what has
    no room even for them stays too long, and the provider refuses it.
    """
    whole = _joined(message.text, _below(message, map_only=False))
    if limit is None or len(whole) <= limit:
        return whole
    below = _below(message, map_only=True)
    if len(_joined(message.text, below)) > limit:
        below = _below(replace(message, choices=undescribed(message.choices)), map_only=True)
    room = limit - len(_BETWEEN + below) if below else limit
    return _joined(cut(message.text, room), below) if room > 0 else below


def _below(message: OutboundMessage, *, map_only: bool) -> str:
    """What follows the text."""
    files = (message.media, *message.more_media) if message.media else ()
    urls = "\n".join(each.url for each in files)
    place = _place(message.location, map_only=map_only) if message.location else ""
    return _joined(numbered("", message.choices), urls, place)


def _place(location: Location, *, map_only: bool) -> str:
    link = f"https://maps.google.com/?q={degrees(location.latitude)},{degrees(location.longitude)}"
    return link if map_only else "\n".join(filter(None, (location.name, location.address, link)))


def degrees(value: float) -> str:
    """A decimal number, never `1e-05`; its sixth digit is a tenth of a metre."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _joined(*parts: str) -> str:
    return _BETWEEN.join(part for part in parts if part)
