"""`/bundles`: what is published, what differs between its versions, and publishing another one."""

from bot.admin.bundles.routes import setup

__all__ = ["setup"]
