"""Lists: their filters in the URL, and the way to the next page by the place where this one ends.

    USERS = Filters(Words("q", N_("Search users")), Choice("role", N_("Role"), {"ADMIN": N_("Admin"), …}))

    asked = USERS.read(request)
    rows = await queries.users(connection, asked.all("role"), asked.one("q"), asked.after, asked.limit)
    page = asked.page(rows, lambda row: (row["name"], row["id"]))
    count = await page.count(lambda: queries.count(connection, asked.all("role"), asked.one("q")))
    counted("{count} user", "{count} users", count, _)

The query gives up to `limit` rows behind `after`, the values by which it sorts, of which the last one tells rows apart.
Everything in a URL is a stranger's: what is no filter of the list counts for nothing, and a cursor is signed for its
list and its filters, so that one that was made up, is of another list or too old leads to the first page.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Generic, TypeVar

from aiohttp import web
from babel.numbers import format_decimal
from pydantic import SecretStr
from yarl import URL

from bot.core.text import clean
from bot.db.counting import MOST_COUNTED
from bot.web import links
from bot.web.i18n import Translator
from bot.web.keys import CLOCK, LINK_KEYS

CURSOR = "after"
MOST_ROWS = 100
"""On a page; the query is asked for one more, which tells whether there is another page."""
_MOST_CHARACTERS = 200
_Value = str | int | datetime | None
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Words:
    """What is searched for.

    Attributes:
        name: in the URL.
        label: marked for translation.
    """

    name: str
    label: str
    is_words: ClassVar[bool] = True

    def narrow(self, given: Sequence[str]) -> tuple[str, ...]:
        """What counts of what stands in the URL."""
        text = clean(given[-1], _MOST_CHARACTERS)[0].strip() if given else ""
        return (text,) if text else ()

    def shown(self, value: str) -> str:
        """How a value is called."""
        return value


@dataclass(frozen=True, slots=True)
class Choice:
    """Some of a closed set.

    Attributes:
        name: in the URL.
        label: marked for translation.
        options: what each value is called, marked for translation.
        is_marked: whether they are; else people have named them, such as tags.
    """

    name: str
    label: str
    options: Mapping[str, str]
    is_marked: bool = True
    is_words: ClassVar[bool] = False

    def narrow(self, given: Sequence[str]) -> tuple[str, ...]:
        """What counts of what stands in the URL."""
        return tuple(value for value in self.options if value in given)

    def shown(self, value: str) -> str:
        """How a value is called."""
        return self.options[value]


@dataclass(frozen=True, slots=True)
class Day:
    """A day, as `2026-11-30`.

    Attributes:
        name: in the URL.
        label: marked for translation.
    """

    name: str
    label: str
    is_words: ClassVar[bool] = False

    def narrow(self, given: Sequence[str]) -> tuple[str, ...]:
        """What counts of what stands in the URL."""
        try:
            return (date.fromisoformat(given[-1]).isoformat(),) if given else ()
        except ValueError:
            return ()

    def shown(self, value: str) -> str:
        """How a value is called."""
        return value


Filter = Words | Choice | Day


def counted(one: str, many: str, count: int, _: Translator) -> str:
    """How many there are, for `part.toolbar`: `12 users`, `1,000+ users`; empty for 0.

    Args:
        one: with `{count}`; it is marked for translation by standing in this call.
        many: the same for several.
        count: as `bot.db.counting` gives it; 0 where nobody counted, too.
        _: of the reader's language; extractors of texts would stop at it, had it stood first.
    """
    if not count:
        return ""
    number = format_decimal(min(count, MOST_COUNTED), locale=_.locale.replace("-", "_"))
    return _.plural(one, many, count, count=f"{number}+" if count > MOST_COUNTED else number)


class Filters:
    """What a list can be narrowed to."""

    def __init__(self, *filters: Filter) -> None:
        self.all = filters

    def read(self, request: web.Request, limit: int = MOST_ROWS, path: str = "") -> "Asked":
        """What `request` asks of the list.

        Args:
            request: its query counts.
            limit: rows on a page.
            path: of the list, where something of it is shown beside it; empty: as it was asked for.
        """
        given = request.query
        values = {each.name: each.narrow(given.getall(each.name, [])) for each in self.all}
        asked = Asked(self.all, values, path or request.path, limit + 1, request.app[LINK_KEYS], request.app[CLOCK]())
        cursor = given.get(CURSOR)
        return asked if cursor is None else asked.at(cursor)


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in use.

    Attributes:
        label: of the filter, marked for translation.
        value: what it is narrowed to, marked for translation where it is one of a set.
        is_marked: whether `value` is.
        without: the URL of the list without it.
    """

    label: str
    value: str
    is_marked: bool
    without: str


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """A page of a list.

    Attributes:
        rows: what stands on it.
        next: the URL of the next page; empty on the last one.
        first: the URL of the first page; empty on that one.
        is_cut: the query looked no further before there were enough; what `next` leads to may be empty, too.
    """

    rows: Sequence[Row]
    next: str
    first: str
    is_cut: bool = False

    async def count(self, ask: Callable[[], Awaitable[int]]) -> int:
        """How many rows the list has; `ask` is asked where this page does not show all of them."""
        return await ask() if self.next or self.first else len(self.rows)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks of a list.

    Attributes:
        filters: all that it has.
        values: those that count, by filter.
        path: of the list.
        limit: rows that the query is to give at most: one more than a page has.
        after: behind which values it is to begin, a moment as it is written down; None at the beginning.
        lost: whether the URL named a place that is none.
    """

    filters: Sequence[Filter]
    values: Mapping[str, tuple[str, ...]]
    path: str
    limit: int
    _keys: Sequence[SecretStr]
    _now: datetime
    after: tuple[str | int | None, ...] | None = None
    lost: bool = False

    def all(self, name: str) -> tuple[str, ...]:
        """What is chosen of a `Choice`; nothing where all of it is."""
        return self.values[name]

    def one(self, name: str) -> str:
        """The words or the day; empty for none."""
        return self.values[name][0] if self.values[name] else ""

    @property
    def after_moment(self) -> tuple[datetime, str] | None:
        """`after` in a list that is sorted by a moment and an id."""
        return None if self.after is None else (datetime.fromisoformat(str(self.after[0])), str(self.after[1]))

    @property
    def after_number(self) -> int | None:
        """`after` in a list that is sorted by a number."""
        return None if self.after is None else int(self.after[0] or 0)

    @property
    def is_narrowed(self) -> bool:
        """Whether any filter is in use."""
        return any(self.values.values())

    @property
    def chips(self) -> list[Chip]:
        """The filters in use but the words, which stand in their own field."""
        return [
            Chip(
                each.label,
                each.shown(value),
                isinstance(each, Choice) and each.is_marked,
                self.url(without=(each.name, value)),
            )
            for each in self.filters
            if not isinstance(each, Words)
            for value in self.values[each.name]
        ]

    @property
    def everything(self) -> str:
        """The URL of the list without filters."""
        return self.path

    def url(self, *, without: tuple[str, str] | None = None, cursor: str = "", at: str = "") -> str:
        """The URL of the list with its filters, but for one of them; or of another path `at` that takes the same."""
        pairs = [(name, value) for name, values in self.values.items() for value in values if (name, value) != without]
        return str(URL(at or self.path).with_query([*pairs, *([(CURSOR, cursor)] if cursor else [])]))

    def page(
        self, rows: Sequence[Row], place: Callable[[Row], tuple[_Value, ...]], further: tuple[_Value, ...] | None = None
    ) -> Page[Row]:
        """The page of `rows`, of which there are up to `limit`; `place` gives the values by which they are sorted.

        A query that looks at so many rows at most gives those behind which it looked no `further`.
        """
        shown = rows[: self.limit - 1]
        end = place(shown[-1]) if len(rows) == self.limit else further
        following = "" if end is None else self.url(cursor=self._cursor(end))
        is_cut = len(rows) < self.limit and further is not None
        return Page(shown, following, self.url() if self.after is not None else "", is_cut)

    def at(self, cursor: str) -> "Asked":
        """The same behind `cursor`; at the beginning where it is none of this list's."""
        payload = links.read(self._purpose, cursor, self._keys, self._now)
        after = None if payload is None else tuple(json.loads(payload))
        return Asked(self.filters, self.values, self.path, self.limit, self._keys, self._now, after, lost=after is None)

    def _cursor(self, place: tuple[_Value, ...]) -> str:
        return links.sign(self._purpose, json.dumps(place, ensure_ascii=False, default=datetime.isoformat), self._keys)

    @property
    def _purpose(self) -> str:
        return f"list {self.url()}"
