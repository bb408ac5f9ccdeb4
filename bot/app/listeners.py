"""Which systems hear what happens in the conversation."""

from bot.endpoints import service as endpoints
from bot.inbox import service as inbox
from bot.listeners.service import Listeners
from bot.loyalty import service as loyalty

_SYSTEMS = (inbox.LISTENERS, loyalty.LISTENERS, endpoints.LISTENERS)
LISTENERS: Listeners = {
    kind: tuple(each for heard in _SYSTEMS for each in heard.get(kind, ()))
    for kind in dict.fromkeys(kind for heard in _SYSTEMS for kind in heard)
}
"""By kind of value; the inbox before whoever tells of it."""
