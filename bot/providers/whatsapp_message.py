"""What one WhatsApp message says, by its type.

{"from": "15551230001", "id": "wamid.1", "timestamp": "1760000000", "type": "image",
 "image": {"id": "900001", "mime_type": "image/jpeg", "sha256": "3q2+7w==", "caption": "this one"}}
"""

from collections.abc import Callable, Mapping
from typing import Any

from bot.core.errors import UnparsableError
from bot.core.messages import MessageKind
from bot.providers.content import Content
from bot.providers.narrow import Part, read_object


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
    details = {key: value for key, value in media.value.items() if key not in {"caption", "url"}}
    return Content(MessageKind.MEDIA, media.text("caption", ""), body={"media": [{**details, "type": kind}]})


def _location(item: Part) -> Content:
    return Content(MessageKind.LOCATION, body={"location": item.part("location").value})


def _contacts(item: Part) -> Content:
    return Content(body={"contacts": [each.value for each in item.parts("contacts")]})


def _interactive(item: Part) -> Content:
    """A pressed button or list row, or a filled-in form; the object is missing when Meta could not read it."""
    interactive = item.maybe("interactive")
    kind = interactive.text("type", "")
    if kind in {"button_reply", "list_reply"}:
        pressed = interactive.part(kind)
        return _pressed(pressed.text("id", ""), pressed.text("title", ""), {kind: pressed.value})
    if kind == "nfm_reply":
        return Content(body={"form": _form(interactive.part(kind).text("response_json", "{}"))})
    if kind:
        raise UnparsableError(f"{interactive.path}.type is not known")
    return Content()


def _form(response: str) -> Any:
    """A form's answers, which come as JSON within a string; the string itself when they are not readable."""
    try:
        return read_object(response).value
    except UnparsableError:
        return response


def _button(item: Part) -> Content:
    pressed = item.part("button")
    return _pressed(pressed.text("payload", ""), pressed.text("text", ""), {"button": pressed.value})


def _pressed(answer: str, label: str, body: Mapping[str, Any]) -> Content:
    return Content(MessageKind.BUTTON, answer or label, label, body)


def _reaction(item: Part) -> Content:
    reaction = item.part("reaction")
    return Content(MessageKind.REACTION, reaction.text("emoji", ""), body={"reaction": reaction.value})


def _order(item: Part) -> Content:
    order = item.part("order")
    return Content(text=order.text("text", ""), body={"order": order.value})


def _system(item: Part) -> Content:
    system = item.part("system")
    return Content(text=system.text("body", ""), body={"system": system.value}, automatic="system")


def _unsupported(item: Part) -> Content:
    errors = [each.value for each in item.parts("errors")]
    return Content(body={"unsupported": item.maybe("unsupported").value, "errors": errors})


def _edit(item: Part) -> Content:
    """A changed message; it is kept and not answered again."""
    edit = item.part("edit")
    text = edit.maybe("message").maybe("text").text("body", "")
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
    "unsupported": _unsupported,
    "edit": _edit,
    "revoke": _revoke,
}
