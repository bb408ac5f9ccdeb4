"""What it takes to keep a post once, within bounds, and to read it again.

Revision: 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op

from bot.db.types import Json, UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_COLUMNS = ("size", "cut", "digest", "request", "replayed_at")


def upgrade() -> None:
    """Add the columns; what was kept before has nothing to be read again by."""
    op.add_column("webhook_events", sa.Column("size", sa.BigInteger(), nullable=True))
    op.add_column(
        "webhook_events", sa.Column("cut", sa.String(length=32), server_default=sa.text("''"), nullable=False)
    )
    op.add_column("webhook_events", sa.Column("digest", sa.String(length=64), nullable=True))
    op.add_column("webhook_events", sa.Column("request", Json, nullable=True))
    op.add_column("webhook_events", sa.Column("replayed_at", UtcDateTime(), nullable=True))
    op.create_index(
        "ix_webhook_events_once",
        "webhook_events",
        ["provider", "digest", "kind"],
        unique=True,
        sqlite_where=sa.text("digest IS NOT NULL"),
        postgresql_where=sa.text("digest IS NOT NULL"),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_webhook_events_once", table_name="webhook_events")
    for name in reversed(_COLUMNS):
        op.drop_column("webhook_events", name)
