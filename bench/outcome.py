"""What a part of the benchmark came to."""

from dataclasses import dataclass, field
from typing import Any

from bench.targets import Finding


@dataclass(slots=True)
class Outcome:
    """One part's figures.

    Attributes:
        part: its name, and that of its file in `bench/results/`.
        findings: its targets with what was measured.
        figures: everything that was measured, for the file and the plots; whatever JSON can hold.
        lines: the tables a person reads, line by line.
    """

    part: str
    findings: list[Finding] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
