"""`/contacts/import` and `/contacts/export`: people taken over from a sheet, and given out as one."""

from bot.admin.imports.views import setup

__all__ = ["setup"]
