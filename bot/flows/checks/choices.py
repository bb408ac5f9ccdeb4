"""Whether what people can press can be told apart, and looks as it was meant."""

from collections.abc import Sequence

from bot.core.addresses import Channel
from bot.engine.consent_words import opts_out
from bot.engine.text import compare_equal
from bot.flows.yaml.document_extras import ChoiceDocument, ExtrasDocument, RowDocument, has_variables
from bot.flows.yaml.findings import Findings

BUTTONS = 3
"""More of them become a list on WhatsApp."""
_BUTTON_LABEL = 20
_ROW_LABEL = 24

Path = tuple[str | int, ...]


def check_choices(found: Findings) -> None:
    """The buttons and lists of templates: choices that compare equal, and labels that surprise."""
    for key, template in found.parts.templates.items():
        _check(found, ("templates", key), template)
        for locale, localized in template.locales.items():
            _check(found, ("templates", key, "locales", locale), localized)


def check_labels(found: Findings, labels: Sequence[tuple[Path, str]], *, described: bool = False) -> None:
    """Labels that WhatsApp does not show as they are, and those that opt out; with descriptions they are a list's."""
    limit = _ROW_LABEL if described or len(labels) > BUTTONS else _BUTTON_LABEL
    for path, label in labels:
        if len(label) > limit and not has_variables(label):
            found.add(path, "N01", label=label, limit=str(limit))
        _check_word(found, path, label)


def _check_word(found: Findings, path: Path, answer: str) -> None:
    """An answer that opts out somewhere."""
    channels = [str(each) for each in Channel if opts_out(compare_equal(answer), each)]
    if channels:
        found.add(path, "N05", label=answer, channels=", ".join(channels))


def _check(found: Findings, path: Path, extras: ExtrasDocument) -> None:
    at = extras.choices_at(path)
    labels = [((*at, position), choice.label) for position, choice in enumerate(extras.choices)]
    check_labels(
        found, labels, described=any(isinstance(each, RowDocument) and each.description for each in extras.choices)
    )
    for (place, label), choice in zip(labels, extras.choices, strict=True):
        if compare_equal(choice.answer) != compare_equal(label):
            _check_word(found, place, choice.answer)
    seen: dict[str, tuple[int, str]] = {}
    for position, choice in enumerate(extras.choices):
        for name in _names(choice):
            before, other = seen.setdefault(compare_equal(name), (position, name))
            if before != position:
                line = str(found.place((*at, before)).line)
                found.add((*at, position), "Y08", key=name, other=other, line=line)


def _names(choice: ChoiceDocument) -> Sequence[str]:
    """What it can be answered by, as far as the file tells."""
    return [each for each in dict.fromkeys((choice.answer, choice.label)) if not has_variables(each)]
