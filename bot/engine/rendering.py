"""Walking a checked template: values in, bounded text out."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from jinja2 import nodes

from bot.engine.filters import FILTERS
from bot.engine.numbers import decimal_sign, read_number

MAX_OUTPUT = 10_000
"""Characters a template gives at most; what is more is cut, with an ellipsis."""

Value = str | Decimal

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "lteq": operator.le,
    "gt": operator.gt,
    "gteq": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a template gave.

    Attributes:
        text: without blanks around it.
        missing: dotted names of the printed variables that had no value, each once; their default stands there.
        cut: more than MAX_OUTPUT characters would have come.
    """

    text: str
    missing: tuple[str, ...] = ()
    cut: bool = False


def render(tree: nodes.Template, variables: Mapping[str, Any], defaults: Mapping[str, str], locale: str) -> Rendered:
    """Walk a tree that `compile_text` has checked; see CompiledText.render."""
    walk = _Walk(variables, defaults, decimal_sign(locale))
    walk.write_all(tree.body)
    whole = "".join(walk.pieces)
    if walk.full:
        return Rendered(whole[: MAX_OUTPUT - 1].strip() + "…", tuple(walk.missing), cut=True)
    return Rendered(whole.strip(), tuple(walk.missing))


@dataclass(frozen=True, slots=True)
class _Missing:
    """A variable without a value; its default stands in for it."""

    name: str
    default: str


@dataclass(slots=True)
class _Walk:
    variables: Mapping[str, Any]
    defaults: Mapping[str, str]
    decimal_sign: str
    pieces: list[str] = field(default_factory=list)
    missing: dict[str, None] = field(default_factory=dict)
    # One character more than may come out, so that a text of exactly the limit is not taken for a cut one.
    room: int = MAX_OUTPUT + 1

    @property
    def full(self) -> bool:
        return self.room == 0

    def write_all(self, body: list[nodes.Node]) -> None:
        for node in body:
            if self.full:
                return
            self.write(node)

    def write(self, node: nodes.Node) -> None:
        match node:
            case nodes.Output():
                self.write_all(node.nodes)  # type: ignore[arg-type]  # a list of expressions is a list of nodes
            case nodes.If():
                branches = [node, *node.elif_]
                self.write_all(next((each.body for each in branches if self.is_true(each.test)), node.else_))
            case nodes.TemplateData():
                self.add(node.data)
            case _:
                self.add(self.text(self.value(node)))

    def add(self, text: str) -> None:
        piece = text[: self.room]
        self.room -= len(piece)
        self.pieces.append(piece)

    def text(self, value: Value | _Missing) -> str:
        """The value as it is printed."""
        if isinstance(value, _Missing):
            self.missing[value.name] = None
            return value.default
        return value if isinstance(value, str) else format(value, "f").replace(".", self.decimal_sign)

    def value(self, node: nodes.Node) -> Value | _Missing:
        match node:
            case nodes.Name():
                return self.look_up(node.name)
            case nodes.Getattr(node=nodes.Name(name=owner), attr=attribute):
                return self.look_up(f"{owner}.{attribute}")
            case nodes.Filter(node=nodes.Node() as inner):
                return self.filtered(node, self.value(inner))
            case nodes.CondExpr():
                chosen = node.expr1 if self.is_true(node.test) else node.expr2
                return "" if chosen is None else self.value(chosen)
            case nodes.Const():
                return node.value if isinstance(node.value, str) else Decimal(str(node.value))
        raise AssertionError(node)

    def look_up(self, name: str) -> Value | _Missing:
        value = self.variables.get(name)
        if value is None or value == "":
            return _Missing(name, self.defaults.get(name, ""))
        return value if isinstance(value, str) else Decimal(value)

    def filtered(self, node: nodes.Filter, value: Value | _Missing) -> Value:
        if node.name == "default" and isinstance(value, _Missing) and not value.default:
            return self.text(self.value(node.args[0]))
        arguments = [each.as_const() for each in node.args]
        # What is cut off here could not be printed either.
        return FILTERS[node.name].apply(self.text(value)[:MAX_OUTPUT], *arguments)

    def is_true(self, node: nodes.Node) -> bool:
        match node:
            case nodes.Not():
                return not self.is_true(node.node)
            case nodes.And():
                return self.is_true(node.left) and self.is_true(node.right)
            case nodes.Or():
                return self.is_true(node.left) or self.is_true(node.right)
            case nodes.Test():
                return not isinstance(self.value(node.node), _Missing)
            case nodes.Compare():
                return self.holds(node)
        value = self.value(node)
        return bool(value.default if isinstance(value, _Missing) else value)

    def holds(self, node: nodes.Compare) -> bool:
        left = self.value(node.expr)
        for each in node.ops:
            right = self.value(each.expr)
            if not _compare(each.op, left, right):
                return False
            left = right
        return True


def _compare(op: str, left: Value | _Missing, right: Value | _Missing) -> bool:
    first, second = (each.default if isinstance(each, _Missing) else each for each in (left, right))
    if isinstance(first, str) is not isinstance(second, str):
        # A text beside a number is read as one, so that an option `2` and a declared default compare as meant.
        numbers = [read_number(each, "") if isinstance(each, str) else each for each in (first, second)]
        if None in numbers:
            return op == "ne"
        first, second = numbers  # type: ignore[assignment]  # none of them is None
    return _COMPARE[op](first, second)
