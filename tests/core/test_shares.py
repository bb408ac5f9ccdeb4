"""Sharing places: nobody keeps the others waiting."""

from hypothesis import given
from hypothesis import strategies as st

from bot.core.shares import Shares


def test_one_alone_has_their_own_and_three_quarters_of_what_all_share() -> None:
    shares = Shares(32, 4)
    assert shares.room("a") == 28
    shares.take("a", 28)
    assert (shares.room("a"), shares.room("b")) == (0, 10)


def test_whoever_comes_last_still_has_their_own() -> None:
    shares = Shares(32, 4)
    for name in "abcdefgh":
        shares.take(name, shares.room(name))
    assert shares.room("z") == 4


def test_what_is_given_back_others_may_take() -> None:
    shares = Shares(8, 1)
    before = shares.room("b")
    shares.take("a", 5)
    shares.give("a", 5)
    assert (shares.room("b"), shares.held) == (before, 0)


def test_reckoning_with_a_copy_changes_nothing() -> None:
    shares = Shares(8, 1)
    copy = shares.copy()
    copy.take("a", 3)
    assert (list(copy), list(shares)) == (["a"], [])


@given(st.integers(0, 40), st.integers(1, 5), st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), max_size=200))
def test_however_places_go_to_and_fro_they_are_never_too_many(
    shared: int, own: int, steps: list[tuple[str, bool]]
) -> None:
    shares, held = Shares(shared, own), dict.fromkeys("abcd", 0)
    for name, takes in steps:
        if takes and shares.room(name):
            shares.take(name)
            held[name] += 1
        elif not takes and held[name]:
            shares.give(name)
            held[name] -= 1
        assert sum(max(0, each - own) for each in held.values()) <= shared
        assert all(shares.room(each) >= own - count for each, count in held.items())
        assert shares.held == sum(held.values())
