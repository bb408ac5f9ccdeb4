"""Reading the answers of send APIs."""

import math

from bot.core.errors import UnparsableError
from bot.providers.base import HttpResponse
from bot.providers.kit.json_reader import Part, read_object


def json_answer(response: HttpResponse) -> Part:
    """The JSON object in the answer, an empty one when it is not readable."""
    try:
        return read_object(response.body)
    except UnparsableError:
        return Part({})


def retry_after(response: HttpResponse) -> float | None:
    """The seconds the provider asks to wait, or None; its other form, a date, is not used by send APIs."""
    try:
        seconds = float(response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
