"""`/jobs`: due work, how far it is, and what people may do about it."""

from bot.admin.jobs.pages import RULES
from bot.admin.jobs.views import setup

__all__ = ["RULES", "setup"]
