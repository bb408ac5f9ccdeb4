"""What a trigger does that its author may not expect: never answers, answers too often, or says braces."""

import re
from collections.abc import Iterator, Mapping, Sequence

from bot.core.addresses import Channel
from bot.core.expressions import compiled_later
from bot.engine.consent_words import opts_out
from bot.engine.patterns import Candidate, Contains, Equals, Number, Pattern
from bot.engine.text import compare, compare_equal
from bot.engine.words import escape_words_of
from bot.flows.checks.expressions import RESERVED, texts_of
from bot.flows.yaml.document import CollectInput, TriggerDocument
from bot.flows.yaml.document_extras import Path
from bot.flows.yaml.findings import Findings

_SHORT = 4
"""Letters of a text up to which it is likely to be found inside of other words."""
_MOST_COMPARED = 100_000
_FAR = 10**9
_SEPARATED = compiled_later(r"[,;/|\uff0c\u3001\u060c\uff1b\u061b]")
_FEW_WORDS = 3
_LOOSE = compiled_later(
    r"\$\{\s*(?P<dollar>[^\W\d][\w.]*)\s*\}"
    r"|(?<![{$])\{\s*(?P<single>[^\W\d][\w.]*)\s*\}(?!\})"
    r"|(?<!\{)\{\s*(?P<half>[^\W\d][\w.]*)\s*\}\}"
    r"|\{\s+\{\s*(?P<apart>[^\W\d][\w.]*)\s*\}\s*\}"
    r"|\[\[\s*(?P<square>[^\W\d][\w.]*)\s*\]\]"
)
_NAMED = compiled_later(
    r"<\s*(?P<angle>[^\W\d][\w.]*)\s*>|\[\s*(?P<bracket>[^\W\d][\w.]*)\s*\]|%(?P<percent>[^\W\d][\w.]*)%"
)
_SHORT_NAMES: Mapping[str, str] = {
    **{name: name for name in RESERVED},
    **{name.partition(".")[2]: name for name in sorted(RESERVED)},
    "nome": "contact.name",
    "nombre": "contact.name",
    "telefone": "contact.phone",
}
_WORDS = """
    ship this which think while white chips machine shipping delivery available already allergy order border sweater
    heat wheat water theatre other another mother together there where please yesterday eyes know snow knowledge
    nothing cannot north price surprise open reopen close closed enclosed shop workshop card discard scared payment
    repay talk help helpful hello shell cost costume sale wholesale buyer hours yours educated vacation location art
    start party smart send weekend friend spend book cookie steak teacher bedroom business bargain stable thing
    coisa dois coitado noite boi foi oito pois simples assim diário indicar quero salgado apagar escola bola sacola
    horário agora melhora senhora valores tarde demais ajudar receptor aceito chola solo mañana
"""
_COMMON = tuple(_WORDS.split())
"""Words that people write, to find an example among."""


def check_surprises(found: Findings, patterns: Mapping[int, Pattern]) -> None:
    """Notes on sound triggers, of which `patterns` has those that could be compiled, and on the words of templates."""
    for position, pattern in patterns.items():
        _consent(found, position, pattern)
        _escape(found, position, pattern)
        _inside_words(found, position, pattern)
        _separated(found, position, pattern)
    _shadows(found, patterns)
    _braces(found)


def _messages(pattern: Pattern) -> Iterator[Sequence[str]]:
    """For each text of a pattern, messages such that what takes all of them takes whatever that text takes."""
    if isinstance(pattern, Equals):
        yield from ((text,) for text in pattern.source)
    elif isinstance(pattern, Contains):
        yield from ((text, f"a {text} b") for text in pattern.source)
    elif isinstance(pattern, Number):
        bounds = (pattern.wanted.low, pattern.wanted.high)
        ends = [str(default if bound is None else bound) for bound, default in zip(bounds, (-_FAR, _FAR), strict=True)]
        yield tuple(each for each in ("1", *ends) if pattern.matches(Candidate(each, "en"))) or ends[:1]


def _place(position: int, number: int) -> Path:
    return ("triggers", position, "pattern", number)


def _consent(found: Findings, position: int, pattern: Pattern) -> None:
    """Words that opt out, which is settled before any trigger is looked at."""
    if not isinstance(pattern, Equals | Contains):
        return
    for number, text in enumerate(pattern.source):
        channels = [str(each) for each in Channel if opts_out(compare_equal(text), each)]
        if channels:
            found.add(_place(position, number), "N06", word=text, channels=", ".join(channels))


def _escape(found: Findings, position: int, pattern: Pattern) -> None:
    """Words that end a running flow, and so reach a trigger only outside of one."""
    if not found.parts.flows or not isinstance(pattern, Equals):
        return
    document = found.parts.document
    own = None if document is None else document.escape_words
    words = escape_words_of(found.parts.own.get("locale", "en")) if own is None else set(map(compare_equal, own))
    for number, text in enumerate(pattern.source):
        everywhere = all(opts_out(compare_equal(text), each) for each in Channel)
        if compare_equal(text) in words and not everywhere:
            found.add(_place(position, number), "N07", word=text)


def _inside_words(found: Findings, position: int, pattern: Pattern) -> None:
    """A short text that `contains` finds in the middle of words."""
    if not isinstance(pattern, Contains):
        return
    for number, text in enumerate(pattern.source):
        bare = compare(text)
        if len(bare) <= _SHORT and bare.isalpha():
            example = next((each for each in _COMMON if bare in compare(each) and each != bare), None)
            if example is not None:
                expression = f"'\\b{re.escape(bare)}\\b'"
                found.add(_place(position, number), "N09", word=text, example=example, expression=expression)


def _separated(found: Findings, position: int, pattern: Pattern) -> None:
    """Several words written as one text, which only somebody with the same commas would write."""
    if not isinstance(pattern, Equals | Contains):
        return
    for number, text in enumerate(pattern.source):
        pieces = [each.strip(" []()\"'") for each in _SEPARATED.split(text)]
        if len(pieces) > 1 and all(each and len(each.split()) <= _FEW_WORDS for each in pieces):
            found.add(_place(position, number), "N11", text=text, quoted=f"[{', '.join(pieces)}]")


def _shadows(found: Findings, patterns: Mapping[int, Pattern]) -> None:
    """Triggers that another one, which is tried before them, keeps from ever seeing a message."""
    triggers = found.parts.triggers
    order = sorted((each for each in patterns if triggers[each].active), key=lambda each: -triggers[each].priority)
    locale = found.parts.own.get("locale", "en")
    left = _MOST_COMPARED
    for rank, position in enumerate(order):
        for number, messages in enumerate(_messages(patterns[position])):
            left -= rank
            if left < 0:
                return
            candidates = [Candidate(each, locale) for each in messages]
            first = next((each for each in order[:rank] if all(map(patterns[each].matches, candidates))), None)
            if first is not None and not _comes_first(triggers[position], triggers[first]):
                line = str(found.place(("triggers", first)).line)
                values = {"label": triggers[first].label, "line": line, "example": messages[0]}
                found.add(_place(position, number), "N08", **values)
                break


def _comes_first(trigger: TriggerDocument, other: TriggerDocument) -> bool:
    """Whether it answers at least within a flow, where only triggers that interrupt are tried."""
    return trigger.interrupt and not other.interrupt


def _braces(found: Findings) -> None:
    """Names in single braces, which people see as they stand."""
    saved = {
        step.save_as
        for steps in found.parts.flows.values()
        for step in steps.values()
        if isinstance(step, CollectInput) and step.save_as is not None
    }
    for key, template in found.parts.templates.items():
        names = {**_SHORT_NAMES, **{each: each for each in (*saved, *template.variables)}}
        for path, text, _form in texts_of(key, template):
            for written, name in _loose(text, names):
                line = text.count("\n", 0, text.index(written)) + 1
                values = {"written": written, "right": f"{{{{ {names.get(name, name)} }}}}"}
                found.add_within(path, line, written, "N10", **values)


def _loose(text: str, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for each in _LOOSE.finditer(text):
        yield each[0], next(filter(None, each.groups()))
    for each in _NAMED.finditer(_LOOSE.sub(lambda found: " " * len(found[0]), text)):
        name = next(filter(None, each.groups()))
        if name in names:
            yield each[0], name
