"""Messages as pages show them: in the form of their channel, with their files, and why they were answered so."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

from bot.conversations.sending.requests import BY_A_USER, BY_TERMINAL
from bot.conversations.shown import files
from bot.conversations.shown.explain import explain
from bot.conversations.shown.files import Linker
from bot.conversations.shown.offers import Offer, offered
from bot.conversations.shown.step_words import StepWords
from bot.core.email import from_body, thread_of
from bot.core.text import cut, one_line
from bot.engine.conversation import TraceEntry
from bot.messages.body import choices_in, location_in, template_in
from bot.messages.media.service import FileView
from bot.messages.models import Direction
from bot.messages.records import MessageView
from bot.messages.service import NOT_SENT
from bot.providers.kit.plain_text import degrees
from bot.providers.meta.whatsapp_outbound import MAX_ROW_DESCRIPTION
from bot.web.i18n import Translator


def present(
    message: MessageView, came: Sequence[FileView], linker: Linker, _: Translator, words: StepWords, place: tzinfo
) -> dict[str, Any]:
    """One message as JSON: its words in the form of its channel, and for an inbound one why it was answered so.

    An inbound message's `page_id` is the id the page gave it; `replies_to` names the inbound message that an
    outbound one answers. `media` are its files; those that came with an inbound one are given, as are the steps' words.
    Moments in sentences are told in the zone `place`.
    """
    inbound = message.direction == Direction.INBOUND
    text, offer = offered(message)
    shown: dict[str, Any] = {
        "id": message.id,
        "page_id": (message.provider_message_id or "").rpartition("/")[2] if inbound else "",
        "direction": message.direction,
        "status": message.status,
        "text": text,
        "at": message.said_at.isoformat(),
        "replies_to": message.reply_to_id or "",
        "error": "" if inbound else one_line(_why_not(message, _)),
        "media": files.received(message.body, came, linker, _) if inbound else files.sent(message.body, linker),
    }
    if offer is not Offer.LINES and choices_in(message.body):
        listed = offer is Offer.LIST
        shown["choices"] = [_in_a_list(each) if listed else _bare(each) for each in message.body["choices"]]
        shown["offer"] = offer
        shown["choices_label"] = message.body.get("choices_label", "")
    if "email" in message.body:
        email = from_body(message.body["email"])
        shown |= {"subject": email.subject, "thread": thread_of(email)}
    if inbound:
        trace = [TraceEntry(entry["code"], entry.get("data", {})) for entry in message.trace]
        shown |= {"turn": message.turn_state, "why": [one_line(each) for each in explain(trace, _, words, place)]}
    else:
        shown |= {"beside": _beside(message, _), "by_hand": _is_by_hand(message)}
    return shown


def _why_not(message: MessageView, _: Translator) -> str:
    """Why it was not sent, as far as somebody said so; empty for what was."""
    reason = message.error_reason or NOT_SENT.get(message.error or "", "")
    return _(reason) if reason else message.error or ""


def _is_by_hand(message: MessageView) -> bool:
    """Whether a person of ours wrote it; nobody is named with an echo, and with what was sent by older versions."""
    origin = message.origin
    named = origin is None or origin == BY_TERMINAL or origin.startswith(BY_A_USER)
    return message.reply_to_id is None and named


def _in_a_list(choice: dict[str, Any]) -> dict[str, Any]:
    described = choice.get("description", "")
    return {**choice, "description": cut(described, MAX_ROW_DESCRIPTION)} if described else choice


def _bare(choice: dict[str, Any]) -> dict[str, Any]:
    """What a button shows; a description stands among the words."""
    return {name: value for name, value in choice.items() if name != "description"}


def _beside(message: MessageView, _: Translator) -> list[dict[str, str]]:
    """What goes along with the bot's words, beside files: what it is, in words, and where a link leads."""
    location, template = location_in(message.body), template_in(message.body)
    beside = []
    if location is not None:
        words = ", ".join(filter(None, (location.name, location.address))) or _("A place on the map")
        url = f"https://maps.google.com/?q={degrees(location.latitude)},{degrees(location.longitude)}"
        beside.append({"text": words, "url": url})
    if template is not None:
        name, language = template.name, template.language
        if template.is_chosen:
            text = _("Sent as the approved template {name} ({language}).", name=name, language=language)
        else:
            text = _(
                "After a day of silence WhatsApp gets the approved template {name} ({language}) instead.",
                name=name,
                language=language,
            )
        beside.append({"text": text, "url": ""})
    if message.body.get("html"):
        beside.append({"text": _("The e-mail has HTML beside these words."), "url": ""})
    return beside
