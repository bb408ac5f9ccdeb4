"""Where a person is reached, and on which channel."""

from enum import StrEnum
from typing import NamedTuple


class Channel(StrEnum):
    """The kind of conversation; decides formatting, limits and opt-out words."""

    WHATSAPP = "whatsapp"
    SMS = "sms"
    EMAIL = "email"
    TELEGRAM = "telegram"
    MESSENGER = "messenger"
    INSTAGRAM = "instagram"
    OTHER = "other"
    """Whatever a bridge of the operator's own carries."""


class AddressKind(StrEnum):
    """The name space of an address; WhatsApp and SMS share `phone`."""

    PHONE = "phone"
    """`+` and 7 to 15 digits, exactly the digits the provider gave."""
    EMAIL = "email"
    """Lower-case."""
    WA_USER = "wa_user"
    """WhatsApp's business-scoped user id, e.g. `BR.1234567890`."""
    TELEGRAM = "telegram"
    """A private chat's id: digits."""
    MESSENGER = "messenger"
    """A page-scoped id: digits; another page knows the same person by another one."""
    INSTAGRAM = "instagram"
    """An Instagram-scoped id: digits."""
    EXTERNAL = "external"
    """What a bridge calls a person, exactly as it gave it."""
    SIMULATOR = "simulator"
    """A made-up person of the simulator or the terminal: `whatsapp:+5511999990000`."""


class Address(NamedTuple):
    """One address of a person.

    Attributes:
        kind: the name space.
        value: normalised within it, at most 255 characters.
    """

    kind: AddressKind
    value: str


def mask(value: str) -> str:
    """An address for a log line: enough to tell two apart, too little to write to.

    >>> mask("+5511999990000")
    '…0000'
    >>> mask("ana@example.com")
    'a…@example.com'
    """
    if "@" in value:
        local, _, domain = value.rpartition("@")
        return f"{local[:1]}…@{domain}"
    return f"…{value[-4:]}"
