"""What may become of a sign-in at a provider, besides success; each is said to whoever wanted to come in."""

from bot.core.errors import Blame, BotError
from bot.core.i18n import N_, Phrase


class ProviderError(BotError):
    """A provider did not do its part.

    Attributes:
        reason: why, for the operator.
    """

    blame = Blame.SURROUNDINGS

    def __init__(self, message: str, mend: str, name: str, reason: Phrase) -> None:
        super().__init__(message, mend=mend, name=name, reason=reason)
        self.reason = reason


class ProviderAwayError(ProviderError):
    """It could not be asked."""

    def __init__(self, name: str, reason: Phrase) -> None:
        super().__init__(
            N_("{name} cannot be asked now: {reason}"),
            N_("Try again in a moment, or sign in with your password."),
            name,
            reason,
        )


class ProviderUntrustedError(ProviderError):
    """What it said cannot be believed, or not be understood."""

    def __init__(self, name: str, reason: Phrase) -> None:
        super().__init__(
            N_("what {name} answered cannot be trusted: {reason}"),
            N_("Begin again; if it stays so, show this to an admin."),
            name,
            reason,
        )


class ProviderRefusedError(ProviderError):
    """It takes no questions of this server, or not this one."""

    def __init__(self, name: str, reason: Phrase) -> None:
        super().__init__(
            N_("{name} refused: {reason}"),
            N_("Begin again; if it stays so, show this to an admin."),
            name,
            reason,
        )


class DeclinedError(BotError):
    """Whoever was asked there did not want to."""

    def __init__(self, name: str) -> None:
        super().__init__(
            N_("you did not let {name} say who you are"),
            mend=N_("Begin again, or sign in with your password."),
            name=name,
        )


class RequestOverError(BotError):
    """A sign-in that was begun nowhere, in another browser, too long ago, or that is done."""

    def __init__(self) -> None:
        super().__init__(
            N_("this sign-in was begun in another browser or tab, or took too long"), mend=N_("Begin again.")
        )
