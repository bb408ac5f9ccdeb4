"""The mark of a text that is named in one place and shown, translated, in another."""


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for this mark, known to every extractor
    """Mark `text` for translation and return it as it is."""
    return text
