"""The signature below the mails that somebody writes."""

from bot.core.addresses import Channel
from bot.users.service import Writing

_ABOVE = "\n\n"


def signed(text: str, writing: Writing) -> str:
    """A mail's words with the signature below."""
    return f"{text}{_ABOVE}{writing.signature}" if writing.signature else text


def unsigned(text: str, channel: Channel, writing: Writing) -> str:
    """The words as they were typed: a mail's without the signature."""
    return text.removesuffix(f"{_ABOVE}{writing.signature}") if channel is Channel.EMAIL and writing.signature else text
