"""The due work of conversations."""

from collections.abc import Mapping

from bot.conversations.job_services import JobServices
from bot.conversations.merging import certain
from bot.conversations.sending import work
from bot.jobs.service import Handler

HANDLERS: Mapping[str, Handler[JobServices]] = {**work.HANDLERS, **certain.HANDLERS}
"""By type of job."""
