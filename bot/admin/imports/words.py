"""How imports stand, and what is chosen for them; all marked for translation."""

from collections.abc import Mapping

from bot.contacts.importing.service import ImportStatus
from bot.core.addresses import Channel
from bot.web.i18n import N_

STATUSES: Mapping[str, tuple[str, str]] = {
    ImportStatus.RECEIVING: (N_("Broken off"), "danger"),
    ImportStatus.CHECKING: (N_("Is checked"), ""),
    ImportStatus.READY: (N_("Waits for your word"), "warn"),
    ImportStatus.APPLYING: (N_("Is written"), ""),
    ImportStatus.DONE: (N_("Done"), "good"),
    ImportStatus.DISCARDED: (N_("Discarded"), ""),
}
"""By status a label and the colour with which it is shown."""
CHANNELS: Mapping[str, str] = {
    Channel.WHATSAPP: N_("WhatsApp"),
    Channel.SMS: N_("SMS"),
    Channel.EMAIL: N_("E-mail"),
    Channel.TELEGRAM: N_("Telegram"),
    Channel.MESSENGER: N_("Messenger"),
    Channel.INSTAGRAM: N_("Instagram"),
    Channel.OTHER: N_("Other"),
}
FIELDS: Mapping[str, str] = {
    "phone": N_("phone"),
    "email": N_("e-mail"),
    "name": N_("name"),
    "locale": N_("language"),
    "timezone": N_("time zone"),
    "tags": N_("tags"),
    "consent": N_("consent"),
}
"""What a row may change, by column."""
