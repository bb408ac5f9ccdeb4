"""What the API is about, in the order in which its document tells it."""

from collections.abc import Sequence

from bot.api.operations import Resource
from bot.api.resources.accounts import OUR_ACCOUNTS
from bot.api.resources.audit import AUDIT
from bot.api.resources.bundles import BUNDLES
from bot.api.resources.contact_imports import CONTACT_IMPORTS
from bot.api.resources.contact_merges import CONTACT_MERGES
from bot.api.resources.contacts import CONTACTS
from bot.api.resources.conversations import CONVERSATIONS
from bot.api.resources.deliveries import DELIVERIES
from bot.api.resources.endpoints import ENDPOINTS
from bot.api.resources.events import EVENTS
from bot.api.resources.failed_messages import FAILED_MESSAGES
from bot.api.resources.jobs import JOBS
from bot.api.resources.kept_webhooks import KEPT_WEBHOOKS
from bot.api.resources.labels import LABELS
from bot.api.resources.messages import MESSAGES
from bot.api.resources.notes import NOTES
from bot.api.resources.parked_turns import PARKED_TURNS
from bot.api.resources.replies import REPLIES
from bot.api.resources.reply_templates import REPLY_TEMPLATES
from bot.api.resources.reports import REPORTS
from bot.api.resources.scheduled_messages import SCHEDULED_MESSAGES
from bot.api.resources.templates import TEMPLATES
from bot.api.resources.tokens import TOKENS
from bot.api.resources.triggers import TRIGGERS
from bot.api.resources.users import USERS

RESOURCES: Sequence[Resource] = (
    CONTACTS,
    CONTACT_IMPORTS,
    CONTACT_MERGES,
    MESSAGES,
    SCHEDULED_MESSAGES,
    CONVERSATIONS,
    REPLIES,
    NOTES,
    LABELS,
    REPLY_TEMPLATES,
    REPORTS,
    ENDPOINTS,
    DELIVERIES,
    EVENTS,
    BUNDLES,
    TEMPLATES,
    TRIGGERS,
    OUR_ACCOUNTS,
    FAILED_MESSAGES,
    PARKED_TURNS,
    KEPT_WEBHOOKS,
    JOBS,
    USERS,
    TOKENS,
    AUDIT,
)
