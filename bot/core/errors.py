"""The one error tree. What a caller needs to decide is data on the error, not a class of its own."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from bot.core.i18n import N_, Phrase


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
        message: what is wrong, one sentence without a full stop, in English.
        mend: what to do about it, one sentence; empty when there is nothing to do but try again.
        blame: whose fault it is.
    """

    blame = Blame.INPUT

    def __init__(self, message: str, *, mend: str = "", blame: Blame | None = None, **values: object) -> None:
        """Both texts are taken as they are, or with `{name}` for each of `values`, so that they can be translated.

        A phrase among the values is said in the same language.
        """
        super().__init__(message)
        self._templates = (message, mend)
        self._values = values
        self.message, self.mend = self.words()
        if blame is not None:
            self.blame = blame

    @property
    def templates(self) -> tuple[str, str]:
        """Message and mend, with `{name}` for each of the values."""
        return self._templates

    @property
    def values(self) -> Mapping[str, object]:
        """What stands in the texts, by name."""
        return self._values

    def words(self, translate: Callable[[str], str] = str) -> tuple[str, str]:
        """Message and mend in the language that `translate` gives."""
        message, mend = (translate(each) if each else "" for each in self._templates)
        if not self._values:
            return message, mend
        values = {
            name: each.said(translate) if isinstance(each, Phrase) else each for name, each in self._values.items()
        }
        return message.format_map(values), mend.format_map(values)

    def sentence(self, translate: Callable[[str], str] = str) -> str:
        """What is wrong as a sentence that stands alone; what a terminal would do about it is not in it."""
        message, _mend = self.words(translate)
        # What somebody wrote, or named, stays as they spelled it.
        is_theirs = self._templates[0].startswith("{") or "://" in message.partition(" ")[0]
        return f"{message if is_theirs else message[:1].upper() + message[1:]}."

    def __str__(self) -> str:
        return f"{self.message}. {self.mend}" if self.mend else self.message


class UnreachableError(Exception):
    """A database cannot be had: the cause says why, `place` says which one, without its password."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place


class NotConfiguredError(BotError):
    """A setting that is needed here is missing; `setting` names it."""

    def __init__(self, setting: str) -> None:
        super().__init__(
            N_("{setting} is not set"), mend=N_("Set {setting} in the environment or in .env."), setting=setting
        )
        self.setting = setting


class SignatureError(BotError):
    """A webhook's signature is missing or wrong: HTTP 401, nothing is stored."""


class UnparsableError(BotError):
    """An authentic webhook's body is not what its provider sends: HTTP 400."""
