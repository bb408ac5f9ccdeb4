import pytest

from bot.web.charts import Reach, bars, line, reaches, round_up

HEAD = ("Day", "Messages")


def test_bars_stand_beside_each_other_and_the_highest_is_at_most_full() -> None:
    chart = bars("More on Tuesday", HEAD, [("Mon", 10, "10"), ("Tue", 20, "20"), ("Wed", 0, "0")], strong=1)

    assert [bar.height for bar in chart.bars] == [50, 100, 0]
    assert [bar.strong for bar in chart.bars] == [False, True, False]
    edges = [(bar.x, bar.x + bar.width) for bar in chart.bars]
    assert all(0 <= left < right <= 100 for left, right in edges)
    assert edges == sorted(edges)
    assert chart.rows == [("Mon", "10"), ("Tue", "20"), ("Wed", "0")]


def test_of_many_bars_some_are_named_and_the_strong_one_has_its_value() -> None:
    figures = [(str(hour), float(hour), f"{hour} in") for hour in range(24)]
    chart = bars("", HEAD, figures, strong=23)

    assert [bar.label for bar in chart.bars if bar.label] == ["0", "3", "6", "9", "12", "15", "18", "21"]
    assert [bar.value for bar in chart.bars if bar.value] == ["23 in"]
    assert len(chart.rows) == 24, "the table has them all"


def test_names_that_are_long_leave_each_other_room() -> None:
    days = [(f"{day} de nov.", 1.0, "1") for day in range(21, 28)]
    names = [bar.label for bar in bars("", HEAD, days).bars]
    assert names == ["21 de nov.", "", "23 de nov.", "", "25 de nov.", "", "27 de nov."]
    assert [bar.label for bar in bars("", HEAD, [("x" * 200, 1.0, "1")]).bars] == ["x" * 200]


def test_what_most_took_stands_before_what_nearly_all_did() -> None:
    head = ("Day", "Half", "Nine of ten")
    figures = [
        Reach("Mon", 10, 40, ("10 s", "40 s")),
        Reach("Tue", None, None, ("-", "-")),
        Reach("Wed", 20, 50, ("20 s", "50 s")),
    ]
    chart = reaches("Half within 12 s", head, figures)
    assert [(bar.height, bar.beyond) for bar in chart.bars] == [(20, 80), (0, 0), (40, 100)]
    assert [bar.value for bar in chart.bars] == ["", "", "20 s"]
    assert chart.rows[1] == ("Tue", "-", "-")
    assert not reaches("", head, []).bars


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
