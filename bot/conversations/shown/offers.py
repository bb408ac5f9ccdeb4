"""The options of a message as its channel shows them: as buttons, a list, quick replies, or lines of its words."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.messages import Choice, OutboundMessage
from bot.messages.body import choices_in, location_in, media_in
from bot.messages.records import MessageView
from bot.providers.kit.numbered import beside_buttons, numbered
from bot.providers.meta import whatsapp_outbound
from bot.providers.meta.messaging_outbound import replies_of
from bot.providers.telegram.outbound import buttons_of


class Offer(StrEnum):
    """How options are offered."""

    BUTTONS = "buttons"
    LIST = "list"
    """Behind a button that opens it; it alone shows descriptions."""
    REPLIES = "replies"
    """Side by side, gone once one of them is pressed."""
    LINES = "lines"
    """Numbered lines among the words, where the channel knows nothing else or its limits allow nothing else."""


class Offered(NamedTuple):
    """What a message says where options belong to it.

    Attributes:
        text: its words, with the lines that its channel cannot show otherwise.
        offer: how the options are shown.
    """

    text: str
    offer: Offer


def offered(message: MessageView) -> Offered:
    """How the channel of `message` shows its options."""
    choices = choices_in(message.body)
    offer = _offer(message, choices) if choices else Offer.LINES
    if offer is Offer.LINES:
        return Offered(numbered(message.content, choices), offer)
    return Offered(message.content if offer is Offer.LIST else beside_buttons(message.content, choices), offer)


def _offer(message: MessageView, choices: Sequence[Choice]) -> Offer:
    said = OutboundMessage(
        *("", "", Channel.OTHER, _NOBODY, message.content, tuple(choices)),
        media=media_in(message.body),
        location=location_in(message.body),
    )
    match message.channel:
        case Channel.WHATSAPP:
            return Offer(whatsapp_outbound.offer(message.content, choices))
        case Channel.TELEGRAM if buttons_of(said):
            return Offer.BUTTONS
        case Channel.MESSENGER | Channel.INSTAGRAM if replies_of(said):
            return Offer.REPLIES
        case Channel.OTHER:
            # A bridge is handed all that there is, and shows it as it can.
            return Offer.BUTTONS
    return Offer.LINES


_NOBODY = Address(AddressKind.PHONE, "")
