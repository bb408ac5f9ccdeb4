"""Our side at Twilio: the numbers that its posts and ours name."""

from bot.providers.base import Credentials

WHATSAPP = "whatsapp:"
"""Stands before a number on WhatsApp."""

_SPELLING = str.maketrans("", "", " -().")


def senders(credentials: Credentials) -> tuple[str, ...]:
    """Our senders as Twilio spells them: `+15551230000`, `whatsapp:+14155238886`; several, comma-separated."""
    sms = credentials.each("from") if credentials.get("from") else ()
    whatsapp = credentials.each("whatsapp_from") if credentials.get("whatsapp_from") else ()
    return (
        *(_number(each) for each in sms),
        *(f"{WHATSAPP}{_number(each.removeprefix(WHATSAPP))}" for each in whatsapp),
    )


def _number(spelled: str) -> str:
    """A number as Twilio spells it; a sender's name is left as it is."""
    return spelled.translate(_SPELLING) if spelled.startswith("+") else spelled
