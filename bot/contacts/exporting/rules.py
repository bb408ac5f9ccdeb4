"""Cells as the import reads them."""

from collections.abc import Mapping
from decimal import Decimal

from bot.contacts.importing.columns import CHANNELS, PREFIX, Kind, Type
from bot.contacts.importing.rules import is_doubtful
from bot.core.addresses import Channel
from bot.core.consents import Agreed, Standing, refuses
from bot.core.purposes import ConsentPurpose
from bot.engine.conversation import StateValue

OWN = (Kind.ID, Kind.NAME, Kind.PHONE, Kind.EMAIL, Kind.LOCALE, Kind.TIMEZONE, Kind.TAGS)
CONSENTS = tuple((kind, channel) for kind in (Kind.CONSENT, Kind.MARKETING) for channel in CHANNELS)
"""The columns of consents."""
Attribute = tuple[str, Type]
"""An attribute's column: its name and type. One that is of two types has two."""


def header(attributes: list[Attribute]) -> list[str]:
    """The first row.

    >>> header([("plan", Type.TEXT)])[-1]
    'contact.plan:text'
    """
    consents = [f"{kind}.{channel}" for kind, channel in CONSENTS]
    return [*(kind.value for kind in OWN), *consents, *(f"{PREFIX}{name}:{type_}" for name, type_ in attributes)]


def type_of(value: StateValue) -> Type:
    """The type of a column in which a value stands.

    >>> type_of("3"), type_of(True), type_of(3)
    (<Type.TEXT: 'text'>, <Type.BOOLEAN: 'boolean'>, <Type.NUMBER: 'number'>)
    """
    if isinstance(value, bool):
        return Type.BOOLEAN
    return Type.TEXT if isinstance(value, str) else Type.NUMBER


def spelled(value: StateValue) -> str:
    """A value as it is written.

    >>> spelled(True), spelled(Decimal("1.234")), spelled(Decimal("1E-7"))
    ('true', '1.2340', '0.0000001')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    return f"{text}0" if is_doubtful(text) else text


def consent_cell(kind: Kind, agreed: Agreed | None) -> str:
    """What somebody said: yes or no; empty for nothing, and where only the address takes no messages."""
    if agreed is None:
        return ""
    purpose = ConsentPurpose.MARKETING if kind is Kind.MARKETING else ConsentPurpose.ALL
    said: Standing | None = agreed.marketing if kind is Kind.MARKETING else agreed.all
    if said is None:
        return ""
    if said.opted_in:
        return "yes"
    return "no" if refuses(agreed, purpose) else ""


def consent_cells(of_channel: Mapping[Channel, Agreed]) -> list[str]:
    """The cells of `CONSENTS`."""
    return [consent_cell(kind, of_channel.get(channel)) for kind, channel in CONSENTS]
