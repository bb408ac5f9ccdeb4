from datetime import UTC, datetime
from typing import Any

import pytest

from bot.messages.log import MessageView
from bot.simulator.present import present
from bot.web.i18n import translator


def shown(*labels: str, channel: str = "whatsapp") -> dict[str, Any]:
    """How the page is told of a question with those options."""
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
        body={"choices": [{"id": label, "label": label} for label in labels], "choices_label": "Choose"},
        provider_message_id=None,
        reply_to_id=None,
        trace=[],
        error=None,
        error_reason=None,
        created_at=moment,
        updated_at=moment,
    )
    return present(message, translator("en"))


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
