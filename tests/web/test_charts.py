import pytest

from bot.web.charts import bars, line, round_up

HEAD = ("Day", "Messages")


def test_bars_stand_beside_each_other_and_the_highest_is_at_most_full() -> None:
    chart = bars("More on Tuesday", HEAD, [("Mon", 10, "10"), ("Tue", 20, "20"), ("Wed", 0, "0")], strong=1)

    assert [bar.height for bar in chart.bars] == [50, 100, 0]
    assert [bar.strong for bar in chart.bars] == [False, True, False]
    edges = [(bar.x, bar.x + bar.width) for bar in chart.bars]
    assert all(0 <= left < right <= 100 for left, right in edges)
    assert edges == sorted(edges)
    assert chart.rows == [("Mon", "10"), ("Tue", "20"), ("Wed", "0")]


def test_a_line_goes_from_edge_to_edge() -> None:
    chart = line("It grew", HEAD, [("Mon", 0, "0"), ("Tue", 25, "25"), ("Wed", 50, "50")])
    assert (chart.points, chart.top, chart.first, chart.last) == ("0,100 50,50 100,0", "50", "Mon", "Wed")


@pytest.mark.parametrize("figures", [[], [("Mon", 0.0, "0")], [("Mon", -3.0, "-3")], [("Mon", 1e300, "1e300")]])
def test_nothing_one_and_absurd_figures_are_drawn(figures: list[tuple[str, float, str]]) -> None:
    assert all(0 <= bar.height <= 100 for bar in bars("", HEAD, figures).bars)
    assert line("", HEAD, figures).rows == [(label, written) for label, _, written in figures]


@pytest.mark.parametrize(("number", "above"), [(38, 50), (50, 50), (0.7, 1), (0, 1), (201, 250), (1, 1), (999, 1000)])
def test_the_upper_edge_reads_well(number: float, above: float) -> None:
    assert round_up(number) == pytest.approx(above)
