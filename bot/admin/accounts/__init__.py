"""`/accounts`: our senders with providers: how each stands, added, tested, paused, changed and removed."""

from bot.admin.accounts.views import setup

__all__ = ["setup"]
