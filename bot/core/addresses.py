"""Where a person is reached, and on which channel."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
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

    # Enum's own, of the name, is Python's and slow, and another one than that of the equal text.
    __hash__ = str.__hash__


class AddressKind(StrEnum):
    """The name space of an address; WhatsApp and SMS share `phone`."""

    PHONE = "phone"
    """`+` and 7 to 15 digits, exactly the digits the provider gave."""
    EMAIL = "email"
    """Lower-case."""
    WA_USER = "wa_user"
    """WhatsApp's business-scoped user id, e.g. `BR.1234567890`: unique for a person and a business, who may have
    several numbers."""
    TELEGRAM = "telegram"
    """A private chat's id: digits, the person's own for every bot."""
    MESSENGER = "messenger"
    """A page-scoped id: digits; another page knows the same person by another one, and may know another by this."""
    INSTAGRAM = "instagram"
    """An Instagram-scoped id: digits; as with pages."""
    EXTERNAL = "external"
    """What a bridge calls a person, exactly as it gave it."""
    SIMULATOR = "simulator"
    """A made-up person of the simulator or the terminal: `whatsapp:+5511999990000`."""

    __hash__ = str.__hash__


OF_AN_ACCOUNT = frozenset({AddressKind.MESSENGER, AddressKind.INSTAGRAM, AddressKind.EXTERNAL})
"""Kinds whose addresses mean somebody only together with the account of ours that heard them."""


KINDS_BY_CHANNEL: Mapping[Channel, tuple[AddressKind, ...]] = MappingProxyType(
    {
        Channel.WHATSAPP: (AddressKind.PHONE, AddressKind.WA_USER),
        Channel.SMS: (AddressKind.PHONE,),
        Channel.EMAIL: (AddressKind.EMAIL,),
        Channel.TELEGRAM: (AddressKind.TELEGRAM,),
        Channel.MESSENGER: (AddressKind.MESSENGER,),
        Channel.INSTAGRAM: (AddressKind.INSTAGRAM,),
        Channel.OTHER: (AddressKind.EXTERNAL,),
    }
)
"""The kinds of addresses that a channel reaches, the preferred one first."""


def channels_of(kind: AddressKind, value: str) -> tuple[Channel, ...]:
    """The channels on which an address of that kind is reached; a made-up person's address names its own.

    >>> channels_of(AddressKind.PHONE, "+5511999990000")
    (<Channel.WHATSAPP: 'whatsapp'>, <Channel.SMS: 'sms'>)
    """
    if kind is AddressKind.SIMULATOR:
        return tuple(each for each in Channel if each == value.partition(":")[0])
    return tuple(channel for channel, kinds in KINDS_BY_CHANNEL.items() if kind in kinds)


class Address(NamedTuple):
    """One address of a person.

    Attributes:
        kind: the name space.
        value: normalised within it, at most 255 characters.
        scope: the account within which it means somebody, for kinds of `OF_AN_ACCOUNT`; else empty.
    """

    kind: AddressKind
    value: str
    scope: str = ""

    @property
    def key(self) -> str:
        """How it is stored, unlike any other's of its kind; `stored` is the way back.

        >>> Address(AddressKind.EXTERNAL, "ana", "generic:app").key
        'generic:app/ana'
        """
        return f"{_quoted(self.scope)}/{self.value}" if self.scope else self.value

    @classmethod
    def stored(cls, kind: AddressKind, key: str) -> "Address":
        """The address that is stored so.

        >>> Address.stored(AddressKind.EXTERNAL, "generic:app/ana").scope
        'generic:app'
        """
        scope, slash, value = key.partition("/") if kind in OF_AN_ACCOUNT else ("", "", "")
        return cls(kind, value, _unquoted(scope)) if slash else cls(kind, key)


def within(addresses: tuple[Address, ...], account: str) -> tuple[Address, ...]:
    """The addresses as an account heard them: scoped by it where they mean somebody only there."""
    if OF_AN_ACCOUNT.isdisjoint([each.kind for each in addresses]):
        return addresses
    return tuple(each._replace(scope=account) if each.kind in OF_AN_ACCOUNT else each for each in addresses)


def _quoted(account: str) -> str:
    # Else one could name an account so that its people are another one's.
    return account.replace("%", "%25").replace("/", "%2F")


def _unquoted(scope: str) -> str:
    return scope.replace("%2F", "/").replace("%25", "%")


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
