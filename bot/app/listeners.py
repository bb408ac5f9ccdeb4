"""Which systems hear what happens in the conversation."""

from bot.listeners.service import Listeners

LISTENERS: Listeners = {}
"""By kind of value. Nobody yet: so nothing is made to be told."""
