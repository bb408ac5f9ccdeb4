"""The public face of contacts."""

from bot.contacts.consent import set_consent
from bot.contacts.directory import AddressCard, ContactCard, addresses, find_contacts, recent_contacts
from bot.contacts.identify import ContactsChangedError, LockedContact, Sender, identify, lock
from bot.contacts.queries import UPDATE_CONTACTS, UPSERT_CONSENTS, consents_of, set_seq

__all__ = [
    "UPDATE_CONTACTS",
    "UPSERT_CONSENTS",
    "AddressCard",
    "ContactCard",
    "ContactsChangedError",
    "LockedContact",
    "Sender",
    "addresses",
    "consents_of",
    "find_contacts",
    "identify",
    "lock",
    "recent_contacts",
    "set_consent",
    "set_seq",
]
