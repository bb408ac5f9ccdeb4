"""A contact as templates and flows see them."""

from collections.abc import Iterable

from bot.contacts.service import LockedContact
from bot.core.addresses import AddressKind
from bot.engine.conversation import ContactView


def contact_view(contact: LockedContact, kind: str, address: str, tags: Iterable[str]) -> ContactView:
    """The contact who is spoken to at that address."""
    phone, email = reached_at(contact, kind, address)
    return ContactView(contact.name, phone, email, contact.locale, False, contact.attributes, frozenset(tags))


def reached_at(contact: LockedContact, kind: str, address: str) -> tuple[str, str]:
    """The phone and the e-mail address of a contact who is spoken to at that address; empty for none."""
    if kind != AddressKind.SIMULATOR:
        return contact.phone, contact.email
    # A made-up person has no address of their own; what stands behind the channel's name is their look.
    look = address.partition(":")[2]
    return (look if look.startswith("+") else "", look if "@" in look else "")
