"""`/labels`: the words by which a team tells its conversations apart."""

from bot.admin.labels.views import setup

__all__ = ["setup"]
