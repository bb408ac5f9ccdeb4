"""How long things took, in words."""

from bot.admin.inbox.reports.words import duration
from bot.web.i18n import translator
from tests.support.tables import for_each


@for_each(
    ("seconds", "said"),
    [
        (None, "–"),  # noqa: RUF001 - the dash of a cell without a value
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3_569, "59 min"),
        (3_570, "1 h"),
        (3_600, "1 h"),
        (5_000, "1 h 23 min"),
        (86_399, "1 d"),
        (86_400, "1 d"),
        (100_000, "1 d 4 h"),
        (171_900, "2 d"),
    ],
)
def test_a_duration_has_its_two_greatest_units(seconds: int | None, said: str) -> None:
    assert duration(seconds, translator("en")) == said
