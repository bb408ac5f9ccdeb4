"""The pages with which administrators see to the system."""

from bot.admin.views import setup

__all__ = ["setup"]
