"""From a checked template's tree to functions that write it: values in, bounded text out."""

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from jinja2 import nodes

from bot.engine.filters import FILTERS
from bot.engine.numbers import decimal_sign, read_number

MAX_OUTPUT = 10_000
"""Characters a template gives at most; what is more is cut, with an ellipsis."""

Value = str | bool | Decimal

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "lteq": operator.le,
    "gt": operator.gt,
    "gteq": operator.ge,
}
WITHIN = frozenset({"in", "notin"})
"""Whether a text is one of several, which stand with commas between them."""


class Rendered(NamedTuple):
    """What a template gave.

    Attributes:
        text: without blanks around it.
        missing: dotted names of the printed variables that had no value, each once; their default stands there.
        cut: more than MAX_OUTPUT characters would have come.
    """

    text: str
    missing: tuple[str, ...] = ()
    cut: bool = False


class Missing(NamedTuple):
    """A variable without a value; its default stands in for it.

    Attributes:
        name: dotted.
        default: or empty.
    """

    name: str
    default: str


@dataclass(slots=True)
class Writing:
    """One text in the making.

    Attributes:
        variables: by dotted name.
        defaults: by dotted name.
        decimal_sign: what numbers are printed with.
        room: characters that may still come. One more than may come out at first, so that a text of exactly the limit
            is not taken for a cut one.
        pieces: written so far.
        missing: names of the printed variables without a value.
    """

    variables: Mapping[str, Any]
    defaults: Mapping[str, str]
    decimal_sign: str
    room: int = MAX_OUTPUT + 1
    pieces: list[str] = field(default_factory=list)
    missing: dict[str, None] = field(default_factory=dict)

    def write(self, text: str) -> None:
        """Add as much of the text as there is room for."""
        piece = text[: self.room]
        self.room -= len(piece)
        self.pieces.append(piece)

    def printed(self, value: Value | Missing) -> str:
        """The value as people read it."""
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return str(_spelled(value))
        if isinstance(value, Missing):
            self.missing[value.name] = None
            return value.default
        return format(value, "f").replace(".", self.decimal_sign)


Writer = Callable[[Writing], None]
"""Writes a piece of a template."""

Escape = Callable[[str], str]
"""Makes text harmless within another language, such as HTML."""

_Reader = Callable[[Writing], Value | Missing]
_Test = Callable[[Writing], bool]


def writers(body: Sequence[nodes.Node], escape: Escape | None = None) -> tuple[Writer, ...]:
    """Take apart a tree that `compile_text` has checked: once, so that no turn needs to look at it again.

    What an expression prints goes through `escape`; what the author wrote around it does not.
    """
    return tuple(_writers(body, escape))


def render(
    body: Sequence[Writer],
    variables: Mapping[str, Any],
    defaults: Mapping[str, str],
    locale: str,
    limit: int = MAX_OUTPUT,
) -> Rendered:
    """Write what `writers` gave, at most `limit` characters; see CompiledText.render."""
    writing = Writing(variables, defaults, decimal_sign(locale), limit + 1)
    _write_all(body, writing)
    whole = "".join(writing.pieces)
    if writing.room == 0:
        return Rendered(whole[: limit - 1].strip() + "…", tuple(writing.missing), cut=True)
    return Rendered(whole.strip(), tuple(writing.missing))


def _write_all(body: Sequence[Writer], writing: Writing) -> None:
    for write in body:
        if writing.room == 0:
            return
        write(writing)


def _writers(body: Sequence[nodes.Node], escape: Escape | None) -> Iterator[Writer]:
    for node in body:
        match node:
            case nodes.Output():
                yield from _writers(node.nodes, escape)
            case nodes.If():
                yield _branches(node, escape)
            case nodes.TemplateData(data=text):
                yield _constant(text)
            case _:
                yield _print(_reader(node)) if escape is None else _print_escaped(_reader(node), escape)


def _branches(node: nodes.If, escape: Escape | None) -> Writer:
    branches = [(_test(each.test), writers(each.body, escape)) for each in (node, *node.elif_)]
    otherwise = writers(node.else_, escape)

    def write(writing: Writing) -> None:
        _write_all(next((body for test, body in branches if test(writing)), otherwise), writing)

    return write


def _constant(text: str) -> Writer:
    return lambda writing: writing.write(text)


def _print(read: _Reader) -> Writer:
    return lambda writing: writing.write(writing.printed(read(writing)))


def _print_escaped(read: _Reader, escape: Escape) -> Writer:
    return lambda writing: writing.write(escape(writing.printed(read(writing))))


def _reader(node: nodes.Node) -> _Reader:
    match node:
        case nodes.Name(name=name):
            return _look_up(name)
        case nodes.Getattr(node=nodes.Name(name=owner), attr=attribute):
            return _look_up(f"{owner}.{attribute}")
        case nodes.Filter(node=nodes.Node() as inner):
            return _filtered(node, _reader(inner))
        case nodes.CondExpr(test=test, expr1=first, expr2=second):
            decide, one, other = _test(test), _reader(first), _reader(second or nodes.Const(""))
            return lambda writing: one(writing) if decide(writing) else other(writing)
        case nodes.Const(value=constant):
            value = constant if isinstance(constant, str) else Decimal(str(constant))
            return lambda _writing: value
    raise AssertionError(node)


def _look_up(name: str) -> _Reader:
    # An answer that was no choice, or one whose id is its label, is its own id.
    whole = name.removesuffix(".id")

    def read(writing: Writing) -> Value | Missing:
        value = writing.variables.get(name)
        if value is None:
            value = writing.variables.get(whole)
        if value is None or value == "":
            return Missing(name, writing.defaults.get(name, ""))
        return value if isinstance(value, str | bool) else Decimal(value)

    return read


def _filtered(node: nodes.Filter, read: _Reader) -> _Reader:
    apply, arguments = FILTERS[node.name].apply, [each.as_const() for each in node.args]
    instead = _reader(node.args[0]) if node.name == "default" else None

    def read_filtered(writing: Writing) -> Value:
        value = read(writing)
        if instead and isinstance(value, Missing) and not value.default:
            return writing.printed(instead(writing))
        # What is cut off here could not be printed either.
        return apply(writing.printed(value)[:MAX_OUTPUT], *arguments)

    return read_filtered


def _test(node: nodes.Node) -> _Test:
    match node:
        case nodes.Not(node=nodes.Node() as inner):
            test = _test(inner)
            return lambda writing: not test(writing)
        case nodes.And(left=left, right=right):
            first, second = _test(left), _test(right)
            return lambda writing: first(writing) and second(writing)
        case nodes.Or(left=left, right=right):
            first, second = _test(left), _test(right)
            return lambda writing: first(writing) or second(writing)
        case nodes.Test(node=nodes.Node() as inner):
            read = _reader(inner)
            return lambda writing: not isinstance(read(writing), Missing)
        case nodes.Compare():
            return _comparison(node)
    read = _reader(node)
    return lambda writing: bool(_with_default(read(writing)))


def _comparison(node: nodes.Compare) -> _Test:
    read_first = _reader(node.expr)
    others = [(each.op, _reader(each.expr)) for each in node.ops]

    def test(writing: Writing) -> bool:
        left = _with_default(read_first(writing))
        for op, read in others:
            right = _with_default(read(writing))
            if not _holds(op, left, right):
                return False
            left = right
        return True

    return test


def _with_default(value: Value | Missing) -> Value:
    return value.default if isinstance(value, Missing) else value


def _spelled(value: Value) -> Value:
    return str(value).lower() if isinstance(value, bool) else value


def _holds(op: str, first: Value, second: Value) -> bool:
    if op in WITHIN:
        return (str(_spelled(first)).casefold() in str(second).split(", ")) is (op == "in")
    first, second = _spelled(first), _spelled(second)
    if isinstance(first, str) is not isinstance(second, str):
        # A text beside a number is read as one, so that an option `2` and a declared default compare as meant.
        numbers = [read_number(each, "") if isinstance(each, str) else each for each in (first, second)]
        if None in numbers:
            return op == "ne"
        first, second = numbers  # type: ignore[assignment]  # none of them is None
    return _COMPARE[op](first, second)
