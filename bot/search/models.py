"""The words of messages and contacts, and how far they have been gathered."""

from datetime import datetime

from sqlalchemy import BigInteger, Connection, ForeignKey, Integer, String, Table, Text, UniqueConstraint, event
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base
from bot.db.types import UtcDateTime
from bot.search.indexes import after_create, before_drop

Rank = BigInteger().with_variant(Integer, "sqlite")
"""On SQLite the row's own number, by which its full text is found."""
Words = Text().with_variant(TSVECTOR, "postgresql")
"""Words as they are compared, parted by blanks."""


class MessageWords(Base):
    """The words of a message.

    Attributes:
        rank: in which order messages are found, the highest first; negative for those from before there was search.
        words: distinct and in the form in which they are compared, parted by blanks.
    """

    __tablename__ = "message_words"

    rank: Mapped[int] = mapped_column(Rank, primary_key=True, autoincrement=False)
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    words: Mapped[str] = mapped_column(Words)

    __table_args__ = (UniqueConstraint("message_id"),)


class ContactWords(Base):
    """The words of a contact: of their name and addresses; the attributes are as those of MessageWords."""

    __tablename__ = "contact_words"

    rank: Mapped[int] = mapped_column(Rank, primary_key=True, autoincrement=False)
    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    words: Mapped[str] = mapped_column(Words)

    __table_args__ = (UniqueConstraint("contact_id"),)


class SearchCursor(Base):
    """How far the words of messages have been gathered.

    Attributes:
        name: of what; there is but one.
        reached_at: all messages that were created before have their words.
    """

    __tablename__ = "search_cursors"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    reached_at: Mapped[datetime] = mapped_column(UtcDateTime)


def _add_index(table: Table, connection: Connection, **_more: object) -> None:
    for statement in after_create(connection.dialect.name, table.name):
        connection.exec_driver_sql(statement)


def _drop_index(table: Table, connection: Connection, **_more: object) -> None:
    for statement in before_drop(connection.dialect.name, table.name):
        connection.exec_driver_sql(statement)


def indexed(model: type[Base]) -> None:
    """Let a table that has a `rank` and `words` be made with an index of its words, as its copies are."""
    event.listen(model.__table__, "after_create", _add_index, propagate=True)
    event.listen(model.__table__, "before_drop", _drop_index, propagate=True)


for _model in (MessageWords, ContactWords):
    indexed(_model)
