"""How many examples a test tries: so many times what the run does."""

from collections.abc import Sequence
from typing import TypeVar

import hypothesis
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

Row = TypeVar("Row")
FEW = "few"
"""The profile of runs without `--slow`."""


def without_constants() -> None:
    """Let examples be made without looking for constants in our own code, which each process would take apart for it.

    With a quarter of the examples that takes longer than to try them, and hardly one has such a constant.
    """
    providers._get_local_constants = Constants


def examples(times: float) -> hypothesis.settings:
    """For a test whose examples are cheap and manifold, or dear: `times` as many as other property tests try."""
    usual = hypothesis.settings().max_examples
    return hypothesis.settings(max_examples=int(usual * times))


def quarter(rows: Sequence[Row]) -> Sequence[Row]:
    """Of a corpus whose files are dear: every fourth, and all with `--slow`."""
    return rows[::4] if hypothesis.settings.get_current_profile_name() == FEW else rows
