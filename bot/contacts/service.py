"""The public face of contacts."""

from bot.contacts.consent import set_consent
from bot.contacts.directory import AddressCard, ContactCard, addresses, find_contacts, recent_contacts
from bot.contacts.identify import ConsentState, ContactsChangedError, LockedContact, Sender, identify, lock
from bot.contacts.queries import update_contacts, write_consents

__all__ = [
    "AddressCard",
    "ConsentState",
    "ContactCard",
    "ContactsChangedError",
    "LockedContact",
    "Sender",
    "addresses",
    "find_contacts",
    "identify",
    "lock",
    "recent_contacts",
    "set_consent",
    "update_contacts",
    "write_consents",
]
