"""Who runs which jobs: the one table, filled by the rooms that have any."""

from collections.abc import Mapping

from bot.api import idempotency
from bot.contacts import service as contacts
from bot.contacts.importing import service as imports
from bot.conversations import service as conversations
from bot.conversations.job_services import JobServices
from bot.endpoints import service as endpoints
from bot.inbox import service as inbox
from bot.jobs.service import Handler
from bot.listeners import service as listeners
from bot.loyalty import service as loyalty
from bot.messages import service as messages
from bot.notices import service as notices
from bot.search import service as search
from bot.users import service as users

HANDLERS: Mapping[str, Handler[JobServices]] = {
    **messages.HANDLERS,
    **listeners.HANDLERS,
    **search.HANDLERS,
    **conversations.HANDLERS,
    **users.HANDLERS,
    **contacts.HANDLERS,
    **imports.HANDLERS,
    **idempotency.HANDLERS,
    **endpoints.HANDLERS,
    **inbox.HANDLERS,
    **notices.HANDLERS,
    **loyalty.HANDLERS,
    **loyalty.NOTICE_HANDLERS,
}
"""By type of job."""
