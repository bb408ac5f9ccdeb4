"""Sheets that are imported in the browser, until they are done."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.contacts.importing.planning import Verdict
from bot.core.purposes import ConsentPurpose
from bot.db.base import Base, Identified, Timestamped, one_of
from bot.db.types import Id, Json, UtcDateTime


class ImportStatus(StrEnum):
    """How far a sheet is."""

    RECEIVING = "receiving"
    """Its rows come in."""
    CHECKING = "checking"
    """The dry run is under way."""
    READY = "ready"
    """The dry run is done."""
    APPLYING = "applying"
    DONE = "done"
    DISCARDED = "discarded"


class ContactImport(Identified, Timestamped, Base):
    """A sheet that somebody imports.

    Attributes:
        file: its name.
        written_at: when it came, which is when its refusals were made at the latest.
        header: its first row.
        reason: how its people agreed; empty: it is not claimed that they do.
        purpose: to what.
        country: of phones without their country's code; empty for none.
        status: an ImportStatus.
        total: how many rows it has.
        planned: what the dry run came to so far, a Tally.
        written: what was written so far, a Tally.
        job_id: of the job that goes through it; not a key of another room's table.
        actor: who imports it, as the audit names them.
        user_id: of theirs.
    """

    __tablename__ = "contact_imports"

    file: Mapped[str] = mapped_column(String(255))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    header: Mapped[list[str]] = mapped_column(Json)
    reason: Mapped[str] = mapped_column(String(500))
    purpose: Mapped[str] = mapped_column(String(16))
    country: Mapped[str] = mapped_column(String(2))
    status: Mapped[str] = mapped_column(String(16))
    total: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    planned: Mapped[dict[str, Any] | None] = mapped_column(Json)
    written: Mapped[dict[str, Any] | None] = mapped_column(Json)
    job_id: Mapped[str | None] = mapped_column(Id)
    actor: Mapped[str] = mapped_column(String(255))
    user_id: Mapped[str | None] = mapped_column(Id)

    __table_args__ = (
        one_of("status", *ImportStatus),
        one_of("purpose", *ConsentPurpose),
        Index(None, "created_at"),
    )


class ImportRow(Base):
    """A row of a sheet; gone once it is done, but for faulty ones.

    Attributes:
        line: where it begins.
        cells: as they are written; NULL where it cannot be read.
        fault: why it cannot be read, as in `bot.contacts.importing.sheet.Row`; else empty.
        verdict: what it comes to, a Verdict; NULL until it is looked at.
        faults: what is wrong with it: [message, mend, values] each.
    """

    __tablename__ = "contact_import_rows"

    import_id: Mapped[str] = mapped_column(ForeignKey("contact_imports.id", ondelete="CASCADE"), primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    cells: Mapped[list[str] | None] = mapped_column(Json)
    fault: Mapped[str] = mapped_column(String(16), default="", server_default=text("''"))
    verdict: Mapped[str | None] = mapped_column(String(8))
    faults: Mapped[list[Any] | None] = mapped_column(Json)

    __table_args__ = (
        Index(None, "import_id", "verdict", "line"),
        one_of("verdict", *Verdict, nullable=True),
    )


class ImportKey(Base):
    """By what rows of a sheet are told to be about one person: a phone, an e-mail address or a contact's id.

    Attributes:
        line: the first one that has it.
    """

    __tablename__ = "contact_import_keys"

    import_id: Mapped[str] = mapped_column(ForeignKey("contact_imports.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    line: Mapped[int] = mapped_column(Integer)
