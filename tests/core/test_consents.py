"""Which of two words about consent holds."""

from datetime import UTC, datetime, timedelta

from bot.core.consents import Word, holds, last_said_at
from tests.support.tables import for_each

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)


def word(opted_in: bool, heard: float, said: float | None) -> Word:
    """Heard and said so many minutes after noon."""
    said_at = None if said is None else NOON + timedelta(minutes=said)
    return Word(opted_in, NOON + timedelta(minutes=heard), said_at)


@for_each(
    ("new", "last", "counts"),
    [
        ((True, 9, 5), (False, 8, 4), True),
        ((True, 9, 4), (False, 8, 4), False),
        ((True, 9, 3), (False, 8, 4), False),
        ((True, 9, None), (False, 8, 4), True),
        ((True, 8, None), (False, 8, 8), False),
        ((True, 9, 5), (False, 8, None), False),
        ((True, 9, 8.5), (False, 8, None), True),
        ((True, 8, None), (False, 8, None), True),
        ((False, 9, 5), (True, 8, 4), True),
        ((False, 9, 4), (True, 8, 4), True),
        ((False, 9, 3), (True, 8, 4), False),
        ((False, 9, 3), (True, 8, None), True),
        ((False, 9, None), (True, 8, 4), True),
        ((False, 9, 3), (False, 8, 4), True),
    ],
)
def test_what_was_said_later_holds_and_in_doubt_nobody_gets_messages(
    new: tuple[bool, float, float | None], last: tuple[bool, float, float | None], counts: bool
) -> None:
    assert holds(word(*new), word(*last)) is counts
    assert holds(word(*new), None)


@for_each(("new", "last", "at"), [(5, 4, 5), (3, 4, 4), (None, 4, 9), (9.5, None, 9.5), (None, None, None)])
def test_the_same_said_again_counts_from_the_last_time(new: float | None, last: float | None, at: float | None) -> None:
    expected = None if at is None else NOON + timedelta(minutes=at)
    assert last_said_at(word(False, 9, new), word(False, 8, last)) == expected
