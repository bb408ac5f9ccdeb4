"""`/replies`: words that a team says often, put in by a shortcut where one writes."""

from bot.admin.replies.views import setup

__all__ = ["setup"]
