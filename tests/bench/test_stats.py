"""Percentiles by the nearest rank, and counts for each second."""

import pytest

from bench.stats import each_second, percentile


@pytest.mark.parametrize(("share", "value"), [(0.001, 1), (0.5, 500), (0.99, 990), (0.999, 999), (1.0, 1000)])
def test_a_percentile_is_the_smallest_value_that_so_many_stay_within(share: float, value: int) -> None:
    assert percentile([float(number) for number in range(1000, 0, -1)], share) == value


def test_a_second_without_an_answer_counts_as_none_and_the_last_is_left_out() -> None:
    assert each_second([0.0, 0.5, 0.999, 3.0, 3.2, 4.1]) == [3, 0, 0, 2]
    assert each_second([]) == []
