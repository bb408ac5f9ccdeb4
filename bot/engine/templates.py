"""Texts with variables: Jinja's syntax, less all that could loop, call or allocate.

Jinja parses; what it gives is held against a list of allowed nodes and then taken apart here, not run as code. So the
output is bounded while it is written, a missing variable is known by name, and nothing in a template or in what a
person wrote can reach an object.
"""

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import quote

from jinja2 import Environment, TemplateSyntaxError, nodes

from bot.engine.filters import FILTERS
from bot.engine.rendering import MAX_OUTPUT, Escape, Rendered, Writer, render, writers

MAX_SOURCE = 4_000
"""Characters a template may have."""

MAX_NESTING = 20
"""Levels of `if` and of operands a template may have."""

_SYNTAX = Environment(trim_blocks=True, lstrip_blocks=True, autoescape=False)  # noqa: S701 - parses only; no HTML

_COMPARISONS = frozenset({"eq", "ne", "lt", "lteq", "gt", "gteq"})
_REFUSED: Sequence[tuple[type[nodes.Node] | tuple[type[nodes.Node], ...], str]] = (
    (nodes.For, "a loop is"),
    (nodes.Call, "a call is"),
    (nodes.Concat, "joining with ~ is"),
    ((nodes.And, nodes.Or, nodes.Not), "combining with and, or, not outside if is"),
    (nodes.BinExpr, "calculating is"),
    (nodes.UnaryExpr, "calculating is"),
    (nodes.Compare, "a comparison outside if is"),
    (nodes.Operand, "comparing with in is"),
    (nodes.Test, "a test other than `is defined` is"),
    (nodes.Getitem, "an index in brackets is"),
    (nodes.Getattr, "more than one point in a name is"),
    (nodes.Literal, "a list is"),
    (nodes.Expr, "this expression is"),
    (nodes.Stmt, "this statement is"),
)

__all__ = [
    "HTML",
    "MAX_NESTING",
    "MAX_OUTPUT",
    "MAX_SOURCE",
    "URL",
    "WORDS",
    "CompiledText",
    "Form",
    "Rendered",
    "TemplateFault",
    "compile_text",
]


class Form(NamedTuple):
    """What a template writes.

    Attributes:
        source: characters it may have.
        output: characters it gives at most.
        escape: makes harmless what its variables print; None where nothing can do harm.
    """

    source: int
    output: int
    escape: Escape | None = None


WORDS = Form(MAX_SOURCE, MAX_OUTPUT)
"""What people read."""
HTML = Form(20_000, 60_000, html.escape)
URL = Form(2_000, 2_000, lambda text: quote(text, safe="", errors="replace"))


class TemplateFault(Exception):  # noqa: N818 - a fault of an author, told to them; not an error of ours
    """A template that cannot be used.

    Attributes:
        message: what is wrong, one sentence without a full stop.
        mend: what to do about it.
        line: within the template, from 1.
    """

    def __init__(self, message: str, mend: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend
        self.line = line


@dataclass(frozen=True, slots=True)
class CompiledText:
    """A checked template.

    Attributes:
        source: as the author wrote it.
        names: the variables it uses, dotted (`contact.name`, `flavour`), in the order of their first use.
    """

    source: str
    names: tuple[str, ...]
    _body: tuple[Writer, ...] = field(repr=False, compare=False)
    _limit: int = field(default=MAX_OUTPUT, repr=False, compare=False)

    def render(self, variables: Mapping[str, Any], defaults: Mapping[str, str], locale: str = "") -> Rendered:
        """The words, at most as many characters as their form has; never raises.

        Args:
            variables: text and numbers (int, Decimal) by dotted name; empty text and None count as missing.
            defaults: by dotted name, for missing ones; a variable with neither is empty text.
            locale: numbers are printed as people write them there.
        """
        return render(self._body, variables, defaults, locale, self._limit)


def compile_text(source: str, form: Form = WORDS) -> CompiledText:
    """Check a template.

    Allowed are text, `{{ name }}`, `{{ contact.name | upper }}`, `{{ a if b else c }}`, and `{% if %}` with names,
    texts, numbers, comparisons, `and`, `or`, `not` and `is defined`.

    Raises:
        TemplateFault: with what is wrong, how to mend it, and where.
    """
    if len(source) > form.source:
        raise TemplateFault(f"a template has at most {form.source} characters", "Send it in two steps.", 1)
    try:
        tree = _SYNTAX.parse(source)
    except TemplateSyntaxError as error:
        message = (error.message or "it is not understood").strip().rstrip(".")
        raise TemplateFault(message[:1].lower() + message[1:], "Check the braces and quotes.", error.lineno) from None
    except (RecursionError, ValueError):
        raise TemplateFault("the template is nested too deeply", "Take out brackets or levels.", 1) from None
    check = _Check()
    check.body(tree.body, 0)
    return CompiledText(source, tuple(check.names), writers(tree.body, form.escape), form.output)


@dataclass(slots=True)
class _Check:
    """Descends through what is allowed, and refuses the rest by name."""

    names: dict[str, None] = field(default_factory=dict)

    def body(self, found: Sequence[nodes.Node], depth: int) -> None:
        for node in found:
            self._bound(node, depth)
            match node:
                case nodes.TemplateData():
                    pass
                case nodes.Output():
                    self.body(node.nodes, depth)
                case nodes.If():
                    for branch in (node, *node.elif_):
                        self.test(branch.test, depth + 1)
                        self.body(branch.body, depth + 1)
                    self.body(node.else_, depth + 1)
                case nodes.Expr():
                    self.value(node, depth)
                case _:
                    raise _refusal(node)

    def value(self, node: nodes.Node, depth: int) -> None:
        self._bound(node, depth)
        match node:
            case nodes.Name():
                self.names[node.name] = None
            case nodes.Getattr(node=nodes.Name(name=owner), attr=attribute):
                self.names[f"{owner}.{attribute}"] = None
            case nodes.Const():
                _check_constant(node)
            case nodes.Filter(node=nodes.Expr() as inner):
                _check_filter(node)
                self.value(inner, depth + 1)
            case nodes.CondExpr():
                self.test(node.test, depth + 1)
                for each in (node.expr1, node.expr2):
                    if each is not None:
                        self.value(each, depth + 1)
            case _:
                raise _refusal(node)

    def test(self, node: nodes.Node, depth: int) -> None:
        self._bound(node, depth)
        match node:
            case nodes.Not():
                self.test(node.node, depth + 1)
            case nodes.And() | nodes.Or():
                self.test(node.left, depth + 1)
                self.test(node.right, depth + 1)
            case nodes.Compare():
                self.value(node.expr, depth + 1)
                for each in node.ops:
                    if each.op not in _COMPARISONS:
                        raise _refusal(each, line=node.lineno)
                    self.value(each.expr, depth + 1)
            case nodes.Test(name="defined", node=nodes.Name() | nodes.Getattr() as variable):
                self.value(variable, depth + 1)
            case _:
                self.value(node, depth)

    def _bound(self, node: nodes.Node, depth: int) -> None:
        if depth > MAX_NESTING:
            raise TemplateFault(f"a template is nested at most {MAX_NESTING} deep", "Take out levels.", node.lineno)


def _check_constant(node: nodes.Const) -> None:
    if node.value is None or isinstance(node.value, bool):
        raise _refusal(node, "true, false and none are")
    if isinstance(node.value, float) and not math.isfinite(node.value):
        raise TemplateFault("a number is too large", "Write a smaller one.", node.lineno)
    if isinstance(node.value, str) and not all(each.isprintable() or each == "\n" for each in node.value):
        raise TemplateFault("a text between quotes has an invisible character", "Write it without.", node.lineno)


def _check_filter(node: nodes.Filter) -> None:
    known = FILTERS.get(node.name)
    if known is None:
        raise TemplateFault(
            f"there is no filter {node.name}", f"The filters are {', '.join(sorted(FILTERS))}.", node.lineno
        )
    constants = [each for each in node.args if isinstance(each, nodes.Const)]
    only_constants = len(constants) == len(node.args) and not (node.kwargs or node.dyn_args or node.dyn_kwargs)
    for each in constants:
        _check_constant(each)
    if not only_constants or not known.takes([each.value for each in constants]):
        raise TemplateFault(f"the filter {node.name} is used wrongly", f"Write it as {known.usage}.", node.lineno)


def _refusal(node: nodes.Node, what: str = "", line: int | None = None) -> TemplateFault:
    refused = what or next((name for kind, name in _REFUSED if isinstance(node, kind)), f"{type(node).__name__} is")
    return TemplateFault(
        f"{refused} not allowed in a template",
        "Use names, the listed filters, and if with comparisons.",
        line or node.lineno or 1,
    )
