"""Endpoints: programs that are told of what happens, what they are told, and each attempt.

Revision: 0027, after 0026. Code from before it goes on serving: it tells nobody.
"""

import sqlalchemy as sa
from alembic import op

from bot.db.types import Id, Json, UtcDateTime

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_EVENT_ID = sa.String(29)
_ERRORS = (
    "'status', 'redirect', 'gone', 'timeout', 'no_connection', 'bad_certificate', 'broken_answer', 'private_address', "
    "'no_https', 'sealed'"
)
_PENDING = sa.text("status = 'pending'")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "endpoints",
        sa.Column("id", Id, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("url", sa.String(2048), nullable=False),
        sa.Column("description", sa.String(255), server_default=sa.text("''"), nullable=False),
        sa.Column("kinds", Json, nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("old_secret", sa.Text(), nullable=True),
        sa.Column("old_secret_until", UtcDateTime(), nullable=True),
        sa.Column("status", sa.String(16), server_default=sa.text("'enabled'"), nullable=False),
        sa.Column("disabled_reason", sa.String(16), nullable=True),
        sa.Column("last_success_at", UtcDateTime(), nullable=True),
        sa.Column("failing_since", UtcDateTime(), nullable=True),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("status IN ('enabled', 'paused', 'disabled')", name=op.f("ck_endpoints_status")),
        sa.CheckConstraint(
            "disabled_reason IS NULL OR disabled_reason IN ('asked', 'failing', 'gone')",
            name=op.f("ck_endpoints_disabled_reason"),
        ),
        sa.CheckConstraint(
            "(status = 'disabled') = (disabled_reason IS NOT NULL)", name=op.f("ck_endpoints_why_disabled")
        ),
        sa.CheckConstraint(
            "(old_secret IS NULL) = (old_secret_until IS NULL)", name=op.f("ck_endpoints_old_secret_is_whole")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoints")),
    )
    op.create_index(op.f("ix_endpoints_deleted_at"), "endpoints", ["deleted_at"])
    op.create_table(
        "endpoint_events",
        sa.Column("id", _EVENT_ID, nullable=False),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("contact_id", Id, nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_endpoint_events_contact_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoint_events")),
    )
    op.create_index(op.f("ix_endpoint_events_contact_id_created_at"), "endpoint_events", ["contact_id", "created_at"])
    op.create_index(op.f("ix_endpoint_events_created_at_id"), "endpoint_events", ["created_at", "id"])
    _deliveries()
    _attempts()


def _deliveries() -> None:
    op.create_table(
        "endpoint_deliveries",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("event_id", _EVENT_ID, nullable=False),
        sa.Column("endpoint_id", Id, nullable=False),
        sa.Column("contact_id", Id, nullable=True),
        sa.Column("status", sa.String(16), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("claimed_by", sa.String(64), nullable=True),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("resent_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("status IN ('pending', 'delivered', 'failed')", name=op.f("ck_endpoint_deliveries_status")),
        sa.CheckConstraint(
            "(claimed_by IS NULL) = (claimed_until IS NULL)", name=op.f("ck_endpoint_deliveries_claim_is_whole")
        ),
        sa.CheckConstraint(
            "(status = 'pending') = (ended_at IS NULL)", name=op.f("ck_endpoint_deliveries_end_of_ended")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["endpoint_events.id"], name=op.f("fk_endpoint_deliveries_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["endpoints.id"], name=op.f("fk_endpoint_deliveries_endpoint_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_endpoint_deliveries")),
        sa.UniqueConstraint("id", name=op.f("uq_endpoint_deliveries_id")),
    )
    table = "endpoint_deliveries"
    op.create_index(op.f("ix_endpoint_deliveries_event_id"), table, ["event_id"])
    op.create_index(op.f("ix_endpoint_deliveries_endpoint_id_number"), table, ["endpoint_id", "number"])
    op.create_index(
        op.f("ix_endpoint_deliveries_endpoint_id_status_number"), table, ["endpoint_id", "status", "number"]
    )
    op.create_index(
        "ix_endpoint_deliveries_due",
        table,
        ["endpoint_id", "due_at"],
        sqlite_where=_PENDING,
        postgresql_where=_PENDING,
    )
    op.create_index(
        "ix_endpoint_deliveries_in_order",
        table,
        ["endpoint_id", "contact_id", "number"],
        sqlite_where=_PENDING,
        postgresql_where=_PENDING,
    )


def _attempts() -> None:
    op.create_table(
        "endpoint_attempts",
        sa.Column("id", Id, nullable=False),
        sa.Column("delivery", _NUMBER, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(16), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.CheckConstraint(f"error IS NULL OR error IN ({_ERRORS})", name=op.f("ck_endpoint_attempts_error")),
        sa.ForeignKeyConstraint(
            ["delivery"],
            ["endpoint_deliveries.number"],
            name=op.f("fk_endpoint_attempts_delivery"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoint_attempts")),
    )
    op.create_index(op.f("ix_endpoint_attempts_delivery_attempt"), "endpoint_attempts", ["delivery", "attempt"])


def downgrade() -> None:
    """Drop them; what was told stays told."""
    for table in ("endpoint_attempts", "endpoint_deliveries", "endpoint_events", "endpoints"):
        op.drop_table(table)
