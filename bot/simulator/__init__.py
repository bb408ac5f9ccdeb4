"""A phone in the browser that talks to the bot, through the same turn as a webhook."""

from bot.simulator.views import setup

__all__ = ["setup"]
