"""When each account's provider last knew its credentials, and which they were.

Revision: 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

from bot.db.types import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; accounts begin as never asked about."""
    op.add_column("accounts", sa.Column("checked_at", UtcDateTime(), nullable=True))
    op.add_column("accounts", sa.Column("checked_with", sa.String(length=64), nullable=True))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("accounts", "checked_with")
    op.drop_column("accounts", "checked_at")
