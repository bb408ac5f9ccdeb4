import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import ids
from bot.core.ids import jitter, new_id, new_number, new_token

_IN_2100 = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp() * 1000)


def test_an_id_has_25_characters_and_c_first() -> None:
    assert re.fullmatch(r"c[0-9a-z]{24}", new_id())


@given(seconds=st.integers(0, 36**8 // 1000 - 1), counter=st.integers(0, 36**4 - 2))
def test_an_id_spells_its_millisecond_and_its_place_in_it(seconds: int, counter: int) -> None:
    millis = seconds * 1000
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ids, "utc_millis", lambda: millis)
        patched.setattr(ids, "_last", (millis, counter))
        made = new_id()
    assert (int(made[1:9], 36), int(made[9:13], 36)) == (millis, counter + 1)


def test_every_digit_comes_up_at_the_end_of_an_id() -> None:
    made = Counter("".join(new_id()[13:] for _each in range(10_000)))
    assert sorted(made) == list("0123456789abcdefghijklmnopqrstuvwxyz")
    assert max(made.values()) < 1.4 * min(made.values())


def test_ids_sort_in_the_order_they_were_made() -> None:
    made = [new_id() for _each in range(10_000)]
    assert made == sorted(made)


def test_ids_of_several_threads_are_all_different() -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _each: new_id(), range(4000)))
    assert len(set(made)) == 4000


def test_ids_keep_their_order_when_the_clock_steps_back(monkeypatch: pytest.MonkeyPatch) -> None:
    now = _IN_2100
    monkeypatch.setattr(ids, "_last", (0, 0))
    monkeypatch.setattr(ids, "utc_millis", lambda: now)
    before = new_id()
    monkeypatch.setattr(ids, "utc_millis", lambda: now - 3_600_000)
    assert new_id() > before


def test_ids_keep_their_order_when_a_millisecond_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "utc_millis", lambda: _IN_2100)
    monkeypatch.setattr(ids, "_last", (_IN_2100, 36**4 - 2))
    last_of_this, first_of_next = new_id(), new_id()
    assert last_of_this < first_of_next
    assert last_of_this[:9] < first_of_next[:9]


def test_a_token_is_long_and_safe_in_a_url() -> None:
    assert re.fullmatch(r"[\w-]{32}", new_token())
    assert new_token() != new_token()


def test_jitter_is_a_fraction() -> None:
    assert all(0 <= jitter() < 1 for _each in range(100))


def test_a_number_that_people_type_tells_one_wrong_digit() -> None:
    def comes_out(number: str) -> bool:
        doubled = [int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(number))]
        return sum(each // 10 + each % 10 for each in doubled) % 10 == 0

    for number in {new_number() for _ in range(50)}:
        wrong = f"{number[:5]}{(int(number[5]) + 1) % 10}{number[6:]}"
        assert len(number) == 13
        assert number[0] != "0"
        assert comes_out(number)
        assert not comes_out(wrong)
