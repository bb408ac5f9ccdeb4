"""What is asked of the inbox, and what it answers."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.core.errors import BotError
from bot.core.i18n import N_


class Code(StrEnum):
    """Why something was not done."""

    GONE = "gone"
    HELD = "held"
    NO_USER = "no_user"
    NOT_OPEN = "not_open"
    PAST = "past"

    __hash__ = str.__hash__


REASONS: Mapping[Code, str] = {
    Code.GONE: N_("There is no such contact."),
    Code.HELD: N_("A colleague has this conversation."),
    Code.NO_USER: N_("Nobody of that id may answer."),
    Code.NOT_OPEN: N_("The bot has this conversation."),
    Code.PAST: N_("That moment is over."),
}
"""A sentence for each."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something was not done with a conversation.

    Attributes:
        code: why.
        user_id: for HELD who has it; else empty.
        name: for HELD how they are called.
    """

    code: Code
    user_id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What came of conversations, each by its contact's id.

    Attributes:
        done: which are as they were asked to be, and changed for it.
        already: which were so before.
        refused: the others, with the reason.
    """

    done: Collection[str] = frozenset()
    already: Collection[str] = frozenset()
    refused: Mapping[str, Refusal] = field(default_factory=dict)

    def __add__(self, other: "Outcomes") -> "Outcomes":
        """What came of these and of others."""
        return Outcomes(
            frozenset((*self.done, *other.done)),
            frozenset((*self.already, *other.already)),
            {**self.refused, **other.refused},
        )


class AskedError(BotError):
    """What is asked of a label or a template cannot be; `field` names what is wrong with it."""

    def __init__(self, field_: str, message: str, mend: str = "", **values: Any) -> None:
        super().__init__(message, mend=mend, **values)
        self.field = field_


class TakenError(AskedError):
    """Another label has that name, or another template that shortcut."""


class NotThereError(BotError):
    """There is no label, note, template or contact of that id, or it is none of whoever asks."""

    def __init__(self, id_: str) -> None:
        super().__init__(N_("there is no {id}"), id=id_)
