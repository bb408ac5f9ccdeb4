"""Two numbers with a comma between them and no blank: to YAML a list of two, to many who write it one with decimals."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from bot.core.expressions import compiled_later
from bot.flows.yaml.document_extras import Path
from bot.flows.yaml.findings import Findings
from bot.flows.yaml.nodes import Items, Node, Scalar
from bot.flows.yaml.source import quoted, short

_WHOLE = compiled_later(r"[0-9]{1,6}")
_HUNDREDTHS = compiled_later(r"[1-9][0-9]")
"""What begins with a zero is surely no number of its own (`bot.flows.yaml.commas`)."""


def check_glued(found: Findings) -> None:
    """A fault in each list of texts that has a `40,50`, which may be one or two; three of them are a list."""
    for node in map(found.place, _lists(found)):
        if not isinstance(node, Items):
            continue
        pairs = [run for run in _runs(node.items) if _is_ambiguous(run)]
        if pairs:
            # That two halves are alike only follows from it.
            places = {(each.line, each.column) for each in node.items}
            found.faults[:] = [
                each for each in found.faults if each.code != "Y08" or (each.line, each.column) not in places
            ]
            decimals = [f"{first.text},{second.text}" for first, second in pairs]
            one, two = ", ".join(map(quoted, decimals)), ", ".join(each.replace(",", ", ") for each in decimals)
            found.add_at(pairs[0][0], "Y34", text=decimals[0], one=short(one), two=short(two))


def _lists(found: Findings) -> Iterator[Path]:
    """Where lists of texts may stand."""
    yield ("escape_words",)
    for position in found.parts.triggers:
        yield ("triggers", position, "pattern")
    for name, steps in found.parts.flows.items():
        for position in steps:
            yield ("flows", name, "steps", position, "options")


def _runs(items: Sequence[Node]) -> list[list[Scalar]]:
    """The texts of a list without quotes, those together that have nothing but a comma between them."""
    texts = [each for each in items if isinstance(each, Scalar) and each.text.plain]
    runs = [texts[:1]]
    for first, second in pairwise(texts):
        if (first.line, first.column + len(first.text) + 1) == (second.line, second.column):
            runs[-1].append(second)
        else:
            runs.append([second])
    return runs


def _is_ambiguous(run: Sequence[Scalar]) -> bool:
    match run:
        case [whole, hundredths]:
            return bool(_WHOLE.fullmatch(whole.text) and _HUNDREDTHS.fullmatch(hundredths.text))
    return False
