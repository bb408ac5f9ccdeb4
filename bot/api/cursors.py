"""Where a page of a list ends, told so that nobody but this server can make it up."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from pydantic import SecretStr

from bot.api.problems import INVALID_CURSOR, ProblemError
from bot.web import links

GOOD_FOR = timedelta(days=1)
Value = str | int | datetime | None
Place = tuple[str | int | None, ...]
Row = TypeVar("Row")
Shown = TypeVar("Shown")


@dataclass(frozen=True, slots=True)
class Cursors:
    """The pages of one list.

    Attributes:
        of: the list: its path and filters, as they were asked for.
        given: where the page is to begin; None at the beginning.
        limit: how many rows a page has at most.
        keys: sign cursors.
        now: the moment.
    """

    of: str
    given: str | None
    limit: int
    keys: Sequence[SecretStr]
    now: datetime

    @property
    def wanted(self) -> int:
        """How many rows to read: one more than a page has, which tells whether there is another page."""
        return self.limit + 1

    @property
    def after(self) -> Place | None:
        """Behind which values the page begins; raises ProblemError for a cursor that is none of this list's."""
        if self.given is None:
            return None
        payload = links.read(self._purpose, self.given, self.keys, self.now)
        if payload is None:
            raise ProblemError(INVALID_CURSOR)
        return tuple(json.loads(payload))

    @property
    def after_moment(self) -> tuple[datetime, str] | None:
        """`after` in a list that is sorted by a moment and an id."""
        after = self.after
        return None if after is None else (datetime.fromisoformat(str(after[0])), str(after[1]))

    @property
    def after_text(self) -> str | None:
        """`after` in a list that is sorted by a text."""
        after = self.after
        return None if after is None else str(after[0])

    @property
    def after_number(self) -> int | None:
        """`after` in a list that is sorted by a number."""
        after = self.after
        return None if after is None else int(after[0] or 0)

    def page(
        self, rows: Sequence[Row], place: Callable[[Row], tuple[Value, ...]], further: tuple[Value, ...] | None = None
    ) -> tuple[Sequence[Row], str | None]:
        """The rows of the page, of which `wanted` were read at most, and the cursor of the next one.

        Args:
            rows: in order.
            place: the values by which a row is sorted.
            further: where a query ended its look before there were enough.
        """
        shown = rows[: self.limit]
        end = place(shown[-1]) if len(rows) > self.limit else further
        return shown, None if end is None else self._sign(end)

    def _sign(self, place: tuple[Value, ...]) -> str:
        payload = json.dumps(place, ensure_ascii=False, default=datetime.isoformat)
        return links.sign(self._purpose, payload, self.keys, expires_at=self.now + GOOD_FOR)

    @property
    def _purpose(self) -> str:
        return f"api {self.of}"
