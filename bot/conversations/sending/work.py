"""The due work of sending."""

from collections.abc import Mapping

from bot.conversations.job_services import JobServices
from bot.conversations.sending import deferred, said_later
from bot.jobs.service import Handler

HANDLERS: Mapping[str, Handler[JobServices]] = {**deferred.HANDLERS, **said_later.HANDLERS}
"""By type of job."""
