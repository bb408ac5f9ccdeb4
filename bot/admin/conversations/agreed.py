"""What somebody said about messages, as forms ask for it, and where it may hold."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, StringConstraints

from bot.contacts.service import AddressCard, SetConsent
from bot.conversations.shown.channel_words import CHANNELS
from bot.core.addresses import AddressKind, Channel, channels_of
from bot.core.consents import ConsentReason, Said
from bot.core.purposes import ConsentPurpose
from bot.core.text import one_line
from bot.web.i18n import Translator

Why = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=255)]
"""How we know."""
_PLACE = f"^({'|'.join(Channel)}):[0-9A-Za-z-]+$"


class Word(BaseModel):
    """What they said.

    Attributes:
        where: channel and address's id, apart by a colon.
        purpose: for what.
        agrees: whether they do.
    """

    where: Annotated[str, StringConstraints(max_length=64, pattern=_PLACE)]
    purpose: ConsentPurpose
    agrees: bool

    @property
    def channel(self) -> Channel:
        """Where it holds."""
        return Channel(self.where.partition(":")[0])

    @property
    def address_id(self) -> str:
        """Of which address."""
        return self.where.partition(":")[2]

    def said(self, why: str, now: datetime) -> SetConsent:
        """The same, as it is written down by somebody who says how they know."""
        said = Said(self.agrees, ConsentReason.ADMIN, self.purpose, said_at=now, detail=why)
        return SetConsent(self.address_id, self.channel, said)


def places_of(addresses: Iterable[AddressCard], _: Translator) -> Mapping[str, str]:
    """How each place is called where a word may hold, by how `Word.where` spells it."""
    return {
        f"{channel}:{each.id}": f"{_(CHANNELS[channel])}, {one_line(each.value)}"
        for each in addresses
        for channel in channels_of(AddressKind(each.kind), each.value)
    }
