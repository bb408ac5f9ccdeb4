"""Reading what a made-up person and the bot said."""

import hashlib

import orjson
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.models import Contact, ContactAddress
from bot.core.addresses import Address
from bot.flows.document import BundleDocument
from bot.flows.models import Bundle, Trigger
from bot.messages.log import MessageView, timeline
from bot.messages.models import Message

SHOWN = 100
"""How many of the newest messages the page shows."""
SUGGESTED = 5


async def version(connection: AsyncConnection, address: Address) -> str:
    """A short text that is another one as soon as a shown message comes or changes."""
    statement = (
        select(Message.id, Message.status, Message.turn_state)
        .join(ContactAddress, ContactAddress.contact_id == Message.contact_id)
        .where(ContactAddress.kind == address.kind, ContactAddress.value == address.value)
        .order_by(Message.seq.desc())
        .limit(SHOWN)
    )
    rows = (await connection.execute(statement)).all()
    return hashlib.sha256(repr([tuple(row) for row in rows]).encode()).hexdigest()[:16]


async def conversation(connection: AsyncConnection, address: Address) -> list[MessageView]:
    """The newest messages with the person at `address`, in order."""
    statement = (
        select(Contact.id, Contact.seq)
        .join(ContactAddress, ContactAddress.contact_id == Contact.id)
        .where(ContactAddress.kind == address.kind, ContactAddress.value == address.value)
    )
    contact = (await connection.execute(statement)).one_or_none()
    if contact is None:
        return []
    return await timeline(connection, contact.id, after_seq=contact.seq - SHOWN, limit=SHOWN)


async def suggestions(connection: AsyncConnection, language: str) -> list[str]:
    """What to say to a bot one does not know: the words of the published `equals` triggers, as their admins wrote them.

    Bundles in `language` (`pt-BR`) come first.
    """
    # A document leaves out what stands at its default.
    default = BundleDocument.model_fields["locale"].default
    locale = func.coalesce(Bundle.document["locale"].as_string(), default)
    statement = (
        select(Trigger.pattern)
        .join(Bundle, Bundle.id == Trigger.bundle_id)
        .where(Trigger.active, Trigger.type == "equals", Bundle.status == "published")
        .order_by(func.substr(locale, 1, 2) != language[:2], Bundle.name, Trigger.priority.desc(), Trigger.position)
    )
    patterns = (await connection.execute(statement)).scalars()
    return list(dict.fromkeys(_first(pattern) for pattern in patterns))[:SUGGESTED]


def _first(pattern: str) -> str:
    """The column holds one text, or several as a JSON list, of which the first speaks for all."""
    try:
        several = orjson.loads(pattern)
    except orjson.JSONDecodeError:
        return pattern
    return str(several[0]) if isinstance(several, list) and several else pattern
