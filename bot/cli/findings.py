"""What a check found: a sentence, how bad it is, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum

from bot.cli.common import _, print_line
from bot.cli.failures import plain_error
from bot.core.errors import BotError


class Verdict(StrEnum):
    """What a check came to."""

    GOOD = "good"
    NOTE = "note"
    """Nothing is wrong, but something is not set up."""
    FAULT = "fault"


_MARKS = {Verdict.GOOD: ("✓", "green"), Verdict.NOTE: ("!", "yellow"), Verdict.FAULT: ("✗", "red")}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `doctor`.

    Attributes:
        subject: what was looked at.
        verdict: what it came to.
        message: one sentence.
        mend: what to do about it, or empty.
        refused: a provider said so of credentials.
    """

    subject: str
    verdict: Verdict
    message: str
    mend: str = ""
    refused: bool = False


def fault(subject: str, error: BotError) -> Finding:
    """An error as a finding."""
    message, mend = error.words(_)
    return Finding(subject, Verdict.FAULT, f"{message}.", mend)


def unreachable(url: str, error: Exception) -> BotError:
    """What kept `url` from answering, in plain words."""
    reason, _mend = plain_error(error).words(_)
    return BotError(
        _("{url} does not answer: {reason}", url=url, reason=reason),
        mend=_("Check the address and this computer's connection."),
    )


def print_finding(finding: Finding) -> None:
    """A finding for a person on a terminal."""
    mark, colour = _MARKS[finding.verdict]
    print_line(f"{mark} {finding.subject}: {finding.message}", style=colour)
    if finding.mend:
        print_line(f"  {finding.mend}")
