"""What is chosen beside the words of a draft: by which way they go, the subject and the copies of a mail.

Revision: 0042, after 0041. Code from before it goes on serving.
"""

import sqlalchemy as sa
from alembic import op

from bot.db.types import Json

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("drafts", sa.Column("options", Json, nullable=True))


def downgrade() -> None:
    """Forget it."""
    op.drop_column("drafts", "options")
