"""What is asked of a report, and what it tells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.inbox.kinds import By
from bot.inbox.reports.spans import Span

MOST_DAYS = 366
"""Of one report."""


Key = int | str | None
"""Of a group: a day's or week's number of `bot.inbox.reports.spans`, 0 to 23, 0 (Monday) to 6, a channel, a user's id.

None stands for no channel, and for nobody who was logged in.
"""


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """What is asked.

    Attributes:
        span: the days.
        by: what the figures are told apart by.
        channels: only these; empty for all.
        user_ids: only what these people did; empty for all.
    """

    span: Span
    by: By
    channels: Sequence[str] = ()
    user_ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Durations:
    """How long something took, in whole seconds.

    Attributes:
        count: how often it was.
        median: half of them took at most so long; None where it never was.
        most: nine of ten took at most so long.
    """

    count: int = 0
    median: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What a report tells of all, or of one group.

    Attributes:
        received: messages that came in; None where it is asked or told by agent, since nobody of ours wrote them.
        sent: messages that went out, whoever wrote them; by agent those that they wrote.
        opened: conversations that became people's, but for those that were opened again.
        reopened: those that were.
        response: from when a contact asked for a person to a person's first words.
        resolution: from when a conversation was opened to when it was resolved for the first time.
        total: from then to when it was resolved for good, until now.
    """

    received: int | None = 0
    sent: int = 0
    opened: int = 0
    reopened: int = 0
    response: Durations = field(default_factory=Durations)
    resolution: Durations = field(default_factory=Durations)
    total: Durations = field(default_factory=Durations)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Who waits for a person at this moment.

    Attributes:
        count: how many.
        since: since when the one who waits longest does; None for nobody.
    """

    count: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Report:
    """What a report tells.

    Attributes:
        all: of all.
        groups: of each group, in order; hours and days without anything are there, channels and people are not.
        waiting: who waits now, whatever the days.
    """

    all: Figures
    groups: Mapping[Key, Figures]
    waiting: Waiting
