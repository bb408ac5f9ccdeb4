"""First bundles to begin with, one for each language that we speak; their words are in the others, too."""

from importlib.resources import files

_BY_LOCALE = {"en": "shop.yaml", "pt-BR": "loja.yaml"}


def sample(locale: str) -> tuple[str, str]:
    """The file's name and text of the first bundle for somebody who speaks `locale` (`pt-BR`)."""
    name = _BY_LOCALE[locale]
    return name, files(__name__).joinpath(name).read_text(encoding="utf-8")
