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

from bot.core.i18n import N_, Phrase
from bot.engine.author_faults import AuthorFault
from bot.engine.filters import FILTERS
from bot.engine.rendering import MAX_OUTPUT, WITHIN, Escape, Rendered, Writer, render, writers
from bot.engine.template_syntax import explain, without_point

MAX_SOURCE = 4_000
"""Characters a template may have."""

MAX_NESTING = 20
"""Levels of `if` and of operands a template may have."""

_SYNTAX = Environment(trim_blocks=True, lstrip_blocks=True, autoescape=False)  # noqa: S701 - parses only; no HTML

_TELLING = 4
"""So many letters of a filter tell which one was meant: `uppercase`, `capitalise`."""
_TAGS = nodes.Getattr(nodes.Name("contact", "load"), "tags", "load")
_COMPARISONS = frozenset({"eq", "ne", "lt", "lteq", "gt", "gteq"})
_REFUSED: Sequence[tuple[type[nodes.Node] | tuple[type[nodes.Node], ...], str]] = (
    (nodes.For, N_("a loop is not allowed in a template")),
    (nodes.Call, N_("a call is not allowed in a template")),
    (nodes.Concat, N_("joining with ~ is not allowed in a template")),
    ((nodes.And, nodes.Or, nodes.Not), N_("and, or, not are allowed only within if in a template")),
    (nodes.BinExpr, N_("calculating is not allowed in a template")),
    (nodes.UnaryExpr, N_("calculating is not allowed in a template")),
    (nodes.Compare, N_("a comparison outside if is not allowed in a template")),
    (nodes.Test, N_("a test other than `is defined` is not allowed in a template")),
    (nodes.Getitem, N_("an index in brackets is not allowed in a template")),
    (nodes.Getattr, N_("more than one point in a name is not allowed in a template")),
    (nodes.Literal, N_("a list is not allowed in a template")),
    (nodes.Expr, N_("this expression is not allowed in a template")),
    (nodes.Node, N_("this statement is not allowed in a template")),
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


class TemplateFault(AuthorFault):
    """A template that cannot be used."""


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
        reason = Phrase(N_("a template has at most {limit} characters"), {"limit": str(form.source)})
        raise TemplateFault(reason, N_("Send it in two steps."))
    try:
        tree = _SYNTAX.parse(source)
    except TemplateSyntaxError:
        raise _as_template(explain(source, _is_sound)) from None
    except (RecursionError, ValueError):
        raise TemplateFault(N_("the template is nested too deeply"), N_("Take out brackets or levels.")) from None
    check = _Check()
    try:
        check.body(tree.body, 0)
    except TemplateFault:
        apart = without_point(source, _is_sound)
        if apart is None:
            raise
        raise _as_template(apart) from None
    return CompiledText(source, tuple(check.names), writers(tree.body, form.escape), form.output)


def _as_template(fault: AuthorFault) -> TemplateFault:
    return TemplateFault(fault.reason, fault.advice, fault.line, fault.snippet, fault.mended)


def _is_sound(source: str) -> bool:
    """Whether Jinja takes it; whether we do is another question."""
    try:
        _SYNTAX.parse(source)
    except (TemplateSyntaxError, RecursionError, ValueError):
        return False
    return True


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
                    if each.op not in _COMPARISONS and not _is_of_tags(each):
                        advice = N_("For one of them write: if 'vip' in contact.tags.")
                        raise TemplateFault(N_("only contact.tags can be asked with in"), advice, node.lineno)
                    self.value(each.expr, depth + 1)
            case nodes.Test(name="defined", node=nodes.Name() | nodes.Getattr() as variable):
                self.value(variable, depth + 1)
            case _:
                self.value(node, depth)

    def _bound(self, node: nodes.Node, depth: int) -> None:
        if depth > MAX_NESTING:
            reason = Phrase(N_("a template is nested at most {limit} deep"), {"limit": str(MAX_NESTING)})
            raise TemplateFault(reason, N_("Take out levels."), node.lineno)


def _is_of_tags(operand: nodes.Operand) -> bool:
    """Whether it is `in contact.tags` or `not in contact.tags`; all else has no parts."""
    return operand.op in WITHIN and operand.expr == _TAGS


def _check_constant(node: nodes.Const) -> None:
    if node.value is None or isinstance(node.value, bool):
        raise _refusal(node, N_("true, false and none are not allowed in a template"))
    if isinstance(node.value, float) and not math.isfinite(node.value):
        raise TemplateFault(N_("a number is too large"), N_("Write a smaller one."), node.lineno)
    if isinstance(node.value, str) and not all(each.isprintable() or each == "\n" for each in node.value):
        reason = N_("a text between quotes has an invisible character")
        raise TemplateFault(reason, N_("Write it without."), node.lineno)


def _check_filter(node: nodes.Filter) -> None:
    known = FILTERS.get(node.name)
    if known is None:
        values = {"name": node.name, "known": ", ".join(sorted(FILTERS))}
        reason = Phrase(N_("there is no filter {name}"), values)
        near = next((each for each in sorted(FILTERS) if node.name[:_TELLING] == each[:_TELLING]), "")
        advice = N_("Did you mean {near}?") if near else N_("The filters are {known}.")
        raise TemplateFault(reason, Phrase(advice, values | {"near": near}), node.lineno, node.name)
    constants = [each for each in node.args if isinstance(each, nodes.Const)]
    only_constants = len(constants) == len(node.args) and not (node.kwargs or node.dyn_args or node.dyn_kwargs)
    for each in constants:
        _check_constant(each)
    if not only_constants or not known.takes([each.value for each in constants]):
        values = {"name": node.name, "usage": known.usage}
        reason = Phrase(N_("the filter {name} is used wrongly"), values)
        raise TemplateFault(reason, Phrase(N_("Write it as {usage}."), values), node.lineno, node.name)


def _refusal(node: nodes.Node, reason: str = "", line: int | None = None) -> TemplateFault:
    refused = reason or next(words for kind, words in _REFUSED if isinstance(node, kind))
    return TemplateFault(
        refused, N_("Use names, the listed filters, and if with comparisons."), line or node.lineno or 1
    )
