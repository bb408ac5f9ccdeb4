"""What providers give back of what we gave them, and the codes they name: short, and never mended."""

from bot.core.text import clean

_MAX = 64


def own_id(given: str) -> str:
    """Our own id of a message, as its provider gives it back; empty where it cannot be one of ours."""
    found, mended = clean(given, _MAX)
    return "" if mended else found


def error_code(given: str) -> str:
    """A provider's code of an error, cut where it is none."""
    return clean(given, _MAX)[0]
