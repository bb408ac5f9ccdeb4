"""Bundles as programs see them, what is wrong with a text, and what would become of it."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from bot.api.shapes import Given, Page, PageQuery, Shown, Text
from bot.flows.checking import Checked
from bot.flows.faults import Fault
from bot.flows.service import Listed, Standing, Version
from bot.flows.service import Shown as Stored

MOST_FAULTS = 100
"""That are told of one text."""
_Number = Annotated[int, Field(description="From 1 up.")]
_By = Annotated[str | None, Field(description="Who published it.")]


class BundleStatus(StrEnum):
    """Whether a bundle answers."""

    PUBLISHED = "published"
    ARCHIVED = "archived"


class BundleSummary(Shown):
    """The newest version of a bundle, without its text."""

    name: str
    version: _Number
    status: BundleStatus
    locales: Annotated[list[str], Field(description="What it speaks, its own language first.")]
    templates: Annotated[int, Field(description="How many it has.")]
    triggers: Annotated[int, Field(description="How many it has.")]
    flows: Annotated[int, Field(description="How many it has.")]
    published_at: datetime | None
    published_by: _By

    @classmethod
    def of(cls, listed: Listed) -> "BundleSummary":
        """As it is stored."""
        return cls.model_validate(listed, from_attributes=True)


class BundlePage(Page[BundleSummary]):
    """Some bundles."""


class BundleQuery(PageQuery):
    """Which bundles."""

    search: Annotated[Text, Field(max_length=200, description="A part of the name.")] = ""
    status: Annotated[tuple[BundleStatus, ...], Field(description="How the newest version stands.")] = ()


class Bundle(Shown):
    """A version of a bundle, with its text."""

    has_etag: ClassVar[bool] = True

    name: str
    version: _Number
    status: Annotated[BundleStatus, Field(description="`published`: it answers.")]
    locales: Annotated[list[str], Field(description="What it speaks, its own language first.")]
    published_at: datetime | None
    published_by: _By
    source: Annotated[str, Field(description="The YAML as it was written.")]

    @classmethod
    def of(cls, stored: Stored) -> "Bundle":
        """As it is stored."""
        return cls.model_validate(stored, from_attributes=True)


class BundleVersion(Shown):
    """A version of a bundle, without its text."""

    version: _Number
    status: BundleStatus
    published_at: datetime | None
    published_by: _By

    @classmethod
    def of(cls, version: Version) -> "BundleVersion":
        """As it is stored."""
        return cls.model_validate(version, from_attributes=True)


class BundleVersionPage(Page[BundleVersion]):
    """Some versions of a bundle."""


class BundleText(Given):
    """The text of a bundle."""

    source: Annotated[str, Field(description="YAML, of at most 256 kB.")]


class TextFault(Shown):
    """Something in a text."""

    line: Annotated[int, Field(description="From 1.")]
    column: Annotated[int, Field(description="From 1, in characters.")]
    code: Annotated[str, Field(description="As `docs/flow-faults.md` lists it.")]
    message: str
    mend: Annotated[str, Field(description="What to do about it.")]

    @classmethod
    def of(cls, fault: Fault) -> "TextFault":
        """As the checks have it."""
        message, mend = fault.told()
        return cls(line=fault.line, column=fault.column, code=fault.code, message=message, mend=mend)


class CheckedText(Shown):
    """What the checks make of a text, and what publishing it would do."""

    bundle: Annotated[str | None, Field(description="Its name; null where that cannot be read.")]
    sound: Annotated[bool, Field(description="It has no fault, and can be published.")]
    faults: Annotated[list[TextFault], Field(description=f"Up to {MOST_FAULTS}, as a reader meets them.")]
    fault_count: Annotated[int, Field(description="How many there are in all.")]
    notes: Annotated[list[TextFault], Field(description=f"What may surprise, and is no fault; up to {MOST_FAULTS}.")]
    over: Annotated[int | None, Field(description="The version that is in force now; null for none, and for faults.")]
    becomes: Annotated[int | None, Field(description="The version that it would be; null where it has faults.")]
    changes: Annotated[bool, Field(description="False: it has faults, or says what is in force already.")]

    @classmethod
    def of(cls, checked: Checked, stands: Standing | None) -> "CheckedText":
        """Of one text; `stands` is None where it has faults."""
        (name,) = checked.names.values()
        over, becomes = None, None
        if stands is not None:
            over, becomes = stands.over or None, stands.over if stands.is_served else stands.next
        return cls(
            bundle=name or None,
            sound=stands is not None,
            faults=_told(checked.faults),
            fault_count=len(checked.faults),
            notes=_told(checked.notes),
            over=over,
            becomes=becomes,
            changes=becomes != over,
        )


def _told(faults: Sequence[Fault]) -> list[TextFault]:
    return [TextFault.of(each) for each in faults[:MOST_FAULTS]]
