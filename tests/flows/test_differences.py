"""What differs between two texts, whatever they are."""

from hypothesis import given
from hypothesis import strategies as st

from bot.flows.differences import CONTEXT, Differences, Kind, differences

LINES = st.lists(st.sampled_from("abcdefgh"), max_size=30)


def kinds(found: Differences) -> list[list[tuple[str, str]]]:
    return [[(each.kind.value, each.text) for each in hunk] for hunk in found.hunks]


def rebuilt(found: Differences, before: list[str], leaving_out: Kind) -> list[str]:
    """A text made of the other one by what differs."""
    made, at = [], 0
    for hunk in found.hunks:
        begin = next((each.before for each in hunk if each.before), at + 1)
        made += before[at : begin - 1]
        made += [each.text for each in hunk if each.kind is not leaving_out]
        at = begin - 1 + sum(each.kind is not Kind.ADDED for each in hunk)
    return made + before[at:]


@given(LINES, LINES)
def test_what_differs_makes_the_one_text_of_the_other(before: list[str], after: list[str]) -> None:
    found = differences("\n".join(before), "\n".join(after))

    assert rebuilt(found, before, Kind.REMOVED) == after
    assert rebuilt(found, before, Kind.ADDED) == before
    assert (found.added == found.removed == 0) == (before == after)
    for hunk in found.hunks:
        assert [each.before for each in hunk if each.before] == sorted({each.before for each in hunk if each.before})
        assert [each.after for each in hunk if each.after] == sorted({each.after for each in hunk if each.after})


def test_places_far_from_each_other_stand_apart_with_a_few_lines_around() -> None:
    before = [str(number) for number in range(40)]
    after = [*before[:10], "new", *before[10:30], *before[31:]]

    first, second = differences("\n".join(before), "\n".join(after)).hunks

    assert (len(first), len(second)) == (2 * CONTEXT + 1, 2 * CONTEXT + 1)
    assert [(each.kind, each.before, each.after, each.text) for each in (first[CONTEXT], second[CONTEXT])] == [
        (Kind.ADDED, 0, 11, "new"),
        (Kind.REMOVED, 31, 0, "30"),
    ]


def test_a_block_that_came_in_is_told_as_one_and_what_stands_once_holds_the_rest() -> None:
    found = differences("flow:\n  a\nend\n", "flow:\n  a\nend\nflow:\n  b\nend\n")
    moved = differences("one\ntwo\nthree\nfour\n", "three\nfour\none\ntwo\n")

    assert kinds(found)[0][-3:] == [("added", "flow:"), ("added", "  b"), ("added", "end")]
    assert (moved.added, moved.removed) == (2, 2)


def test_an_end_of_the_last_line_is_no_difference_and_nothing_is_nothing() -> None:
    assert differences("a\nb", "a\nb\n") == Differences(0, 0, [])
    assert differences("", "") == Differences(0, 0, [])
    assert kinds(differences("", "a")) == [[("added", "a")]]


def test_long_texts_that_share_nothing_to_hold_on_to_are_told_as_others() -> None:
    before = "\n".join(f"{number * 7 % 100}" for number in range(5_000))
    after = "\n".join(f"{number * 13 % 100}" for number in range(5_000))

    found = differences(before, after)

    assert (found.added, found.removed) == (4_999, 4_999)
