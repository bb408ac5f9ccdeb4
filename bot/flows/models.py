"""Published bundles and what they hold. Publishing inserts new rows; only triggers keep theirs."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.i18n import N_
from bot.db.base import Base, Identified, Timestamped, one_of
from bot.db.types import Json, UtcDateTime

_STATUSES = (N_("draft"), N_("published"), N_("archived"))


class Bundle(Identified, Timestamped, Base):
    """One version of one file.

    Attributes:
        document: the checked document, as JSON; the engine's definitions are compiled from it.
        digest: of the document; an unchanged one makes no new version.
        source: the YAML as written.
    """

    __tablename__ = "bundles"

    name: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(String(16))
    document: Mapped[dict[str, Any]] = mapped_column(Json)
    digest: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_by: Mapped[str | None] = mapped_column(String(255))

    __table_args__ = (
        UniqueConstraint("name", "version"),
        one_of("status", *_STATUSES),
        Index(
            "uq_bundles_published_name",
            "name",
            unique=True,
            sqlite_where=text("status = 'published'"),
            postgresql_where=text("status = 'published'"),
        ),
    )


class Template(Identified, Timestamped, Base):
    """A template's variants in one locale.

    Attributes:
        content: the first variant.
        variables: name to default, or null for none.
        variants: all of them, in order.
    """

    __tablename__ = "templates"

    bundle_id: Mapped[str] = mapped_column(ForeignKey("bundles.id"))
    key: Mapped[str] = mapped_column(String(64))
    content: Mapped[str] = mapped_column(Text)
    variables: Mapped[dict[str, Any] | None] = mapped_column(Json)
    variants: Mapped[list[str]] = mapped_column(Json)
    locale: Mapped[str] = mapped_column(String(35))
    is_active: Mapped[bool] = mapped_column(Boolean, default=True, server_default=text("true"))

    __table_args__ = (
        Index(
            "uq_templates_active",
            "bundle_id",
            "key",
            "locale",
            unique=True,
            sqlite_where=text("is_active"),
            postgresql_where=text("is_active"),
        ),
    )


class Flow(Identified, Timestamped, Base):
    """A flow of one bundle version; instances stay pinned to it.

    Attributes:
        schema_json: the flow as checked.
        entry_trigger_id: the first trigger of the file that starts it, if any.
    """

    __tablename__ = "flows"

    bundle_id: Mapped[str] = mapped_column(ForeignKey("bundles.id"))
    name: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(16))
    version: Mapped[int] = mapped_column(Integer)
    schema_json: Mapped[dict[str, Any] | None] = mapped_column(Json)
    entry_trigger_id: Mapped[str | None] = mapped_column(ForeignKey("triggers.id", use_alter=True))

    __table_args__ = (UniqueConstraint("bundle_id", "name"), one_of("status", *_STATUSES))


class FlowStep(Identified, Timestamped, Base):
    """A step of a flow, in order."""

    __tablename__ = "flow_steps"

    flow_id: Mapped[str] = mapped_column(ForeignKey("flows.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(64))
    type: Mapped[str] = mapped_column(String(16))
    template_id: Mapped[str | None] = mapped_column(ForeignKey("templates.id"))
    wait_input: Mapped[bool] = mapped_column(Boolean)
    transitions_json: Mapped[dict[str, str] | None] = mapped_column(Json)
    order: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        UniqueConstraint("flow_id", "key"),
        Index(None, "flow_id", "order"),
        one_of("type", "send_template", "collect_input", "end", "action"),
    )


class Trigger(Identified, Timestamped, Base):
    """A trigger; keeps its id over publishes by its key, else by bundle, type, pattern and target.

    Attributes:
        bundle_id: the version that last published it.
        pattern: one text, or several as a JSON list.
        position: in the file, from 0.
        action: what it does, where it neither answers with a template nor starts a flow.
    """

    __tablename__ = "triggers"

    bundle_id: Mapped[str] = mapped_column(ForeignKey("bundles.id"))
    key: Mapped[str | None] = mapped_column(String(64))
    type: Mapped[str] = mapped_column(String(16))
    pattern: Mapped[str] = mapped_column(Text)
    priority: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    cooldown_sec: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    active: Mapped[bool] = mapped_column(Boolean, default=True, server_default=text("true"))
    interrupt: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    position: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    template_id: Mapped[str | None] = mapped_column(ForeignKey("templates.id"))
    flow_id: Mapped[str | None] = mapped_column(ForeignKey("flows.id"))
    action: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (
        one_of("type", "equals", "contains", "regex", "number"),
        CheckConstraint(
            "CASE WHEN action IS NULL THEN (template_id IS NULL) <> (flow_id IS NULL)"
            " ELSE template_id IS NULL AND flow_id IS NULL END",
            name="one_target",
        ),
        CheckConstraint("cooldown_sec >= 0", name="cooldown_sec"),
        Index("ix_triggers_order", "active", text("priority DESC"), text("updated_at DESC")),
        Index(None, "bundle_id"),
    )
