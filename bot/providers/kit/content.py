"""What a message says, whoever wrote it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from bot.core.messages import MessageKind


class Content(NamedTuple):
    """What a message says; the attributes are those of InboundMessage."""

    kind: MessageKind = MessageKind.OTHER
    text: str = ""
    label: str = ""
    body: Mapping[str, Any] | None = None
    automatic: str = ""
