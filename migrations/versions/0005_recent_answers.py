"""What the bot said to a contact a moment ago, so that it falls silent where two machines answer each other.

Revision: 0005, after 0004. Code from before it goes on serving: the column may be NULL, which means nothing.
"""

import sqlalchemy as sa
from alembic import op

from bot.db.types import Json

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nothing is rewritten for it."""
    op.add_column("contacts", sa.Column("recent_answers", Json, nullable=True))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("contacts", "recent_answers")
