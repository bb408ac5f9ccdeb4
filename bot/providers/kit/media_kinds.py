"""What a file is to a person, by its MIME type, where a provider says no more."""

from bot.core.messages import MediaKind

_SHOWN = frozenset({MediaKind.IMAGE, MediaKind.AUDIO, MediaKind.VIDEO})


def media_kind(mime_type: str) -> MediaKind:
    """Image, audio or video; a document for whatever else.

    >>> media_kind("image/png").value, media_kind("application/pdf").value
    ('image', 'document')
    """
    kind = mime_type.partition("/")[0].strip().lower()
    return MediaKind(kind) if kind in _SHOWN else MediaKind.DOCUMENT
