"""The indexes over words, which SQLAlchemy has no names for: GIN on PostgreSQL, FTS5 on SQLite.

FTS5 keeps no words of its own: they are in the table that it indexes, and triggers tell it what becomes of them.
"""

from collections.abc import Sequence

# Marks belong to the letters of many scripts; accents are gone by then.
_TOKENIZER = "unicode61 remove_diacritics 0 categories 'L* N* M* Co'"


def after_create(dialect: str, table: str) -> Sequence[str]:
    """The statements that index `table`, which has a `rank` and `words`."""
    if dialect == "postgresql":
        return (f"CREATE INDEX ix_{table}_words ON {table} USING gin (words)",)
    drop = f"INSERT INTO {table}_fts ({table}_fts, rowid, words) VALUES ('delete', old.rank, old.words);"
    add = f"INSERT INTO {table}_fts (rowid, words) VALUES (new.rank, new.words);"
    content = f"content='{table}', content_rowid='rank'"
    return (
        f'CREATE VIRTUAL TABLE {table}_fts USING fts5(words, {content}, tokenize="{_TOKENIZER}")',
        f"CREATE TRIGGER {table}_added AFTER INSERT ON {table} BEGIN {add} END",
        f"CREATE TRIGGER {table}_removed AFTER DELETE ON {table} BEGIN {drop} END",
        f"CREATE TRIGGER {table}_changed AFTER UPDATE OF words ON {table} BEGIN {drop} {add} END",
    )


def before_drop(dialect: str, table: str) -> Sequence[str]:
    """The statements that take away what would stay without `table`; its own indexes and triggers go with it."""
    return () if dialect == "postgresql" else (f"DROP TABLE IF EXISTS {table}_fts",)
