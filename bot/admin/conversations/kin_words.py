"""What is told of contacts who may be one person; all marked for translation."""

from collections.abc import Mapping, Sequence

from bot.admin.conversations.spoken import name_of
from bot.contacts.service import ContactCard, Likeness
from bot.core.actors import SYSTEM
from bot.core.text import one_line
from bot.web.i18n import N_, Translator

LIKENESS: Mapping[Likeness, str] = {
    Likeness.TOLD: N_("Told by the channel"),
    Likeness.PHONE: N_("Alike phone number"),
    Likeness.EMAIL: N_("Same mailbox"),
    Likeness.NAME: N_("Alike name"),
}
"""In what two are alike."""
DETAILS: Mapping[str, str] = {
    "name": N_("Name"),
    "phone": N_("Phone"),
    "email": N_("E-mail"),
    "locale": N_("Language"),
    "timezone": N_("Time zone"),
}
"""What of a contact another one can fill."""


def reasons_in_words(reasons: Sequence[Likeness], _: Translator) -> list[str]:
    """In what two are alike, the surest first."""
    return [_(words) for each, words in LIKENESS.items() if each in reasons]


def who_did(name: str, _: Translator) -> str:
    """How whoever merged is called; the audit has their name."""
    return _("the server, by itself") if name == SYSTEM.name else one_line(name)


def told_apart(card: ContactCard, other: ContactCard, _: Translator) -> str:
    """How a contact is called beside another one who may be called the same."""
    name = name_of(card, _)
    reached = next(iter(card.reached), "")
    return f"{name} ({one_line(reached)})" if name == name_of(other, _) and reached and reached != name else name
