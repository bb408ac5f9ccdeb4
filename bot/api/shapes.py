"""What bodies, queries and answers are made of."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from decimal import Decimal
from typing import Annotated, ClassVar, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from bot.api.bodies import require_keepable
from bot.engine.conversation import StateValue
from bot.web.links import MAX_TOKEN

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
MOST_ROWS = 100
"""On a page."""


def _keepable(text: str) -> str:
    require_keepable(text)
    return text


Text = Annotated[str, AfterValidator(_keepable)]
"""What a program wrote into the URL."""


def _as_rfc3339(value: object) -> object:
    if not (isinstance(value, str) and _RFC_3339.fullmatch(value)):
        raise ValueError("write it as RFC 3339 has it: 2026-12-31T09:00:00Z")
    return value


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("in UTC this is beyond the years 0001 to 9999") from None


# Strict, as bodies are, it would take no text, for behind a validator of ours a text is Python's and no longer JSON's.
Moment = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_as_rfc3339), AfterValidator(_in_utc)]
"""With its zone; nothing else that could be read as a time."""


def _in_every_zone(moment: datetime) -> datetime:
    if moment.year in {MINYEAR, MAXYEAR}:
        raise ValueError("this is beyond the years 0002 to 9998")
    return moment


KeptMoment = Annotated[Moment, AfterValidator(_in_every_zone)]
"""One that is kept: readers of all zones are shown it, and the calendar has none of some zones at its ends."""


class Given(BaseModel):
    """A body: each member is of the type that it says, and there is none beside them."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Sheet(Given):
    """A body that is no JSON but a CSV file, as it came."""

    content: bytes


class Query(BaseModel):
    """The parameters behind the `?`; there is none beside them."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PageQuery(Query):
    """What a list is asked for."""

    limit: Annotated[int, Field(ge=1, le=MOST_ROWS, description="How many there are on a page, at most.")] = 50
    cursor: Annotated[
        Text | None, Field(max_length=MAX_TOKEN, description="`next` of the page before, with the same filters.")
    ] = None


class Shown(BaseModel):
    """What is answered.

    Attributes:
        volatile: members that change by themselves, and so count nothing for the `ETag`.
        once: members that are shown in the first answer alone, and never in a repeated one.
        has_etag: whether two people could change it at once.
    """

    model_config = ConfigDict(frozen=True)
    volatile: ClassVar[frozenset[str]] = frozenset()
    once: ClassVar[frozenset[str]] = frozenset()
    has_etag: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Streamed:
    """What is answered bit by bit: a CSV file.

    Attributes:
        name: the file's.
        pieces: of it, in UTF-8; whoever answers has looked the first one up, so that a refusal is told as such.
    """

    name: str
    pieces: AsyncIterator[str]


Attribute = str | int | float | bool
"""A value as JSON has it, which flows and templates take."""


def state_values(given: Mapping[str, Attribute]) -> dict[str, StateValue]:
    """Values as they are kept: a number keeps the digits that it was written with."""
    return {name: Decimal(repr(each)) if isinstance(each, float) else each for name, each in given.items()}


Row = TypeVar("Row", bound=BaseModel)


class Page(Shown, Generic[Row]):
    """Some of a list."""

    data: Annotated[list[Row], Field(description="What is on this page.")]
    next: Annotated[str | None, Field(description="The `cursor` of the page that follows; null on the last one.")]
