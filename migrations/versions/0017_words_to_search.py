"""The words by which contacts and messages are found; what is there already gets them from a job.

Revision: 0017, after 0016. Code from before it goes on serving, and what it writes is gathered by code from after it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from bot.db.types import Id, UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_RANK = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WORDS = sa.Text().with_variant(TSVECTOR(), "postgresql")
_TOKENIZER = "unicode61 remove_diacritics 0 categories 'L* N* M* Co'"


def upgrade() -> None:
    """Add the tables, each with its full-text index."""
    for kind in ("message", "contact"):
        _add_words(f"{kind}_words", f"{kind}_id", f"{kind}s")
    op.create_table(
        "search_cursors",
        sa.Column("name", sa.String(16), nullable=False),
        sa.Column("reached_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_search_cursors")),
    )
    op.create_table(
        "changed_contacts",
        sa.Column("contact_id", Id, nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_changed_contacts_contact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_changed_contacts")),
    )


def downgrade() -> None:
    """Drop them; nothing is lost that could not be gathered again."""
    op.drop_table("changed_contacts")
    op.drop_table("search_cursors")
    for table in ("contact_words", "message_words"):
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"DROP TABLE {table}_fts")
        op.drop_table(table)


def _add_words(table: str, key: str, of: str) -> None:
    op.create_table(
        table,
        sa.Column("rank", _RANK, autoincrement=False, nullable=False),
        sa.Column(key, Id, nullable=False),
        sa.Column("words", _WORDS, nullable=False),
        sa.ForeignKeyConstraint([key], [f"{of}.id"], name=op.f(f"fk_{table}_{key}"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("rank", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint(key, name=op.f(f"uq_{table}_{key}")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"CREATE INDEX ix_{table}_words ON {table} USING gin (words)")
        return
    drop = f"INSERT INTO {table}_fts ({table}_fts, rowid, words) VALUES ('delete', old.rank, old.words);"
    add = f"INSERT INTO {table}_fts (rowid, words) VALUES (new.rank, new.words);"
    content = f"content='{table}', content_rowid='rank'"
    for statement in (
        f'CREATE VIRTUAL TABLE {table}_fts USING fts5(words, {content}, tokenize="{_TOKENIZER}")',
        f"CREATE TRIGGER {table}_added AFTER INSERT ON {table} BEGIN {add} END",
        f"CREATE TRIGGER {table}_removed AFTER DELETE ON {table} BEGIN {drop} END",
        f"CREATE TRIGGER {table}_changed AFTER UPDATE OF words ON {table} BEGIN {drop} {add} END",
    ):
        op.execute(statement)
