"""When templates are asked for, and what has changed of them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.backoff import backoff
from bot.core.listed_templates import ListedTemplate

EVERY = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(days=30)
"""How long one that is gone is still shown."""
_PATIENCE = 10.0
"""Times the usual wait: a provider that was away is asked again after seconds, and then after minutes."""
_SPREAD = 0.1
"""The part of the hour by which processes and accounts are spread."""

Key = tuple[str, str]
"""A template's name and language."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What is otherwise than it was.

    Attributes:
        new: were not there.
        changed: say something else, have another status, or are there again.
        gone: are listed no more.
    """

    new: tuple[ListedTemplate, ...]
    changed: tuple[ListedTemplate, ...]
    gone: tuple[Key, ...]


def changes(before: Mapping[Key, ListedTemplate], gone: frozenset[Key], now: Sequence[ListedTemplate]) -> Changes:
    """What a listing changes.

    Args:
        before: what is kept, by key.
        gone: the keys of those that were gone already.
        now: what is listed; of two with one key the first counts.
    """
    listed = {(each.name, each.language): each for each in reversed(now)}
    return Changes(
        new=tuple(each for key, each in sorted(listed.items()) if key not in before),
        changed=tuple(
            each for key, each in sorted(listed.items()) if key in before and (before[key] != each or key in gone)
        ),
        gone=tuple(sorted(before.keys() - listed.keys() - gone)),
    )


def next_time(now: datetime, failures: int, retry_after: float | None, fraction: float) -> datetime:
    """When an account is asked about again.

    Args:
        now: when it was.
        failures: how often in a row that was in vain; 0 where it was not.
        retry_after: seconds that the provider wants, or None.
        fraction: random, in [0, 1).

    >>> next_time(datetime(2026, 1, 1, 12), 0, None, 0.0)
    datetime.datetime(2026, 1, 1, 13, 0)
    """
    if not failures:
        return now + EVERY * (1 + _SPREAD * fraction)
    wait = max(_PATIENCE * backoff(failures, fraction), retry_after or 0.0, _PATIENCE)
    return now + min(timedelta(seconds=wait), EVERY)
