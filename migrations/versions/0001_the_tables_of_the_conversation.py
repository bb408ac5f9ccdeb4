"""The tables of the conversation.

Revision: 0001, the first.
"""

import sqlalchemy as sa
from alembic import op

from bot.db.types import Json, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


_ONE_CHANNEL = "channel IN ('whatsapp', 'sms', 'email', 'telegram', 'messenger', 'instagram', 'other')"
_ONE_REASON = "reason IN ('word', 'provider', 'marketing', 'complaint', 'bounce', 'unsubscribed', 'admin')"


def upgrade() -> None:
    """Create every table."""
    postgresql = op.get_context().dialect.name == "postgresql"
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("credentials", sa.Text(), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=True),
        sa.Column("rate", sa.Float(), nullable=True),
        sa.Column("slowed", sa.Float(), server_default=sa.text("1"), nullable=False),
        sa.Column("slowed_at", UtcDateTime(), nullable=True),
        sa.Column("paused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("paused_reason", sa.Text(), nullable=True),
        sa.Column("tokens", sa.Float(), server_default=sa.text("0"), nullable=False),
        sa.Column("tokens_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("rate > 0", name=op.f("ck_accounts_rate")),
        sa.CheckConstraint("slowed > 0 AND slowed <= 1", name=op.f("ck_accounts_slowed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
    )
    op.create_table(
        "bundles",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("document", Json, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.Column("published_by", sa.String(length=255), nullable=True),
        sa.Column("id", sa.String(length=25), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("status IN ('draft', 'published', 'archived')", name=op.f("ck_bundles_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bundles")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_bundles_name_version")),
    )
    op.create_index(
        "uq_bundles_published_name",
        "bundles",
        ["name"],
        unique=True,
        sqlite_where=sa.text("status = 'published'"),
        postgresql_where=sa.text("status = 'published'"),
    )
    op.create_table(
        "contacts",
        sa.Column("phone", sa.String(length=32), nullable=True),
        sa.Column("email", sa.String(length=255), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=True),
        sa.Column("opt_in", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("locale", sa.String(length=35), nullable=True),
        sa.Column("timezone", sa.String(length=64), nullable=True),
        sa.Column("last_inbound_at", UtcDateTime(), nullable=True),
        sa.Column("seq", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("fallback_at", UtcDateTime(), nullable=True),
        sa.Column("id", sa.String(length=25), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        postgresql_with={"fillfactor": 80},
    )
    op.create_index(op.f("ix_contacts_email"), "contacts", ["email"], unique=False)
    op.create_index(op.f("ix_contacts_phone"), "contacts", ["phone"], unique=False)
    op.create_table(
        "scheduled_jobs",
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("payload", Json, nullable=True),
        sa.Column("scheduled_at", UtcDateTime(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("id", sa.String(length=25), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("status IN ('pending', 'done', 'failed')", name=op.f("ck_scheduled_jobs_status")),
        sa.CheckConstraint(
            "(claimed_by IS NULL) = (claimed_until IS NULL)", name=op.f("ck_scheduled_jobs_claim_is_whole")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheduled_jobs")),
    )
    op.create_index(
        "ix_scheduled_jobs_due",
        "scheduled_jobs",
        ["scheduled_at"],
        unique=False,
        sqlite_where=sa.text("status = 'pending'"),
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index("uq_scheduled_jobs_type_key", "scheduled_jobs", ["type", "key"], unique=True)
    op.create_table(
        "webhook_tokens",
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("token", sa.String(length=255), nullable=False),
        sa.Column("used_for", sa.Text(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "token", name=op.f("pk_webhook_tokens")),
    )
    op.create_index(op.f("ix_webhook_tokens_seen_at"), "webhook_tokens", ["seen_at"], unique=False)
    op.create_table(
        "webhook_events",
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=255), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("provider_message_id", sa.String(length=512), nullable=True),
        sa.Column("detail", Json, nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("applied_at", UtcDateTime(), nullable=True),
        sa.Column("id", sa.String(length=25), nullable=False),
        sa.CheckConstraint(
            "kind IN ('unknown', 'unknown_account', 'status', 'cleaned')", name=op.f("ck_webhook_events_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_events")),
    )
    op.create_index(
        "ix_webhook_events_early_status",
        "webhook_events",
        ["provider_message_id"],
        unique=False,
        sqlite_where=sa.text("kind = 'status' AND applied_at IS NULL"),
        postgresql_where=sa.text("kind = 'status' AND applied_at IS NULL"),
    )
    op.create_index(op.f("ix_webhook_events_received_at"), "webhook_events", ["received_at"], unique=False)
    op.create_table(
        "contact_addresses",
        sa.Column("contact_id", sa.String(length=25), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", sa.String(length=255), nullable=False),
        sa.Column("id", sa.String(length=25), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('phone', 'email', 'wa_user', 'telegram', 'messenger', 'instagram', 'external', 'simulator')",
            name=op.f("ck_contact_addresses_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_contact_addresses_contact_id"),
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_addresses")),
        sa.UniqueConstraint("value", "kind", name=op.f("uq_contact_addresses_value_kind")),
    )
    op.create_index(op.f("ix_contact_addresses_contact_id"), "contact_addresses", ["contact_id"], unique=False)
    op.create_table(
        "flows",
        sa.Column("bundle_id", sa.String(length=25), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("schema_json", Json, nullable=True),
        sa.Column("entry_trigger_id", sa.String(length=25), nullable=True),
        sa.Column("id", sa.String(length=25), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("status IN ('draft', 'published', 'archived')", name=op.f("ck_flows_status")),
        sa.ForeignKeyConstraint(["bundle_id"], ["bundles.id"], name=op.f("fk_flows_bundle_id")),
        # The two tables name each other: SQLite cannot add a constraint later, PostgreSQL cannot name a table early.
        sa.ForeignKeyConstraint(
            ["entry_trigger_id"], ["triggers.id"], name=op.f("fk_flows_entry_trigger_id"), use_alter=postgresql
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flows")),
        sa.UniqueConstraint("bundle_id", "name", name=op.f("uq_flows_bundle_id_name")),
    )
    op.create_table(
        "templates",
        sa.Column("bundle_id", sa.String(length=25), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("variables", Json, nullable=True),
        sa.Column("variants", Json, nullable=False),
        sa.Column("locale", sa.String(length=35), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("id", sa.String(length=25), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["bundle_id"], ["bundles.id"], name=op.f("fk_templates_bundle_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_templates")),
    )
    op.create_index(
        "uq_templates_active",
        "templates",
        ["bundle_id", "key", "locale"],
        unique=True,
        sqlite_where=sa.text("is_active"),
        postgresql_where=sa.text("is_active"),
    )
    op.create_table(
        "consents",
        sa.Column("address_id", sa.String(length=25), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("opted_in", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("reminded_at", UtcDateTime(), nullable=True),
        sa.Column("id", sa.String(length=25), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(_ONE_CHANNEL, name=op.f("ck_consents_channel")),
        sa.CheckConstraint(_ONE_REASON, name=op.f("ck_consents_reason")),
        sa.ForeignKeyConstraint(
            ["address_id"], ["contact_addresses.id"], name=op.f("fk_consents_address_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sa.UniqueConstraint("address_id", "channel", name=op.f("uq_consents_address_id_channel")),
    )
    op.create_table(
        "consent_changes",
        sa.Column("address_id", sa.String(length=25), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("opted_in", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.String(length=255), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("id", sa.String(length=25), nullable=False),
        sa.CheckConstraint(_ONE_CHANNEL, name=op.f("ck_consent_changes_channel")),
        sa.CheckConstraint(_ONE_REASON, name=op.f("ck_consent_changes_reason")),
        sa.ForeignKeyConstraint(
            ["address_id"], ["contact_addresses.id"], name=op.f("fk_consent_changes_address_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_changes")),
    )
    op.create_index(
        op.f("ix_consent_changes_address_id_changed_at"), "consent_changes", ["address_id", "changed_at"], unique=False
    )
    op.create_table(
        "flow_steps",
        sa.Column("flow_id", sa.String(length=25), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("template_id", sa.String(length=25), nullable=True),
        sa.Column("wait_input", sa.Boolean(), nullable=False),
        sa.Column("transitions_json", Json, nullable=True),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=25), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("type IN ('send_template', 'collect_input', 'end')", name=op.f("ck_flow_steps_type")),
        sa.ForeignKeyConstraint(["flow_id"], ["flows.id"], name=op.f("fk_flow_steps_flow_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["template_id"], ["templates.id"], name=op.f("fk_flow_steps_template_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flow_steps")),
        sa.UniqueConstraint("flow_id", "key", name=op.f("uq_flow_steps_flow_id_key")),
    )
    op.create_index(op.f("ix_flow_steps_flow_id_order"), "flow_steps", ["flow_id", "order"], unique=False)
    op.create_table(
        "triggers",
        sa.Column("bundle_id", sa.String(length=25), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=True),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("cooldown_sec", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("interrupt", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("position", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("template_id", sa.String(length=25), nullable=True),
        sa.Column("flow_id", sa.String(length=25), nullable=True),
        sa.Column("id", sa.String(length=25), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("type IN ('equals', 'contains', 'regex', 'number')", name=op.f("ck_triggers_type")),
        sa.CheckConstraint("(template_id IS NULL) <> (flow_id IS NULL)", name=op.f("ck_triggers_one_target")),
        sa.CheckConstraint("cooldown_sec >= 0", name=op.f("ck_triggers_cooldown_sec")),
        sa.ForeignKeyConstraint(["bundle_id"], ["bundles.id"], name=op.f("fk_triggers_bundle_id")),
        sa.ForeignKeyConstraint(["flow_id"], ["flows.id"], name=op.f("fk_triggers_flow_id")),
        sa.ForeignKeyConstraint(["template_id"], ["templates.id"], name=op.f("fk_triggers_template_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_triggers")),
    )
    op.create_index(op.f("ix_triggers_bundle_id"), "triggers", ["bundle_id"], unique=False)
    op.create_table(
        "flow_instances",
        sa.Column("contact_id", sa.String(length=25), nullable=False),
        sa.Column("flow_id", sa.String(length=25), nullable=False),
        sa.Column("current_step_key", sa.String(length=64), nullable=False),
        sa.Column("state_json", Json, nullable=False),
        sa.Column("asked", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("trigger_id", sa.String(length=25), nullable=True),
        sa.Column("last_interaction_at", UtcDateTime(), nullable=False),
        sa.Column("paused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("paused_until", UtcDateTime(), nullable=True),
        sa.Column("locked_by", sa.String(length=64), nullable=True),
        sa.Column("locked_until", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("end_reason", sa.String(length=16), nullable=True),
        sa.Column("id", sa.String(length=25), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name=op.f("ck_flow_instances_end_has_reason")),
        sa.CheckConstraint(
            "(locked_by IS NULL) = (locked_until IS NULL)", name=op.f("ck_flow_instances_lock_is_whole")
        ),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_flow_instances_contact_id")),
        sa.ForeignKeyConstraint(["flow_id"], ["flows.id"], name=op.f("fk_flow_instances_flow_id")),
        sa.ForeignKeyConstraint(["trigger_id"], ["triggers.id"], name=op.f("fk_flow_instances_trigger_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flow_instances")),
        postgresql_with={"fillfactor": 80},
    )
    op.create_index(
        op.f("ix_flow_instances_contact_id_paused"), "flow_instances", ["contact_id", "paused"], unique=False
    )
    op.create_index(
        "ix_flow_instances_open_flow",
        "flow_instances",
        ["flow_id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL AND flow_id IS NOT NULL"),
        postgresql_where=sa.text("ended_at IS NULL AND flow_id IS NOT NULL"),
    )
    op.create_index(
        "uq_flow_instances_open",
        "flow_instances",
        ["contact_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "messages",
        sa.Column("contact_id", sa.String(length=25), nullable=False),
        sa.Column("account", sa.String(length=255), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("address_id", sa.String(length=25), nullable=False),
        sa.Column("address", sa.String(length=255), nullable=False),
        sa.Column("address_kind", sa.String(length=16), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("turn_state", sa.String(length=8), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), server_default=sa.text("'text'"), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("body", Json, nullable=True),
        sa.Column("provider_message_id", sa.String(length=512), nullable=True),
        sa.Column("reply_to_id", sa.String(length=25), nullable=True),
        sa.Column("thread_id", sa.String(length=512), nullable=True),
        sa.Column("trigger_id", sa.String(length=25), nullable=True),
        sa.Column("flow_instance_id", sa.String(length=25), nullable=True),
        sa.Column("template_id", sa.String(length=25), nullable=True),
        sa.Column("trace", Json, nullable=True),
        sa.Column("scheduled_at", UtcDateTime(), nullable=True),
        sa.Column("next_attempt_at", UtcDateTime(), nullable=True),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.Column("attempt_started_at", UtcDateTime(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("despite_opt_out", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("error", sa.String(length=64), nullable=True),
        sa.Column("error_reason", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("sends_unknown", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("id", sa.String(length=25), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(direction = 'inbound') = (turn_state IS NOT NULL)", name=op.f("ck_messages_turn_of_inbound")
        ),
        sa.CheckConstraint(_ONE_CHANNEL, name=op.f("ck_messages_channel")),
        sa.CheckConstraint(
            "direction = 'outbound' OR provider_message_id IS NOT NULL",
            name=op.f("ck_messages_inbound_has_provider_id"),
        ),
        sa.CheckConstraint(
            "direction = 'outbound' OR status = 'delivered'", name=op.f("ck_messages_inbound_is_delivered")
        ),
        sa.CheckConstraint("direction IN ('inbound', 'outbound')", name=op.f("ck_messages_direction")),
        sa.CheckConstraint(
            "status IN ('queued', 'sent', 'failed', 'delivered', 'read')", name=op.f("ck_messages_status")
        ),
        sa.CheckConstraint(
            "turn_state IS NULL OR turn_state IN ('done', 'pending', 'parked')", name=op.f("ck_messages_turn_state")
        ),
        sa.CheckConstraint("(claimed_by IS NULL) = (claimed_until IS NULL)", name=op.f("ck_messages_claim_is_whole")),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_messages_account")),
        sa.ForeignKeyConstraint(["address_id"], ["contact_addresses.id"], name=op.f("fk_messages_address_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_messages_contact_id")),
        sa.ForeignKeyConstraint(["flow_instance_id"], ["flow_instances.id"], name=op.f("fk_messages_flow_instance_id")),
        sa.ForeignKeyConstraint(
            ["reply_to_id"],
            ["messages.id"],
            name=op.f("fk_messages_reply_to_id"),
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.ForeignKeyConstraint(["template_id"], ["templates.id"], name=op.f("fk_messages_template_id")),
        sa.ForeignKeyConstraint(["trigger_id"], ["triggers.id"], name=op.f("fk_messages_trigger_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
    )
    op.create_index(op.f("ix_messages_contact_id_created_at"), "messages", ["contact_id", "created_at"], unique=False)
    op.create_index(
        op.f("ix_messages_contact_id_trigger_id_direction_created_at"),
        "messages",
        ["contact_id", "trigger_id", "direction", "created_at"],
        unique=False,
        sqlite_where=sa.text("trigger_id IS NOT NULL"),
        postgresql_where=sa.text("trigger_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_messages_created_at"), "messages", ["created_at"], unique=False)
    op.create_index(
        "ix_messages_parked",
        "messages",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("turn_state = 'parked'"),
        postgresql_where=sa.text("turn_state = 'parked'"),
    )
    op.create_index(
        "ix_messages_pending",
        "messages",
        ["contact_id", "seq"],
        unique=False,
        sqlite_where=sa.text("turn_state = 'pending'"),
        postgresql_where=sa.text("turn_state = 'pending'"),
    )
    op.create_index(
        "ix_messages_queued_contact",
        "messages",
        ["contact_id", "seq"],
        unique=False,
        sqlite_where=sa.text("direction = 'outbound' AND status = 'queued'"),
        postgresql_where=sa.text("direction = 'outbound' AND status = 'queued'"),
    )
    # What asks nothing of the moment it is due cannot use this index, so that no plan reads the whole queue from it.
    due_at = "coalesce(next_attempt_at, scheduled_at, created_at)"
    queued_due = f"direction = 'outbound' AND status = 'queued' AND {due_at} IS NOT NULL"
    op.create_index(
        "ix_messages_queued_due",
        "messages",
        ["account", sa.text(due_at)],
        unique=False,
        sqlite_where=sa.text(queued_due),
        postgresql_where=sa.text(queued_due),
    )
    op.create_index(
        op.f("ix_messages_reply_to_id"),
        "messages",
        ["reply_to_id"],
        unique=False,
        sqlite_where=sa.text("reply_to_id IS NOT NULL"),
        postgresql_where=sa.text("reply_to_id IS NOT NULL"),
    )
    op.create_index("uq_messages_contact_id_seq", "messages", ["contact_id", "seq"], unique=True)
    op.create_index(
        "uq_messages_inbound_provider_id",
        "messages",
        ["account", "provider_message_id"],
        unique=True,
        sqlite_where=sa.text("direction = 'inbound'"),
        postgresql_where=sa.text("direction = 'inbound'"),
    )
    op.create_index(
        "uq_messages_outbound_provider_id",
        "messages",
        ["account", "provider_message_id"],
        unique=True,
        sqlite_where=sa.text("direction = 'outbound' AND provider_message_id IS NOT NULL"),
        postgresql_where=sa.text("direction = 'outbound' AND provider_message_id IS NOT NULL"),
    )
    _create_media_files()
    op.create_index("ix_triggers_order", "triggers", ["active", sa.text("priority DESC"), sa.text("updated_at DESC")])
    if postgresql:
        op.create_foreign_key("fk_flows_entry_trigger_id", "flows", "triggers", ["entry_trigger_id"], ["id"])


def _create_media_files() -> None:
    op.create_table(
        "media_files",
        sa.Column("message_id", sa.String(length=25), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("content_type", sa.String(length=127), nullable=True),
        sa.Column("filename", sa.String(length=255), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_at", UtcDateTime(), nullable=True),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.Column("id", sa.String(length=25), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("state IN ('pending', 'stored', 'refused', 'failed')", name=op.f("ck_media_files_state")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_media_files_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_files")),
        sa.UniqueConstraint("message_id", "position", name=op.f("uq_media_files_message_id_position")),
    )
    op.create_index(op.f("ix_media_files_sha256"), "media_files", ["sha256"], unique=False)
    op.create_index(
        "ix_media_files_pending",
        "media_files",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )


def downgrade() -> None:
    """Drop every table; their indexes go with them."""
    op.execute("UPDATE flows SET entry_trigger_id = NULL")
    if op.get_context().dialect.name == "postgresql":
        op.drop_constraint("fk_flows_entry_trigger_id", "flows", type_="foreignkey")
    for table in (
        "media_files",
        "messages",
        "flow_instances",
        "triggers",
        "flow_steps",
        "consents",
        "consent_changes",
        "templates",
        "flows",
        "contact_addresses",
        "webhook_events",
        "webhook_tokens",
        "scheduled_jobs",
        "contacts",
        "bundles",
        "accounts",
    ):
        op.drop_table(table)
