"""PASS, SHORT and the bars."""

import pytest

from bench.targets import Finding, Sense, Target

RATE = Target("rate", Sense.AT_LEAST, 0.8)
LATENCY = Target("latency", Sense.AT_MOST, 250, "ms")


@pytest.mark.parametrize(
    ("target", "value", "verdict", "clears"),
    [
        (RATE, 1.2, "PASS", True),
        (RATE, 0.8, "PASS", True),
        (RATE, 0.79, "SHORT", True),
        (RATE, 0.4, "SHORT", True),
        (RATE, 0.39, "SHORT", False),
        (LATENCY, 40, "PASS", True),
        (LATENCY, 250, "PASS", True),
        (LATENCY, 251, "SHORT", True),
        (LATENCY, 500, "SHORT", True),
        (LATENCY, 501, "SHORT", False),
    ],
)
def test_a_target_is_met_or_short_and_its_bar_lies_at_half(
    target: Target, value: float, verdict: str, clears: bool
) -> None:
    finding = Finding.median_of(target, [value])
    assert (finding.verdict, finding.clears_the_bar) == (verdict, clears)


def test_the_median_of_the_runs_decides_and_the_range_is_told() -> None:
    finding = Finding.median_of(RATE, [0.5, 0.9, 0.7, 2.0, 0.85])
    assert (finding.value, finding.low, finding.high, finding.runs) == (0.85, 0.5, 2.0, 5)
    assert finding.verdict == "PASS"
