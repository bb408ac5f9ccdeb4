"""Reading what a made-up person and the bot said."""

import hashlib
from datetime import datetime

import orjson
from sqlalchemy import Row, ScalarSelect, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.models import Contact, ContactAddress
from bot.contacts.service import family
from bot.conversations.models import FlowInstance
from bot.core.addresses import Address
from bot.flows.models import Bundle, Template, Trigger
from bot.flows.yaml.document import BundleDocument
from bot.messages.media.models import MediaFile, MediaState
from bot.messages.models import Message
from bot.messages.records import MessageView
from bot.messages.service import older
from bot.simulator.starters import Starter, starters

SHOWN = 100
"""How many of the newest messages the page shows."""
SUGGESTED = 5


async def version(connection: AsyncConnection, address: Address) -> str:
    """A short text that is another one as soon as a shown message comes or changes, or the conversation moves."""
    statement = (
        select(Message.id, Message.status, Message.turn_state, _files_done(), Contact.updated_at, _moved())
        .join(ContactAddress, ContactAddress.contact_id == Message.contact_id)
        .join(Contact, Contact.id == Message.contact_id)
        .where(ContactAddress.kind == address.kind, ContactAddress.value == address.value)
        .order_by(Message.seq.desc())
        .limit(SHOWN)
    )
    rows = (await connection.execute(statement)).all()
    return hashlib.sha256(repr([tuple(row) for row in rows]).encode()).hexdigest()[:16]


def _files_done() -> ScalarSelect[int]:
    """How many of a message's files are not waited for any more."""
    done = select(func.count()).where(MediaFile.message_id == Message.id, MediaFile.state != MediaState.PENDING)
    return done.correlate(Message).scalar_subquery()


def _moved() -> ScalarSelect[datetime]:
    """When anything last happened to a flow or a hand-off of the contact."""
    moved = select(func.max(FlowInstance.updated_at)).where(FlowInstance.contact_id == Message.contact_id)
    return moved.correlate(Message).scalar_subquery()


async def contact_at(connection: AsyncConnection, address: Address) -> Row[str, int] | None:
    """The id and the last number of the contact at `address`, as `id` and `seq`."""
    statement = (
        select(Contact.id, Contact.seq)
        .join(ContactAddress, ContactAddress.contact_id == Contact.id)
        .where(ContactAddress.kind == address.kind, ContactAddress.value == address.value)
    )
    return (await connection.execute(statement)).one_or_none()


async def conversation(connection: AsyncConnection, contact: Row[str, int]) -> list[MessageView]:
    """The newest messages with a contact, in order."""
    return list((await older(connection, await family(connection, contact.id), limit=SHOWN)).messages)


async def spoken(connection: AsyncConnection) -> list[str]:
    """The locales in which the published bundles say something."""
    statement = (
        select(Template.locale)
        .join(Bundle, Bundle.id == Template.bundle_id)
        .where(Bundle.status == "published")
        .distinct()
    )
    return sorted((await connection.execute(statement)).scalars())


async def suggestions(connection: AsyncConnection, language: str) -> list[str]:
    """What to say to a bot one does not know: the words of the published `equals` triggers, as their admins wrote them.

    Bundles in `language` (`pt-BR`) come first, and of each trigger the words in it.
    """
    # A document leaves out what stands at its default.
    default = BundleDocument.model_fields["locale"].default
    locale = func.coalesce(Bundle.document["locale"].as_string(), default)
    statement = (
        select(locale, Trigger.pattern)
        .join(Bundle, Bundle.id == Trigger.bundle_id)
        .where(Trigger.active, Trigger.type == "equals", Bundle.status == "published")
        .order_by(func.substr(locale, 1, 2) != language[:2], Bundle.name, Trigger.priority.desc(), Trigger.position)
    )
    rows = await connection.execute(statement)
    return starters((Starter(spoken, _texts(pattern)) for spoken, pattern in rows), language)[:SUGGESTED]


async def is_anything_published(connection: AsyncConnection) -> bool:
    """Whether the bot has anything to say."""
    return (
        await connection.execute(select(Bundle.id).where(Bundle.status == "published").limit(1))
    ).first() is not None


def _texts(pattern: str) -> list[str]:
    """The column holds one text, or several as a JSON list."""
    try:
        several = orjson.loads(pattern)
    except orjson.JSONDecodeError:
        return [pattern]
    return [str(each) for each in several] if isinstance(several, list) and several else [pattern]
