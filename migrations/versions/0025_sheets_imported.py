"""Sheets that are imported in the browser, with their rows until they are done.

Revision: 0025, after 0024. Code from before it goes on serving: it knows nothing of them.
"""

import sqlalchemy as sa
from alembic import op

from bot.db.types import Id, Json, UtcDateTime

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_STATUSES = "'receiving', 'checking', 'ready', 'applying', 'done', 'discarded'"


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "contact_imports",
        sa.Column("id", Id, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("file", sa.String(255), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.Column("header", Json, nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("total", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("planned", Json, nullable=True),
        sa.Column("written", Json, nullable=True),
        sa.Column("job_id", Id, nullable=True),
        sa.Column("actor", sa.String(255), nullable=False),
        sa.Column("user_id", Id, nullable=True),
        sa.CheckConstraint(f"status IN ({_STATUSES})", name=op.f("ck_contact_imports_status")),
        sa.CheckConstraint("purpose IN ('all', 'marketing')", name=op.f("ck_contact_imports_purpose")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_imports")),
    )
    op.create_index(op.f("ix_contact_imports_created_at"), "contact_imports", ["created_at"])
    op.create_table(
        "contact_import_rows",
        sa.Column("import_id", Id, nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cells", Json, nullable=True),
        sa.Column("fault", sa.String(16), server_default=sa.text("''"), nullable=False),
        sa.Column("verdict", sa.String(8), nullable=True),
        sa.Column("faults", Json, nullable=True),
        sa.CheckConstraint(
            "verdict IS NULL OR verdict IN ('made', 'updated', 'same', 'faulty')",
            name=op.f("ck_contact_import_rows_verdict"),
        ),
        _of_the_import("contact_import_rows"),
        sa.PrimaryKeyConstraint("import_id", "line", name=op.f("pk_contact_import_rows")),
    )
    op.create_index(
        op.f("ix_contact_import_rows_import_id_verdict_line"), "contact_import_rows", ["import_id", "verdict", "line"]
    )
    op.create_table(
        "contact_import_keys",
        sa.Column("import_id", Id, nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        _of_the_import("contact_import_keys"),
        sa.PrimaryKeyConstraint("import_id", "key", name=op.f("pk_contact_import_keys")),
    )


def downgrade() -> None:
    """Drop them; contacts that were imported stay."""
    for table in ("contact_import_keys", "contact_import_rows", "contact_imports"):
        op.drop_table(table)


def _of_the_import(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["import_id"], ["contact_imports.id"], name=op.f(f"fk_{table}_import_id"), ondelete="CASCADE"
    )
