"""`/endpoints`: programs that are told of what happens, and what became of telling them."""

from bot.admin.endpoints.views import setup

__all__ = ["setup"]
