"""What went from one contact to the other, as it is written down, so that it can go back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter

from bot.core.addresses import Channel

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Held:
    """What a row of `consents` says; the attributes are its columns."""

    opted_in: bool
    reason: str
    changed_at: datetime
    said_at: datetime | None
    marketing_opted_in: bool | None
    marketing_reason: str | None
    marketing_changed_at: datetime | None
    marketing_said_at: datetime | None


@dataclass(frozen=True, slots=True)
class ConsentMove:
    """That an address refuses on a channel what another one of the same person had refused.

    Attributes:
        address_id: whose consent was changed.
        channel: where.
        before: what held; None: it had never said anything.
        after: what held once they were one.
    """

    address_id: str
    channel: Channel
    before: Held | None
    after: Held


@dataclass(frozen=True, slots=True)
class ContactMove:
    """What went from who was merged to who was kept.

    Attributes:
        addresses: ids of addresses.
        family: ids of those who had been merged into who was merged now.
        filled: details of who was kept that were not known before, by column.
        attributes: those that they had not.
        tags: those that they had not.
        last_inbound_at: when they had last written before.
        fallback_at: when the fallback words had last been said to them before.
        fallback_at_after: the same once they were one.
        reopens_until: until when what they wrote was a person's before.
        reopens_until_after: the same once they were one.
        opt_in: the copy of their consent before.
        opt_in_after: the same once they were one.
        consents: what was refused for both.
    """

    addresses: Sequence[str] = ()
    family: Sequence[str] = ()
    filled: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    tags: Sequence[str] = ()
    last_inbound_at: datetime | None = None
    fallback_at: datetime | None = None
    fallback_at_after: datetime | None = None
    reopens_until: datetime | None = None
    reopens_until_after: datetime | None = None
    opt_in: bool = True
    opt_in_after: bool = True
    consents: Sequence[ConsentMove] = ()


@dataclass(frozen=True, slots=True)
class Merge:
    """That two were merged.

    Attributes:
        id: its own.
        kept_id: who went on.
        merged_id: of whom nothing but the history was left.
        moved: what went over, by room.
        merged_by: who said so.
        at: when.
        undone_at: when they became two again, or None.
    """

    id: str
    kept_id: str
    merged_id: str
    moved: Mapping[str, Any]
    merged_by: str
    at: datetime
    undone_at: datetime | None


def to_json(part: object) -> Any:
    """A part of what moved as JSON holds it."""
    return TypeAdapter(type(part)).dump_python(part, mode="json")


def from_json(kind: type[Part], stored: Any) -> Part:
    """What `to_json` was given; raises ValueError for what it never gave."""
    return TypeAdapter(kind).validate_python(stored)
