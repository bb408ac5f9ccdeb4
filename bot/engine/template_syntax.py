"""What is wrong with a template that Jinja does not take, in an author's words: which tag, and how it should be."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.core.expressions import compiled_later
from bot.core.i18n import N_, Phrase
from bot.engine.author_faults import AuthorFault

_TAG = compiled_later(r"\{(?P<kind>[{%])(?P<inside>.*?)(?P<end>[}%]\}|$)", re.DOTALL)
_OPENS = compiled_later(r"\{[{%]")
_NAME = r"[^\W\d]\w*(?:\.[^\W\d]\w*)?"
_HALF_VARIABLE = compiled_later(rf"\{{\{{\s*(?P<inside>{_NAME}(?:\s*\|\s*\w+(?:\([^)]*\))?)*)\s*\}}(?!\}})")
_BARE_VARIABLE = compiled_later(rf"\{{\{{\s*(?P<inside>{_NAME})")
_HALF_STATEMENT = compiled_later(r"\{%\s*(?P<inside>[^{}%]*?)\s*\}")
_BARE_STATEMENT = compiled_later(r"\{%\s*(?P<inside>(?:if|elif|else|endif)\b[^{}%]*)", re.IGNORECASE)
_TRIPLE = compiled_later(r"\{{3,}\s*([^{}]*?)\s*\}{3,}")
_WORDS = {
    "end if": "endif",
    "end": "endif",
    "fi": "endif",
    "fim": "endif",
    "fimse": "endif",
    "fim se": "endif",
    "/if": "endif",
    "senao": "else",
    "senão": "else",
    "otherwise": "else",
}
_BEGINNINGS = (("else if ", "elif "), ("elseif ", "elif "), ("elsif ", "elif "), ("senao se ", "elif "), ("se ", "if "))
_CONDITIONS: Sequence[tuple[re.Pattern[str], str]] = (
    (compiled_later(r"[\u201c\u201d\u201e]"), '"'),
    (compiled_later(r"[\u2018\u2019\u201a]"), "'"),
    (compiled_later(r"\s*&&\s*"), " and "),
    (compiled_later(r"\s*\|\|\s*"), " or "),
    (compiled_later(r"\s*<>\s*"), " != "),
    (compiled_later(r"(?<![=!<>])\s*=(?!=)\s*"), " == "),
    (compiled_later(r"={3,}"), "=="),
    (compiled_later(r"\s+(?:then|ent\u00e3o|do)\s*$|:\s*$"), ""),
    (compiled_later(r"(?<=\s)!(?=\w)"), "not "),
    (compiled_later(r"\s+[eE]\s+"), " and "),
    (compiled_later(r"\s+ou\s+"), " or "),
)
_DEFAULT = compiled_later(r"\|\s*default\s*:\s*(\"[^\"]*\"|'[^']*')")
_TWO_WORDS = compiled_later(r"[^\W\d]\w*(?:[ -][^\W\d]\w*)+")
_NO_POINT = compiled_later(
    r"^(contact|message)(?:\s*[,;:/\u2013-]\s*|\s*\.\s*[.,;:]\s*|\s+)(?=[^\W\d])(?!(?:is|if|and|or|not|in|else)\b)",
    re.IGNORECASE,
)
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class _Tag:
    """One tag: its place, what kind it is, and what it has between its braces."""

    start: int
    whole: str
    kind: str
    inside: str

    @property
    def word(self) -> str:
        return self.inside.split()[0] if self.inside.split() else ""


def explain(source: str, is_sound: Callable[[str], bool]) -> AuthorFault:
    """The fault of a source that is not sound, at the first tag that is wrong."""
    return next((fault for find in _FINDERS for fault in find(source, is_sound)), _unknown(source))


def without_point(source: str, is_sound: Callable[[str], bool]) -> AuthorFault | None:
    """The fault of a variable whose owner and name have another sign between them than a point, as far as one has."""
    for tag in _tags(source):
        right = _right(tag)
        if tag.kind == "{" and _NO_POINT.search(tag.inside) and is_sound(right):
            return _mended(source, tag.start, tag.whole, right)
    return None


def _unclosed(source: str, _is_sound: Callable[[str], bool]) -> Iterator[AuthorFault]:
    """A tag that is not closed, or only by half."""
    for opens in _OPENS.finditer(source):
        start, kind = opens.start(), opens[0]
        closes = source.find("}}" if kind == "{{" else "%}", start)
        following = _OPENS.search(source, start + 2)
        if closes >= 0 and (following is None or closes < following.start()):
            continue
        half, bare = (_HALF_VARIABLE, _BARE_VARIABLE) if kind == "{{" else (_HALF_STATEMENT, _BARE_STATEMENT)
        found = half.match(source, start) or bare.match(source, start)
        inside = "" if found is None else _better(found["inside"].strip(), kind)
        whole = _short(source[start:].partition("\n")[0] if found is None else found[0])
        values = {"tag": whole, "right": f"{kind} {inside} {'}}' if kind == '{{' else '%}'}"}
        advice = (
            Phrase(N_("Write {right}."), values)
            if inside
            else Phrase(N_("Close it, as in {example}."), {"example": "{{ contact.name }}"})
        )
        mended = _replaced(source, start, found[0], values["right"]) if found is not None and inside else ""
        yield _fault(source, start, N_("{tag} is never closed"), values, advice, mended)


def _wrong_tags(source: str, is_sound: Callable[[str], bool]) -> Iterator[AuthorFault]:
    """A tag that is written as another language would have it."""
    triple = _TRIPLE.search(source)
    if triple is not None:
        right = f"{{{{ {triple[1]} }}}}"
        yield _mended(source, triple.start(), triple[0], right)
    for tag in _tags(source):
        right = _right(tag)
        if right != tag.whole and is_sound(_alone(right)):
            yield _mended(source, tag.start, tag.whole, right)
        elif not tag.inside.strip():
            values = {"tag": tag.whole}
            yield _fault(
                source, tag.start, N_("nothing stands in {tag}"), values, Phrase(N_("Name a variable, or delete it."))
            )
        elif tag.kind == "%" and tag.inside.split() == ["if"]:
            advice = Phrase(N_("Say when, as in {example}."), {"example": "{% if contact.name %}"})
            yield _fault(source, tag.start, N_("{tag} does not say when"), {"tag": tag.whole}, advice)


def _unpaired(source: str, _is_sound: Callable[[str], bool]) -> Iterator[AuthorFault]:
    """An `if` without its end, or an end without its `if`."""
    opened: list[_Tag] = []
    for tag in _tags(source):
        if tag.kind != "%":
            continue
        if tag.word == "if":
            opened.append(tag)
        elif tag.word in {"elif", "else", "endif"} and not opened:
            advice = Phrase(N_("Delete it, or write {example} where the condition begins."), {"example": "{% if … %}"})
            yield _fault(
                source,
                tag.start,
                N_("{tag} has no if before it"),
                {"tag": _short(tag.whole)},
                advice,
                _replaced(source, tag.start, tag.whole, ""),
            )
        elif tag.word == "endif":
            opened.pop()
    if opened:
        advice = Phrase(N_("Write {right} where the words for it end."), {"right": "{% endif %}"})
        yield _fault(
            source,
            opened[-1].start,
            N_("{tag} has no end"),
            {"tag": _short(opened[-1].whole)},
            advice,
            source + "{% endif %}",
        )


def _unreadable(source: str, is_sound: Callable[[str], bool]) -> Iterator[AuthorFault]:
    """A tag that cannot be read, for whatever reason."""
    for tag in _tags(source):
        if not is_sound(_alone(tag.whole)):
            yield _fault(source, tag.start, N_("{tag} cannot be read"), {"tag": _short(tag.whole)}, _general())


_FINDERS: Sequence[Callable[[str, Callable[[str], bool]], Iterator[AuthorFault]]] = (
    _wrong_tags,
    _unclosed,
    _unpaired,
    _unreadable,
)


def _tags(source: str) -> Iterator[_Tag]:
    for found in _TAG.finditer(source):
        yield _Tag(found.start(), found[0], found["kind"], found["inside"].strip("- \n\t"))


def _right(tag: _Tag) -> str:
    """The tag as it was probably meant."""
    better = _better(tag.inside, "{" + tag.kind)
    if tag.kind == "{" and re.match(r"(?:if|elif|else|endif)\b", better):
        return f"{{% {better} %}}"
    return tag.whole if better == tag.inside else f"{{{tag.kind} {better} {'}}' if tag.kind == '{' else '%}'}"


def _better(inside: str, kind: str) -> str:
    text = _WORDS.get(inside.casefold(), inside)
    lowered = text.casefold()
    if lowered.split()[:1] and lowered.split()[0] in {"if", "elif", "else", "endif"}:
        word = lowered.split()[0]
        text = word + text[len(word) :]
    for begins, right in _BEGINNINGS:
        if text.casefold().startswith(begins):
            text = right + text[len(begins) :]
    if re.match(r"(?:if|elif)\b", text):
        for expression, right in _CONDITIONS:
            text = expression.sub(right, text)
    elif kind == "{{":
        text = _NO_POINT.sub(lambda found: f"{found[1].lower()}.", text)
        text = _DEFAULT.sub(r"| default(\1)", re.sub("[\u201c\u201d]", '"', re.sub("[\u2018\u2019]", "'", text)))
        if _TWO_WORDS.fullmatch(text) and text.split()[0] not in {"if", "else", "endif", "elif", "not"}:
            text = re.sub(r"[ -]", "_", text)
    return " ".join(text.split())


def _alone(tag: str) -> str:
    """A source in which a tag is sound if the tag itself is."""
    if re.match(r"\{%-?\s*(?:elif|else|endif)\b", tag):
        return "{% if x %}" + tag + ("" if "endif" in tag else "{% endif %}")
    return tag + "{% endif %}" if re.match(r"\{%-?\s*if\b", tag) else tag


def _mended(source: str, start: int, whole: str, right: str) -> AuthorFault:
    values = {"tag": _short(whole), "right": _short(right)}
    advice = Phrase(N_("Write {right}."), values)
    return _fault(source, start, N_("{tag} cannot be read"), values, advice, _replaced(source, start, whole, right))


def _replaced(source: str, start: int, whole: str, right: str) -> str:
    return source[:start] + right + source[start + len(whole) :]


def _unknown(_source: str) -> AuthorFault:
    return AuthorFault(N_("its braces and percent signs cannot be read"), _general())


def _general() -> Phrase:
    examples = {"variable": "{{ name }}", "condition": "{% if name %} … {% endif %}"}
    return Phrase(N_("Write a variable as {variable}, and a condition as {condition}."), examples)


def _fault(
    source: str, start: int, reason: str, values: dict[str, str], advice: Phrase, mended: str = ""
) -> AuthorFault:
    line = source.count("\n", 0, start) + 1
    return AuthorFault(Phrase(reason, values), advice, line, source[start : start + _SHOWN], mended)


def _short(text: str) -> str:
    one = " ".join(text.split())
    return one if len(one) <= _SHOWN else f"{one[:_SHOWN]} …"
