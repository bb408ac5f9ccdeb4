"""What systems beside the bot need of messages, contacts and consents.

A message's origin, purpose, lane and epoch, and the keys of what was asked to be sent; a contact's responder, epoch,
attributes and tags; a consent's purpose.

Revision: 0009, after 0008. Code from before it goes on serving: what it does not write has a default, or may be NULL.
"""

import sqlalchemy as sa
from alembic import op

from bot.db.engine import is_postgresql
from bot.db.types import Id, Json, UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_CHECKED = (
    ("messages", "purpose", 16, "service", ("service", "notice", "marketing")),
    ("messages", "lane", 8, "reply", ("reply", "notice", "bulk")),
    ("contacts", "responder", 8, "bot", ("bot", "human")),
    ("consent_changes", "purpose", 16, "all", ("all", "marketing")),
)
"""Table, column, length, default, and what it may hold."""


def _added() -> tuple[tuple[str, sa.Column[object]], ...]:
    return (
        ("messages", sa.Column("origin", sa.String(255), nullable=True)),
        ("messages", sa.Column("epoch", sa.Integer(), nullable=True)),
        ("contacts", sa.Column("epoch", sa.Integer(), server_default=sa.text("0"), nullable=False)),
        ("contacts", sa.Column("waiting_since", UtcDateTime(), nullable=True)),
        ("contacts", sa.Column("attributes", Json, nullable=True)),
        ("consents", sa.Column("marketing_opted_in", sa.Boolean(), nullable=True)),
        ("consents", sa.Column("marketing_reason", sa.String(16), nullable=True)),
        ("consents", sa.Column("marketing_changed_at", UtcDateTime(), nullable=True)),
        ("consents", sa.Column("marketing_said_at", UtcDateTime(), nullable=True)),
    )


def upgrade() -> None:
    """Add the columns and tables; no row is rewritten or looked at for it."""
    for table, column in _added():
        op.add_column(table, column)
    for table, name, length, default, values in _CHECKED:
        _add_checked(table, name, length, default, values)
    op.create_table(
        "message_keys",
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("message_id", Id, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_message_keys_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_message_keys")),
    )
    op.create_index(op.f("ix_message_keys_message_id"), "message_keys", ["message_id"])
    op.create_table(
        "tags",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tags")),
        sa.UniqueConstraint("name", name=op.f("uq_tags_name")),
    )
    op.create_table(
        "contact_tags",
        sa.Column("contact_id", Id, nullable=False),
        sa.Column("tag_id", Id, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_contact_tags_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_contact_tags_tag_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("contact_id", "tag_id", name=op.f("pk_contact_tags")),
    )
    op.create_index(op.f("ix_contact_tags_tag_id"), "contact_tags", ["tag_id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("contact_tags")
    op.drop_table("tags")
    op.drop_table("message_keys")
    for table, name, _length, _default, _values in reversed(_CHECKED):
        if is_postgresql(op.get_bind()):
            op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
        op.drop_column(table, name)
    for table, column in reversed(_added()):
        op.drop_column(table, column.name)


def _add_checked(table: str, name: str, length: int, default: str, values: tuple[str, ...]) -> None:
    """Add a column that holds one of `values`; on PostgreSQL the rows are checked afterwards, beside writers (0010)."""
    check = "{} IN ({})".format(name, ", ".join(f"'{value}'" for value in values))
    constraint = op.f(f"ck_{table}_{name}")
    shape = {"server_default": sa.text(f"'{default}'"), "nullable": False}
    if is_postgresql(op.get_bind()):
        op.add_column(table, sa.Column(name, sa.String(length), **shape))
        op.create_check_constraint(constraint, table, check, postgresql_not_valid=True)
    else:
        op.add_column(table, sa.Column(name, sa.String(length), sa.CheckConstraint(check, name=constraint), **shape))
