from datetime import UTC, datetime
from typing import Any

import pytest

from bot.conversations.shown.files import Linker
from bot.conversations.shown.present import present
from bot.messages.records import MessageView
from bot.web.i18n import translator


def shown(*labels: str, channel: str = "whatsapp", **body: Any) -> dict[str, Any]:
    """How the page is told of a question with those options, and whatever else goes along with it."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    message = MessageView(
        id="c1",
        contact_id="c2",
        account="simulator",
        channel=channel,
        address=f"{channel}:ana",
        direction="outbound",
        status="sent",
        turn_state=None,
        seq=2,
        kind="text",
        content="Which one?",
        body={"choices": [{"id": label, "label": label} for label in labels], "choices_label": "Choose", **body},
        provider_message_id=None,
        reply_to_id=None,
        trace=[],
        error=None,
        error_reason=None,
        created_at=moment,
        updated_at=moment,
    )
    return present(message, (), Linker(moment, ()), translator("en"), {}, UTC)


@pytest.mark.parametrize(
    ("labels", "offer"),
    [(("Small", "Large"), "buttons"), (("A", "B", "C", "D"), "list"), (("x" * 21, "y"), "list")],
)
def test_options_look_as_whatsapp_would_show_them(labels: tuple[str, ...], offer: str) -> None:
    assert shown(*labels)["offer"] == offer


@pytest.mark.parametrize("labels", [("x" * 25, "y"), tuple("ABCDEFGHIJK")])
def test_options_beyond_whatsapps_limits_are_numbered_lines_as_the_provider_sends_them(labels: tuple[str, ...]) -> None:
    message = shown(*labels)

    assert "choices" not in message
    assert message["text"].startswith(f"Which one?\n\n1. {labels[0]}\n2. {labels[1]}")


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_other_channels_have_numbered_lines(channel: str) -> None:
    assert shown("Small", channel=channel)["text"] == "Which one?\n\n1. Small"


def test_choices_with_descriptions_are_a_list_that_shows_them() -> None:
    choices = [{"id": "s", "label": "Small", "description": "for one"}, {"id": "l", "label": "Large"}]
    message = shown(choices=choices)

    assert (message["offer"], message["choices"]) == ("list", choices)


def test_what_goes_along_with_the_words_is_told_with_its_link() -> None:
    template: dict[str, Any] = {"name": "ready", "language": "pt_BR", "parameters": [], "header": None, "buttons": []}
    place = {"latitude": -23.55, "longitude": -46.6, "name": "Pizzaria", "address": "Rua Augusta 1"}

    assert shown(template=template, location=place, html="<p>Hi</p>")["beside"] == [
        {"text": "Pizzaria, Rua Augusta 1", "url": "https://maps.google.com/?q=-23.55,-46.6"},
        {"text": "After a day of silence WhatsApp gets the approved template ready (pt_BR) instead.", "url": ""},
        {"text": "The e-mail has HTML beside these words.", "url": ""},
    ]
    assert shown(location={"latitude": 1.5, "longitude": 2.0})["beside"][0]["text"] == "A place on the map"
    assert shown("Small")["beside"] == []


for_channels = pytest.mark.parametrize(
    ("channel", "offer"),
    [("telegram", "buttons"), ("messenger", "replies"), ("instagram", "replies"), ("other", "buttons")],
)


@for_channels
def test_channels_beside_whatsapp_show_options_as_their_providers_do(channel: str, offer: str) -> None:
    message = shown("Small", "Large", channel=channel)

    assert (message["offer"], [each["label"] for each in message["choices"]]) == (offer, ["Small", "Large"])
    assert message["text"] == "Which one?"


@for_channels
def test_what_buttons_leave_out_stands_among_the_words(channel: str, offer: str) -> None:
    choices = [{"id": "s", "label": "Small", "description": "for one"}, {"id": "l", "label": "Large"}]
    message = shown(choices=choices, channel=channel)

    assert message["text"] == "Which one?\n\nSmall - for one"
    assert message["choices"] == [{"id": "s", "label": "Small"}, {"id": "l", "label": "Large"}]
    assert message["offer"] == offer


@pytest.mark.parametrize(("channel", "label"), [("telegram", "x" * 65), ("messenger", "x" * 21)])
def test_options_beyond_a_channels_limits_are_numbered_lines(channel: str, label: str) -> None:
    message = shown(label, channel=channel)

    assert "choices" not in message
    assert message["text"] == f"Which one?\n\n1. {label}"
