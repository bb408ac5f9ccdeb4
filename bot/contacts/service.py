"""The public face of contacts."""

from bot.contacts.consent import (
    PastConsent,
    apply_preferences,
    change_row,
    changes,
    consent_history,
    set_consent,
)
from bot.contacts.directory import (
    AddressCard,
    ContactCard,
    FormerCard,
    addresses,
    find_contacts,
    former_addresses,
    recent_contacts,
)
from bot.contacts.identify import (
    ContactsChangedError,
    ContactsHeldError,
    LockedContact,
    Sender,
    identify,
    lock,
    try_lock,
)
from bot.contacts.models import Responder
from bot.contacts.profile import correct
from bot.contacts.queries import (
    INSERT_CONSENT_CHANGES,
    UPDATE_CONTACTS,
    UPDATE_RESPONDERS,
    UPSERT_CONSENTS,
    consents_of,
    set_seq,
)
from bot.contacts.telling import tell_consents
from bot.contacts.unsubscribing import unsubscribe_url

__all__ = [
    "INSERT_CONSENT_CHANGES",
    "UPDATE_CONTACTS",
    "UPDATE_RESPONDERS",
    "UPSERT_CONSENTS",
    "AddressCard",
    "ContactCard",
    "ContactsChangedError",
    "ContactsHeldError",
    "FormerCard",
    "LockedContact",
    "PastConsent",
    "Responder",
    "Sender",
    "addresses",
    "apply_preferences",
    "change_row",
    "changes",
    "consent_history",
    "consents_of",
    "correct",
    "find_contacts",
    "former_addresses",
    "identify",
    "lock",
    "recent_contacts",
    "set_consent",
    "set_seq",
    "tell_consents",
    "try_lock",
    "unsubscribe_url",
]
