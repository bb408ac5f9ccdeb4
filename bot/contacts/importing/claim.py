"""What an import says of consents, and its proof."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from bot.contacts.importing.person import Word
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.consents import ConsentReason, Said
from bot.core.purposes import ConsentPurpose
from bot.core.text import cut, one_line

_LONGEST_REASON = 140
_LONGEST_NAME = 70
REACHED: Mapping[AddressKind, tuple[Channel, ...]] = MappingProxyType(
    {AddressKind.PHONE: (Channel.WHATSAPP, Channel.SMS), AddressKind.EMAIL: (Channel.EMAIL,)}
)
"""On which channels an address of a sheet is reached."""


@dataclass(frozen=True, slots=True)
class Claim:
    """How those of a sheet come to agree.

    Attributes:
        reason: how they did, in the words of whoever imports; empty: it is not claimed that they do.
        purpose: to what.
        file: its name.
        at: when it was written, as far as that is known: what it refuses was said by then.
        is_in_sheet: whether a column says who does; else all do.
    """

    reason: str
    purpose: ConsentPurpose
    file: str
    at: datetime
    is_in_sheet: bool = False

    @property
    def proof(self) -> str:
        """What is kept with each consent: the reason, the file's name and time; at most 255 characters."""
        reason = cut(one_line(self.reason.strip()), _LONGEST_REASON)
        told = f"{cut(one_line(self.file), _LONGEST_NAME)}, {self.at:%Y-%m-%d %H:%M} UTC"
        return f"{reason} ({told})" if reason else told

    def said(self, words: Sequence[Word], addresses: Sequence[Address]) -> Iterator[tuple[Address, Channel, Said]]:
        """What a row says, by its cells and by the import, of each of its addresses.

        Refusals come first; what a row says of one channel comes before what it says of all.
        """
        spoken = [*words] if self.is_in_sheet else [*words, Word(None, "", opted_in=True)]
        for word in sorted(spoken, key=lambda each: (each.opted_in, not each.channel)):
            if word.opted_in and not self.reason:
                continue
            said = Said(
                word.opted_in,
                ConsentReason.IMPORT,
                word.purpose or self.purpose,
                None if word.opted_in else self.at,
                self.proof,
            )
            for address in addresses:
                for channel in REACHED[address.kind]:
                    if word.channel in {"", channel}:
                        yield address, channel, said
