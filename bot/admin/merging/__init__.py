"""The pages of contacts who are one person: who may be, what merging them would do, and who was merged with whom."""

from bot.admin.merging.views import setup

__all__ = ["setup"]
