"""Where the checks note what they find."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.flows.faults import Fault
from bot.flows.nodes import Node, at
from bot.flows.shape import Parts


@dataclass(frozen=True, slots=True)
class Findings:
    """The faults of one file.

    Attributes:
        file: as the admin named it.
        parts: what the checks look into.
        faults: in no order.
    """

    file: str
    parts: Parts
    faults: list[Fault] = field(default_factory=list)

    def add(self, path: Sequence[str | int], code: str, /, **values: str) -> None:
        """Note a fault at `path`."""
        self._add(self.place(path), code, values)

    def add_at_key(self, path: Sequence[str | int], code: str, /, **values: str) -> None:
        """Note a fault at the key that `path` ends with."""
        self._add(self.place(path, of_key=True), code, values)

    def place(self, path: Sequence[str | int], *, of_key: bool = False) -> Node:
        """Where `path` stands."""
        return at(self.parts.root, path, key=of_key)

    def _add(self, node: Node, code: str, values: dict[str, str]) -> None:
        self.faults.append(Fault(self.file, node.line, node.column, code, values))
