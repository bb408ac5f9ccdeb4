"""`/parked`: messages whose turn failed and posts that could not be read, and what is decided on them."""

from bot.admin.parked.views import setup

__all__ = ["setup"]
