"""Which of a template's texts is said: by locale, then by a hash, so that a replay says the same words."""

import hashlib
from typing import NamedTuple

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


def choose(template: Template, locale: str, seed: str, position: int) -> Chosen:
    """The text for that locale, else for its language, else the bundle's own.

    Args:
        template: with at least one variant in each locale.
        locale: the contact's, or empty.
        seed: account, contact's address and inbound provider id.
        position: which message of the turn it is, from 0.
    """
    found, localized = localize(template, locale)
    digest = hashlib.sha256(f"{seed}\n{template.key}\n{position}".encode()).digest()
    at = int.from_bytes(digest) % len(localized.variants)
    return Chosen(localized.id, found, at + 1, localized.variants[at], localized.extras)


def localize(template: Template, locale: str) -> tuple[str, LocalizedTemplate]:
    """The locale in which a template speaks to someone of that one, as the bundle names it, and what it says there.

    The locale is empty for the bundle's own.
    """
    found = next((each for each in (locale, locale.partition("-")[0]) if each in template.locales), "")
    return found, template.locales[found] if found else template.base
