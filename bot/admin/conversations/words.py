"""What things of conversations are called, and how they look."""

from collections.abc import Mapping

from bot.contacts.service import Agreement, Responder
from bot.core.addresses import AddressKind
from bot.core.messages import MediaKind, MessageKind
from bot.core.purposes import ConsentPurpose, Lane
from bot.messages.models import Direction
from bot.messages.service import MessageState
from bot.web.i18n import N_

SCHEDULED, WITHDRAWN = "scheduled", "withdrawn"
"""What a bubble tells beside `MessageState`: it goes later; its author took it back, or said it otherwise."""
DIRECTIONS: Mapping[str, str] = {Direction.INBOUND: N_("From people"), Direction.OUTBOUND: N_("To people")}
STATES: Mapping[str, str] = {
    MessageState.RECEIVED: N_("Received"),
    MessageState.PENDING: N_("Waits for its turn"),
    MessageState.PARKED: N_("Put aside"),
    MessageState.QUEUED: N_("Queued"),
    MessageState.SENT: N_("Sent"),
    MessageState.DELIVERED: N_("Delivered"),
    MessageState.READ: N_("Read"),
    MessageState.FAILED: N_("Not sent"),
    SCHEDULED: N_("Goes out later"),
    WITHDRAWN: N_("Taken back"),
}
STATE_KINDS: Mapping[str, str] = {
    MessageState.PENDING: "warn",
    MessageState.PARKED: "danger",
    MessageState.QUEUED: "warn",
    MessageState.DELIVERED: "good",
    MessageState.READ: "good",
    MessageState.FAILED: "danger",
    SCHEDULED: "warn",
}
"""The looks of those that are not as ever."""
LANES: Mapping[str, str] = {Lane.REPLY: N_("Answers"), Lane.NOTICE: N_("Notices"), Lane.BULK: N_("Campaigns")}
ADDRESS_KINDS: Mapping[str, str] = {
    AddressKind.PHONE: N_("Phone"),
    AddressKind.EMAIL: N_("E-mail"),
    AddressKind.WA_USER: N_("WhatsApp user"),
    AddressKind.TELEGRAM: N_("Telegram"),
    AddressKind.MESSENGER: N_("Messenger"),
    AddressKind.INSTAGRAM: N_("Instagram"),
    AddressKind.EXTERNAL: N_("Another channel"),
    AddressKind.SIMULATOR: N_("Simulator"),
}
FILES: Mapping[str, str] = {
    MediaKind.IMAGE: N_("Picture"),
    MediaKind.AUDIO: N_("Voice note"),
    MediaKind.VIDEO: N_("Video"),
    MediaKind.DOCUMENT: N_("File"),
    MediaKind.STICKER: N_("Sticker"),
}
KINDS: Mapping[str, str] = {
    MessageKind.TEXT: N_("No words"),
    MessageKind.BUTTON: N_("A button"),
    MessageKind.MEDIA: N_("File"),
    MessageKind.LOCATION: N_("A place on the map"),
    MessageKind.REACTION: N_("A reaction"),
    MessageKind.OTHER: N_("Something that cannot be shown"),
}
"""What a message without words is."""
CONSENTS: Mapping[tuple[str, bool], str] = {
    (ConsentPurpose.ALL, True): N_("gets messages"),
    (ConsentPurpose.ALL, False): N_("wants no messages"),
    (ConsentPurpose.MARKETING, True): N_("agreed to promotions"),
    (ConsentPurpose.MARKETING, False): N_("wants no promotions"),
}
"""What an address agreed to, by purpose and whether it did."""
RESPONDERS: Mapping[str, str] = {Responder.BOT: N_("The bot"), Responder.HUMAN: N_("A person")}
AGREEMENTS: Mapping[str, str] = {
    Agreement.OPTED_OUT: N_("Wants no messages"),
    Agreement.PROMOTIONS: N_("Agreed to promotions"),
    Agreement.NO_PROMOTIONS: N_("Wants no promotions"),
}
