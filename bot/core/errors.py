"""The one error tree. What a caller needs to decide is data on the error, not a class of its own."""

from enum import StrEnum


class Blame(StrEnum):
    """Whose fault an error is."""

    INPUT = "input"
    """What was given is wrong: exit code 1, HTTP 4xx."""
    USAGE = "usage"
    """The command's words are wrong: exit code 2."""
    SURROUNDINGS = "surroundings"
    """The database, the network or a provider failed: exit code 3, HTTP 503; worth another try."""


class BotError(Exception):
    """A fault told in one plain sentence.

    Attributes:
        message: what is wrong, one sentence without a full stop.
        mend: what to do about it, one sentence; empty when there is nothing to do but try again.
        blame: whose fault it is.
    """

    blame = Blame.INPUT

    def __init__(self, message: str, *, mend: str = "", blame: Blame | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend
        if blame is not None:
            self.blame = blame

    def __str__(self) -> str:
        return f"{self.message}. {self.mend}" if self.mend else self.message


class NotConfiguredError(BotError):
    """A setting that is needed here is missing; `setting` names it."""

    def __init__(self, setting: str) -> None:
        super().__init__(f"{setting} is not set", mend=f"Set {setting} in the environment or in .env.")
        self.setting = setting


class SignatureError(BotError):
    """A webhook's signature is missing or wrong: HTTP 401, nothing is stored."""


class UnparsableError(BotError):
    """An authentic webhook's body is not what its provider sends: HTTP 400."""
