"""The public face of contacts."""

from bot.contacts.consent import set_consent

__all__ = ["set_consent"]
