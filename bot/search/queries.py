"""The statements over words; each dialect has its own way to look for them."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, TypedDict

from sqlalchemy import ColumnElement, Executable, Row, Select, delete, exists, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute, aliased

from bot.contacts import service as contacts
from bot.contacts.models import ChangedContact, Contact, ContactAddress, FormerAddress
from bot.contacts.service import ContactFilter
from bot.db.base import Base
from bot.db.bulk import among
from bot.db.engine import is_postgresql
from bot.messages import service as messages
from bot.messages.models import Message
from bot.messages.service import MessageFilter
from bot.search.models import ContactWords, MessageWords, SearchCursor

MESSAGES = "messages"
LOOKED_AT = 5_000
"""Those with the words that one statement looks at, where what else is asked of them is not indexed."""
_FURTHEST = 2**63 - 1
_LOCK = "723620, 1"
"""So that one process at a time follows. Keys of two numbers never meet those of one, such as a phone number's."""


class WordsRow(TypedDict):
    """A row of `message_words` or `contact_words`; `id` is the message's or the contact's."""

    rank: int
    id: str
    words: str


class Found(NamedTuple):
    """What was looked for.

    Attributes:
        rows: (rank, id), the newest first.
        further: the rank behind which others may fit, where the look ended before there were enough; else None.
    """

    rows: Sequence[Row[int, str]]
    further: int | None


Among = Callable[[ColumnElement[str] | InstrumentedAttribute[str]], ColumnElement[bool]]
"""Says of a contact's id, as a statement has it, whether it is one of those that are meant."""
Unindexed = Row[str, str, str, datetime]
"""id, contact_id, content, created_at of a message."""


async def may_follow(connection: AsyncConnection) -> bool:
    """Whether no other process follows; then none may as long as this connection lives. On SQLite several may."""
    if not is_postgresql(connection):
        return True
    return bool(await connection.scalar(text(f"SELECT pg_try_advisory_lock({_LOCK})")))


async def still_lives(connection: AsyncConnection) -> None:
    """Raise what the driver raises where the connection, and with it the right to follow, is lost."""
    if is_postgresql(connection):
        await connection.scalar(select(1))


async def oldest_transaction(connection: AsyncConnection) -> datetime:
    """When the oldest transaction under way began: whatever is not yet committed was not written before."""
    began: datetime = (
        await connection.execute(
            text(
                "SELECT least(min(xact_start), clock_timestamp()) FROM pg_stat_activity"
                " WHERE datname = current_database() AND backend_type = 'client backend'"
            )
        )
    ).scalar_one()
    return began


async def reached_at(connection: AsyncConnection) -> datetime | None:
    """How far messages have been gathered; None where nobody has begun."""
    statement = select(SearchCursor.reached_at).where(SearchCursor.name == MESSAGES)
    return (await connection.execute(statement)).scalar_one_or_none()


async def begin_at(connection: AsyncConnection, moment: datetime) -> None:
    """Begin to gather messages from there on."""
    await connection.execute(insert(SearchCursor).values(name=MESSAGES, reached_at=moment))


async def reach(connection: AsyncConnection, moment: datetime) -> None:
    """Messages have been gathered so far; never back."""
    await connection.execute(
        update(SearchCursor)
        .where(SearchCursor.name == MESSAGES, SearchCursor.reached_at < moment)
        .values(reached_at=moment)
    )


async def new_messages(connection: AsyncConnection, since: datetime, limit: int) -> Sequence[Unindexed]:
    """Messages created since then that have no words yet, the oldest first."""
    known = exists().where(MessageWords.message_id == Message.id)
    statement = (
        select(Message.id, Message.contact_id, Message.content, Message.created_at)
        .where(Message.created_at >= since, ~known)
        .order_by(Message.created_at, Message.id)
        .limit(limit)
    )
    return (await connection.execute(statement)).all()


async def older_messages(connection: AsyncConnection, before: str, limit: int) -> Sequence[Row[str, str, bool]]:
    """The rows (id, content, has its words) of messages with a lower id, the newest first."""
    known = exists().where(MessageWords.message_id == Message.id).label("known")
    statement = select(Message.id, Message.content, known).order_by(Message.id.desc()).limit(limit)
    if before:
        statement = statement.where(Message.id < before)
    return (await connection.execute(statement)).all()


async def older_contacts(connection: AsyncConnection, before: str, limit: int) -> Sequence[Row[str, bool]]:
    """The rows (id, has its words) of contacts with a lower id, the newest first."""
    known = exists().where(ContactWords.contact_id == Contact.id).label("known")
    statement = select(Contact.id, known).order_by(Contact.id.desc()).limit(limit)
    if before:
        statement = statement.where(Contact.id < before)
    return (await connection.execute(statement)).all()


async def count(connection: AsyncConnection) -> int:
    """How many contacts and messages there are."""
    contacts = select(func.count()).select_from(Contact).scalar_subquery()
    messages = select(func.count()).select_from(Message).scalar_subquery()
    there: int = (await connection.execute(select(contacts + messages))).scalar_one()
    return there


async def without_words(connection: AsyncConnection, contact_ids: Iterable[str]) -> set[str]:
    """Those of the contacts that have no words yet."""
    ids = set(contact_ids)
    known = await connection.scalars(_with_words(connection.dialect.name), {"ids": sorted(ids)})
    return ids.difference(known)


@cache
def _with_words(dialect: str) -> Select[str]:
    return select(ContactWords.contact_id).where(among(dialect, ContactWords.contact_id, "ids"))


async def take_changed(connection: AsyncConnection, limit: int) -> list[str]:
    """Take contacts that changed out of their queue, but for those that somebody changes now."""
    waiting = select(ChangedContact.contact_id).order_by(ChangedContact.changed_at).limit(limit)
    ids = list((await connection.scalars(waiting.with_for_update(skip_locked=True))).all())
    if ids:
        await connection.execute(delete(ChangedContact).where(ChangedContact.contact_id.in_(ids)))
    return ids


async def any_changed(connection: AsyncConnection) -> bool:
    """Whether contacts changed."""
    return bool(await connection.scalar(select(exists().where(ChangedContact.contact_id.is_not(None)))))


async def names_of(connection: AsyncConnection, contact_ids: Iterable[str]) -> dict[str, str]:
    """The names of those contacts that there are, by id, and of who was merged into them; empty for none.

    Whoever was merged has none any more.
    """
    statement = _by_ids(connection.dialect.name)
    rows = (await connection.execute(statement, {"ids": sorted(contact_ids)})).all()
    names = {row.id: "" if row.merged_into else row.name or "" for row in rows}
    others = [row.id for row in rows if row.has_merged]
    if others:
        for row in await connection.execute(_merged_into(connection.dialect.name), {"ids": sorted(others)}):
            names[row.merged_into] = f"{names[row.merged_into]} {row.name or ''}"
    return names


@cache
def _by_ids(dialect: str) -> Select[*tuple[Any, ...]]:
    columns = (Contact.id, Contact.name, Contact.merged_into, Contact.has_merged)
    return select(*columns).where(among(dialect, Contact.id, "ids"))


@cache
def _merged_into(dialect: str) -> Select[*tuple[Any, ...]]:
    ordered = select(Contact.merged_into, Contact.name).order_by(Contact.id)
    return ordered.where(among(dialect, Contact.merged_into, "ids"), Contact.merged_into.is_not(None))


async def addresses_of(connection: AsyncConnection, contact_ids: Iterable[str]) -> Sequence[Row[str, str, str]]:
    """The rows (contact_id, kind, value) of where those contacts are reached, and were before."""
    statement = _addresses(connection.dialect.name)
    return (await connection.execute(statement, {"ids": sorted(contact_ids)})).all()


@cache
def _addresses(dialect: str) -> Executable:
    present, former = (
        select(model.contact_id, model.kind, model.value).where(among(dialect, model.contact_id, "ids"))
        for model in (ContactAddress, FormerAddress)
    )
    return present.union_all(former)


async def highest(connection: AsyncConnection, model: type[MessageWords] | type[ContactWords]) -> int:
    """The highest rank, at least 0."""
    return max(0, (await connection.scalar(select(func.max(model.rank)))) or 0)


async def lowest(connection: AsyncConnection, model: type[MessageWords] | type[ContactWords]) -> int:
    """The lowest rank, at most 0."""
    return min(0, (await connection.scalar(select(func.min(model.rank)))) or 0)


async def write(
    connection: AsyncConnection, model: type[MessageWords] | type[ContactWords], rows: Sequence[WordsRow]
) -> None:
    """Write words; where there are some already, they are changed, and the rank stays."""
    if not rows:
        return
    table, key = model.__tablename__, "message_id" if model is MessageWords else "contact_id"
    changed = f"ON CONFLICT ({key}) DO UPDATE SET words = excluded.words WHERE {table}.words <> excluded.words"
    into = f"INSERT INTO {table} (rank, {key}, words)"
    if is_postgresql(connection):
        await connection.execute(
            text(
                f"{into} SELECT given.rank, given.id, array_to_tsvector(string_to_array(given.words, ' '))"
                " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given (rank bigint, id text, words text)"
                f" {changed}"
            ),
            {"rows": json.dumps(rows, ensure_ascii=False)},
        )
    else:
        await connection.execute(text(f"{into} VALUES (:rank, :id, :words) {changed}"), list(rows))


async def analyze(connection: AsyncConnection) -> None:
    """Let PostgreSQL look at the words, once there are many of a sudden: its plans depend on how common one is."""
    if is_postgresql(connection):
        await connection.execute(text("ANALYZE message_words, contact_words"))


async def keep(connection: AsyncConnection, model: type[Base], key: str, id_: str, words: str) -> None:
    """Write the words of one thing into a table of its own, whose ranks count up by themselves.

    `key` is the column that names it.
    """
    table = model.__tablename__
    said = "array_to_tsvector(string_to_array(:words, ' '))" if is_postgresql(connection) else ":words"
    statement = f"INSERT INTO {table} ({key}, words) VALUES (:id, {said})"
    changed = f"ON CONFLICT ({key}) DO UPDATE SET words = excluded.words"
    await connection.execute(text(f"{statement} {changed}"), {"id": id_, "words": words})


async def find_in(
    connection: AsyncConnection,
    model: type[Base],
    statement: Select[*tuple[Any, ...]],
    terms: Sequence[str],
    limit: int,
) -> Sequence[Row[Any]]:
    """Those of `statement`, which is over a table of words, that have words that begin with each of the terms.

    The newest first.
    """
    matching, query = _matching(connection, statement, model, terms, None)
    return (await connection.execute(matching.limit(limit), {"query": query})).all()


async def find_messages(
    connection: AsyncConnection,
    terms: Sequence[str],
    wanted: MessageFilter,
    *,
    contact_ids: Sequence[str] | None,
    within: Sequence[Among] = (),
    limit: int,
    after: int | None,
) -> Found:
    """The messages that have words that begin with each of the terms, the newest first."""
    statement = select(MessageWords.rank, MessageWords.message_id.label("id"))
    if contact_ids is not None:
        statement = statement.join(Message, Message.id == MessageWords.message_id).where(
            Message.contact_id.in_(contact_ids)
        )
    asked = [*messages.conditions(wanted), *messages.within(wanted), *(_kept_among(each) for each in within)]
    return await _find(connection, statement, MessageWords, terms, _Rest(Message, asked), limit, after)


async def find_contacts(
    connection: AsyncConnection,
    terms: Sequence[str],
    wanted: ContactFilter,
    *,
    within: Sequence[Among] = (),
    limit: int,
    after: int | None,
) -> Found:
    """The contacts that have words that begin with each of the terms, the newest first."""
    statement = select(ContactWords.rank, ContactWords.contact_id.label("id"))
    asked = [*contacts.conditions(wanted), *(each(Contact.id) for each in within)]
    return await _find(connection, statement, ContactWords, terms, _Rest(Contact, asked), limit, after)


def _kept_among(among_: Among) -> ColumnElement[bool]:
    """Whether whose a message is, or who goes on for them, is among contacts."""
    theirs = aliased(Contact)
    return exists().where(theirs.id == Message.contact_id, among_(func.coalesce(theirs.merged_into, theirs.id)))


class _Rest(NamedTuple):
    """What is asked beside the words: the model, and its conditions; none for nothing."""

    model: type[Message] | type[Contact]
    conditions: Sequence[ColumnElement[bool]]


async def _find(
    connection: AsyncConnection,
    statement: Select[int, str],
    model: type[MessageWords] | type[ContactWords],
    terms: Sequence[str],
    rest: _Rest,
    limit: int,
    after: int | None,
) -> Found:
    matching, query = _matching(connection, statement, model, terms, after)
    parameters = {"query": query}
    if not rest.conditions:
        return Found((await connection.execute(matching.limit(limit), parameters)).all(), None)
    inner = matching.limit(LOOKED_AT).subquery()
    fitting = select(inner.c.rank, inner.c.id).join(rest.model, rest.model.id == inner.c.id).where(*rest.conditions)
    rows = (await connection.execute(fitting.order_by(inner.c.rank.desc()).limit(limit), parameters)).all()
    if len(rows) == limit:
        return Found(rows, None)
    last = matching.with_only_columns(model.rank).offset(LOOKED_AT - 1).limit(1)
    return Found(rows, (await connection.scalars(last, parameters)).one_or_none())


def _matching(
    connection: AsyncConnection,
    statement: Select[*tuple[Any, ...]],
    model: Any,
    terms: Sequence[str],
    after: int | None,
) -> tuple[Select[*tuple[Any, ...]], str]:
    """The statement over what has the terms, the newest first, and its parameter `query`; the model is one of words."""
    table = model.__tablename__
    if after is not None:
        # Whoever makes one up gets no error of the database's.
        statement = statement.where(model.rank < max(-_FURTHEST, min(_FURTHEST, after)))
    if is_postgresql(connection):
        matching, query = f"{table}.words @@ CAST(:query AS tsquery)", " & ".join(f"'{term}':*" for term in terms)
    else:
        matching = f"{table}.rank IN (SELECT rowid FROM {table}_fts WHERE {table}_fts MATCH :query)"
        query = " ".join(f'"{term}"*' for term in terms)
    return statement.where(text(matching)).order_by(model.rank.desc()), query
