"""Contacts who turn out to be one person, and those who may be.

Revision: 0030, after 0029. Code from before it goes on serving.
"""

import sqlalchemy as sa
from alembic import op

from bot.db.types import Id, Json, UtcDateTime

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the columns and the tables."""
    op.add_column("contacts", sa.Column("merged_into", Id, nullable=True))
    op.add_column("contacts", sa.Column("has_merged", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    op.create_table(
        "contact_merges",
        sa.Column("id", Id, nullable=False),
        sa.Column("kept_id", Id, nullable=False),
        sa.Column("merged_id", Id, nullable=False),
        sa.Column("moved", Json, nullable=False),
        sa.Column("merged_by", sa.String(255), nullable=False),
        sa.Column("user_id", Id, nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_merges")),
        sa.ForeignKeyConstraint(
            ["kept_id"], ["contacts.id"], name=op.f("fk_contact_merges_kept_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["merged_id"], ["contacts.id"], name=op.f("fk_contact_merges_merged_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_contact_merges_user_id"), ondelete="SET NULL"),
    )
    op.create_index("ix_contact_merges_kept_id_at", "contact_merges", ["kept_id", "at"])
    op.create_index("ix_contact_merges_merged_id", "contact_merges", ["merged_id"])
    op.create_index("ix_contact_merges_user_id", "contact_merges", ["user_id"])
    holds = sa.text("undone_at IS NULL")
    op.create_index(
        "uq_contact_merges_holds",
        "contact_merges",
        ["merged_id"],
        unique=True,
        sqlite_where=holds,
        postgresql_where=holds,
    )
    op.create_table(
        "merge_suggestions",
        sa.Column("id", Id, nullable=False),
        sa.Column("first_id", Id, nullable=False),
        sa.Column("second_id", Id, nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("reasons", Json, nullable=False),
        sa.Column("found_at", UtcDateTime(), nullable=False),
        sa.Column("dismissed_at", UtcDateTime(), nullable=True),
        sa.Column("dismissed_by", sa.String(255), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge_suggestions")),
        sa.UniqueConstraint("first_id", "second_id", name=op.f("uq_merge_suggestions_first_id_second_id")),
        sa.ForeignKeyConstraint(
            ["first_id"], ["contacts.id"], name=op.f("fk_merge_suggestions_first_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["second_id"], ["contacts.id"], name=op.f("fk_merge_suggestions_second_id"), ondelete="CASCADE"
        ),
    )
    op.create_index("ix_merge_suggestions_second_id", "merge_suggestions", ["second_id"])
    is_open = sa.text("dismissed_at IS NULL")
    op.create_index(
        "ix_merge_suggestions_open",
        "merge_suggestions",
        ["score", "id"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )


def downgrade() -> None:
    """Drop them; whoever is merged has no address then."""
    op.drop_table("merge_suggestions")
    op.drop_table("contact_merges")
    op.drop_column("contacts", "has_merged")
    op.drop_column("contacts", "merged_into")
