"""Every provider there is, by name; a further one is a module and a line here."""

from collections.abc import Mapping

from bot.providers import mailgun, twilio, whatsapp
from bot.providers.base import Provider

PROVIDERS: Mapping[str, Provider] = {
    "whatsapp": whatsapp.PROVIDER,
    "twilio": twilio.PROVIDER,
    "mailgun": mailgun.PROVIDER,
}
