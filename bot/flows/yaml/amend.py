"""Keys and values that are not quite a bundle's: what they were meant as, so that the rest is read with it."""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.core.expressions import compiled_later
from bot.core.i18n import N_, Phrase
from bot.flows.yaml.document import CollectInput, End, SendTemplate, TriggerDocument
from bot.flows.yaml.nodes import Entries, Items, Node, Scalar, Written, at
from bot.flows.yaml.source import quoted, short

Path = Sequence[str | int]

_WRITE = N_("Write it as {quoted}.")
_TRUE = frozenset(["yes", "y", "on", "1", "true", "sim", "s", "si", "sí", "verdadeiro", "verdade", "ligado"])
_FALSE = frozenset(["no", "n", "off", "0", "false", "não", "nao", "falso", "desligado"])
_NUMBER = compiled_later(r"\s*([-+]?[0-9]{1,12})(?:[.,]0+)?\s*([^\d\s.,]*)[\s.]*")
_DECIMAL = compiled_later(r"\s*([-+]?[0-9]{1,12})[.,]([0-9]{1,12})\s*°?\s*")
_LENGTH = compiled_later(r"\s*([1-9][0-9]{0,4})\s*([a-z]+)\.?\s*")
_UNITS: Mapping[str, str] = {
    word: unit
    for unit, words in {
        "s": "s sec secs second seconds segundo segundos seg",
        "m": "m min mins minute minutes minuto minutos",
        "h": "h hr hrs hour hours hora horas",
        "d": "d day days dia dias",
    }.items()
    for word in words.split()
}
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LANGUAGES: Mapping[str, str] = {
    "english": "en",
    "inglês": "en",
    "ingles": "en",
    "portuguese": "pt",
    "português": "pt",
    "portugues": "pt",
    "brazilian portuguese": "pt-BR",
    "português brasileiro": "pt-BR",
    "brasil": "pt-BR",
    "brazil": "pt-BR",
    "spanish": "es",
    "español": "es",
    "espanhol": "es",
    "french": "fr",
    "german": "de",
    "italian": "it",
}
_LONGEST_LOCALE = 20
_LOCALE = compiled_later(r"[A-Za-z]{2,3}([-_ ][A-Za-z0-9]{2,8})?")
_NAME = compiled_later(r"[^\W\d_][\w.-]{0,63}|[\d_][\w.-]{0,63}")
_MOST_WORDS = 4
"""What has more of them is a sentence, not a name with blanks."""
_OF_OTHERS = frozenset(
    name for model in (TriggerDocument, CollectInput, SendTemplate, End) for name in model.model_fields
)
"""What steps and triggers have that do nothing in a system."""
_MISSING: Mapping[str, str] = {
    "bundle": N_("Begin the file with a line like `bundle: my_shop`."),
    "key": N_("Add a line like `key: name`, with a name of its own."),
    "type": N_("Add a line like `type: {example}`."),
    "template": N_("Add a line `template:` with the name of a template."),
    "steps": N_("Add a line `steps:` and the steps below it, each after a dash."),
    "label": N_("Add `label:` with what people see."),
}


@dataclass(frozen=True, slots=True)
class Amendment:
    """What was probably meant.

    Attributes:
        old: a node of the document, a key or a value.
        new: what to read in its place.
        advice: what to do, where that is more than the fault's own mend.
    """

    old: Node
    new: Node
    advice: Phrase | None = None


def advice_for_missing(name: str, path: Path) -> Phrase | None:
    """What to add where a key is missing."""
    words = _MISSING.get(name)
    if words is None:
        return None
    return Phrase(words, {"example": "equals" if path[:1] == ("triggers",) else "send_template"})


def amend(code: str, near: str, root: Node, node: Node, path: Path) -> Amendment | None:
    """What the node of a fault was meant as, if that can be told; `near` is a name close to it."""
    if code == "S01":
        return _renamed(root, node, path, near) or _argument(root, node, path)
    if code == "S03":
        return _variants(root, node, path) or _joined(node, path) or _keyed(node, path)
    if code == "S05" and len(path) > 1 and path[0] == "templates" and isinstance(node, Scalar) and node.text:
        return _shorthand(node)
    if code in {"S04", "S05"}:
        return _regrouped(code, node, path)
    if not isinstance(node, Scalar):
        return None
    written = near if code == "S08" and near else _SPELLINGS[code](str(node.text), path) if code in _SPELLINGS else ""
    if not written or written == node.text:
        return None
    advice = None if code == "S08" else Phrase(_WRITE, {"quoted": written})
    return Amendment(node, _scalar(node, written), advice)


def swapped(root: Node, old: Node, new: Node) -> Node:
    """The document with `new` in place of its node `old`; the same object, where that is not in it."""
    if root is old:
        return new
    if isinstance(root, Items):
        items = tuple(swapped(each, old, new) for each in root.items)
        return root if all(map(operator.is_, items, root.items)) else Items(root.line, root.column, items)
    if isinstance(root, Entries):
        entries = tuple((_key(key, old, new), swapped(value, old, new)) for key, value in root.entries)
        same = all(
            key is before[0] and value is before[1] for (key, value), before in zip(entries, root.entries, strict=True)
        )
        return root if same else Entries(root.line, root.column, entries)
    return root


def _key(key: Scalar, old: Node, new: Node) -> Scalar:
    return new if key is old and isinstance(new, Scalar) else key


def _scalar(like: Node, text: str, *, plain: bool = True) -> Scalar:
    written = Written(text)
    written.plain, written.cut = plain, False
    return Scalar(like.line, like.column, written)


def _renamed(root: Node, node: Node, path: Path, near: str) -> Amendment | None:
    around = at(root, path[:-1])
    inside = around.value(str(path[-1])) if isinstance(around, Entries) else None
    if len(path) == 1 and isinstance(inside, Entries) and inside.key("bundle") is not None:
        return Amendment(root, inside, Phrase(N_("Delete this line, and begin those below it at the left margin.")))
    if not near or not isinstance(node, Scalar) or not isinstance(around, Entries) or around.key(near) is not None:
        return None
    return Amendment(node, _scalar(node, near))


def _variants(root: Node, node: Node, path: Path) -> Amendment | None:
    """Several texts where `content` takes one."""
    around = at(root, path[:-1])
    key = around.key("content") if isinstance(around, Entries) and path[-1:] == ("content",) else None
    if key is None or not isinstance(node, Items):
        return None
    return Amendment(key, _scalar(key, "variants"), Phrase(N_("Write variants: in place of content:, or one text.")))


def _joined(node: Node, path: Path) -> Amendment | None:
    """A list where an argument takes one text."""
    items = node.items if isinstance(node, Items) and "arguments" in path else ()
    texts = [str(each.text) for each in items if isinstance(each, Scalar)]
    if not texts or len(texts) < len(items):
        return None
    whole = ", ".join(texts)
    return Amendment(node, _scalar(node, whole, plain=False), Phrase(_WRITE, {"quoted": quoted(short(whole))}))


def _keyed(node: Node, path: Path) -> Amendment | None:
    """A list of a name and a value each, where an argument takes a map of them."""
    items = node.items if isinstance(node, Items) and "arguments" in path else ()
    entries = [entry for each in items if isinstance(each, Entries) for entry in each.entries]
    written = [f"{key.text}: {_spelled(value)}" for key, value in entries if isinstance(value, Scalar)]
    if not items or len(written) < len(items) or len(written) < len(entries):
        return None
    advice = Phrase(_WRITE, {"quoted": f"{{{short(', '.join(written))}}}"})
    return Amendment(node, Entries(node.line, node.column, tuple(entries)), advice)


def _spelled(value: Scalar) -> str:
    return str(value.text) if value.text.plain else quoted(str(value.text))


def _argument(root: Node, node: Node, path: Path) -> Amendment | None:
    """What an action is told, written beside it."""
    around = at(root, path[:-1])
    if not isinstance(node, Scalar) or node.text in _OF_OTHERS:
        return None
    if not isinstance(around, Entries) or around.key("action") is None:
        return None
    moved = next((entry for entry in around.entries if entry[0] is node), None)
    arguments = around.value("arguments")
    if moved is None or not isinstance(arguments, Entries | None):
        return None
    before = () if arguments is None else arguments.entries
    key = around.key("arguments") or _scalar(node, "arguments")
    others = tuple(entry for entry in around.entries if entry[0] not in (node, key))
    together = (*others, (key, Entries(node.line, node.column, (*before, moved))))
    advice = Phrase(N_("Write it below `arguments:`, indented."))
    return Amendment(around, Entries(around.line, around.column, together), advice)


def _shorthand(node: Scalar) -> Amendment:
    """A template that is just its words."""
    content = _scalar(node, str(node.text), plain=False)
    whole = Entries(node.line, node.column, ((_scalar(node, "content"), content),))
    text = quoted(str(node.text).strip())
    return Amendment(node, whole, Phrase(_WRITE, {"quoted": f"{{content: {short(text)}}}"}))


def _regrouped(code: str, node: Node, path: Path) -> Amendment | None:
    """One text or a mapping where a list is wanted, a list where a mapping is."""
    if code == "S04" and isinstance(node, Scalar) and node.text:
        texts = [str(node.text)] if path[-1:] == ("variants",) else _split(str(node.text))
        items = tuple(_scalar(node, text, plain=False) for text in texts)
        shown = ", ".join(_in_brackets(text) for text in texts)
        return Amendment(node, Items(node.line, node.column, items), Phrase(_WRITE, {"quoted": f"[{short(shown)}]"}))
    if code == "S04" and isinstance(node, Entries) and path[-1:] == ("steps",) and _all_entries(node):
        keyed = tuple(
            Entries(key.line, key.column, ((_scalar(key, "key"), key), *value.entries))
            for key, value in node.entries
            if isinstance(value, Entries)
        )
        words = N_("Write each step after a dash, and its name behind key: `- key: {name}`.")
        advice = Phrase(words, {"name": str(node.entries[0][0].text)})
        return Amendment(node, Items(node.line, node.column, keyed), advice)
    if code == "S05" and isinstance(node, Items) and node.items:
        entries = [_named(each) for each in node.items]
        if all(entries):
            together = tuple(entry for entry in entries if entry is not None)
            advice = Phrase(N_("Write its entries without dashes, as `{name}:` and what belongs to it indented below."))
            advice = Phrase(advice.text, {"name": str(together[0][0].text)})
            return Amendment(node, Entries(node.line, node.column, together), advice)
    return None


def _all_entries(node: Entries) -> bool:
    return bool(node.entries) and all(
        isinstance(value, Entries) and value.key("key") is None for _, value in node.entries
    )


def _named(item: Node) -> tuple[Scalar, Node] | None:
    """An item of a list, taken as an entry: `- hello: {…}`, or `- hello:` with its keys beside it."""
    if not isinstance(item, Entries) or not item.entries:
        return None
    key, value = item.entries[0]
    if len(item.entries) == 1:
        return key, value
    if isinstance(value, Scalar) and not value.text:
        return key, Entries(value.line, value.column, item.entries[1:])
    return None


def _split(text: str) -> list[str]:
    return [
        each.strip().strip("\"'")
        for each in re.split(r"[,;|\uff0c\u3001\u060c\uff1b\u061b]|\s/\s", text.strip("[]()"))
        if each.strip()
    ] or [text]


def _in_brackets(text: str) -> str:
    return text if re.fullmatch(r"[\w][\w .?]*", text) else quoted(text)


def _truth(text: str, _path: Path) -> str:
    word = text.strip().strip("\"'.").casefold()
    return "true" if word in _TRUE else "false" if word in _FALSE else ""


def _integer(text: str, path: Path) -> str:
    found = _NUMBER.fullmatch(text.strip("\"'"))
    if found is None:
        return ""
    number, unit = int(found[1]), _UNITS.get(found[2].casefold(), "")
    if unit and path[-1:] == ("cooldown_sec",):
        number *= _SECONDS[unit]
    elif unit and path[-1:] == ("handoff_hours",):
        number = max(1, number * _SECONDS[unit] // 3600)
    return str(number)


def _decimal(text: str, _path: Path) -> str:
    found = _DECIMAL.fullmatch(text.strip("\"'"))
    return "" if found is None else f"{found[1]}.{found[2]}"


def _name(text: str, _path: Path) -> str:
    bare = text.strip("\"'`\u201c\u201d\u2018\u2019<>()[]{},;:. \u200b")
    if len(bare.split()) > _MOST_WORDS:
        return ""
    name = re.sub(r"[^\w.-]+", "_", bare).strip("_")
    return name if _NAME.fullmatch(name) else ""


def _locale(text: str, _path: Path) -> str:
    known = _LANGUAGES.get(text.strip("\"' ").casefold())
    if known is not None:
        return known
    found = _LOCALE.match(text.strip("\"' "))
    return "" if found is None or len(text) > _LONGEST_LOCALE or " " in text.strip() else found[0].replace("_", "-")


def _length(text: str, _path: Path) -> str:
    found = _LENGTH.fullmatch(text.casefold())
    unit = None if found is None else _UNITS.get(found[2])
    return "" if found is None or unit is None else f"{found[1]}{unit}"


_SPELLINGS: Mapping[str, Callable[[str, Path], str]] = {
    "S06": _integer,
    "S07": _truth,
    "S09": _name,
    "S10": _locale,
    "S11": _length,
    "S19": _decimal,
}
