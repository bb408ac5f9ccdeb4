"""Which of a template's texts is said: by locale, then by a hash, so that a replay says the same words."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from bot.core.regions import languages_of
from bot.engine.definitions import LocalizedTemplate, Template
from bot.engine.extras import Extras
from bot.engine.templates import CompiledText


class Chosen(NamedTuple):
    """A template's text.

    Attributes:
        template_id: the row of its locale.
        locale: as the bundle names it; empty for the bundle's own.
        variant: which one, from 1.
        text: to render.
        extras: what goes along with it, or None.
    """

    template_id: str
    locale: str
    variant: int
    text: CompiledText
    extras: Extras | None


def choose(template: Template, locale: str, seed: str, position: int, own: str = "") -> Chosen:
    """The text for that locale, as `localize` finds it.

    Args:
        template: with at least one variant in each locale.
        locale: the contact's, or empty.
        seed: account, contact's address and inbound provider id.
        position: which message of the turn it is, from 0.
        own: the bundle's locale.
    """
    found, localized = localize(template, locale, own)
    digest = hashlib.sha256(f"{seed}\n{template.key}\n{position}".encode()).digest()
    at = int.from_bytes(digest) % len(localized.variants)
    return Chosen(localized.id, found, at + 1, localized.variants[at], localized.extras)


def localize(template: Template, locale: str, own: str = "") -> tuple[str, LocalizedTemplate]:
    """The locale in which a template speaks to someone of that one, as the bundle names it, and what it says there.

    It is that locale, else its language, else another official language of its region, else the bundle's `own`, for
    which the locale is empty.
    """
    if not locale or not template.locales:
        return "", template.base
    language, _, region = locale.partition("-")
    found = next((each for each in (locale, language) if each in template.locales), None)
    if found is None:
        found = _spoken(template, (language, *languages_of(region)) if region else (language,), own.partition("-")[0])
    return found, template.locales[found] if found else template.base


def _spoken(template: Template, languages: Sequence[str], own: str) -> str:
    """The first of the languages that the template has, as the bundle names it; empty for the bundle's `own`."""
    named = {each.partition("-")[0]: each for each in reversed([*template.locales])} | {own: ""}
    return next((named[each] for each in languages if each in named), "")
