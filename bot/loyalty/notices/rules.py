"""Which notice is due, and what it says. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from bot.loyalty.accounts.cards import AccountCard, Ending, Standing

_MOST_LISTED = 24
"""Days that a message lists one by one; what ends later is added up."""


class Due(NamedTuple):
    """A notice that is to be given, as its claim names it.

    Attributes:
        kind: `EXPIRATION_30_DAYS` and so on.
        day: the last one on which the points count.
    """

    account_id: str
    kind: str
    day: date


def stage_of(day: date, today: date, notice_days: Iterable[int]) -> int | None:
    """The stage that points are at which end on a day: the most urgent one that was reached; None before the first."""
    left = (day - today).days
    return min((each for each in notice_days if each >= left), default=None) if left >= 0 else None


def kind_of(stage: int) -> str:
    """What a stage is called in the log."""
    return f"EXPIRATION_{stage}_{'DAY' if stage == 1 else 'DAYS'}"


def days_to_look_at(today: date, notice_days: Sequence[int]) -> list[date]:
    """All days that are at a stage; first those that have just come to one, then those that a run may have missed."""
    coming = [today + timedelta(days=each) for each in sorted(notice_days)]
    every = (today + timedelta(days=each) for each in range(max(notice_days, default=-1) + 1))
    return list(dict.fromkeys([*coming, *every]))


def endings_of(
    card: AccountCard, left: Iterable[tuple[date | None, int]], today: date, idle_days: int | None
) -> Iterator[Ending]:
    """What of one account is to end, in no order; a day may come more than once."""
    idle = None
    if idle_days is not None and card.last_active_on is not None:
        idle = card.last_active_on + timedelta(days=idle_days)
    for expires_on, points in left:
        day = min((each for each in (expires_on, idle) if each is not None), default=None)
        if day is not None and day >= today:
            yield Ending(day, points)


def template_of(templates: Mapping[str, str], stage: int) -> str | None:
    """The `bundle/template` of a stage."""
    return templates.get(str(stage)) or templates.get("default")


def variables(standing: Standing, day: date, today: date, unit: str, locale: str) -> dict[str, str | int]:
    """What a notice of a day prints beside what is known of the contact."""
    points = next(each.points for each in standing.endings if each.day == day)
    return {
        "points": points,
        "unit": unit,
        "date": _spelled(day, locale),
        "days": (day - today).days,
        "balance": standing.balance,
        "endings": _listed(standing.endings, locale),
    }


def _listed(endings: Sequence[Ending], locale: str) -> str:
    lines = [f"{_spelled(each.day, locale)}: {each.points}" for each in endings[:_MOST_LISTED]]
    further = endings[_MOST_LISTED:]
    if further:
        lines.append(f"{_spelled(further[0].day, locale)} … {_spelled(further[-1].day, locale)}: {_sum(further)}")
    return "\n".join(lines)


def _sum(endings: Iterable[Ending]) -> int:
    return sum(each.points for each in endings)


def _spelled(day: date, locale: str) -> str:
    return f"{day:%d/%m/%Y}" if locale.startswith("pt") else day.isoformat()
