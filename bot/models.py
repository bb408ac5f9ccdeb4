"""Every slice's tables, for Alembic and for `create_all`; and the one metadata that holds them."""

from bot.api import models as api
from bot.audit import models as audit
from bot.channels import models as channels
from bot.contacts import models as contacts
from bot.contacts.importing import models as imports
from bot.contacts.merging import models as merges
from bot.conversations import models as conversations
from bot.db import models as db
from bot.db.base import Base
from bot.endpoints import models as endpoints
from bot.flows import models as flows
from bot.inbox import models as inbox
from bot.jobs import models as jobs
from bot.loyalty import models as loyalty
from bot.messages import models as messages
from bot.messages.kept import models as kept
from bot.messages.media import models as media
from bot.notices import models as notices
from bot.search import models as search
from bot.users import models as users

metadata = Base.metadata

__all__ = [
    "api",
    "audit",
    "channels",
    "contacts",
    "conversations",
    "db",
    "endpoints",
    "flows",
    "imports",
    "inbox",
    "jobs",
    "kept",
    "loyalty",
    "media",
    "merges",
    "messages",
    "metadata",
    "notices",
    "search",
    "users",
]
