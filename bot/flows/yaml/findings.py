"""Where the checks note what they find."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.core.i18n import Phrase
from bot.flows.faults import Fault
from bot.flows.yaml.nodes import Node, at
from bot.flows.yaml.shape import Parts


@dataclass(frozen=True, slots=True)
class Findings:
    """The faults of one file.

    Attributes:
        file: as the admin named it.
        parts: what the checks look into.
        lines: of the file.
        faults: in no order.
    """

    file: str
    parts: Parts
    lines: Sequence[str] = ()
    faults: list[Fault] = field(default_factory=list)

    def add(self, path: Sequence[str | int], code: str, /, **values: str | Phrase) -> None:
        """Note a fault at `path`."""
        self._add(self.place(path), code, values)

    def add_within(
        self, path: Sequence[str | int], line: int, snippet: str, code: str, /, **values: str | Phrase
    ) -> None:
        """Note a fault of a text at `path`, in its `line` from 1, where `snippet` begins.

        A text in one line has its fault where it begins; one of several has it where a reader looks for it.
        """
        node = self.place(path)
        begins, written = node.line, self.lines[node.line - 1] if node.line <= len(self.lines) else ""
        if not written[node.column - 1 :].startswith("|") or begins + line > len(self.lines):
            self._add(node, code, values)
            return
        column = self.lines[begins + line - 1].find(snippet.partition("\n")[0])
        self.faults.append(Fault(self.file, begins + line, max(column, 0) + 1, code, values))

    def add_at_key(self, path: Sequence[str | int], code: str, /, **values: str | Phrase) -> None:
        """Note a fault at the key that `path` ends with."""
        self._add(self.place(path, of_key=True), code, values)

    def add_at(self, node: Node, code: str, /, **values: str | Phrase) -> None:
        """Note a fault where that node stands."""
        self._add(node, code, values)

    def place(self, path: Sequence[str | int], *, of_key: bool = False) -> Node:
        """Where `path` stands."""
        return at(self.parts.root, path, key=of_key)

    def _add(self, node: Node, code: str, values: dict[str, str | Phrase]) -> None:
        self.faults.append(Fault(self.file, node.line, node.column, code, values))
