"""What each variant of a bundle's words costs as SMS, and which few odd characters make one dear."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bot.core.sms import Encoding, Segments, segments, spelled_plainly
from bot.core.splitting import TextLimit, split
from bot.engine.templates import compile_text
from bot.flows.bundled import CheckedBundle

_SMS = TextLimit(1600)
"""How long a text providers take; a longer one goes in several messages."""
_FEW = 3
"""Odd characters in a text beyond which its language needs them."""


@dataclass(frozen=True, slots=True)
class VariantSegments:
    """One variant and its cost.

    Attributes:
        file: as the admin named it.
        template: the template's key.
        locale: of the words.
        variant: its place among the variants, from 1.
        text: the words without what their variables add.
        has_variables: what is sent may be longer.
        counted: what `text` costs.
    """

    file: str
    template: str
    locale: str
    variant: int
    text: str
    has_variables: bool
    counted: Segments


@dataclass(frozen=True, slots=True)
class Dear:
    """A variant that a few odd characters make more than twice as dear.

    Attributes:
        found: the variant.
        parts: the SMS it would take without them.
        spelled: each odd character and what to write for it; empty where it is to be left out.
    """

    found: VariantSegments
    parts: int
    spelled: tuple[tuple[str, str], ...]


def count_segments(bundles: Iterable[CheckedBundle]) -> Iterator[VariantSegments]:
    """Each variant of each template that has words, in the order of the files."""
    for bundle in bundles:
        document = bundle.document
        for key, template in document.templates.items():
            for locale, texts in template.by_locale(document.locale):
                for place, text in enumerate(texts, start=1):
                    compiled = compile_text(text)
                    words = compiled.render({}, {}, locale).text
                    if words or compiled.names:
                        has_variables = bool(compiled.names)
                        counted = _together(words)
                        yield VariantSegments(bundle.file, key, locale, place, words, has_variables, counted)


def _together(words: str) -> Segments:
    """What the messages cost by which the words are sent."""
    each = [segments(part) for part in split(words, _SMS.takes)]
    return replace(segments(words), units=sum(one.units for one in each), parts=sum(one.parts for one in each))


def dear(found: VariantSegments) -> Dear | None:
    """What is to be written otherwise; None where that would not spare more than half, or the language needs it."""
    odd = found.counted.odd
    if not odd or sum(map(found.text.count, odd)) > _FEW:
        return None
    spelled = {each: spelled_plainly(each) or "" for each in odd}
    plain = segments("".join(spelled.get(each, each) for each in found.text))
    if plain.encoding is not Encoding.GSM7 or 2 * plain.parts >= found.counted.parts:
        return None
    return Dear(found, plain.parts, tuple(spelled.items()))
