"""The words by which notes are found; those that are there get theirs at once, since only people write them.

Revision: 0043, after 0042. Notes that code from before it writes meanwhile are found once they are changed.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from bot.db.types import Id
from bot.search.rules import words_of

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_RANK = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WORDS = sa.Text().with_variant(TSVECTOR(), "postgresql")
_TOKENIZER = "unicode61 remove_diacritics 0 categories 'L* N* M* Co'"
_TABLE = "note_words"


def upgrade() -> None:
    """Add the table with its full-text index, and fill it."""
    op.create_table(
        _TABLE,
        sa.Column("rank", _RANK, nullable=False),
        sa.Column("note_id", Id, nullable=False),
        sa.Column("words", _WORDS, nullable=False),
        sa.ForeignKeyConstraint(["note_id"], ["notes.id"], name=op.f("fk_note_words_note_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("rank", name=op.f("pk_note_words")),
        sa.UniqueConstraint("note_id", name=op.f("uq_note_words_note_id")),
    )
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    if is_postgresql:
        op.execute(f"CREATE INDEX ix_{_TABLE}_words ON {_TABLE} USING gin (words)")
    else:
        _index_on_sqlite()
    said = "array_to_tsvector(string_to_array(:words, ' '))" if is_postgresql else ":words"
    notes = op.get_bind().execute(sa.text("SELECT id, content FROM notes ORDER BY created_at, id")).all()
    for row in notes:
        insert = sa.text(f"INSERT INTO {_TABLE} (note_id, words) VALUES (:id, {said})")
        op.get_bind().execute(insert, {"id": row.id, "words": " ".join(words_of(row.content))})


def downgrade() -> None:
    """Drop it; nothing is lost that could not be gathered again."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TABLE {_TABLE}_fts")
    op.drop_table(_TABLE)


def _index_on_sqlite() -> None:
    drop = f"INSERT INTO {_TABLE}_fts ({_TABLE}_fts, rowid, words) VALUES ('delete', old.rank, old.words);"
    add = f"INSERT INTO {_TABLE}_fts (rowid, words) VALUES (new.rank, new.words);"
    content = f"content='{_TABLE}', content_rowid='rank'"
    for statement in (
        f'CREATE VIRTUAL TABLE {_TABLE}_fts USING fts5(words, {content}, tokenize="{_TOKENIZER}")',
        f"CREATE TRIGGER {_TABLE}_added AFTER INSERT ON {_TABLE} BEGIN {add} END",
        f"CREATE TRIGGER {_TABLE}_removed AFTER DELETE ON {_TABLE} BEGIN {drop} END",
        f"CREATE TRIGGER {_TABLE}_changed AFTER UPDATE OF words ON {_TABLE} BEGIN {drop} {add} END",
    ):
        op.execute(statement)
