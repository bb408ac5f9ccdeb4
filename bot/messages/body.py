"""What an outbound message carries beside its words: its form in `messages.body`, and back.

Files and places have the form in which inbound messages have theirs, so that whoever shows them asks no direction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, replace
from typing import Any

from bot.core.email import reply_headers
from bot.core.messages import ApprovedTemplate, ButtonValue, Choice, EmailHeaders, Location, Media, MediaKind
from bot.engine.conversation import Attached, Send

Body = Mapping[str, Any]


def with_files(body: Body, files: Sequence[Media]) -> dict[str, Any]:
    """The same with files that somebody sends along."""
    return {**body, "media": [_media(each) for each in files], "encloses": True} if files else dict(body)


def body_of(send: Send) -> dict[str, Any]:
    """What `messages.body` keeps of a message that is to be sent; empty for words alone."""
    body: dict[str, Any] = {}
    if send.choices:
        body["choices"] = [_choice(each) for each in send.choices]
        body["choices_label"] = send.choices_label
    return body if send.attached is None else body | _attached(send.attached)


def headers_of(send: Send, answered: EmailHeaders | None) -> EmailHeaders:
    """The headers of a mail that says it, in the thread of the mail that it answers, if it answers any."""
    headers = EmailHeaders() if answered is None else reply_headers(answered)
    subject = "" if send.attached is None else send.attached.subject
    return replace(headers, subject=subject) if subject else headers


def choices_in(body: Body) -> tuple[Choice, ...]:
    """The choices of a message."""
    return tuple(Choice(each["id"], each["label"], each.get("description", "")) for each in body.get("choices", ()))


def media_in(body: Body) -> Media | None:
    """The file of an outbound message."""
    return next((_read_media(each) for each in body.get("media", ())), None)


def more_media_in(body: Body) -> tuple[Media, ...]:
    """The files of an outbound message behind its first one."""
    return tuple(_read_media(each) for each in body.get("media", ())[1:])


def location_in(body: Body) -> Location | None:
    """The place of a message."""
    found = body.get("location")
    if found is None:
        return None
    return Location(found["latitude"], found["longitude"], found.get("name", ""), found.get("address", ""))


def template_in(body: Body) -> ApprovedTemplate | None:
    """The approved template of an outbound message."""
    found = body.get("template")
    if found is None:
        return None
    return ApprovedTemplate(
        name=found["name"],
        language=found["language"],
        parameters=tuple((name, text) for name, text in found["parameters"]),
        header=None if found["header"] is None else _read_media(found["header"]),
        buttons=tuple(found["buttons"]),
        header_parameters=tuple((name, text) for name, text in found.get("header_parameters", ())),
        button_values=tuple(ButtonValue(*each) for each in found.get("button_values", ())),
        is_chosen=found.get("is_chosen", False),
    )


def _attached(attached: Attached) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if attached.media is not None:
        body["media"] = [_media(attached.media)]
    if attached.location is not None:
        latitude, longitude, name, address = astuple(attached.location)
        body["location"] = {"latitude": latitude, "longitude": longitude, **_given(name=name, address=address)}
    if attached.template is not None:
        header = attached.template.header
        body["template"] = {
            "name": attached.template.name,
            "language": attached.template.language,
            "parameters": [list(each) for each in attached.template.parameters],
            "header": None if header is None else _media(header),
            "buttons": list(attached.template.buttons),
            **_chosen(attached.template),
        }
    if attached.html:
        body["html"] = attached.html
    return body


def _chosen(template: ApprovedTemplate) -> dict[str, Any]:
    """What only a template has that somebody chose by hand."""
    if not template.is_chosen:
        return {}
    return {
        "header_parameters": [list(each) for each in template.header_parameters],
        "button_values": [list(each) for each in template.button_values],
        "is_chosen": True,
    }


def _choice(choice: Choice) -> dict[str, str]:
    return {"id": choice.id, "label": choice.label, **_given(description=choice.description)}


def _media(media: Media) -> dict[str, str]:
    return {"type": media.kind, "url": media.url, **_given(filename=media.filename)}


def _read_media(found: Body) -> Media:
    return Media(MediaKind(found["type"]), found["url"], found.get("filename", ""))


def _given(**texts: str) -> dict[str, str]:
    return {name: text for name, text in texts.items() if text}
