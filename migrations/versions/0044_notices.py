"""Notices for people of ours: what they want to be told, what they are still to be told, and what is on its way.

Revision: 0044, after 0043. Code from before it goes on serving.
"""

import sqlalchemy as sa
from alembic import op

from bot.db.types import Id, Json, UtcDateTime

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_QUEUED = sa.text("status = 'queued'")


def upgrade() -> None:
    """Make them."""
    op.add_column("users", sa.Column("notice_kinds", Json, nullable=True))
    op.create_table(
        "inbox_notices",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("contact_id", Id, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("actor", sa.String(255), nullable=False, server_default=sa.text("''")),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "contact_id", "kind", name=op.f("pk_inbox_notices")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_inbox_notices_user_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_inbox_notices_contact_id"), ondelete="CASCADE"
        ),
        sa.CheckConstraint("kind IN ('assigned', 'mentioned', 'replied', 'waiting')", name="kind"),
    )
    op.create_index("ix_inbox_notices_contact_id", "inbox_notices", ["contact_id"])
    op.create_table(
        "notices",
        sa.Column("id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("address", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("attempt_started_at", UtcDateTime(), nullable=True),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.Column("error", sa.String(64), nullable=True),
        sa.Column("error_reason", sa.Text(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notices_user_id"), ondelete="CASCADE"),
        sa.CheckConstraint("kind IN ('email', 'phone')", name="kind"),
        sa.CheckConstraint("status IN ('queued', 'sent', 'failed')", name="status"),
    )
    op.create_index("ix_notices_user_id_created_at", "notices", ["user_id", "created_at"])
    op.create_index("ix_notices_created_at", "notices", ["created_at"])
    op.create_index("ix_notices_due", "notices", ["due_at"], postgresql_where=_QUEUED, sqlite_where=_QUEUED)


def downgrade() -> None:
    """Forget them."""
    op.drop_table("notices")
    op.drop_table("inbox_notices")
    op.drop_column("users", "notice_kinds")
