"""Whether what an address agreed to lets something be sent to it."""

from bot.conversations.sending.requests import Code
from bot.core.consents import Agreed
from bot.core.purposes import Purpose


def dissent(agreed: Agreed, purpose: Purpose) -> Code | None:
    """Why nothing may be sent there for that purpose; None where it may."""
    if agreed.refuses:
        return Code.OPTED_OUT
    if purpose is not Purpose.MARKETING:
        return None
    if agreed.of_marketing is None:
        return Code.NO_CONSENT
    return None if agreed.of_marketing.opted_in else Code.OPTED_OUT
