"""Triggers in plain words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from babel.dates import format_timedelta

from bot.core.text import cut, escaped
from bot.web.i18n import N_, Translator

TYPES: Mapping[str, str] = {
    "equals": N_("The message is"),
    "contains": N_("The message contains"),
    "regex": N_("The message fits the expression"),
    "number": N_("The message is a number"),
}
_MOST_PATTERNS = 6
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Looked:
    """What a trigger looks for.

    Attributes:
        how: in words.
        patterns: the first ones, as their author wrote them.
        more: how many others there are, in words; empty for none.
    """

    how: str
    patterns: Sequence[str]
    more: str


def looked_for(type_: str, patterns: Sequence[str], _: Translator) -> Looked:
    """What a trigger looks for, in the reader's language."""
    given = [each for each in patterns if each]
    more = len(given) - _MOST_PATTERNS
    return Looked(
        how=_(TYPES.get(type_, type_)),
        patterns=[escaped(cut(each, _LONGEST)) for each in given[:_MOST_PATTERNS]],
        more=_.plural("and {count} more", "and {count} more", more) if more > 0 else "",
    )


def leads_to(template: str, flow: str, action: str, _: Translator) -> tuple[str, str]:
    """What a trigger does, and the name of that."""
    if template:
        return _("answers with"), template
    return (_("starts the flow"), flow) if flow else (_("does"), action)


def duration(seconds: int, _: Translator) -> str:
    """So many seconds, as they are said."""
    return format_timedelta(timedelta(seconds=seconds), threshold=2, locale=_.locale.replace("-", "_"))
