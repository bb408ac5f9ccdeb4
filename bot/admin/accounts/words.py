"""How accounts stand, in words; marked for translation."""

from collections.abc import Mapping
from typing import NamedTuple

from bot.messages.service import AccountState
from bot.web.i18n import N_


class Standing(NamedTuple):
    """How a state is called, marked for translation, and with which colour it is shown."""

    label: str
    kind: str = ""


STANDINGS: Mapping[AccountState, Standing] = {
    AccountState.FAILING: Standing(N_("Failing"), "danger"),
    AccountState.PAUSED: Standing(N_("Paused"), "warn"),
    AccountState.UNTESTED: Standing(N_("Untested")),
    AccountState.CONNECTED: Standing(N_("Connected"), "good"),
}
STATES: Mapping[str, str] = {state: each.label for state, each in STANDINGS.items()}
TEMPLATE_STATES: Mapping[str, Standing] = {
    "APPROVED": Standing(N_("Approved"), "good"),
    "PENDING": Standing(N_("In review")),
    "IN_APPEAL": Standing(N_("In review")),
    "REJECTED": Standing(N_("Rejected"), "danger"),
    "PAUSED": Standing(N_("Paused"), "warn"),
    "DISABLED": Standing(N_("Disabled"), "danger"),
    "GONE": Standing(N_("Gone"), "warn"),
}
"""How a template stands, by its provider's own word."""
CATEGORIES: Mapping[str, str] = {
    "MARKETING": N_("Marketing"),
    "UTILITY": N_("Utility"),
    "AUTHENTICATION": N_("Authentication"),
}
SOURCES: Mapping[str, str] = {
    "settings": N_("The server's settings"),
    "stored": N_("The database, encrypted"),
    "removed": N_("Nowhere: it was removed"),
}


_SPELLED: Mapping[str, str] = {"whatsapp": "WhatsApp", "arns": "ARNs"} | {
    word: word.upper() for word in ("api", "id", "sid", "smtp", "sns", "url")
}


def label_of(key: str) -> str:
    """What a credential is called, as its provider's console spells it.

    >>> label_of("account_sid"), label_of("whatsapp_from"), label_of("from")
    ('Account SID', 'WhatsApp from', 'From')
    """
    first, *others = [_SPELLED.get(word, word) for word in key.split("_")]
    return " ".join([first[:1].upper() + first[1:], *others])
