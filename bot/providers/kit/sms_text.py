"""A message as the text of an SMS, cut where a provider takes so many units of an encoding and no more."""

from bot.core.messages import OutboundMessage
from bot.core.sms import Encoding, segments
from bot.providers.kit.plain_text import plain

_MARK = "…"
_MARK_IN_GSM = "..."
"""The mark of a cut text as GSM-7 spells it: the sign itself would put all of the text into UCS-2."""


def sms_text(message: OutboundMessage, *, gsm: int, ucs2: int) -> str:
    """The message in plain words, at most `gsm` units long where GSM-7 can write it, else `ucs2`."""
    text = plain(message)
    counted = segments(text)
    most, mark = (gsm, _MARK_IN_GSM) if counted.encoding is Encoding.GSM7 else (ucs2, _MARK)
    limit, excess = most, counted.units - most
    while excess > 0 and limit > 0:
        text = plain(message, limit).replace(_MARK, mark)
        excess = segments(text).units - most
        # A character has at most two units, so that half of what is too much may be all that is.
        limit -= (excess + 1) // 2
    return text
