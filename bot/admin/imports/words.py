"""How imports stand, and what is chosen for them; all marked for translation."""

from collections.abc import Mapping

from bot.contacts.importing.service import ImportStatus
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
