"""Who runs which jobs: the one table, filled by the rooms that have any."""

from collections.abc import Mapping

from bot.conversations import service as conversations
from bot.conversations.services import Services
from bot.jobs.service import Handler
from bot.listeners import service as listeners
from bot.messages import service as messages

HANDLERS: Mapping[str, Handler[Services]] = {
    **messages.HANDLERS,
    **listeners.HANDLERS,
    **conversations.HANDLERS,
}
"""By type of job."""
