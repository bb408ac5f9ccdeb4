"""Points that expire: programmes, accounts, the ledger with its lots, and what is told before points end.

Revision: 0045, after 0044. Code from before it goes on serving.
"""

import sqlalchemy as sa
from alembic import op

from bot.db.types import Id, Json, UtcDateTime

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_TABLES = (
    "programmes",
    "point_accounts",
    "point_ledger",
    "point_lots",
    "point_allocations",
    "point_pending",
    "points_posted",
    "point_notices",
    "notification_log",
)
_AMOUNTS = "programme_id, account_id, posting_id, kind, credit, debit, reverses_id"
_REMAINS = sa.text("remaining > 0")


def upgrade() -> None:
    """Make the tables, in the order in which they name each other."""
    _programmes()
    _ledger()
    _beside()
    _notices()
    _keep_entries()


def downgrade() -> None:
    """Drop them; whatever was earned is lost."""
    for table in reversed(_TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION point_ledger_kept()")


def _programmes() -> None:
    op.create_table(
        "programmes",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("timezone", sa.String(64), nullable=False),
        sa.Column("expires_after", sa.String(16), nullable=True),
        sa.Column("rounding", sa.String(16), nullable=False),
        sa.Column("least_life", sa.Integer(), nullable=False),
        sa.Column("notice_days", Json, nullable=False),
        sa.Column("notice_at", sa.Time(), nullable=False),
        sa.Column("channels", Json, nullable=False),
        sa.Column("templates", Json, nullable=False),
        sa.Column("daily_limit", sa.BigInteger(), nullable=False),
        sa.Column("on_return", sa.String(8), nullable=False),
        sa.Column("idle_days", sa.Integer(), nullable=True),
        sa.Column("released_at", UtcDateTime(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("on_return IN ('refuse', 'owe')", name=op.f("ck_programmes_on_return")),
        sa.CheckConstraint("rounding IN ('none', 'end_of_month', 'end_of_year')", name=op.f("ck_programmes_rounding")),
        sa.CheckConstraint("daily_limit >= 0", name=op.f("ck_programmes_daily_limit")),
        sa.CheckConstraint("idle_days IS NULL OR idle_days > 0", name=op.f("ck_programmes_idle_days")),
        sa.CheckConstraint("least_life >= 0", name=op.f("ck_programmes_least_life")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programmes")),
        sa.UniqueConstraint("name", name=op.f("uq_programmes_name")),
    )
    op.create_table(
        "point_accounts",
        sa.Column("programme_id", Id, nullable=False),
        sa.Column("contact_id", Id, nullable=True),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("balance", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("owed", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_active_on", sa.Date(), nullable=True),
        sa.Column("email_notifications", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("owed >= 0", name=op.f("ck_point_accounts_owed")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_point_accounts_contact_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_point_accounts_programme_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_accounts")),
        sa.UniqueConstraint("number", name=op.f("uq_point_accounts_number")),
        sa.UniqueConstraint("programme_id", "contact_id", name=op.f("uq_point_accounts_programme_id_contact_id")),
        postgresql_with={"fillfactor": 80},
    )
    op.create_index(op.f("ix_point_accounts_contact_id"), "point_accounts", ["contact_id"])
    op.create_index(
        "ix_point_accounts_idle",
        "point_accounts",
        ["programme_id", "last_active_on", "id"],
        sqlite_where=sa.text("balance > 0"),
        postgresql_where=sa.text("balance > 0"),
    )


def _ledger() -> None:
    op.create_table(
        "point_ledger",
        sa.Column("programme_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("posting_id", Id, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("credit", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("debit", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.String(255), server_default=sa.text("''"), nullable=False),
        sa.Column("reference", sa.String(255), server_default=sa.text("''"), nullable=False),
        sa.Column("idempotency_key", sa.String(255), nullable=True),
        sa.Column("key_digest", sa.String(64), nullable=True),
        sa.Column("reverses_id", Id, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.CheckConstraint(
            "(kind IN ('refund', 'return')) = (reverses_id IS NOT NULL)", name=op.f("ck_point_ledger_reverses")
        ),
        sa.CheckConstraint(
            "kind IN ('earn', 'redeem', 'expire', 'refund', 'return', 'adjust')", name=op.f("ck_point_ledger_kind")
        ),
        sa.CheckConstraint(
            "(credit > 0 AND debit = 0) OR (credit = 0 AND debit > 0)", name=op.f("ck_point_ledger_one_side")
        ),
        sa.CheckConstraint(
            "(idempotency_key IS NULL) = (key_digest IS NULL)", name=op.f("ck_point_ledger_key_is_whole")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["point_accounts.id"], name=op.f("fk_point_ledger_account_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_point_ledger_programme_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["point_ledger.id"], name=op.f("fk_point_ledger_reverses_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_ledger")),
        sa.UniqueConstraint(
            "programme_id", "idempotency_key", name=op.f("uq_point_ledger_programme_id_idempotency_key")
        ),
    )
    op.create_index(
        op.f("ix_point_ledger_account_id_created_at_id"), "point_ledger", ["account_id", "created_at", "id"]
    )
    op.create_index(op.f("ix_point_ledger_account_id_expires_at"), "point_ledger", ["account_id", "expires_at"])
    op.create_index(op.f("ix_point_ledger_expires_at"), "point_ledger", ["expires_at"])
    op.create_index(op.f("ix_point_ledger_expires_at_credit"), "point_ledger", ["expires_at", "credit"])
    op.create_index(op.f("ix_point_ledger_posting_id"), "point_ledger", ["posting_id"])
    op.create_index(
        op.f("ix_point_ledger_reverses_id"),
        "point_ledger",
        ["reverses_id"],
        sqlite_where=sa.text("reverses_id IS NOT NULL"),
        postgresql_where=sa.text("reverses_id IS NOT NULL"),
    )
    op.create_table(
        "point_lots",
        sa.Column("id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("entry_id", Id, nullable=False),
        sa.Column("earned", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "remaining >= 0 AND remaining <= earned AND earned > 0", name=op.f("ck_point_lots_remaining")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["point_accounts.id"], name=op.f("fk_point_lots_account_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["point_ledger.id"], name=op.f("fk_point_lots_entry_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_lots")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_point_lots_entry_id")),
    )
    op.create_index(op.f("ix_point_lots_account_id"), "point_lots", ["account_id"])
    op.create_index(
        "ix_point_lots_ends",
        "point_lots",
        ["expires_on", "account_id"],
        sqlite_where=_REMAINS,
        postgresql_where=_REMAINS,
        postgresql_include=["remaining"],
    )
    op.create_index(
        "ix_point_lots_spent_in_order",
        "point_lots",
        ["account_id", "expires_on", "id"],
        sqlite_where=_REMAINS,
        postgresql_where=_REMAINS,
    )
    op.create_table(
        "point_allocations",
        sa.Column("entry_id", Id, nullable=False),
        sa.Column("lot_id", Id, nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("n <> 0", name=op.f("ck_point_allocations_n")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["point_ledger.id"], name=op.f("fk_point_allocations_entry_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["lot_id"], ["point_lots.id"], name=op.f("fk_point_allocations_lot_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("entry_id", "lot_id", name=op.f("pk_point_allocations")),
    )
    op.create_index(op.f("ix_point_allocations_lot_id"), "point_allocations", ["lot_id"])


def _beside() -> None:
    op.create_table(
        "point_pending",
        sa.Column("programme_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(255), server_default=sa.text("''"), nullable=False),
        sa.Column("reference", sa.String(255), server_default=sa.text("''"), nullable=False),
        sa.Column("idempotency_key", sa.String(255), nullable=True),
        sa.Column("key_digest", sa.String(64), nullable=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("entry_id", Id, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("id", Id, nullable=False),
        sa.CheckConstraint(
            "(status = 'confirmed') = (entry_id IS NOT NULL)", name=op.f("ck_point_pending_entry_of_confirmed")
        ),
        sa.CheckConstraint("(status = 'pending') = (settled_at IS NULL)", name=op.f("ck_point_pending_end_of_settled")),
        sa.CheckConstraint("status IN ('pending', 'confirmed', 'cancelled')", name=op.f("ck_point_pending_status")),
        sa.CheckConstraint(
            "(idempotency_key IS NULL) = (key_digest IS NULL)", name=op.f("ck_point_pending_key_is_whole")
        ),
        sa.CheckConstraint("points > 0", name=op.f("ck_point_pending_points")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["point_accounts.id"], name=op.f("fk_point_pending_account_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["point_ledger.id"], name=op.f("fk_point_pending_entry_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_point_pending_programme_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_pending")),
        sa.UniqueConstraint(
            "programme_id", "idempotency_key", name=op.f("uq_point_pending_programme_id_idempotency_key")
        ),
    )
    op.create_index(
        op.f("ix_point_pending_account_id_created_at_id"), "point_pending", ["account_id", "created_at", "id"]
    )
    op.create_index(op.f("ix_point_pending_entry_id"), "point_pending", ["entry_id"])
    op.create_index(
        "ix_point_pending_open",
        "point_pending",
        ["programme_id", "created_at", "id"],
        sqlite_where=sa.text("status = 'pending'"),
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_table(
        "points_posted",
        sa.Column("programme_id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_points_posted_programme_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_points_posted_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("programme_id", "user_id", "day", name=op.f("pk_points_posted")),
    )
    op.create_index(op.f("ix_points_posted_user_id"), "points_posted", ["user_id"])


def _notices() -> None:
    op.create_table(
        "point_notices",
        sa.Column("account_id", Id, nullable=False),
        sa.Column("notification_type", sa.String(32), nullable=False),
        sa.Column("expiration_date", sa.Date(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("message_id", Id, nullable=True),
        sa.Column("claimed_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["point_accounts.id"], name=op.f("fk_point_notices_account_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("account_id", "notification_type", "expiration_date", name=op.f("pk_point_notices")),
    )
    op.create_index(
        op.f("ix_point_notices_message_id"),
        "point_notices",
        ["message_id"],
        sqlite_where=sa.text("message_id IS NOT NULL"),
        postgresql_where=sa.text("message_id IS NOT NULL"),
    )
    op.create_index(
        "ix_point_notices_open",
        "point_notices",
        ["claimed_at"],
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "notification_log",
        sa.Column("account_id", Id, nullable=False),
        sa.Column("notification_type", sa.String(32), nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("failure_reason", sa.String(255), nullable=True),
        sa.Column("expiration_date", sa.Date(), nullable=False),
        sa.Column("points_expiring", sa.BigInteger(), nullable=False),
        sa.Column("message_id", Id, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.CheckConstraint("status IN ('SENT', 'FAILED', 'SKIPPED')", name=op.f("ck_notification_log_status")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["point_accounts.id"], name=op.f("fk_notification_log_account_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification_log")),
    )
    op.create_index(
        op.f("ix_notification_log_account_id_notification_type_expiration_date"),
        "notification_log",
        ["account_id", "notification_type", "expiration_date"],
    )
    op.create_index(
        op.f("ix_notification_log_message_id"),
        "notification_log",
        ["message_id"],
        sqlite_where=sa.text("message_id IS NOT NULL"),
        postgresql_where=sa.text("message_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_notification_log_status_created_at"), "notification_log", ["status", "created_at"])


def _keep_entries() -> None:
    """Let the database refuse to change an amount of the ledger."""
    when = f"CREATE TRIGGER point_ledger_kept BEFORE UPDATE OF {_AMOUNTS} ON point_ledger"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"{when} BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END")
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION point_ledger_kept() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN RAISE EXCEPTION 'entries are never changed'; END$$"
    )
    op.execute(f"{when} FOR EACH ROW EXECUTE FUNCTION point_ledger_kept()")
