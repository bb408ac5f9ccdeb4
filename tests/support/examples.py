"""How many examples a test tries: so many times what the run does."""

from collections.abc import Sequence
from typing import TypeVar

import hypothesis

Row = TypeVar("Row")
FEW = "few"
"""The profile of runs without `--slow`."""


def examples(times: float) -> hypothesis.settings:
    """For a test whose examples are cheap and manifold, or dear: `times` as many as other property tests try."""
    usual = hypothesis.settings().max_examples
    return hypothesis.settings(max_examples=int(usual * times))


def quarter(rows: Sequence[Row]) -> Sequence[Row]:
    """Of a corpus whose files are dear: every fourth, and all with `--slow`."""
    return rows[::4] if hypothesis.settings.get_current_profile_name() == FEW else rows
