"""The words the bot says and understands by itself, whatever admins published."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.engine.text import compare_equal


@dataclass(frozen=True, slots=True)
class Words:
    """The shipped sentences in one language.

    Attributes:
        opted_out: confirms an opt-out, and says how to come back.
        opted_in: confirms an opt-in.
        marketing_opted_out: confirms that no more promotions are sent, and says how to get them again.
        marketing_opted_in: confirms that promotions are sent, and says how to end them.
        how_to_return: told once a day to someone opted out who writes.
        escaped: confirms that an escape word ended the conversation's flow.
        not_understood: when the attempts are used up and the bundle has no fallback.
        unsupported: to a voice note, a sticker, … within a flow, when no bundle has words for it.
        choose: on the button that opens a list of options; at most 20 characters.
    """

    opted_out: str
    opted_in: str
    marketing_opted_out: str
    marketing_opted_in: str
    how_to_return: str
    escaped: str
    not_understood: str
    unsupported: str
    choose: str


ENGLISH = Words(
    opted_out="You will get no more messages from us here. Write START to come back.",
    opted_in="Welcome back! You will get our messages again.",
    marketing_opted_out=(
        "You will get no more promotions from us here; answers and notices still come. "
        "Write START PROMO to get them again."
    ),
    marketing_opted_in="You will get our promotions here. Write STOP PROMO to end them.",
    how_to_return="You asked for no more messages from us here. Write START to come back.",
    escaped="All right, we stop here.",
    not_understood="Sorry, I did not understand that.",
    unsupported="Sorry, I can only read text.",
    choose="Choose",
)
"""The source of all translations; the keyword to come back is translated with its sentence."""


def words_for(shipped: Mapping[str, Words], locale: str) -> Words:
    """The shipped words of that locale, else of its language, else English."""
    return shipped.get(locale) or shipped.get(locale.partition("-")[0]) or ENGLISH


def escape_words(own: frozenset[str] | None, locale: str, spoken: str) -> frozenset[str]:
    """The words that end a running instance, in `compare_equal` form.

    Args:
        own: the bundle's; None where it has none.
        locale: the contact's.
        spoken: the bundle's: a person may well answer in the language they are spoken to.
    """
    return escape_words_of(locale) | escape_words_of(spoken) if own is None else own


def escape_words_of(locale: str) -> frozenset[str]:
    """The escape words of a language, in `compare_equal` form."""
    return _ESCAPE.get(locale.partition("-")[0], _ESCAPE["en"])


def _compared(*words: str) -> frozenset[str]:
    return frozenset(map(compare_equal, words))


_ESCAPE: Mapping[str, frozenset[str]] = {
    "pt": _compared("CANCELAR", "SAIR", "MENU"),
    "en": _compared("CANCEL", "EXIT", "MENU"),
}
"""By language; English where there is none."""
