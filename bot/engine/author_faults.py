"""What is wrong with something that an author of bundles wrote, in words that can be translated."""

from bot.core.i18n import Phrase


class AuthorFault(Exception):  # noqa: N818 - a fault of an author, told to them; not an error of ours
    """Something that cannot be used.

    Attributes:
        reason: what is wrong, one sentence without a full stop.
        advice: what to do about it.
        line: within the text, from 1.
        snippet: what of that line is wrong; empty where it is all of it.
        mended: the text as it was probably meant, so that what else is wrong can be told too; empty where nobody knows.
    """

    def __init__(
        self, reason: Phrase | str, advice: Phrase | str, line: int = 1, snippet: str = "", mended: str = ""
    ) -> None:
        super().__init__(str(reason))
        self.reason = reason if isinstance(reason, Phrase) else Phrase(reason)
        self.advice = advice if isinstance(advice, Phrase) else Phrase(advice)
        self.line = line
        self.snippet = snippet
        self.mended = mended

    @property
    def message(self) -> str:
        """The reason, in English."""
        return str(self.reason)

    @property
    def mend(self) -> str:
        """The advice, in English."""
        return str(self.advice)
