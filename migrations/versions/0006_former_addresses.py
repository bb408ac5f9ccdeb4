"""Where people were reached before they took another number or user id.

Revision: 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

from bot.db.types import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_KINDS = "kind IN ('phone', 'email', 'wa_user', 'telegram', 'messenger', 'instagram', 'external', 'simulator')"


def upgrade() -> None:
    """Add the table; nobody has left an address yet."""
    op.create_table(
        "former_addresses",
        sa.Column("contact_id", sa.String(length=25), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", sa.String(length=512), nullable=False),
        sa.Column("id", sa.String(length=25), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(_KINDS, name=op.f("ck_former_addresses_kind")),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_former_addresses_contact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_addresses")),
    )
    op.create_index(op.f("ix_former_addresses_contact_id"), "former_addresses", ["contact_id"])


def downgrade() -> None:
    """Take the table away."""
    op.drop_table("former_addresses")
