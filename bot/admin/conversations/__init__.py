"""What was said and with whom: all messages, contacts, and the conversation with each."""

from bot.admin.conversations.views import setup

__all__ = ["setup"]
