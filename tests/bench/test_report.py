"""The table, the files, the bars and the exit code."""

import json
from pathlib import Path

import pytest

from bench import __main__ as command
from bench import report
from bench.outcome import Outcome
from bench.targets import Finding, Sense, Target

RATE = Finding.median_of(Target("rate", Sense.AT_LEAST, 1.0), [1.3, 1.1, 1.2])
LATENCY = Finding.median_of(Target("latency", Sense.AT_MOST, 250, "ms"), [600.0])


def test_the_table_shows_each_target_with_what_was_measured() -> None:
    assert report.table([RATE, LATENCY]) == [
        "target   aim              measured  range",
        "rate     at least 1.00 x  1.200 x   1.10 to 1.30 in 3  PASS",
        "latency  at most 250 ms   600 ms                       SHORT",
    ]


def test_only_what_is_less_than_half_as_good_falls_below_the_bar() -> None:
    assert report.below_the_bar([RATE]) == []
    assert report.below_the_bar([RATE, LATENCY]) == ["latency: 600 ms is less than half as good as at most 250 ms"]


@pytest.mark.parametrize(
    ("arguments", "finding", "exit_code"),
    [(["--bars"], LATENCY, 1), (["--bars"], RATE, 0), ([], LATENCY, 0)],
)
def test_the_bars_decide_over_the_exit_code_only_where_they_are_asked_for(
    arguments: list[str], finding: Finding, exit_code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def measure() -> Outcome:
        return Outcome("made-up", [finding], {"rates": [1.0]}, ["a line"])

    monkeypatch.setattr(report, "RESULTS", tmp_path)
    monkeypatch.setattr(command, "_QUICK", {"made-up": measure})
    assert command.main(["--quick", *arguments]) == exit_code
    written = json.loads((tmp_path / "made-up-quick.json").read_text())
    assert (written["figures"], written["lines"]) == ({"rates": [1.0]}, ["a line"])
    assert written["targets"][0]["verdict"] == finding.verdict
    assert {"date", "commit", "cores", "python", "packages"} <= written["machine"].keys()


def test_a_part_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["tunrs"])
    assert "tunrs" in capsys.readouterr().err
