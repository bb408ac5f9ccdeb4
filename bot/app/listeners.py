"""Which systems hear what happens in the conversation."""

from bot.endpoints import service as endpoints
from bot.listeners.service import Listeners

LISTENERS: Listeners = {**endpoints.LISTENERS}
"""By kind of value."""
