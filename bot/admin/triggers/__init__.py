"""`/triggers`: what is tried on each message, in which order, and which of them would win."""

from bot.admin.triggers.routes import setup

__all__ = ["setup"]
