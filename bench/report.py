"""The table of targets, and the files in `bench/results/`."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bench.outcome import Outcome
from bench.targets import Finding

RESULTS = Path(__file__).parent / "results"
"""One file a part: `turns.json`, and `turns-quick.json` for the quick form, which is not kept."""


def table(findings: Iterable[Finding]) -> list[str]:
    """A line for each target: what was measured (the median and the range) and PASS or SHORT."""
    rows = [("target", "aim", "measured", "range", "")]
    rows += [(each.target.name, aim(each), measured(each), spread(each), each.verdict) for each in findings]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def aim(finding: Finding) -> str:
    """What is aimed at, e.g. `at least 1.00 x`."""
    return f"{finding.target.sense} {_figure(finding.target.bound, finding)}"


def measured(finding: Finding) -> str:
    """What decides; a ratio to the thousandth, so that 0.997 is not shown as 1.00 and called SHORT."""
    return f"{finding.value:.3f} x" if finding.target.unit == "x" else _figure(finding.value, finding)


def spread(finding: Finding) -> str:
    """The lowest and the highest of several runs."""
    if finding.runs == 1:
        return ""
    return f"{_number(finding.low, finding)} to {_number(finding.high, finding)} in {finding.runs}"


def _figure(value: float, finding: Finding) -> str:
    return f"{_number(value, finding)} {finding.target.unit}".rstrip()


def _number(value: float, finding: Finding) -> str:
    return f"{value:.2f}" if finding.target.unit in {"x", "s"} else f"{value:.0f}"


def write(outcome: Outcome, machine: dict[str, Any], *, quick: bool) -> Path:
    """Write a part's file; returns its path."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{outcome.part}{'-quick' if quick else ''}.json"
    written = {
        "part": outcome.part,
        "machine": machine,
        "targets": [as_json(finding) for finding in outcome.findings],
        "figures": outcome.figures,
        "lines": outcome.lines,
    }
    path.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def as_json(finding: Finding) -> dict[str, Any]:
    """A finding as its file holds it."""
    return {
        "name": finding.target.name,
        "aim": aim(finding),
        "measured": measured(finding),
        "range": spread(finding),
        "verdict": finding.verdict,
        "value": finding.value,
        "low": finding.low,
        "high": finding.high,
        "runs": finding.runs,
    }


def below_the_bar(findings: Sequence[Finding]) -> list[str]:
    """A sentence for each finding that is not even half as good as its target."""
    return [
        f"{each.target.name}: {measured(each)} is less than half as good as {aim(each)}"
        for each in findings
        if not each.clears_the_bar
    ]
