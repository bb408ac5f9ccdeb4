"""The mark of a text that is named in one place and shown, translated, in another; and such a text with its values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for this mark, known to every extractor
    """Mark `text` for translation and return it as it is."""
    return text


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that are put together where they are known, and said in the language of whoever reads them.

    Attributes:
        text: marked for translation; `{name}` stands for a value.
        values: by name; a phrase among them is said in the same language.
    """

    text: str
    values: "Mapping[str, str | Phrase]" = field(default_factory=lambda: MappingProxyType({}), hash=False)

    def said(self, translate: Callable[[str], str]) -> str:
        """The words that `translate` gives, with their values.

        >>> Phrase("there is no {name}", {"name": Phrase("bread")}).said(str)
        'there is no bread'
        """
        return translate(self.text).format_map(said(self.values, translate))

    def __str__(self) -> str:
        """In English."""
        return self.said(str)


def said(values: Mapping[str, str | Phrase], translate: Callable[[str], str]) -> dict[str, str]:
    """Values as they are said in the language of `translate`."""
    return {name: each.said(translate) if isinstance(each, Phrase) else each for name, each in values.items()}
