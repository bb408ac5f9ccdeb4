"""The inbox as pages: conversations that people have, one of them beside the list, and the person beside both."""

from bot.admin.inbox.reports.views import setup as setup_reports
from bot.admin.inbox.views import setup

__all__ = ["setup", "setup_reports"]
