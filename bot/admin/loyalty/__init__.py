"""`/points`: programmes by which people earn points, their rules, and what each person has."""

from bot.admin.loyalty.views import setup

__all__ = ["setup"]
