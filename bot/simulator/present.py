"""Messages as the page shows them."""

from typing import Any

from bot.conversations.explain import explain
from bot.core.addresses import Channel
from bot.core.email import from_body, thread_of
from bot.core.messages import Choice
from bot.engine.conversation import TraceEntry
from bot.messages.log import MessageView
from bot.messages.models import Direction
from bot.providers.lines import numbered
from bot.providers.whatsapp_outbound import Offer, offer
from bot.web.i18n import Translator


def present(message: MessageView, _: Translator) -> dict[str, Any]:
    """One message as JSON: its words in the form of its channel, and for an inbound one why it was answered so.

    An inbound message's `page_id` is the id the page gave it; `replies_to` names the inbound message that an
    outbound one answers.
    """
    inbound = message.direction == Direction.INBOUND
    choices = [Choice(each["id"], each["label"]) for each in message.body.get("choices", [])]
    form = offer(message.content, choices) if message.channel == Channel.WHATSAPP else Offer.LINES
    shown: dict[str, Any] = {
        "id": message.id,
        "page_id": (message.provider_message_id or "").rpartition("/")[2] if inbound else "",
        "direction": message.direction,
        "status": message.status,
        "text": message.content,
        "at": message.created_at.isoformat(),
        "replies_to": message.reply_to_id or "",
        "error": (message.error_reason or message.error or "") if not inbound else "",
    }
    if choices and form is not Offer.LINES:
        shown["choices"] = message.body["choices"]
        shown["offer"] = form
        shown["choices_label"] = message.body.get("choices_label", "")
    elif choices:
        shown["text"] = numbered(message.content, choices)
    if "email" in message.body:
        email = from_body(message.body["email"])
        shown |= {"subject": email.subject, "thread": thread_of(email)}
    if inbound:
        trace = [TraceEntry(entry["code"], entry.get("data", {})) for entry in message.trace]
        shown |= {"turn": message.turn_state, "why": explain(trace, _)}
    return shown
