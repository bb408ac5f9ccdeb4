"""Making templates of replies, changing them, and filling one for somebody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import difference, record
from bot.contacts import service as contacts
from bot.core.actors import Actor
from bot.core.addresses import Channel
from bot.core.errors import BotError
from bot.core.hints import Topic
from bot.core.i18n import N_
from bot.core.ids import new_id
from bot.core.text import MAX_TEXT, clean
from bot.db.hub import hint
from bot.inbox.replies import queries
from bot.inbox.replies.queries import ReplyTemplateRow
from bot.inbox.rules import OF_AGENT, OF_CONTACT, Filled, fill, first_name, shortcut_of, variables_in, wrong_in
from bot.inbox.values import AskedError, NotThereError, TakenError
from bot.users.service import names_of

MOST_TEMPLATES = 2_000
_LONGEST = 64


@dataclass(frozen=True, slots=True)
class AskedTemplate:
    """What a template is to be.

    Attributes:
        name: as people find it.
        shortcut: what is typed after a slash; with or without it.
        content: with variables such as `{{ contact.name }}`.
        channel: where it is offered; None everywhere.
        category: under which it stands; empty for none.
        is_active: whether it is offered.
    """

    name: str
    shortcut: str
    content: str
    channel: Channel | None = None
    category: str = ""
    is_active: bool = True


async def add_reply_template(
    connection: AsyncConnection, asked: AskedTemplate, by: Actor, now: datetime
) -> ReplyTemplateRow:
    """Make a template; raises AskedError for what cannot be one, TakenError, and BotError for too many."""
    row = _row(new_id(), asked, now, now)
    await queries.lock_shortcuts(connection)
    if await queries.count_reply_templates(connection, queries.ReplyTemplateFilter()) >= MOST_TEMPLATES:
        raise BotError(N_("there are {most} templates, the most"), mend=N_("Delete one."), most=MOST_TEMPLATES)
    if not await queries.insert_template(connection, row):
        raise _taken(row.shortcut)
    await _note(connection, "add", row.id, difference({}, _told(row)), by, now)
    return row


async def hold_reply_template(connection: AsyncConnection, template_id: str) -> ReplyTemplateRow:
    """A template that nobody else changes until the transaction ends; raises NotThereError."""
    await queries.lock_shortcuts(connection)
    row = await queries.reply_template(connection, template_id, lock=True)
    if row is None:
        raise NotThereError(template_id)
    return row


async def change_reply_template(
    connection: AsyncConnection, template_id: str, asked: AskedTemplate, by: Actor, now: datetime
) -> ReplyTemplateRow:
    """Let a template be another one; raises NotThereError, and what `add_reply_template` raises."""
    before = await hold_reply_template(connection, template_id)
    row = _row(template_id, asked, before.created_at, now)
    if await queries.is_taken(connection, row.shortcut, but=template_id):
        raise _taken(row.shortcut)
    if row._replace(updated_at=before.updated_at) == before:
        return before
    await queries.update_template(connection, template_id, row._asdict())
    await _note(connection, "change", template_id, difference(_told(before), _told(row)), by, now)
    return row


async def delete_reply_template(connection: AsyncConnection, template_id: str, by: Actor, now: datetime) -> None:
    """Delete a template; raises NotThereError."""
    before = await hold_reply_template(connection, template_id)
    await queries.delete_template(connection, template_id)
    await _note(connection, "delete", template_id, difference(_told(before), {}), by, now)


async def find_reply_template(connection: AsyncConnection, spelled: str) -> ReplyTemplateRow | None:
    """The template of that shortcut, with or without its slash, else of that id."""
    by_shortcut = await queries.template_of(connection, shortcut_of(spelled))
    return by_shortcut or await queries.reply_template(connection, spelled)


async def fill_reply_template(connection: AsyncConnection, template_id: str, contact_id: str, user_id: str) -> Filled:
    """A template as somebody says it to a contact; raises NotThereError for no such template or contact."""
    row = await queries.reply_template(connection, template_id)
    if row is None:
        raise NotThereError(template_id)
    return fill(row.content, await values_for(connection, contact_id, user_id))


async def values_for(connection: AsyncConnection, contact_id: str, user_id: str) -> Mapping[str, str]:
    """What variables of templates stand for, by their names; raises NotThereError for no such contact.

    `contact.name`, `contact.first_name`, `contact.phone`, `contact.email` and the contact's attributes, `agent.name`
    and `agent.first_name`.
    """
    contact = (await contacts.look_at(connection, [contact_id])).get(contact_id)
    if contact is None:
        raise NotThereError(contact_id)
    agent = (await names_of(connection, [user_id])).get(user_id, "")
    attributes = {f"contact.{name}".lower(): str(value) for name, value in contact.attributes.items()}
    return _values(contact.name, contact.phone, contact.email, attributes, agent)


async def example_values(connection: AsyncConnection, user_id: str) -> Mapping[str, str]:
    """What variables stand for where somebody made up is written to, with the attributes that contacts have lately."""
    agent = (await names_of(connection, [user_id])).get(user_id, "")
    recent = await contacts.recent_attributes(connection)
    attributes = {f"contact.{name}".lower(): str(value) for name, value in recent.items()}
    return _values("Ana Souza", "+5511999990001", "ana@example.com", attributes, agent)


def template_words(content: str) -> str:
    """The words of a template as they are kept; raises AskedError for none, too many, and what stands for nothing."""
    words = _fitting("content", content.strip(), MAX_TEXT)
    if not words:
        raise AskedError("content", N_("a template has words"))
    wrong = wrong_in(words, contacts.is_attribute)
    if wrong:
        message = N_("{wrong} stands for nothing")
        mend = N_("Known are {names}, and contact. with the name of an attribute.")
        raise AskedError("content", message, mend, wrong=wrong, names=", ".join((*OF_CONTACT, *OF_AGENT)))
    return words


def _values(name: str, phone: str, email: str, attributes: Mapping[str, str], agent: str) -> Mapping[str, str]:
    own = {"name": name, "first_name": first_name(name), "phone": phone, "email": email}
    return {
        **attributes,
        **{f"contact.{each}": value for each, value in own.items()},
        "agent.name": agent,
        "agent.first_name": first_name(agent),
    }


def _row(template_id: str, asked: AskedTemplate, created_at: datetime, now: datetime) -> ReplyTemplateRow:
    name = _fitting("name", " ".join(asked.name.split()), _LONGEST)
    category = _fitting("category", " ".join(asked.category.split()), _LONGEST)
    shortcut, content = shortcut_of(asked.shortcut), template_words(asked.content)
    if not any(map(str.isprintable, name)):
        raise AskedError("name", N_("a template has a name"))
    if not shortcut:
        message = N_("a shortcut has 1 to 32 letters of a to z, digits, hyphens and underscores")
        raise AskedError("shortcut", message, N_("Write it so: {example}"), example="opening-hours")
    channel = None if asked.channel is None else asked.channel.value
    variables = list(variables_in(content))
    return ReplyTemplateRow(
        template_id, name, shortcut, content, variables, channel, category, asked.is_active, created_at, now
    )


def _fitting(field: str, text: str, most: int) -> str:
    """The text as it can be kept; raises AskedError where it is too long: nothing is cut unsaid."""
    if len(text) > most:
        raise AskedError(field, N_("this is too long"), N_("Write at most {most} characters."), most=most)
    return clean(text, most)[0]


def _taken(shortcut: str) -> TakenError:
    message, mend = N_("there is a template with the shortcut {shortcut} already"), N_("Choose another shortcut.")
    return TakenError("shortcut", message, mend, shortcut=shortcut)


def _told(row: ReplyTemplateRow) -> dict[str, object]:
    """What the audit tells: a template's words are no message's."""
    return {
        "name": row.name,
        "shortcut": row.shortcut,
        "content": row.content,
        "channel": row.channel,
        "category": row.category,
        "is_active": row.is_active,
    }


async def _note(
    connection: AsyncConnection, verb: str, template_id: str, detail: dict[str, object], by: Actor, now: datetime
) -> None:
    hint(connection, Topic.INBOX, None)
    await record(connection, by, f"reply_template.{verb}", "reply_template", template_id, detail, at=now)
