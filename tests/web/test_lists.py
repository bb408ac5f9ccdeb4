from datetime import UTC, datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from pydantic import SecretStr

from bot.core.text import MAX_NAME
from bot.web.i18n import translator
from bot.web.keys import CLOCK, LINK_KEYS
from bot.web.lists import Asked, Choice, Day, Filters, Page, Words, counted

ROLE = Choice("role", "Role", {"ADMIN": "Admin", "VIEWER": "Viewer"})
USERS = Filters(Words("q", "Search"), ROLE, Day("since", "Since"))
OTHERS = Filters(Words("q", "Search"))
ROWS = [{"name": name, "id": number} for number, name in enumerate(("Ana", "Ana", "Bia", "Caio", "Davi"))]


def asked(url: str, filters: Filters = USERS, limit: int = 2) -> Asked:
    app = web.Application()
    app[LINK_KEYS] = (SecretStr("k" * 32),)
    app[CLOCK] = lambda: datetime(2026, 11, 30, tzinfo=UTC)
    return filters.read(make_mocked_request("GET", url, app=app), limit)


def place(row: dict[str, object]) -> tuple[str, int]:
    return str(row["name"]), int(str(row["id"]))


def behind(after: tuple[object, ...] | None, limit: int) -> list[dict[str, object]]:
    return [row for row in ROWS if after is None or place(row) > after][:limit]


def test_what_is_no_filter_of_the_list_counts_for_nothing() -> None:
    it = asked("/users?role=ADMIN&role=KING&q=%20a%00na%20&q=bia%20&since=2026-13-01&evil=1")

    assert (it.one("q"), it.all("role"), it.one("since")) == ("bia", ("ADMIN",), "")
    assert it.url() == "/users?q=bia&role=ADMIN"
    assert it.is_narrowed
    assert not asked("/users").is_narrowed


def test_each_filter_in_use_can_be_taken_away_alone() -> None:
    it = asked("/users?q=ana&role=ADMIN&role=VIEWER&since=2026-11-01")

    assert [(chip.label, chip.value, chip.without) for chip in it.chips] == [
        ("Role", "Admin", "/users?q=ana&role=VIEWER&since=2026-11-01"),
        ("Role", "Viewer", "/users?q=ana&role=ADMIN&since=2026-11-01"),
        ("Since", "2026-11-01", "/users?q=ana&role=ADMIN&role=VIEWER"),
    ]


def test_pages_follow_each_other_without_losing_or_doubling_a_row() -> None:
    url = "/users?role=ADMIN"
    seen: list[dict[str, object]] = []
    for _ in range(5):
        it = asked(url)
        page = it.page(behind(it.after, it.limit), place)
        seen += page.rows
        assert bool(page.first) == (url != "/users?role=ADMIN")
        url = page.next
        if not url:
            break

    assert seen == ROWS


def test_a_cursor_that_is_none_of_this_lists_leads_to_its_beginning() -> None:
    it = asked("/users?role=ADMIN")
    cursor = it.page(behind(None, it.limit), place).next.split("after=")[1]

    assert asked(f"/users?role=ADMIN&after={cursor}").after == ("Ana", 1)
    for foreign in (
        *(f"/users?after={cursor}", f"/users?role=VIEWER&after={cursor}", f"/others?role=ADMIN&after={cursor}"),
        *(f"/users?role=ADMIN&after={cursor}x", f"/users?role=ADMIN&after=x{cursor}", "/users?after=WyJhIl0"),
        *("/users?after=", "/users?after=%00", "/users?after=" + "a" * 5000, "/users?after=é.é", "/users?after=.."),
    ):
        lost = asked(foreign)
        assert (lost.after, lost.lost) == (None, True), foreign


def test_the_longest_name_in_any_alphabet_leads_on_to_the_next_page() -> None:
    for letter in ("ã", "漢", "😀"):
        last: dict[str, object] = {"name": letter * MAX_NAME, "id": 1}
        page = asked("/users?role=ADMIN").page([ROWS[0], last, ROWS[1]], place)
        assert asked(page.next).after == (letter * MAX_NAME, 1), letter


@pytest.mark.parametrize("rows", [[], ROWS[:1], ROWS[:2]])
def test_the_last_page_leads_no_further(rows: list[dict[str, object]]) -> None:
    page = asked("/users").page(rows, place)
    assert (page.rows, page.next, page.first) == (rows, "", "")


async def test_rows_are_counted_only_where_a_page_does_not_show_all_of_them() -> None:
    async def many() -> int:
        return 1001

    def page(url: str, limit: int, further: tuple[str, int] | None = None) -> Page[dict[str, object]]:
        it = asked(url, limit=limit)
        return it.page(behind(it.after, it.limit), place, further)

    whole, first, cut = page("/users", 5), page("/users", 2), page("/users", 5, further=("Eva", 5))

    assert await whole.count(many) == 5
    assert await first.count(many) == 1001
    assert await page(first.next, 5).count(many) == 1001
    assert await cut.count(many) == 1001


def test_how_many_there_are_is_said_in_the_readers_language_up_to_a_thousand() -> None:
    def said(locale: str, count: int) -> str:
        return counted("{count} user", "{count} users", count, translator(locale))

    assert [said("en", each) for each in (0, 1, 2, 1000, 1001)] == [
        "",
        "1 user",
        "2 users",
        "1,000 users",
        "1,000+ users",
    ]
    assert [said("pt-BR", each) for each in (1, 1000, 1001)] == ["1 usuário", "1.000 usuários", "1.000+ usuários"]
