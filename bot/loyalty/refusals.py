"""Why something was not posted: a code for programs, and a sentence with its mend for people. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from bot.core.i18n import N_


class Code(StrEnum):
    """Why something was not posted."""

    NOT_WHOLE = "not_whole"
    NOT_POSITIVE = "not_positive"
    ZERO = "zero"
    TOO_LARGE = "too_large"
    PAST_DAY = "past_day"
    FAR_DAY = "far_day"
    NO_PROGRAMME = "no_programme"
    INACTIVE = "inactive"
    NO_CONTACT = "no_contact"
    NO_ACCOUNT = "no_account"
    NO_ENTRY = "no_entry"
    NO_PENDING = "no_pending"
    NOT_REDEEMED = "not_redeemed"
    NOT_EARNED = "not_earned"
    TOO_FEW = "too_few"
    MORE_THAN_REDEEMED = "more_than_redeemed"
    MORE_THAN_EARNED = "more_than_earned"
    ENDED = "ended"
    REDEEMED = "redeemed"
    SETTLED = "settled"
    OVER_LIMIT = "over_limit"
    KEY_USED = "key_used"

    __hash__ = str.__hash__


REASONS: Mapping[Code, str] = MappingProxyType(
    {
        Code.NOT_WHOLE: N_("Points are whole numbers. Write them without a fraction."),
        Code.NOT_POSITIVE: N_("Points are at least 1. To take some back, return what earned them."),
        Code.ZERO: N_("An adjustment gives or takes at least 1 point."),
        Code.TOO_LARGE: N_("That is more than an account can hold. Nobody has more than {most} points."),
        Code.PAST_DAY: N_("{day} is over, so nothing can count until then. Choose today or a later day."),
        Code.FAR_DAY: N_("{day} is too far away. Choose a day within {years} years."),
        Code.NO_PROGRAMME: N_("There is no such programme."),
        Code.INACTIVE: N_("This programme is not active. An administrator can activate it."),
        Code.NO_CONTACT: N_("There is no such contact."),
        Code.NO_ACCOUNT: N_("There is no such account of points."),
        Code.NO_ENTRY: N_("There is no such entry in this programme."),
        Code.NO_PENDING: N_("There are no such points to be confirmed in this programme."),
        Code.NOT_REDEEMED: N_("That entry redeemed nothing, so there is nothing to give back."),
        Code.NOT_EARNED: N_("That entry earned nothing, so there is nothing to take back."),
        Code.TOO_FEW: N_("There are {available} points, and {points} were to be taken."),
        Code.MORE_THAN_REDEEMED: N_("Of what was redeemed {left} points can still be given back, not {points}."),
        Code.MORE_THAN_EARNED: N_("Of what was earned {left} points can still be taken back, not {points}."),
        Code.ENDED: N_("These points have ended already, so there is nothing to take back."),
        Code.REDEEMED: N_("{missing} of these points were redeemed already. Refund what was redeemed first."),
        Code.SETTLED: N_("These points were confirmed or cancelled already."),
        Code.OVER_LIMIT: N_(
            "That is more than you may give and take today: {left} points are left. Ask an administrator."
        ),
        Code.KEY_USED: N_("That key was used for something else. Choose another one."),
    }
)
"""A sentence for each, with its mend."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something was not posted; nothing was.

    Attributes:
        code: why.
        values: what stands in the sentence.
    """

    code: Code
    values: Mapping[str, object] = field(default_factory=dict)

    def sentence(self, translate: Callable[[str], str] = str) -> str:
        """It in plain words, in the language that `translate` gives.

        >>> Refusal(Code.TOO_FEW, {"available": 5, "points": 9}).sentence()
        'There are 5 points, and 9 were to be taken.'
        """
        return translate(REASONS[self.code]).format_map(self.values)
