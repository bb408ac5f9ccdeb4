"""Why a consent is as it is, in plain words."""

from collections.abc import Mapping

from bot.core.consents import ConsentReason
from bot.core.i18n import N_

REASONS: Mapping[str, str] = {
    ConsentReason.WORD: N_("they wrote so"),
    ConsentReason.PROVIDER: N_("the provider says so"),
    ConsentReason.MARKETING: N_("they said so in WhatsApp's settings"),
    ConsentReason.COMPLAINT: N_("they reported a message as spam"),
    ConsentReason.BOUNCE: N_("the address takes no messages"),
    ConsentReason.UNSUBSCRIBED: N_("they followed the unsubscribe link"),
    ConsentReason.ADMIN: N_("somebody of the team wrote it down"),
    ConsentReason.FORM: N_("they filled in a form"),
    ConsentReason.IMPORT: N_("a sheet that was imported says so"),
}
