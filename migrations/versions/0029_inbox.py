"""The inbox: conversations that people have, who has which, notes, labels, and what else stands beside them.

Revision: 0029, after 0028. Code from before it goes on serving: what it hands off is in no list until the contact
writes again.
"""

import sqlalchemy as sa
from alembic import op

from bot.db.types import Id, Json, UtcDateTime

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_CHANNELS = "'whatsapp', 'sms', 'email', 'telegram', 'messenger', 'instagram', 'other'"
_SNOOZED = sa.text("status = 'snoozed'")
_TABLES = (
    *("reply_templates", "drafts", "reads", "note_mentions", "notes", "presence", "assignments"),
    *("inbox_conversation_labels", "inbox_labels", "inbox_conversations"),
)


def upgrade() -> None:
    """Make them; what people have by now is theirs in the inbox, too."""
    op.add_column("contacts", sa.Column("reopens_until", UtcDateTime(), nullable=True))
    _conversations()
    _labels()
    _people()
    _notes()
    _own()
    _reply_templates()
    op.execute(
        "INSERT INTO inbox_conversations"
        " (contact_id, status, last_at, opened_at, opened_seq, reopened, created_at, updated_at)"
        " SELECT id, 'open', coalesce(last_inbound_at, updated_at), updated_at, seq, 0, updated_at, updated_at"
        " FROM contacts WHERE responder = 'human'"
    )


def _times() -> tuple[sa.Column[object], sa.Column[object]]:
    return (
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
    )


def _of(table: str, column: str, other: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"), ondelete=ondelete)


def _conversations() -> None:
    table = "inbox_conversations"
    op.create_table(
        table,
        sa.Column("contact_id", Id, nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("channel", sa.String(16), nullable=True),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("opened_seq", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("snoozed_until", UtcDateTime(), nullable=True),
        sa.Column("resolved_at", UtcDateTime(), nullable=True),
        sa.Column("resolved_by", Id, nullable=True),
        sa.Column("reopened", sa.Integer(), server_default=sa.text("0"), nullable=False),
        *_times(),
        sa.CheckConstraint("status IN ('open', 'snoozed', 'resolved')", name=op.f(f"ck_{table}_status")),
        sa.CheckConstraint(f"channel IS NULL OR channel IN ({_CHANNELS})", name=op.f(f"ck_{table}_channel")),
        sa.CheckConstraint(
            "(status = 'snoozed') = (snoozed_until IS NOT NULL)", name=op.f(f"ck_{table}_until_of_snoozed")
        ),
        sa.CheckConstraint(
            "(status = 'resolved') = (resolved_at IS NOT NULL)", name=op.f(f"ck_{table}_end_of_resolved")
        ),
        _of(table, "contact_id", "contacts"),
        _of(table, "resolved_by", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("contact_id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_resolved_by"), table, ["resolved_by"])
    op.create_index(op.f(f"ix_{table}_status_last_at_contact_id"), table, ["status", "last_at", "contact_id"])
    op.create_index(
        op.f(f"ix_{table}_status_channel_last_at_contact_id"), table, ["status", "channel", "last_at", "contact_id"]
    )
    op.create_index(
        "ix_inbox_conversations_wakes", table, ["snoozed_until"], sqlite_where=_SNOOZED, postgresql_where=_SNOOZED
    )


def _labels() -> None:
    op.create_table(
        "inbox_labels",
        sa.Column("id", Id, nullable=False),
        *_times(),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("colour", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_labels")),
        sa.UniqueConstraint("name", name=op.f("uq_inbox_labels_name")),
        sa.UniqueConstraint("key", name=op.f("uq_inbox_labels_key")),
    )
    table = "inbox_conversation_labels"
    op.create_table(
        table,
        sa.Column("contact_id", Id, nullable=False),
        sa.Column("label_id", Id, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        _of(table, "contact_id", "contacts"),
        _of(table, "label_id", "inbox_labels"),
        sa.PrimaryKeyConstraint("contact_id", "label_id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_label_id_contact_id"), table, ["label_id", "contact_id"])


def _people() -> None:
    op.create_table(
        "assignments",
        sa.Column("contact_id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("assigned_by", Id, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        _of("assignments", "contact_id", "contacts"),
        _of("assignments", "user_id", "users"),
        _of("assignments", "assigned_by", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_assignments")),
    )
    op.create_index(op.f("ix_assignments_user_id_contact_id"), "assignments", ["user_id", "contact_id"])
    op.create_index(op.f("ix_assignments_assigned_by"), "assignments", ["assigned_by"])
    op.create_table(
        "presence",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("contact_id", Id, nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("last_seen", UtcDateTime(), nullable=False),
        sa.CheckConstraint("status IN ('viewing', 'replying')", name=op.f("ck_presence_status")),
        _of("presence", "user_id", "users"),
        _of("presence", "contact_id", "contacts"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_presence")),
    )
    op.create_index(op.f("ix_presence_contact_id"), "presence", ["contact_id"])


def _notes() -> None:
    op.create_table(
        "notes",
        sa.Column("id", Id, nullable=False),
        *_times(),
        sa.Column("contact_id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("type", sa.String(8), nullable=False),
        sa.CheckConstraint("type IN ('PUBLIC', 'PRIVATE')", name=op.f("ck_notes_type")),
        _of("notes", "contact_id", "contacts"),
        _of("notes", "user_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index(op.f("ix_notes_contact_id_created_at"), "notes", ["contact_id", "created_at"])
    op.create_index(op.f("ix_notes_user_id"), "notes", ["user_id"])
    op.create_table(
        "note_mentions",
        sa.Column("note_id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        _of("note_mentions", "note_id", "notes"),
        _of("note_mentions", "user_id", "users"),
        sa.PrimaryKeyConstraint("note_id", "user_id", name=op.f("pk_note_mentions")),
    )
    op.create_index(op.f("ix_note_mentions_user_id_note_id"), "note_mentions", ["user_id", "note_id"])


def _own() -> None:
    op.create_table(
        "reads",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("contact_id", Id, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        _of("reads", "user_id", "users"),
        _of("reads", "contact_id", "contacts"),
        sa.PrimaryKeyConstraint("user_id", "contact_id", name=op.f("pk_reads")),
    )
    op.create_index(op.f("ix_reads_contact_id"), "reads", ["contact_id"])
    op.create_table(
        "drafts",
        sa.Column("contact_id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("mode", sa.String(8), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("mode IN ('reply', 'note')", name=op.f("ck_drafts_mode")),
        _of("drafts", "contact_id", "contacts"),
        _of("drafts", "user_id", "users"),
        sa.PrimaryKeyConstraint("contact_id", "user_id", "mode", name=op.f("pk_drafts")),
    )
    op.create_index(op.f("ix_drafts_user_id"), "drafts", ["user_id"])


def _reply_templates() -> None:
    table = "reply_templates"
    op.create_table(
        table,
        sa.Column("id", Id, nullable=False),
        *_times(),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("shortcut", sa.String(32), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("variables", Json, nullable=False),
        sa.Column("channel", sa.String(16), nullable=True),
        sa.Column("category", sa.String(64), server_default=sa.text("''"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint(f"channel IS NULL OR channel IN ({_CHANNELS})", name=op.f(f"ck_{table}_channel")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("shortcut", name=op.f(f"uq_{table}_shortcut")),
    )
    for column in ("channel", "category", "is_active"):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def downgrade() -> None:
    """Drop them; conversations stay with whom they are."""
    for table in _TABLES:
        op.drop_table(table)
    op.drop_column("contacts", "reopens_until")
