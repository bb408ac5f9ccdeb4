"""English and Brazilian Portuguese: Babel catalogues, and whose language is spoken.

English is the source. Where a text is shown, write `_ = translator(locale)` and `_("Plain words, {count}", count=3)`;
a text that is only named there and shown elsewhere is marked `N_("…")`. `make messages` collects both.
"""

import gettext as gnu
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path

from bot.core.i18n import N_ as N_  # noqa: PLC0414 - the rooms above take it with the translator
from bot.engine.words import ENGLISH, Words

SOURCE = "en"
LOCALES = (SOURCE, "pt-BR")
"""The locales we speak, as in `Content-Language`; the first one is the source."""

CATALOGUES = Path(__file__).parent.parent / "locale"
DOMAIN = "recado"


class Translator:
    """Says our own texts in one locale.

    Attributes:
        locale: one of LOCALES.
    """

    __slots__ = ("_catalogue", "_rewrite", "locale")

    def __init__(self, locale: str, catalogue: gnu.NullTranslations, rewrite: Callable[[str], str] = str) -> None:
        """`rewrite` has the last word on each text, before values are put into it."""
        self.locale = locale
        self._catalogue = catalogue
        self._rewrite = rewrite

    def __call__(self, text: str, /, **values: object) -> str:
        """`text` in this locale, with `{name}` replaced by `values`.

        >>> translator("en")("Hello, {name}", name="Ana")
        'Hello, Ana'
        """
        said = self._rewrite(self._catalogue.gettext(text))
        return said.format(**values) if values else said

    def plural(self, one: str, many: str, count: int, /, **values: object) -> str:
        """`one` or `many`, as the locale counts; `{count}` is among the values, unless they say it in another way."""
        return self._rewrite(self._catalogue.ngettext(one, many, count)).format(**{"count": count, **values})


@cache
def translator(locale: str, rewrite: Callable[[str], str] = str) -> Translator:
    """The translator for `locale`, or for the source language when we do not speak it."""
    if locale not in LOCALES or locale == SOURCE:
        return Translator(SOURCE, gnu.NullTranslations(), rewrite)
    return Translator(locale, gnu.translation(DOMAIN, CATALOGUES, [locale.replace("-", "_")]), rewrite)


def words() -> Mapping[str, Words]:
    """The sentences the bot says by itself, by language: what the engine's definitions need."""
    return {locale.partition("-")[0]: _words(translator(locale)) for locale in LOCALES}


def extract_words(*_args: object, **_options: object) -> Iterator[tuple[int, None, str, list[str]]]:
    """Babel's extractor for the engine's words, which stand unmarked because the engine knows no gettext."""
    return ((number, None, text, []) for number, text in enumerate(asdict(ENGLISH).values(), start=1))


def negotiate(accept_language: str) -> str:
    """The locale to answer in, from an `Accept-Language` header (RFC 9110, 12.5.4).

    >>> negotiate("fr;q=0.9, pt-PT;q=0.8, en;q=0.7")
    'pt-BR'
    """
    wishes = [_wish(part) for part in accept_language[:1000].split(",")]
    # Sorting is stable: equal wishes keep the order in which the browser wrote them.
    for weight, tag in sorted(wishes, key=lambda wish: -wish[0]):
        locale = _spoken(tag)
        if weight > 0 and locale is not None:
            return locale
    return SOURCE


def shell_locale(environ: Mapping[str, str]) -> str:
    """The locale of a terminal, from LANGUAGE, LC_ALL, LC_MESSAGES and LANG as gettext reads them."""
    setting = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    if setting.split(".")[0] in {"C", "POSIX"}:
        return SOURCE
    wishes = [*environ.get("LANGUAGE", "").split(":"), setting]
    return next((locale for locale in map(_spoken, wishes) if locale is not None), SOURCE)


def _words(_: Translator) -> Words:
    return Words(**{name: _(text) for name, text in asdict(ENGLISH).items()})


def _wish(part: str) -> tuple[float, str]:
    tag, _, parameters = part.strip().partition(";")
    name, _, quality = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0, tag
    try:
        return float(quality), tag
    except ValueError:
        return 0.0, tag


def _spoken(tag: str) -> str | None:
    """Our locale for a language tag (`pt-PT`) or a POSIX locale (`pt_BR.UTF-8`): the language decides."""
    language = tag.strip().lower().replace("_", "-").split(".")[0].split("-")[0]
    return next((locale for locale in LOCALES if locale.split("-")[0] == language), None)
