"""What one WhatsApp message says, by its type.

{"from": "15551230001", "id": "wamid.1", "timestamp": "1760000000", "type": "image",
 "image": {"id": "900001", "mime_type": "image/jpeg", "sha256": "3q2+7w==", "caption": "this one"}}
"""

from collections.abc import Callable, Mapping
from typing import Any

from bot.core.errors import UnparsableError
from bot.core.messages import MessageKind
from bot.providers.kit import shared_items
from bot.providers.kit.content import Content
from bot.providers.kit.json_lenient import part_at, parts_at, text_at
from bot.providers.kit.json_reader import Part


def content_of(item: Part) -> Content:
    """What the message at `item` says; raises UnparsableError, also for a type that is not known."""
    read = _READERS.get(item.text("type"))
    if read is None:
        raise UnparsableError(f"{item.path}.type is not known")
    return read(item)


def _text(item: Part) -> Content:
    return Content(MessageKind.TEXT, item.part("text").text("body"))


def _media(item: Part) -> Content:
    """A file; its `url`, where there is one, ends within minutes, and its id gives a fresh one."""
    kind = item.text("type")
    media = item.part(kind)
    caption = text_at(media, "caption")
    dropped = {"caption", "url"} if caption else {"url"}
    details = {key: value for key, value in media.value.items() if key not in dropped}
    return Content(MessageKind.MEDIA, caption, body={"media": [{**details, "type": kind}]})


def _location(item: Part) -> Content:
    return shared_items.place(item.part("location").value)


def _contacts(item: Part) -> Content:
    listed = item.value.get("contacts")
    return shared_items.contacts([_card(each) for each in parts_at(item, "contacts")], {"contacts": listed or []})


def _card(contact: Part) -> shared_items.Card:
    phones = (_phone(each) for each in parts_at(contact, "phones"))
    emails = (text_at(each, "email") for each in parts_at(contact, "emails"))
    name = text_at(contact, "name", "formatted_name") or text_at(contact, "name", "first_name")
    return shared_items.Card(name, tuple(filter(None, phones)), tuple(filter(None, emails)))


def _phone(listed: Part) -> str:
    """A contact's number: as WhatsApp knows it, else as the person has it in their book."""
    known = text_at(listed, "wa_id")
    return f"+{known}" if known.isdecimal() else text_at(listed, "phone").strip()


def _interactive(item: Part) -> Content:
    """A pressed button or list row, or a filled-in form; the object is missing when Meta could not read it."""
    interactive = item.maybe("interactive")
    kind = text_at(interactive, "type")
    if kind in {"button_reply", "list_reply"}:
        pressed = interactive.part(kind)
        return _pressed(text_at(pressed, "id"), text_at(pressed, "title"), {kind: pressed.value})
    if kind == "nfm_reply":
        return _form(interactive.part(kind))
    if interactive.value:
        raise UnparsableError(f"{interactive.path}.type is not known")
    return Content()


def _form(reply: Part) -> Content:
    """A form's answers, which come as JSON within a string; beside them what the form is called."""
    content = shared_items.form(reply.value.get("response_json", "{}"))
    about = {key: value for key, value in reply.value.items() if key != "response_json"}
    return content._replace(body={**(content.body or {}), "form_reply": about} if about else content.body)


def _button(item: Part) -> Content:
    pressed = item.part("button")
    return _pressed(text_at(pressed, "payload"), text_at(pressed, "text"), {"button": pressed.value})


def _pressed(answer: str, label: str, body: Mapping[str, Any]) -> Content:
    return Content(MessageKind.BUTTON, answer or label, label, body)


def _reaction(item: Part) -> Content:
    reaction = item.part("reaction")
    return Content(MessageKind.REACTION, text_at(reaction, "emoji"), body={"reaction": reaction.value})


def _order(item: Part) -> Content:
    return shared_items.order(item.part("order"))


def _system(item: Part) -> Content:
    system = item.part("system")
    return Content(text=text_at(system, "body"), body={"system": system.value}, automatic="system")


def _unsupported(item: Part) -> Content:
    errors = [each.value for each in parts_at(item, "errors")]
    return Content(body={"unsupported": part_at(item, "unsupported").value, "errors": errors})


def _edit(item: Part) -> Content:
    """A changed message; it is kept and not answered again."""
    edit = item.part("edit")
    text = text_at(edit, "message", "text", "body")
    return Content(text=text, body={"edit": edit.value}, automatic="edit")


def _revoke(item: Part) -> Content:
    return Content(body={"revoke": item.part("revoke").value}, automatic="revoke")


_READERS: Mapping[str, Callable[[Part], Content]] = {
    "text": _text,
    **dict.fromkeys(("image", "audio", "video", "document", "sticker"), _media),
    "location": _location,
    "contacts": _contacts,
    "interactive": _interactive,
    "button": _button,
    "reaction": _reaction,
    "order": _order,
    "system": _system,
    # What WhatsApp itself could not read; it has both names.
    **dict.fromkeys(("unsupported", "unknown"), _unsupported),
    "edit": _edit,
    "revoke": _revoke,
}
