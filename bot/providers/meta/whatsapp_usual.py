"""The post that WhatsApp sends most: one person's words and nothing else, read in one go.

Whatever is not exactly like it is read with care (`bot.providers.meta.whatsapp_inbound`), at six times the price; of
this one both give the same.
"""

import re

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.messages import InboundMessage, JsonObject, MessageKind
from bot.core.text import MAX_ID, MAX_NAME
from bot.providers.kit.json_reader import instant

_POST = {"object", "entry"}
_ENTRY = {"id", "changes"}
_CHANGE = {"field", "value"}
_VALUE = {"messaging_product", "metadata", "contacts", "messages"}
_CONTACT = {"profile", "wa_id"}
_MESSAGE = {"from", "id", "timestamp", "type", "text"}
_PHONE = re.compile(r"[1-9][0-9]{6,14}")


def usual_message(post: JsonObject, name: str) -> InboundMessage | None:
    """The message that is all a post carries; None where the post is another one. `name` is the provider's."""
    try:
        (entry,) = post["entry"]
        (change,) = entry["changes"]
        value = change["value"]
        (contact,), (item,) = value["contacts"], value["messages"]
        profile, text, number_id = contact["profile"], item["text"], value["metadata"]["phone_number_id"]
        own_name, words = profile["name"], text["body"]
        phone, message_id, sent_at = item["from"], item["id"], instant(item["timestamp"])
        if not (
            post.keys() == _POST
            and entry.keys() == _ENTRY
            and change.keys() == _CHANGE
            and value.keys() == _VALUE
            and contact.keys() == _CONTACT
            and item.keys() == _MESSAGE
            and len(profile) == len(text) == 1
            and change["field"] == "messages"
            and item["type"] == "text"
            and phone == contact["wa_id"]
            and _PHONE.fullmatch(phone)
            # What is not text is none of these.
            and 0 < len(number_id) <= MAX_ID
            and 0 < len(message_id) <= MAX_ID
            and len(own_name) + len(words) <= MAX_NAME
            and sent_at
            and (number_id + message_id + own_name + words).isprintable()
        ):
            return None
    except (LookupError, TypeError, ValueError, AttributeError):
        return None
    return InboundMessage(
        account=f"{name}:{number_id}",
        provider_message_id=message_id,
        channel=Channel.WHATSAPP,
        addresses=(Address(AddressKind.PHONE, f"+{phone}"),),
        kind=MessageKind.TEXT,
        text=words,
        name=own_name,
        sent_at=sent_at,
        body={},
    )
