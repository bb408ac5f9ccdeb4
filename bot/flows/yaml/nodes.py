"""A YAML document as it is written: each node with its place, each scalar with its spelling."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


class Written(str):
    """A scalar's text as spelled.

    Attributes:
        plain: it stands without quotes, so it may be read as a number or a truth value.
        cut: a `#` follows it that looks like a part of the text.
    """

    __slots__ = ("cut", "plain")

    plain: bool
    cut: bool


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text; `line` and `column` count from 1, as in every node."""

    line: int
    column: int
    text: Written

    @property
    def data(self) -> Written:
        """For the models of a document."""
        return self.text


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    line: int
    column: int
    items: "tuple[Node, ...]"

    @property
    def data(self) -> list[Any]:
        """For the models of a document."""
        return [item.data for item in self.items]


@dataclass(frozen=True, slots=True)
class Entries:
    """Keys with their values, in order; of a key that stands twice, the first."""

    line: int
    column: int
    entries: "tuple[tuple[Scalar, Node], ...]"

    @property
    def data(self) -> dict[str, Any]:
        """For the models of a document."""
        return {str(key.text): value.data for key, value in self.entries}

    def key(self, name: str) -> Scalar | None:
        """The key spelled `name`."""
        return next((key for key, _ in self.entries if key.text == name), None)

    def value(self, name: str) -> "Node | None":
        """The value of `name`."""
        return next((value for key, value in self.entries if key.text == name), None)


Node = Scalar | Items | Entries


def at(root: Node, path: Sequence[str | int], *, key: bool = False) -> Node:
    """The node at `path`, or the nearest one above it; with `key`, the last part's key instead of its value.

    Parts that name no node are passed over: a text that stands for a list of one, the tag of a union.
    """
    node = root
    for position, part in enumerate(path):
        if isinstance(node, Items) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
        elif isinstance(node, Entries) and isinstance(part, str):
            if key and position == len(path) - 1:
                return node.key(part) or node
            node = node.value(part) or node
        elif isinstance(node, Items):
            # A list of names may stand where a map of names to defaults does.
            node = next((item for item in node.items if isinstance(item, Scalar) and item.text == part), node)
    return node
