"""Foreign keys, and what is deleted softly, are indexed: PostgreSQL does not do it by itself."""

from collections.abc import Iterator

from sqlalchemy import Table, UniqueConstraint

from bot.models import metadata


def leading_columns(table: Table) -> Iterator[str]:
    """The first column of each index, unique ones and the key's among them."""
    yield next(iter(table.primary_key.columns)).name
    for index in table.indexes:
        yield next(iter(index.columns)).name
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield next(iter(constraint.columns)).name


SINCE_USERS = (
    *("users", "sessions", "api_tokens", "audit_logs", "sign_in_links", "recovery_codes", "openid_requests"),
    *("inbox_conversations", "inbox_labels", "inbox_conversation_labels", "assignments", "presence"),
    *("notes", "note_mentions", "reads", "drafts", "reply_templates"),
)


def test_each_has_an_index_that_begins_with_it() -> None:
    bare = {
        f"{table.name}.{column.name}"
        for table in (metadata.tables[name] for name in SINCE_USERS)
        for column in table.columns
        if (column.foreign_keys or column.name == "deleted_at") and column.name not in set(leading_columns(table))
    }
    assert bare == set()
